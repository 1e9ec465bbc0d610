/**
 * Open-coded iterators on the stack. Mirrors `mark_stack_slots_iter`, `unmark_stack_slots_iter` and
 * `iter_active_depths_differ` of kernel/bpf/verifier.c, v6.18.
 */
import type { Env } from './env.ts';
import { markSlotWritten } from './liveness.ts';
import { markSlotChanged } from './log.ts';
import { acquireReference, releaseReference } from './references.ts';
import { clearSlots, objectAt } from './stackObjects.ts';
import type { Frame } from './state/frame.ts';
import { setSlot, slotAt } from './state/frame.ts';
import type { Detail, RegisterState } from './state/register.ts';
import { change, pointer } from './state/register.ts';
import { allOfType, byteType, ITER } from './state/stack.ts';
import type { WalkState } from './walkState.ts';

type IteratorDetail = Extract<Detail, { what: 'iter' }>;

export interface IteratorType {
  /** `num` of `struct bpf_iter_num`. */
  readonly name: string;
  readonly slots: number;
}

/** A new iterator, before its first element. `flags` say how long what it yields may be used. */
export function createIterator(env: Env, frame: Frame, spi: number, type: IteratorType, flags: number): void {
  const reference = acquireReference(env);
  for (let i = 0; i < type.slots; i++) {
    const detail: IteratorDetail = { what: 'iter', name: type.name, state: 'active', depth: 0 };
    const reg = pointer('stack', { flags, refObjId: i === 0 ? reference : 0, detail });
    setSlot(frame, spi - i, { types: allOfType(ITER), reg });
    markSlotWritten(env, frame.frameno, spi - i);
    markSlotChanged(env.log, spi - i);
  }
}

export function endIterator(env: Env, frame: Frame, spi: number, slots: number): void {
  releaseReference(env, objectAt(frame, spi).refObjId);
  clearSlots(env, frame, spi, slots);
  for (let i = 0; i < slots; i++) markSlotChanged(env.log, spi - i);
}

/** The iterator whose first slot this is; null where there is none. */
export function iteratorAt(frame: Frame, spi: number): IteratorDetail | null {
  const { detail } = objectAt(frame, spi);
  return detail?.what === 'iter' ? detail : null;
}

/** The first slot as it is after another step. */
export function setIterator(frame: Frame, spi: number, to: Pick<IteratorDetail, 'state' | 'depth'>): void {
  const { types, reg } = slotAt(frame, spi);
  const { detail } = reg;
  if (detail?.what === 'iter') setSlot(frame, spi, { types, reg: change(reg, { detail: { ...detail, ...to } }) });
}

/** Whether the walk has gone on in some iterator since: then the same state again is no endless loop. */
export function iteratorsWentOn(old: WalkState, current: WalkState): boolean {
  return old.frames.some((frame, frameno) =>
    frame.stack.some((slot, spi) => {
      if (byteType(slot.types, 0) !== ITER) return false;
      const was = depthOf(slot.reg);
      const now = depthOf(current.frames[frameno]?.stack[spi]?.reg);
      return was !== null && was !== now;
    }),
  );
}

/** Null unless the iterator may still yield something. */
function depthOf(reg: RegisterState | undefined): number | null {
  const detail = reg?.detail;
  return detail?.what === 'iter' && detail.state === 'active' ? detail.depth : null;
}
