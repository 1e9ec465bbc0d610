import { printInsn } from '../asm/pseudoC/print.ts';
import { toHex } from '../base/bytes.ts';
import { encode } from '../isa/encode.ts';
import { slots } from '../isa/insn.ts';
import { subprogAt } from '../program/program.ts';
import type { CodePlace, DebugTarget, TextPlace } from './target.ts';

export interface DisassemblyRow {
  /** null: there is no instruction at this place of the window. */
  readonly address: number | null;
  readonly bytes: string;
  readonly text: string;
  readonly symbol: string;
  readonly place: TextPlace | null;
}

const FILLER: DisassemblyRow = { address: null, bytes: '', text: '', symbol: '', place: null };

/**
 * Exactly `count` instructions; the first is `offset` instructions from the one at `address`. Wide instructions are one
 * row. Where the code ends the window is filled up.
 */
export function disassemble(target: DebugTarget, address: number, offset: number, count: number): DisassemblyRow[] {
  const starts = instructionStarts(target);
  const { start, end } = target.codeRange;
  let index = starts.findIndex((other) => other.address >= address);
  if (address < start) index = -Math.ceil((start - address) / 8);
  else if (index === -1) index = starts.length + Math.floor((address - end) / 8);
  return Array.from({ length: count }, (_, row) => {
    const at = starts[index + offset + row];
    return at === undefined ? FILLER : rowOf(target, at.place, at.address);
  });
}

interface Start {
  readonly address: number;
  readonly place: CodePlace;
}

function instructionStarts(target: DebugTarget): Start[] {
  return target.object.programs.flatMap(({ insns }, program) =>
    insns.flatMap((insn, pc) =>
      insn.kind === 'wideSlot' ? [] : [{ address: target.addressOf({ program, pc }), place: { program, pc } }],
    ),
  );
}

function rowOf(target: DebugTarget, place: CodePlace, address: number): DisassemblyRow {
  const program = target.program(place.program);
  const { pc } = place;
  const insn = program.insns[pc];
  if (insn === undefined) return FILLER;
  const subprog = program.subprogs[subprogAt(program, pc)];
  const name = subprog?.name ?? program.name;
  const line = target.lineOf(place);
  const text = printInsn(insn, { pc, maps: program.maps });
  return {
    address,
    bytes: toHex(encode(program.insns.slice(pc, pc + slots(insn)))).replaceAll(/(..)(?=.)/g, '$1 '),
    // VS Code does not draw `symbol`, so the place in the function stands in the text.
    text: `<${name}+${pc - (subprog?.start ?? 0)}>  ${text}`,
    symbol: name,
    place: line === null ? null : { path: line.path, line: line.line, column: line.column },
  };
}
