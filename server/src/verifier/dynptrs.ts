/**
 * Dynptrs on the stack: two slots, of which the one at the lower address is the first. Mirrors
 * `mark_stack_slots_dynptr`, `unmark_stack_slots_dynptr` and `destroy_if_dynptr_stack_slot`, v6.18.
 */
import type { Env } from './env.ts';
import { nextId } from './env.ts';
import { markSlotWritten } from './liveness.ts';
import { markSlotChanged } from './log.ts';
import { acquireReference, releaseReference } from './references.ts';
import { reject } from './rejection.ts';
import { clearSlots, objectAt } from './stackObjects.ts';
import type { Frame } from './state/frame.ts';
import { setSlot, slotAt } from './state/frame.ts';
import type { DynptrType, RegisterState } from './state/register.ts';
import { change, MAYBE_NULL, pointer, UNKNOWN_SCALAR } from './state/register.ts';
import { allOfType, byteType, DYNPTR } from './state/stack.ts';
import { replaceRegisters } from './walkState.ts';

export const DYNPTR_SLOTS = 2;

/** A dynptr that only the kernel may change: what callbacks and global functions are given. */
export function constDynptr(env: Env, type: DynptrType): RegisterState {
  return dynptrHalf(type, true, nextId(env));
}

function dynptrHalf(type: DynptrType, first: boolean, id: number): RegisterState {
  return pointer('dynptr', { id, detail: { what: 'dynptr', type, first } });
}

/** Only these hold a reference. Mirrors `dynptr_type_refcounted`. */
export function isCounted(type: DynptrType): boolean {
  return type === 'ringbuf';
}

/** Memory of a dynptr whose type is the dynptr's too: bpf_dynptr_slice gives it, bpf_dynptr_data does not. */
export function isTypedSlice({ detail }: RegisterState): boolean {
  return detail?.what === 'slice' && detail.type !== null;
}

/** Slices of these lie in the packet, which may move. Mirrors `reg_is_dynptr_slice_pkt`. */
export function isPacketSlice({ kind, detail }: RegisterState): boolean {
  if (kind !== 'mem' || detail?.what !== 'slice') return false;
  return detail.type === 'skb' || detail.type === 'xdp' || detail.type === 'skbMeta';
}

/** Puts a new dynptr where room has been made; a clone shares the reference of what it is a clone of. */
export function createDynptr(env: Env, frame: Frame, spi: number, type: DynptrType, cloneOf: number): void {
  destroyDynptrAt(env, frame, spi);
  destroyDynptrAt(env, frame, spi - 1);
  const id = nextId(env);
  const refObjId = isCounted(type) ? cloneOf || acquireReference(env) : 0;
  for (const first of [true, false]) {
    const slot = first ? spi : spi - 1;
    setSlot(frame, slot, { types: allOfType(DYNPTR), reg: change(dynptrHalf(type, first, id), { refObjId }) });
    markSlotWritten(env, frame.frameno, slot);
  }
}

/** What is written into a dynptr, even into a part, ends it; one that holds a reference must be given back first. */
export function destroyDynptrAt(env: Env, frame: Frame, spi: number): void {
  if (!isDynptrSlot(frame, spi)) return;
  const first = isFirst(objectAt(frame, spi)) ? spi : spi + 1;
  const dynptr = objectAt(frame, first);
  if (dynptr.detail?.what === 'dynptr' && isCounted(dynptr.detail.type)) reject('cannot overwrite referenced dynptr');
  markSlotChanged(env.log, first);
  markSlotChanged(env.log, first - 1);
  // Slices that carry the dynptr's type live as long as what it refers to.
  replaceRegisters(env.state, (reg) => (isSliceOf(reg, dynptr.id) ? UNKNOWN_SCALAR : reg));
  clearSlots(env, frame, first, DYNPTR_SLOTS);
}

function isDynptrSlot(frame: Frame, spi: number): boolean {
  return byteType(slotAt(frame, spi).types, 0) === DYNPTR;
}

function isFirst({ detail }: RegisterState): boolean {
  return detail?.what === 'dynptr' && detail.first;
}

function isSliceOf({ kind, flags, detail }: RegisterState, id: number): boolean {
  return (
    kind === 'mem' &&
    (flags & ~MAYBE_NULL) === 0 &&
    detail?.what === 'slice' &&
    detail.type === null &&
    detail.dynptrId === id
  );
}

/** Gives the dynptr back, and with it its clones and slices. */
export function releaseDynptr(env: Env, frame: Frame, spi: number): void {
  const { detail, refObjId } = objectAt(frame, spi);
  if (detail?.what !== 'dynptr' || !isCounted(detail.type)) {
    clearSlots(env, frame, spi, DYNPTR_SLOTS);
    return;
  }
  releaseReference(env, refObjId);
  for (let i = 1; i < frame.stack.length; i++) {
    const half = objectAt(frame, i);
    if (half.refObjId === refObjId && isFirst(half)) clearSlots(env, frame, i, DYNPTR_SLOTS);
  }
}
