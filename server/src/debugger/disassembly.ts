import { printInsn } from '../asm/pseudoC/print.ts';
import { toHex } from '../base/bytes.ts';
import { encode } from '../isa/encode.ts';
import { slots } from '../isa/insn.ts';
import { subprogAt } from '../program/program.ts';
import type { CodePlace, DebugTarget } from './target.ts';

export interface DisassemblyRow {
  /** null: there is no instruction at this place of the window. */
  readonly address: number | null;
  readonly bytes: string;
  readonly text: string;
  readonly symbol: string;
  readonly place: CodePlace | null;
}

const FILLER: DisassemblyRow = { address: null, bytes: '', text: '', symbol: '', place: null };

/**
 * Exactly `count` instructions; the first is `offset` instructions from the one at `address`. Wide instructions are one
 * row. Where the code ends the window is filled up.
 */
export function disassemble(target: DebugTarget, address: number, offset: number, count: number): DisassemblyRow[] {
  const { instructions } = target;
  const { start, end } = target.codeRange;
  let index = firstNotBefore(instructions, address);
  if (address < start) index = -Math.ceil((start - address) / 8);
  else if (address >= end) index = instructions.length + Math.floor((address - end) / 8);
  return Array.from({ length: count }, (_, row) => {
    const at = instructions[index + offset + row];
    return at === undefined ? FILLER : rowOf(target, at);
  });
}

function firstNotBefore(addresses: Float64Array, address: number): number {
  let low = 0;
  let high = addresses.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((addresses[middle] ?? 0) < address) low = middle + 1;
    else high = middle;
  }
  return low;
}

function rowOf(target: DebugTarget, address: number): DisassemblyRow {
  const place = target.placeOf(address);
  const program = place === null ? null : target.program(place.program);
  const insn = place === null ? undefined : program?.insns[place.pc];
  if (place === null || program === null || insn === undefined) return FILLER;
  const { pc } = place;
  const subprog = program.subprogs[subprogAt(program, pc)];
  const name = subprog?.name ?? program.name;
  const text = printInsn(insn, { pc, maps: program.maps, kfuncs: program.kfuncs });
  return {
    address,
    bytes: toHex(encode(program.insns.slice(pc, pc + slots(insn)))).replaceAll(/(..)(?=.)/g, '$1 '),
    // VS Code does not draw `symbol`, so the place in the function stands in the text.
    text: `<${name}+${pc - (subprog?.start ?? 0)}>  ${text}`,
    symbol: name,
    place,
  };
}
