import { lineSpan, positionAt } from '../base/source.ts';
import type { SourceText, Span } from '../base/source.ts';
import type { LineInfo, Program } from '../program/program.ts';
import { lineAt } from '../program/program.ts';

/** Where something stands, with the line's text where it is known. Line and column are one-based; column 0 is unknown. */
export interface Place {
  readonly path: string;
  readonly line: number;
  readonly column: number;
  readonly text: string | null;
  /** How many characters to underline; 0: the whole line. */
  readonly length: number;
}

/** The source line of an instruction, or null when the program carries none. */
export function placeOf(program: Program, pc: number, source: SourceText | null): Place | null {
  const line = lineAt(program, pc);
  return line === null ? null : placeOfLine(line, source);
}

export function placeOfLine(line: LineInfo, source: SourceText | null): Place {
  if (line.span !== null && source !== null && line.path === source.path) return placeIn(source, line.span);
  return { path: line.path, line: line.line, column: line.column, text: line.text, length: 0 };
}

export function placeIn(source: SourceText, span: Span): Place {
  const { line, column } = positionAt(source, span.start);
  const whole = lineSpan(source, line);
  const text = source.text.slice(whole.start, whole.end);
  const length = Math.max(1, Math.min(span.end, whole.end) - span.start);
  return { path: source.path, line: line + 1, column: column + 1, text, length };
}
