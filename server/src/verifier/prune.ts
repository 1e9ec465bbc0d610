/** Whether a state was covered by one that proved safe. Mirrors `states_equal` and `regsafe`, v6.18. */
import type { Env } from './env.ts';
import type { FrameState } from './state/frame.ts';
import { regAt, slotAt } from './state/frame.ts';
import { boundsWithin } from './state/bounds.ts';
import type { RegisterState } from './state/register.ts';
import { baseId, boundsEqual, linkMarks, sameDetail, sameObject, UNKNOWN_SCALAR } from './state/register.ts';
import type { StackSlot } from './state/stack.ts';
import {
  byteType,
  DYNPTR,
  EMPTY_SLOT,
  INVALID,
  IRQ_FLAG,
  holdsNothing,
  isAllMisc,
  isSpilledScalar64,
  ITER,
  MISC,
  SLOT_BYTES,
  SPILL,
  ZERO,
} from './state/stack.ts';
import type { Reference, Regions, StoredState, WalkState } from './walkState.ts';
import { framePc } from './walkState.ts';

/** How alike states must be: covered where it matters, covered in every range, or the same. */
export type Exactness = 'covered' | 'within' | 'exact';

/** Ids of the old state and those of the current one that stand for them: `length` numbers of `pairs`. */
export interface IdMap {
  readonly pairs: number[];
  length: number;
  nextTemporary: number;
  /** Users without CAP_BPF have precise numbers only; without CAP_PERFMON, memory must be written before it is read. */
  readonly allPrecise: boolean;
  readonly mayBeUnwritten: boolean;
  exactNumbers: boolean;
  /** Iterators must be protected alike. */
  readonly tellsIterators: boolean;
}

export function newIdMap(env: Env): IdMap {
  return {
    pairs: [],
    length: 0,
    nextTemporary: env.idGen,
    allPrecise: !env.rights.bpf,
    mayBeUnwritten: env.rights.unwrittenStack,
    exactNumbers: env.comparesExactly,
    tellsIterators: !env.can.mixesIterators,
  };
}

/** The map of the comparison before, for another one. */
function emptied(env: Env): IdMap {
  const ids = (env.ids ??= newIdMap(env));
  ids.length = 0;
  ids.nextTemporary = env.idGen;
  ids.exactNumbers = env.comparesExactly;
  return ids;
}

export function statesEqual(env: Env, old: StoredState, current: WalkState, exactness: Exactness): boolean {
  if (old.frames.length !== current.frames.length) return false;
  if (old.differsAt >= 0 && stillDiffers(env, old, current, exactness)) return false;
  // What was proved under a wrong guess of the processor proves nothing of real paths.
  if (old.regions.speculative && !current.regions.speculative) return false;
  if (old.regions.sleepable !== current.regions.sleepable) return false;
  const ids = emptied(env);
  if (!referencesSafe(old, current, ids)) return false;
  for (let i = 0; i < old.frames.length; i++) {
    const a = old.frames[i];
    const b = current.frames[i];
    if (a === undefined || b === undefined || a.callsite !== b.callsite) return false;
    const differsAt = difference(a, b, env.facts.liveRegs[framePc(old, i)] ?? 0, ids, exactness);
    if (differsAt < 0) continue;
    if (differsAt < NOWHERE) old.differsAt = PLACES * i + differsAt;
    return false;
  }
  return true;
}

/** Places of one frame: its registers, then its stack slots. */
const FIRST_SLOT = 16;
const NOWHERE = 80;
const PLACES = 128;

/**
 * States that one state does not cover differ from it at the same place, mostly. What does not fit even with no id known
 * fits no better with some.
 */
function stillDiffers(env: Env, old: StoredState, current: WalkState, exactness: Exactness): boolean {
  const at = old.differsAt % PLACES;
  const a = old.frames[(old.differsAt - at) / PLACES];
  const b = current.frames[(old.differsAt - at) / PLACES];
  if (a === undefined || b === undefined) return false;
  const ids = emptied(env);
  if (at < FIRST_SLOT) return !regSafe(regAt(a, at), regAt(b, at), ids, exactness);
  return !slotSafe(slotAt(a, at - FIRST_SLOT), b.stack[at - FIRST_SLOT], ids, exactness);
}

/** Mirrors `refsafe`. */
function referencesSafe(old: WalkState, current: WalkState, ids: IdMap): boolean {
  if (old.refs.length !== current.refs.length || !regionsSafe(old.regions, current.regions, ids)) return false;
  for (let i = 0; i < old.refs.length; i++) {
    const ref = old.refs[i];
    const other = current.refs[i];
    if (ref === undefined || other === undefined || !referenceSafe(ref, other, ids)) return false;
  }
  return true;
}

