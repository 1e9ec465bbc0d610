/** One engine with one program, ready to run. */
export interface Contender {
  /** The low half of what the first run returned, from fresh maps and the untouched packet. */
  readonly first: number;
  /** Runs for about `ms` milliseconds and yields the nanoseconds of one run. */
  measure(ms: number): number;
}

/** Nanoseconds of one run when `runs` runs are made at a time, from a span of at least half of `ms`. */
export function timed(ms: number, run: (runs: number) => void): number {
  for (let runs = 1; ; runs *= 2) {
    const began = cpuMs();
    run(runs);
    const took = cpuMs() - began;
    if (took >= ms / 2) return (took * 1e6) / runs;
  }
}

type ThreadClock = () => { readonly user: number; readonly system: number };

/** This thread's time on the CPU, which stands still while others have it; older Node only has the clock on the wall. */
export function cpuMs(): number {
  const { threadCpuUsage } = process as { readonly threadCpuUsage?: ThreadClock };
  if (threadCpuUsage === undefined) return performance.now();
  const { user, system } = threadCpuUsage();
  return (user + system) / 1000;
}
