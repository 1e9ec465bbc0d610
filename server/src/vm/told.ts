/** Answers that helpers give because the recording or the user says so, not because they were computed. */
import { helperById } from '../kernel/helpers.ts';
import type { Machine } from './createMachine.ts';
import { argHigh, argU32, doneBig, range } from './helpers/frame.ts';
import { HELPER_STATUS, type HelperStatus } from './machine.ts';

/** One answer of a helper. */
export interface Told {
  readonly returns: bigint;
  /** Bytes that it leaves in the memory its arguments point to. */
  readonly writes: readonly ToldWrite[];
}

export interface ToldWrite {
  /** 1 for r1. */
  readonly argument: number;
  readonly offset: number;
  readonly bytes: Uint8Array;
}

/** A call that was recorded with an event. */
export interface RecordedCall extends Told {
  readonly helper: number;
}

/**
 * Helpers that engines compute inside, or that move the program's control: bpf_map_lookup_elem, _update_elem and
 * _delete_elem, bpf_tail_call, bpf_spin_lock and _unlock, bpf_for_each_map_elem, bpf_find_vma, bpf_loop,
 * bpf_user_ringbuf_drain. A told answer would go unheard.
 */
export const ALWAYS_COMPUTED: ReadonlySet<number> = new Set([1, 2, 3, 12, 93, 94, 164, 180, 181, 209]);

/** Answers a call from the event's recorded calls, else from the user's mocks; null when neither tells of it. */
export function toldAnswer(machine: Machine, id: number): HelperStatus | null {
  if (ALWAYS_COMPUTED.has(id)) return null;
  const told = takeRecorded(machine, id) ?? takeMock(machine, id);
  if (told === null) return null;
  for (const write of told.writes) if (!put(machine, id, write)) return HELPER_STATUS.trap;
  return doneBig(machine, told.returns);
}

/** Calls of one helper are taken in the order they were recorded in. */
function takeRecorded({ world }: Machine, id: number): Told | null {
  // A recorded pointer leads nowhere here.
  if (returnsPointer(id)) return null;
  const index = world.recordedCalls.findIndex(({ helper }) => helper === id);
  if (index < 0) return null;
  const call = world.recordedCalls[index] ?? null;
  world.recordedCalls = world.recordedCalls.filter((_, i) => i !== index);
  return call;
}

export function returnsPointer(id: number): boolean {
  const returns = helperById(id)?.proto?.returns ?? 'integer';
  return returns !== 'integer' && returns !== 'void';
}

function takeMock({ world }: Machine, id: number): Told | null {
  const mock = world.given.mocks.get(id);
  if (mock === undefined) return null;
  const turn = world.mocksTaken.get(id) ?? 0;
  // A new map each time: a checkpoint keeps the one before.
  world.mocksTaken = new Map(world.mocksTaken).set(id, turn + 1);
  return mock.answers[Math.min(turn, mock.answers.length - 1)] ?? null;
}

/** Never more than the size the program gives: what it could not have asked for is left out. */
function put(machine: Machine, id: number, { argument, offset, bytes }: ToldWrite): boolean {
  const helper = helperById(id);
  const given = sizeOf(machine, id, argument);
  const size = given === null ? bytes.length : Math.max(0, Math.min(bytes.length, given - offset));
  if (size === 0) return true;
  const at = range(machine, helper?.name ?? 'a kernel function', argument, offset + size, true);
  if (at === 0) return false;
  machine.memory.copyIn(at + offset, bytes.subarray(0, size));
  return true;
}

/** Bytes of memory that an argument points to, as the prototype has it; null when it does not say. */
function sizeOf(machine: Machine, id: number, argument: number): number | null {
  const args = helperById(id)?.proto?.args ?? [];
  const arg = args[argument - 1];
  if (arg === undefined) return null;
  if (arg.size !== null) return arg.size;
  if (!(args[argument]?.type.startsWith('constSize') ?? false)) return null;
  return argHigh(machine, argument + 1) === 0 ? argU32(machine, argument + 1) : 0;
}
