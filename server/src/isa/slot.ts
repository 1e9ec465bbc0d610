import { REGISTER_COUNT } from './opcodes.ts';
import type { InvalidInsn } from './insn.ts';

/** One slot's fields as they stand in the bytes. */
export interface Slot {
  readonly opcode: number;
  readonly dst: number;
  readonly src: number;
  /** Signed 16-bit. */
  readonly off: number;
  /** Signed 32-bit. */
  readonly imm: number;
}

/** Big-endian machines keep dst in the high half of the register byte: it is a C bit field there. */
export function readSlot(view: DataView, pc: number, littleEndian: boolean): Slot {
  const at = pc * 8;
  const regs = view.getUint8(at + 1);
  const low = regs & 0xf;
  const high = regs >> 4;
  return {
    opcode: view.getUint8(at),
    dst: littleEndian ? low : high,
    src: littleEndian ? high : low,
    off: view.getInt16(at + 2, littleEndian),
    imm: view.getInt32(at + 4, littleEndian),
  };
}

export function invalid(slot: Slot, reason: string, kernelMessage: string): InvalidInsn {
  const { opcode, dst, src, off, imm } = slot;
  return { kind: 'invalid', opcode, regs: dst | (src << 4), off, imm, reason, kernelMessage };
}

export function unknownOpcode(slot: Slot): InvalidInsn {
  const hex = slot.opcode.toString(16).padStart(2, '0');
  return invalid(slot, `there is no instruction with the opcode 0x${hex}`, `unknown opcode ${hex}`);
}

/** The names of the fields that must be zero and are not, or null when all is well. */
export function usedFields(fields: Readonly<Record<string, number>>): string | null {
  // Nearly every instruction of a program passes: no array is made for those.
  let sum = 0;
  for (const name in fields) sum |= fields[name]!;
  if (sum === 0) return null;
  const used = Object.entries(fields).filter(([, value]) => value !== 0);
  const names = used.map(([name, value]) => `${name} (is ${value})`).join(', ');
  return used.length === 1 ? `the unused field ${names} must be zero` : `the unused fields ${names} must be zero`;
}

/** An `invalid` for the first register that does not exist, in the kernel's order of looking; null when all do. */
export function badRegister(slot: Slot, ...registers: readonly number[]): InvalidInsn | null {
  for (const register of registers)
    if (register >= REGISTER_COUNT)
      return invalid(slot, `there is no register r${register}: the last one is r10`, `R${register} is invalid`);
  return null;
}
