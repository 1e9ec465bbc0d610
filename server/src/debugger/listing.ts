import { listingRows, sourceLineText } from '../asm/listing.ts';
import { printInsn } from '../asm/pseudoC/print.ts';
import type { LineInfo, Program } from '../program/program.ts';

/** A program as text, for those that come without any. */
export interface Listing {
  readonly text: string;
  /** One-based line of each slot; the second slot of a wide instruction has the line of the first. */
  readonly lines: readonly number[];
}

/** Instructions with the functions they are in and, where the object carries them, the source lines they come from. */
export function disassemblyListing(program: Program): Listing {
  const { name, type, section } = program;
  const title = [
    `// ${name}: ${type} program of section ${section}, disassembled`,
    '',
    `${program.subprogs[0]?.name ?? name}:`,
  ];
  const rows = listingRows(program, { printInsn, width: 6, source: sourceComment });
  const lines: number[] = [];
  for (const [index, { pc }] of rows.entries()) if (pc !== null) lines[pc] = title.length + index + 1;
  for (let pc = 1; pc < program.insns.length; pc++) lines[pc] ??= lines[pc - 1] ?? 0;
  return { text: `${[...title, ...rows.map(({ text }) => text)].join('\n')}\n`, lines };
}

function sourceComment(line: LineInfo): string {
  const code = sourceLineText(line);
  const name = line.path.split(/[\\/]/).at(-1) ?? line.path;
  return code === '' ? '' : `        // ${name}:${line.line}: ${code}`;
}
