import { NOTHING_GIVEN, type GivenTask, type GivenWorld } from './given.ts';
import type { EarlierMemory, RecordedMemory } from './recordedMemory.ts';
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
  /** How many arguments the traced function has; they stand in the context, perhaps with what it returned. */
  functionArgs: number;
  /** Memory outside the program, recorded with the present event. */
  memory: readonly RecordedMemory[];
  /** Return addresses, innermost first; null when they are not recorded. */
  stack: readonly bigint[] | null;
  userStack: readonly bigint[] | null;
  /** Cookie that the program was attached with. */
  cookie: bigint | null;
  /** Address of the traced function. */
  functionAddress: bigint | null;
  /** The setting that is read or written, as texts; null when it is not recorded. */
  sysctl: { readonly name: string; readonly value: string | null; readonly newValue: string | null } | null;
  /** What the program wants to be written instead; replaced, never changed in place. */
  newSysctl: Uint8Array | null;
  /** Socket options that the program has set, by level and name; replaced, never changed in place. */
  socketOptions: ReadonlyMap<string, Uint8Array>;
  /** What the system call would return so far. */
  returnValue: number;
  /** What earlier events told of memory, the latest first. */
  earlier: readonly EarlierMemory[];
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
  const event = { memory: [], recordedCalls: [], stack: null, userStack: null, cookie: null, functionAddress: null };
  const changed = {
    sysctl: null,
    newSysctl: null,
    socketOptions: new Map<string, Uint8Array>(),
    returnValue: 0,
    heldSockets: [],
    functionArgs: 0,
    earlier: [],
  };
  const told = { given, mocksTaken: new Map<number, number>(), ...event, ...changed };
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
