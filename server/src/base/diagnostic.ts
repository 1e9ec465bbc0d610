import type { Span } from './source.ts';

export type Severity = 'error' | 'warning' | 'information' | 'hint';

/** A place that helps to understand a diagnostic. `path` null means the diagnostic's own file. */
export interface Related {
  readonly path: string | null;
  readonly span: Span;
  readonly message: string;
}

/** A change that removes the cause of a diagnostic. */
export interface Fix {
  readonly title: string;
  readonly edits: readonly { readonly span: Span; readonly text: string }[];
}

/** A finding about input. `code` is a kebab-case noun with a section in docs/diagnostics.md. */
export interface Diagnostic {
  readonly code: string;
  readonly severity: Severity;
  /** In plain words, starting with what is wrong; says what to do where that is known. */
  readonly message: string;
  /** Where in the text; for binary input the byte range; null is the file as a whole. */
  readonly span: Span | null;
  readonly related: readonly Related[];
  readonly fix: Fix | null;
  /** Greys the text out instead of underlining it. */
  readonly unnecessary?: boolean;
}

export function errorAt(code: string, span: Span | null, message: string): Diagnostic {
  return { code, severity: 'error', message, span, related: [], fix: null };
}

export function warningAt(code: string, span: Span | null, message: string): Diagnostic {
  return { code, severity: 'warning', message, span, related: [], fix: null };
}

/** Whether it says that we do not take something, which others may. */
export function isUnsupported({ code }: Pick<Diagnostic, 'code'>): boolean {
  return code.includes('unsupported');
}
