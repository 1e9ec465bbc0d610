import type { Fix } from '../base/diagnostic.ts';
import type { Span } from '../base/source.ts';
import { type FileDiagnostic, fileDiagnostics } from './diagnostics.ts';
import type { OpenFile } from './workspace.ts';

export interface QuickFix {
  readonly diagnostic: FileDiagnostic;
  readonly fix: Fix;
}

/** The ready-made changes for what is wrong within `span`. */
export function quickFixesIn(file: OpenFile, span: Span): QuickFix[] {
  return fileDiagnostics(file).flatMap((diagnostic) => {
    const { fix, span: where } = diagnostic;
    const touches = where !== null && where.start <= span.end && span.start <= where.end;
    return fix !== null && touches ? [{ diagnostic, fix }] : [];
  });
}
