import { printInsn } from '../asm/pseudoC/print.ts';
import type { Program } from '../program/program.ts';

/** A program as text, for those that come without any. */
export interface Listing {
  readonly text: string;
  /** One-based line of each slot; the second slot of a wide instruction has the line of the first. */
  readonly lines: readonly number[];
}

export function disassemblyListing(program: Program): Listing {
  const rows: string[] = [`// ${program.name}: ${program.type} program of section ${program.section}, disassembled`];
  const lines: number[] = [];
  program.insns.forEach((insn, pc) => {
    const subprog = program.subprogs.find(({ start }) => start === pc);
    if (subprog !== undefined) rows.push('', `${subprog.name}:`);
    if (insn.kind !== 'wideSlot')
      rows.push(`${String(pc).padStart(6)}: ${printInsn(insn, { pc, maps: program.maps })}`);
    lines.push(rows.length);
  });
  return { text: `${rows.join('\n')}\n`, lines };
}
