import { lineSpan, offsetAt, sourceText, type SourceText, type Span } from '../../base/source.ts';
import type { CompileResult } from '../../c/compile.ts';
import type { SourceFile } from '../../c/places.ts';
import { tidyPath } from '../../elf/programInfo.ts';
import type { Insn } from '../../isa/insn.ts';
import { lineAt, type LineInfo, type Program } from '../../program/program.ts';
import type { CFile } from './cFile.ts';
import { exprPointedTo } from './nodes.ts';

export interface Place {
  /** Null for the main file. */
  readonly path: string | null;
  readonly span: Span;
}

/** The expression that an instruction belongs to, as far as the lines of the program tell. */
export function placeOf(file: CFile, program: Program, pc: number): Place | null {
  const line = lineAt(program, pc);
  return line === null ? null : placeOfLine(file, line, program.insns[pc]?.kind ?? null);
}

/** The expression at a line and column that an instruction of this kind is made for. */
export function placeOfLine(
  file: CFile,
  { path, line, column }: Pick<LineInfo, 'path' | 'line' | 'column'>,
  insn: Insn['kind'] | null,
): Place | null {
  if (line === 0) return null;
  const [main] = file.result.places.files;
  const found = filesOf(file.result).get(tidyPath(path));
  if (found === undefined) return null;
  if (found === main) return { path: null, span: spanOfLine(file, line, column, insn) };
  return { path: found.path, span: lineSpan(textOf(found), line - 1) };
}

const files = new WeakMap<CompileResult, ReadonlyMap<string, SourceFile>>();

/** By their paths as objects have them, which may not be written as the editor writes them. */
function filesOf(result: CompileResult): ReadonlyMap<string, SourceFile> {
  const known = files.get(result);
  if (known !== undefined) return known;
  const byPath = new Map(result.places.files.map((one) => [tidyPath(one.path), one] as const).toReversed());
  files.set(result, byPath);
  return byPath;
}

const texts = new WeakMap<SourceFile, SourceText>();

/** The lines of a header are counted once. */
function textOf(header: SourceFile): SourceText {
  const known = texts.get(header) ?? sourceText(header.path, header.text);
  texts.set(header, known);
  return known;
}

/** From the column on: the expression that begins or is pointed to there, else the rest of the line. */
function spanOfLine({ source, result }: CFile, line: number, column: number, insn: Insn['kind'] | null): Span {
  const whole = lineSpan(source, line - 1);
  if (column === 0) return whole;
  const offset = offsetAt(source, { line: line - 1, column: column - 1 });
  const expr = exprPointedTo(result, offset, insn);
  if (expr !== null) return expr.span;
  const word = /^\w+|^"(?:[^"\\]|\\.)*"/.exec(source.text.slice(offset, whole.end))?.[0].length ?? 0;
  return { start: offset, end: word === 0 ? whole.end : offset + word };
}
