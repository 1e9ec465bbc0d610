import type { LineInfo, Program } from '../program/program.ts';
import type { InsnPrinter } from './assembler/printProgram.ts';

/** A line of a listing. */
export interface ListingRow {
  readonly text: string;
  /** The slot of the instruction that it shows; null for a name, a source line, or nothing. */
  readonly pc: number | null;
}

export interface ListingStyle {
  readonly printInsn: InsnPrinter;
  /** Columns that the numbers of instructions take. */
  readonly width: number;
  /** The row above the instructions that come from a source line; empty for none. */
  readonly source: (line: LineInfo) => string;
}

/** The instructions of a program below the source lines that they come from, with the names of its functions but the first. */
export function listingRows(program: Program, { printInsn, width, source }: ListingStyle): ListingRow[] {
  const { maps, kfuncs } = program;
  const rows: ListingRow[] = [];
  const sources = new Map(program.lines.map((line) => [line.pc, line]));
  const subprogs = new Map(program.subprogs.slice(1).map(({ start, name }) => [start, name]));
  const row = (text: string, pc: number | null = null): number => rows.push({ text, pc });
  let shown = '';
  for (const [pc, insn] of program.insns.entries()) {
    if (insn.kind === 'wideSlot') continue;
    const subprog = subprogs.get(pc);
    if (subprog !== undefined) for (const text of ['', `${subprog}:`]) row(text);
    const line = sources.get(pc);
    const comment = line === undefined ? '' : source(line);
    if (comment !== '' && (comment !== shown || subprog !== undefined)) row(comment);
    if (comment !== '') shown = comment;
    row(`${String(pc).padStart(width)}: ${printInsn(insn, { pc, maps, kfuncs })}`, pc);
  }
  return rows;
}

/** The text of a source line as the object carries it: on one line, and no longer than a reader wants to see. */
export function sourceLineText({ text }: LineInfo): string {
  return (text ?? '').trim().slice(0, LONGEST_LINE).replaceAll(CONTROLS, ' ');
}

const LONGEST_LINE = 200;
const CONTROLS = /\p{Cc}/gu;
