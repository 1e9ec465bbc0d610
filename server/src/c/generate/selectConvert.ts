/** Conversions that cost something; the others have their argument's register. */
import type { Instr } from '../ir/ir.ts';
import { alu, aluImm, moveSigned } from './insns.ts';
import { constantInto, emit, moveInto, registerOf, type Selection } from './selection.ts';
import { computeConvert } from '../ir/compute.ts';

type Convert = Instr & { op: 'convert' };

export function selectConvert(sel: Selection, instr: Convert, dst: number): void {
  const [arg] = instr.args;
  if (arg === undefined) return;
  if (arg.op === 'const') {
    const value = computeConvert(instr.kind, instr.type === 'i32' ? 32 : 64, arg.value);
    emit(sel, constantInto(sel.cpu, dst, value, instr.type === 'i32'));
    return;
  }
  const narrow = instr.type === 'i32';
  switch (instr.kind) {
    case 'zext':
      return zeroExtend(sel, dst, registerOf(sel, arg));
    case 'sext':
      return signExtend(sel, dst, registerOf(sel, arg), 32, false);
    case 'sext8':
    case 'sext16':
      return signExtend(sel, dst, registerOf(sel, arg), instr.kind === 'sext8' ? 8 : 16, narrow);
    case 'zext8':
    case 'zext16':
      moveInto(sel, dst, arg);
      emit(sel, aluImm('and', !(narrow && sel.cpu >= 3), dst, instr.kind === 'zext8' ? 0xff : 0xffff));
      return;
    case 'swap16':
    case 'swap32':
    case 'swap64':
      return swapBytes(sel, instr, dst);
    case 'trunc':
    case 'ptrToInt':
    case 'intToPtr':
      return moveInto(sel, dst, arg);
  }
}

/** Clears the upper half. */
export function zeroExtend(sel: Selection, dst: number, src: number): void {
  if (sel.cpu >= 3) emit(sel, alu('mov', false, dst, src));
  else shiftUpAndDown(sel, dst, src, 32, 'rsh', true);
}

export function signExtend(sel: Selection, dst: number, src: number, bits: 8 | 16 | 32, narrow: boolean): void {
  if (sel.cpu === 4) {
    emit(sel, moveSigned(!narrow, dst, src, bits));
    return;
  }
  const wide = !(narrow && sel.cpu >= 3);
  shiftUpAndDown(sel, dst, src, (wide ? 64 : 32) - bits, 'arsh', wide);
}

function shiftUpAndDown(
  sel: Selection,
  dst: number,
  src: number,
  by: number,
  down: 'rsh' | 'arsh',
  wide: boolean,
): void {
  emit(sel, alu('mov', true, dst, src));
  emit(sel, aluImm('lsh', wide, dst, by));
  emit(sel, aluImm(down, wide, dst, by));
}

/** The machine is little-endian: before v4, conversion to big-endian swaps. */
function swapBytes(sel: Selection, { kind, args }: Convert, dst: number): void {
  const [arg] = args;
  if (arg === undefined) return;
  moveInto(sel, dst, arg);
  const bits = kind === 'swap16' ? 16 : kind === 'swap32' ? 32 : 64;
  emit(sel, { kind: 'bswap', mode: sel.cpu === 4 ? 'swap' : 'be', bits, dst });
}