function referenceSafe(old: Reference, current: Reference, ids: IdMap): boolean {
  if (!sameIds(old.id, current.id, ids) || old.kind !== current.kind) return false;
  return old.kind === 'object' || old.kind === 'irq' || old.owner === current.owner;
}

function regionsSafe(old: Regions, current: Regions, ids: IdMap): boolean {
  return (
    old === current ||
    (old.locks === current.locks &&
      old.preemptOff === current.preemptOff &&
      old.rcu === current.rcu &&
      sameIds(old.irqId, current.irqId, ids) &&
      sameIds(old.lockId, current.lockId, ids) &&
      old.lockOwner === current.lockOwner)
  );
}

/** The first place at which the frames differ; -1 for none. Mirrors `func_states_equal`. */
function difference(old: FrameState, current: FrameState, liveRegs: number, ids: IdMap, exactness: Exactness): number {
  if (old.callback.depth > current.callback.depth) return NOWHERE;
  for (let i = 0; i < 11; i++)
    if (liveRegs & (1 << i) && !regSafe(regAt(old, i), regAt(current, i), ids, exactness)) return i;
  const spi = differentSlot(old, current, ids, exactness);
  return spi < 0 ? -1 : FIRST_SLOT + spi;
}

/** Mirrors `check_ids`: the mapping must be one to one. */
function sameIds(old: number, current: number, ids: IdMap): boolean {
  if ((old !== 0) !== (current !== 0)) return false;
  if (old === 0) return true;
  const { pairs, length } = ids;
  for (let i = 0; i < length; i += 2) {
    if (pairs[i] === old) return pairs[i + 1] === current;
    if (pairs[i + 1] === current) return false;
  }
  pairs[length] = old;
  pairs[length + 1] = current;
  ids.length = length + 2;
  return true;
}

/** Mirrors `check_scalar_ids`: an unlinked old scalar covers any; an unlinked current one stands for itself. */
function sameScalarIds(old: number, current: number, ids: IdMap): boolean {
  if (old === 0) return true;
  const id = current === 0 ? ++ids.nextTemporary : current;
  if (!sameIds(old, id, ids)) return false;
  return linkMarks(old) === 0 || sameIds(baseId(old), baseId(id), ids);
}

/** Mirrors `regs_exact`. */
export function identicalRegisters(old: RegisterState, current: RegisterState, ids: IdMap): boolean {
  return (
    sameObject(old, current) &&
    boundsEqual(old.bounds, current.bounds) &&
    sameIds(old.id, current.id, ids) &&
    sameIds(old.refObjId, current.refObjId, ids)
  );
}

/** The very same register, with no id that would have to be matched. */
function isItself(old: RegisterState, current: RegisterState): boolean {
  return old === current && old.id === 0 && old.refObjId === 0;
}

export function regSafe(old: RegisterState, current: RegisterState, ids: IdMap, exactness: Exactness): boolean {
  if (isItself(old, current)) return true;
  if (exactness === 'exact') return identicalRegisters(old, current, ids);
  if (old.kind === 'notInit' && (exactness === 'covered' || current.kind === 'notInit')) return true;
  if (old.kind !== current.kind || old.flags !== current.flags) return false;
  switch (old.kind) {
    case 'scalar':
      return scalarSafe(old, current, ids, exactness);
    case 'mapKey':
    case 'mapValue':
    case 'mem':
    case 'buf':
    case 'tpBuffer':
      return (
        sameObject(old, current) &&
        boundsWithin(old.bounds, current.bounds) &&
        sameIds(old.id, current.id, ids) &&
        sameIds(old.refObjId, current.refObjId, ids)
      );
    case 'packet':
    case 'packetMeta':
      return packetSafe(old, current, ids);
    case 'stack':
      return identicalRegisters(old, current, ids) && old.frameno === current.frameno;
    case 'arena':
      return true;
    default:
      return identicalRegisters(old, current, ids);
  }
}

function scalarSafe(old: RegisterState, current: RegisterState, ids: IdMap, exactness: Exactness): boolean {
  if (ids.exactNumbers)
    return old.off === current.off && boundsEqual(old.bounds, current.bounds) && sameScalarIds(old.id, current.id, ids);
  if (!old.precise && !ids.allPrecise && exactness === 'covered') return true;
  if (old.id !== 0 && linkMarks(old.id) !== linkMarks(current.id)) return false;
  if (linkMarks(old.id) !== 0 && old.off !== current.off) return false;
  return sameScalarIds(old.id, current.id, ids) && boundsWithin(old.bounds, current.bounds);
}

