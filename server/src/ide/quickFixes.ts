import type { Fix } from '../base/diagnostic.ts';
import type { Span } from '../base/source.ts';
import type { FileDiagnostic } from './diagnostics.ts';

export interface QuickFix {
  readonly diagnostic: FileDiagnostic;
  readonly fix: Fix;
}

/** The ready-made changes for what is wrong within `span`. */
export function quickFixesIn(found: readonly FileDiagnostic[], span: Span): QuickFix[] {
  return found.flatMap((diagnostic) => {
    const { fix, span: where } = diagnostic;
    const touches = where !== null && where.start <= span.end && span.start <= where.end;
    return fix !== null && touches ? [{ diagnostic, fix }] : [];
  });
}
