import { readFileSync } from 'node:fs';
import os from 'node:os';

/** Processors that this machine's kernel is prepared for (nr_cpu_ids): they bound what bpf_get_smp_processor_id returns. */
export function possibleProcessors(): number {
  try {
    // Ranges such as `0-7` or `0,2-5`; the last number is the highest.
    const last = /(\d+)\s*$/.exec(readFileSync('/sys/devices/system/cpu/possible', 'utf8'))?.[1];
    return Number(last) + 1 || os.availableParallelism();
  } catch {
    return os.availableParallelism();
  }
}
