/** A half-open range of UTF-16 code units in one text. */
export interface Span {
  readonly start: number;
  readonly end: number;
}

/** Zero-based line, zero-based column in UTF-16 code units: the units of the Language Server Protocol. */
export interface Position {
  readonly line: number;
  readonly column: number;
}

/** One file's text with its line index. `path` is whatever the one who put it in calls it (a path or a URI). */
export interface SourceText {
  readonly path: string;
  readonly text: string;
  /** Offset at which each line begins; `lineStarts[0]` is 0. */
  readonly lineStarts: readonly number[];
}

export function sourceText(path: string, text: string): SourceText {
  const lineStarts = [0];
  for (let at = text.indexOf('\n'); at !== -1; at = text.indexOf('\n', at + 1)) lineStarts.push(at + 1);
  return { path, text, lineStarts };
}

export function positionAt(source: SourceText, offset: number): Position {
  const clamped = Math.max(0, Math.min(offset, source.text.length));
  let low = 0;
  let high = source.lineStarts.length - 1;
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if ((source.lineStarts[middle] ?? 0) <= clamped) low = middle;
    else high = middle - 1;
  }
  return { line: low, column: clamped - (source.lineStarts[low] ?? 0) };
}

/** The offset of a position; a position outside the text is moved to the nearest one inside. */
export function offsetAt(source: SourceText, position: Position): number {
  if (position.line < 0) return 0;
  if (position.line >= source.lineStarts.length) return source.text.length;
  const span = lineSpan(source, position.line);
  return Math.min(span.start + Math.max(0, position.column), span.end);
}

/** The span of a zero-based line without its line break. */
export function lineSpan(source: SourceText, line: number): Span {
  const start = source.lineStarts[line] ?? source.text.length;
  const next = source.lineStarts[line + 1];
  let end = next === undefined ? source.text.length : next - 1;
  if (next !== undefined && end > start && source.text.charCodeAt(end - 1) === 13) end--;
  return { start, end };
}