function packetSafe(old: RegisterState, current: RegisterState, ids: IdMap): boolean {
  if (old.range < 0 || current.range < 0) {
    if (old.range !== current.range) return false;
  } else if (old.range > current.range) return false;
  return old.off === current.off && sameIds(old.id, current.id, ids) && boundsWithin(old.bounds, current.bounds);
}

/** Index of the first slot that is not safe; -1 for none. Mirrors `stacksafe`. */
function differentSlot(old: FrameState, current: FrameState, ids: IdMap, exactness: Exactness): number {
  const { stack } = old;
  const now = current.stack;
  for (let spi = 0; spi < stack.length; spi++) {
    const was = stack[spi] ?? EMPTY_SLOT;
    if (was.types === 0 && exactness === 'covered') continue;
    const is = now[spi];
    if (was === is && was.reg.id === 0 && was.reg.refObjId === 0) continue;
    if (!slotSafe(was, is, ids, exactness)) return spi;
  }
  return -1;
}

function slotSafe(old: StackSlot, current: StackSlot | undefined, ids: IdMap, exactness: Exactness): boolean {
  if (current !== undefined && old.types === current.types && isItself(old.reg, current.reg)) return true;
  if (exactness === 'covered' && ids.mayBeUnwritten && holdsNothing(old)) return true;
  if (exactness !== 'covered' && (current === undefined || !sameTypes(old, current, ids))) return false;
  for (let i = 0; i < SLOT_BYTES; i++) {
    const type = byteType(old.types, i);
    // Bytes never written or of unknown content may be anything: reading them gives an unknown number.
    if (type === INVALID || (type === MISC && ids.mayBeUnwritten)) continue;
    if (current === undefined) return false;
    const a = asScalar(old, ids.mayBeUnwritten);
    const b = asScalar(current, ids.mayBeUnwritten);
    if (a !== null && b !== null) return regSafe(a, b, ids, exactness);
    if (type === MISC && byteType(current.types, i) === ZERO) continue;
    if (type !== byteType(current.types, i)) return false;
    if (i === SLOT_BYTES - 1) return contentsSafe(type, old.reg, current.reg, ids, exactness);
  }
  return true;
}

/** Slots of one type, by the register, dynptr, iterator or interrupt flags they hold. */
function contentsSafe(
  type: number,
  old: RegisterState,
  current: RegisterState,
  ids: IdMap,
  exactness: Exactness,
): boolean {
  switch (type) {
    case SPILL:
      return regSafe(old, current, ids, exactness);
    case DYNPTR:
      return sameDetail(old.detail, current.detail) && sameIds(old.refObjId, current.refObjId, ids);
    case ITER:
      if (ids.tellsIterators && old.flags !== current.flags) return false;
      return sameIterator(old, current) && sameIds(old.refObjId, current.refObjId, ids);
    case IRQ_FLAG:
      return sameIds(old.refObjId, current.refObjId, ids) && sameDetail(old.detail, current.detail);
    default:
      return true;
  }
}

/**
 * How deep an iterator has been walked does not count: only so do its loops converge. Nor does v6.18.44 look at what
 * protects its elements (`mixesIterators`), so that a loop which leaves its RCU section on the way passes.
 */
function sameIterator(old: RegisterState, current: RegisterState): boolean {
  return (
    old.detail?.what === 'iter' &&
    current.detail?.what === 'iter' &&
    old.detail.name === current.detail.name &&
    old.detail.state === current.detail.state
  );
}

/**
 * Outside of plain covering, byte types must be the same as far as the kernel's loop looks at them: it leaves a slot at
 * the first byte that matters when both slots can be taken for a number.
 */
function sameTypes(old: StackSlot, current: StackSlot, ids: IdMap): boolean {
  const comparesAsScalars =
    asScalar(old, ids.mayBeUnwritten) !== null && asScalar(current, ids.mayBeUnwritten) !== null;
  for (let i = 0; i < SLOT_BYTES; i++) {
    const type = byteType(old.types, i);
    if (type !== byteType(current.types, i)) return false;
    if (comparesAsScalars && type !== INVALID && (type !== MISC || !ids.mayBeUnwritten)) return true;
  }
  return true;
}

/** A slot that reads as one 64-bit number. Mirrors `scalar_reg_for_stack`. */
function asScalar(slot: StackSlot, mayBeUnwritten: boolean): RegisterState | null {
  if (isSpilledScalar64(slot)) return slot.reg;
  return isAllMisc(slot, mayBeUnwritten) ? UNKNOWN_SCALAR : null;
}
