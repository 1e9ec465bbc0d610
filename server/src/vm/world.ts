import { NOTHING_GIVEN, type GivenTask, type GivenWorld } from './given.ts';
import type { RecordedMemory } from './recordedMemory.ts';
import type { RecordedCall } from './told.ts';

/** What a program can learn about its surroundings. Plain data, so that a checkpoint can copy it. */
export interface World {
  /** bpf_ktime_get_ns; run sets it from the event. */
  timeNs: bigint;
  /** CPU the program runs on; must be below the machine's `cpus`. */
  cpu: number;
  numaNode: number;
  /** State of the pseudo-random generator; the seed before the first call. */
  random: number;
  tgid: number;
  tid: number;
  uid: number;
  gid: number;
  /** At most 15 bytes. */
  comm: string;
  cgroupId: bigint;
  /** Address of the current task's task_struct; 0 when nobody knows. */
  task: bigint;
  /** Memory outside the program, recorded with the present event. */
  memory: readonly RecordedMemory[];
  /** What the user's world file says. */
  readonly given: GivenWorld;
  /** Calls of helpers recorded with the present event that are not answered yet; replaced, never changed in place. */
  recordedCalls: readonly RecordedCall[];
  /** How many answers of each mock were taken; replaced, never changed in place. */
  mocksTaken: ReadonlyMap<number, number>;
  /** Addresses of sockets the program has looked up and not given back; replaced, never changed in place. */
  heldSockets: readonly number[];
}

const NO_TASK: GivenTask = { tgid: 0, tid: 0, uid: 0, gid: 0, comm: 'swapper/0', cgroupId: 1n, address: 0n };

export function defaultWorld(seed: number, given: GivenWorld = NOTHING_GIVEN): World {
  const { address, ...task } = given.task ?? NO_TASK;
  const { cpu, numaNode } = given;
  const told = { memory: [], given, recordedCalls: [], mocksTaken: new Map<number, number>(), heldSockets: [] };
  return { timeNs: 0n, cpu, numaNode, random: seed >>> 0, ...task, task: address, ...told };
}

/** Nanoseconds since the machine was started (CLOCK_MONOTONIC). Without a boot time, in whatever the events count. */
export function sinceBoot({ timeNs, given }: World): bigint {
  const boot = given.bootTimeNs;
  return boot === null || timeNs < boot ? timeNs : timeNs - boot;
}

/** The next 32 random bits (mulberry32: small, seedable, good enough for tests). */
export function nextRandom(world: World): number {
  world.random = (world.random + 0x6d2b79f5) >>> 0;
  let mixed = world.random;
  mixed = Math.imul(mixed ^ (mixed >>> 15), mixed | 1);
  mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
  return mixed ^ (mixed >>> 14);
}
