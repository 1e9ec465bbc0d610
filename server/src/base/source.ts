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
  return { path, text, lineStarts: text.includes('\r') ? mixedLineStarts(text) : plainLineStarts(text) };
}

function plainLineStarts(text: string): number[] {
  const starts = [0];
  for (let at = text.indexOf('\n'); at !== -1; at = text.indexOf('\n', at + 1)) starts.push(at + 1);
  return starts;
}

/** As the Language Server Protocol has it, `\r\n` and a lone `\r` end a line, too. */
function mixedLineStarts(text: string): number[] {
  const starts = [0];
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (code === LF || (code === CR && text.charCodeAt(at + 1) !== LF)) starts.push(at + 1);
  }
  return starts;
}

const LF = 10;
const CR = 13;

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
  const pair = next !== undefined && end > start && source.text.charCodeAt(end) === LF;
  if (pair && source.text.charCodeAt(end - 1) === CR) end--;
  return { start, end };
}
