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
  jiffies: bigint;
}

export function defaultWorld(seed: number): World {
  const task = { tgid: 0, tid: 0, uid: 0, gid: 0, comm: 'swapper/0', cgroupId: 1n };
  return { timeNs: 0n, cpu: 0, numaNode: 0, random: seed >>> 0, jiffies: 0n, ...task };
}

/** The next 32 random bits (mulberry32: small, seedable, good enough for tests). */
export function nextRandom(world: World): number {
  world.random = (world.random + 0x6d2b79f5) >>> 0;
  let mixed = world.random;
  mixed = Math.imul(mixed ^ (mixed >>> 15), mixed | 1);
  mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
  return mixed ^ (mixed >>> 14);
}
