/**
 * Stack slots of eight bytes. A slot's eight byte types are packed into one number, four bits a byte; byte 0 is the
 * one at the highest address of the slot... in the kernel's order: index `(-off - 1) % 8`.
 */
import type { RegisterState } from './register.ts';
import { NOT_INIT } from './register.ts';

/** Values of `enum bpf_stack_slot_type`, include/linux/bpf_verifier.h, v6.18. */
export const INVALID = 0;
export const SPILL = 1;
export const MISC = 2;
export const ZERO = 3;
export const DYNPTR = 4;
export const ITER = 5;
export const IRQ_FLAG = 6;

export interface StackSlot {
  /** Byte types, four bits each: byte i at bits 4i..4i+3. */
  readonly types: number;
  /** The spilled register, dynptr, iterator or interrupt flags; meaningful while byte 7 is one of these. */
  readonly reg: RegisterState;
}

export const SLOT_BYTES = 8;
export const MAX_STACK_BYTES = 512;
const ALL_SPILL = 0x1111_1111;
/** All eight bytes belong to an object of this type. */
export function allOfType(type: number): number {
  return ALL_SPILL * type;
}

export const EMPTY_SLOT: StackSlot = { types: 0, reg: NOT_INIT };

export function byteType(types: number, index: number): number {
  return (types >>> (index * 4)) & 15;
}

export function setByteType(types: number, index: number, type: number): number {
  return (types & ~(15 << (index * 4))) | (type << (index * 4));
}

/** Bytes of dynptrs, iterators and interrupt flags, which are no plain data. */
export function isObject(type: number): boolean {
  return type === DYNPTR || type === ITER || type === IRQ_FLAG;
}

/** Byte 7 tells whether the slot holds a spilled register (or its lower part). */
export function isSpilled(slot: StackSlot): boolean {
  return slot.types >>> 28 === SPILL;
}

export function isSpilledScalar(slot: StackSlot): boolean {
  return slot.types >>> 28 === SPILL && slot.reg.kind === 'scalar';
}

/** Whole 64-bit spill of a scalar. */
export function isSpilledScalar64(slot: StackSlot): boolean {
  return (slot.types & 15) === SPILL && slot.reg.kind === 'scalar';
}

/** Every byte is unknown data or was never written: reads as any number where that is allowed. */
export function isAllMisc(slot: StackSlot, mayBeUnwritten: boolean): boolean {
  for (let types = slot.types >>> 0, i = 0; i < SLOT_BYTES; i++, types >>>= 4) {
    const type = types & 15;
    if (type !== MISC && (type !== INVALID || !mayBeUnwritten)) return false;
  }
  return true;
}

/** The same for those who may read what was never written, by one look at all bytes: each is 0 (unwritten) or 2 (unknown). */
export function holdsNothing({ types }: StackSlot): boolean {
  return (types & 0xdddddddd) === 0;
}

/** Bytes of the register kept in the slot: consecutive spill bytes from byte 7 downwards. */
export function spillSize(slot: StackSlot): number {
  let size = 1;
  for (let i = SLOT_BYTES - 1; i > 0 && byteType(slot.types, i - 1) === SPILL; i--) size++;
  return size;
}

/** Mirrors `save_register_state`, v6.18: the upper bytes of a narrow spill become unknown unless zero or unwritten. */
export function spill(old: StackSlot, reg: RegisterState, size: number): StackSlot {
  if (size === SLOT_BYTES) return { types: ALL_SPILL, reg };
  let { types } = old;
  for (let i = 0; i < SLOT_BYTES; i++) {
    if (i >= SLOT_BYTES - size) types = setByteType(types, i, SPILL);
    else if (byteType(types, i) !== ZERO && byteType(types, i) !== INVALID) types = setByteType(types, i, MISC);
  }
  return { types, reg };
}

/** Mirrors `is_stack_slot_special`, v6.18: byte 7 tells that the slot holds more than bytes. */
function isSpecial(slot: StackSlot): boolean {
  const type = slot.types >>> 28;
  return type === SPILL || isObject(type);
}

/** Mirrors `scrub_special_slot`, v6.18: forgets what the slot held, keeping that its bytes were written. */
export function scrub(slot: StackSlot): StackSlot {
  return { types: scrubbedTypes(slot), reg: NOT_INIT };
}

export function scrubbedTypes(slot: StackSlot): number {
  return isSpecial(slot) ? scrubTypes(slot.types) : slot.types;
}

export function scrubTypes(types: number): number {
  let scrubbed = types;
  for (let i = 0; i < SLOT_BYTES; i++) if (byteType(scrubbed, i) !== INVALID) scrubbed = setByteType(scrubbed, i, MISC);
  return scrubbed;
}
