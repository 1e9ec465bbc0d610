/** Objects that the program keeps on its stack by slots: dynptrs, iterators, interrupt flags. */
import type { Env } from './env.ts';
import { frameOfPointer } from './env.ts';
import { markSlotRead, markSlotWritten } from './liveness.ts';
import { markSlotChanged } from './log.ts';
import { setSlot, type Frame } from './state/frame.ts';
import type { RegisterState } from './state/register.ts';
import { isConstant, NOT_INIT } from './state/register.ts';
import { EMPTY_SLOT, SLOT_BYTES } from './state/stack.ts';

/** Where an object lies: the slot at the lowest address has the highest index. */
export interface ObjectPlace {
  readonly frame: Frame;
  /** Index of its first slot; the others follow downwards. -1 where no object can be. */
  readonly spi: number;
  /** Why none can be there; empty when that part of the stack was just never touched. */
  readonly complaints: readonly string[];
}

/** Mirrors `stack_slot_obj_get_spi`, v6.18. `what` is the kernel's word for the object. */
export function objectPlace(env: Env, reg: RegisterState, what: string, slots: number): ObjectPlace {
  const frame = frameOfPointer(env, reg);
  if (!isConstant(reg)) return { frame, spi: -1, complaints: [`${what} has to be at a constant offset`] };
  const off = reg.off + Number(BigInt.asIntN(64, reg.bounds.varOff.value));
  const spi = Math.trunc((-off - 1) / SLOT_BYTES);
  if (off % SLOT_BYTES !== 0 || spi + 1 < slots)
    return { frame, spi: -1, complaints: [`cannot pass in ${what} at an offset=${off}`] };
  return { frame, spi: spi < frame.stack.length ? spi : -1, complaints: [] };
}

/** Mirrors `mark_stack_slot_obj_read`, v6.18. */
export function markObjectRead(env: Env, { frame, spi }: ObjectPlace, slots: number): void {
  for (let i = 0; i < slots; i++) {
    markSlotRead(env, frame.frameno, spi - i);
    markSlotChanged(env.log, spi - i);
  }
}

/** Nothing is left where the object was. */
export function clearSlots(env: Env, frame: Frame, spi: number, slots: number): void {
  for (let i = 0; i < slots; i++) {
    setSlot(frame, spi - i, EMPTY_SLOT);
    markSlotWritten(env, frame.frameno, spi - i);
  }
}

/** The register's worth of a slot. */
export function objectAt(frame: Frame, spi: number): RegisterState {
  return frame.stack[spi]?.reg ?? NOT_INIT;
}
