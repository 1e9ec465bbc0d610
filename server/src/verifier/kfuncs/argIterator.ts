/**
 * Arguments that are open-coded iterators, and what they yield. Mirrors `process_iter_arg` and
 * `process_iter_next_call`, v6.18.
 */
import { ITERATOR_BYTES } from '../../kernel/iterators.ts';
import { writeSlot } from '../checkDynptr.ts';
import type { Env } from '../env.ts';
import { frameOf } from '../env.ts';
import { createIterator, endIterator, iteratorAt, setIterator } from '../iterators.ts';
import type { IteratorType } from '../iterators.ts';
import { pushPath } from '../paths.ts';
import { inRcu, inSleepable } from '../regions.ts';
import { getReg, setReg } from '../registers.ts';
import { reject, Rejection, unsupported } from '../rejection.ts';
import type { ObjectPlace } from '../stackObjects.ts';
import { markObjectRead, objectAt, objectPlace } from '../stackObjects.ts';
import { regAt, slotAt, setRegister } from '../state/frame.ts';
import { RCU, UNTRUSTED, ZERO_SCALAR } from '../state/register.ts';
import { allOfType, byteType, ITER, SLOT_BYTES } from '../state/stack.ts';
import { markNotNull } from '../transferHelper.ts';
import { previousEntry } from '../visited.ts';
import { currentFrame } from '../walkState.ts';
import { widen } from '../widening.ts';
import type { KfuncArgument, KfuncCall } from './kfuncCall.ts';
import { hasFlag, isNamed, titleOf } from './kfuncCall.ts';
import { nameOfType, sizeOfType } from './proto.ts';

const PREFIX = 'bpf_iter_';

/** Leaves in `call.iterator` where it lies. */
export function checkIteratorArgument(env: Env, argument: KfuncArgument): void {
  const { call, regno } = argument;
  if (isNamed(call, 'bpf_iter_css_task_new') && !mayWalkTasks(env))
    reject('css_task_iter is only allowed in bpf_lsm, bpf_iter and sleepable progs');
  const reg = getReg(env, regno);
  if (reg.kind !== 'stack') refuse(regno, [], `arg#${regno - 1} expected pointer to an iterator on stack`);
  const type = iteratorType(argument);
  const place = objectPlace(env, reg, 'iter', type.slots);
  if (hasFlag(call, 'iterNew')) create(env, argument, type, place);
  else use(env, argument, type, place);
}

/** Mirrors `check_css_task_iter_allowlist`. */
function mayWalkTasks(env: Env): boolean {
  const { type, attachType } = env.program;
  return type === 'lsm' || (type === 'tracing' && attachType === 'trace_iter') || inSleepable(env);
}

function iteratorType({ call, regno, param }: KfuncArgument): IteratorType {
  const to = param.type.kind === 'ptr' ? param.type.to : null;
  const struct = to === null ? '' : nameOfType(to);
  if (to?.kind !== 'struct' || !struct.startsWith(PREFIX))
    return refuse(regno, [], `expected valid iter pointer as arg #${regno - 1}`);
  const name = struct.slice(PREFIX.length);
  const bytes = sizeOfType(call.proto.btf, to) ?? ITERATOR_BYTES[name] ?? unsupported(titleOf(call));
  return { name, slots: bytes / SLOT_BYTES };
}

function create(env: Env, { call, regno }: KfuncArgument, type: IteratorType, place: ObjectPlace): void {
  if (place.complaints.length > 0 || holdsIterator(place, type.slots))
    refuse(regno, place.complaints, `expected uninitialized iter_${type.name} as arg #${regno - 1}`);
  for (let i = 0; i < type.slots; i++) writeSlot(env, regno, i * SLOT_BYTES);
  const { frame, spi } = objectPlace(env, getReg(env, regno), 'iter', type.slots);
  createIterator(env, frame, spi, type, protection(env, call));
}

/** What keeps the elements of the new iterator valid. */
function protection(env: Env, call: KfuncCall): number {
  if (!hasFlag(call, 'rcuProtected')) return 0;
  return inRcu(env) ? RCU : UNTRUSTED;
}

/** Mirrors `is_iter_reg_valid_uninit`: no byte may be one of an iterator's. */
function holdsIterator({ frame, spi }: ObjectPlace, slots: number): boolean {
  if (spi < 0) return false;
  for (let i = 0; i < slots; i++)
    for (let byte = 0; byte < SLOT_BYTES; byte++)
      if (byteType(slotAt(frame, spi - i).types, byte) === ITER) return true;
  return false;
}

function use(env: Env, { call, regno }: KfuncArgument, type: IteratorType, place: ObjectPlace): void {
  const trouble = place.spi < 0 ? 'none' : troubleAt(place, type);
  if (trouble === 'none')
    refuse(regno, place.complaints, `expected an initialized iter_${type.name} as arg #${regno - 1}`);
  if (trouble === 'expired') refuse(regno, [], `expected an RCU CS when using ${call.kfunc.name}`);
  const { frame, spi } = place;
  markObjectRead(env, place, type.slots);
  call.iterator = { frameno: frame.frameno, spi };
  call.refObjId = objectAt(frame, spi).refObjId;
  if (hasFlag(call, 'iterDestroy')) endIterator(env, frame, spi, type.slots);
}

/** Mirrors `is_iter_reg_valid_init`. */
function troubleAt({ frame, spi }: ObjectPlace, type: IteratorType): 'none' | 'expired' | null {
  for (let i = 0; i < type.slots; i++) {
    const { types, reg } = slotAt(frame, spi - i);
    if (reg.flags & UNTRUSTED) return 'expired';
    // Only the first slot has the reference.
    if ((reg.refObjId !== 0) !== (i === 0)) return 'none';
    if (iteratorAt(frame, spi - i)?.name !== type.name || types !== allOfType(ITER)) return 'none';
  }
  return null;
}

function refuse(regno: number, complaints: readonly string[], line: string): never {
  throw new Rejection([...complaints, line], regno, 'here');
}

/** Whether what the iterator yields is protected by RCU only. Mirrors `get_iter_from_state` as r0 is made. */
export function yieldsRcu(env: Env, call: KfuncCall): boolean {
  const { frameno = 0, spi = 0 } = call.iterator ?? {};
  const frame = env.state.frames[frameno];
  return frame !== undefined && (objectAt(frame, spi).flags & RCU) !== 0;
}

/** Two ways on: another element, walked later, or the end. r0 is set. */
export function stepIterator(env: Env, call: KfuncCall): void {
  const { frameno, spi } = call.iterator ?? unsupported(titleOf(call));
  const frame = env.state.frames[frameno] ?? frameOf(env);
  const iterator = iteratorAt(frame, spi) ?? unsupported(titleOf(call));
  if (iterator.state === 'active') queueElement(env, frameno, spi, iterator.depth);
  setIterator(frame, spi, { state: 'drained', depth: iterator.depth });
  setReg(env, 0, ZERO_SCALAR);
}

function queueElement(env: Env, frameno: number, spi: number, depth: number): void {
  const { parent } = env.state;
  const previous = parent === null ? null : previousEntry(env, parent);
  const queued = pushPath(env, env.pc + 1, env.pc);
  const frame = queued.frames[frameno];
  if (frame !== undefined) setIterator(frame, spi, { state: 'active', depth: depth + 1 });
  if (previous !== null) widen(env, previous, queued);
  const current = currentFrame(queued);
  setRegister(current, 0, markNotNull(regAt(current, 0)));
}
