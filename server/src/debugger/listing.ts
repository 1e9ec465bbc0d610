import { printInsn } from '../asm/pseudoC/print.ts';
import type { LineInfo, Program } from '../program/program.ts';

/** A program as text, for those that come without any. */
export interface Listing {
  readonly text: string;
  /** One-based line of each slot; the second slot of a wide instruction has the line of the first. */
  readonly lines: readonly number[];
}

/** Longer source lines are cut. */
const LONGEST_LINE = 200;

/** Instructions with the functions they are in and, where the object carries them, the source lines they come from. */
export function disassemblyListing(program: Program): Listing {
  const rows: string[] = [`// ${program.name}: ${program.type} program of section ${program.section}, disassembled`];
  const lines: number[] = [];
  const sources = new Map(program.lines.map((line) => [line.pc, line]));
  const subprogs = new Map(program.subprogs.map(({ name, start }) => [start, name]));
  let before = '';
  program.insns.forEach((insn, pc) => {
    const subprog = subprogs.get(pc);
    if (subprog !== undefined) rows.push('', `${subprog}:`);
    const source = sources.get(pc);
    const comment = source === undefined ? before : sourceComment(source);
    if (comment !== before && comment !== '') rows.push(comment);
    before = comment;
    if (insn.kind !== 'wideSlot')
      rows.push(`${String(pc).padStart(6)}: ${printInsn(insn, { pc, maps: program.maps, kfuncs: program.kfuncs })}`);
    lines.push(rows.length);
  });
  return { text: `${rows.join('\n')}\n`, lines };
}

function sourceComment({ path, line, text }: LineInfo): string {
  const code = (text ?? '')
    .trim()
    .slice(0, LONGEST_LINE)
    .replaceAll(/\p{Cc}/gu, ' ');
  const name = path.split(/[\\/]/).at(-1) ?? path;
  return code === '' ? '' : `        // ${name}:${line}: ${code}`;
}
