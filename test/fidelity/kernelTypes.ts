import { readFileSync } from 'node:fs';
import { readBtf } from '../../server/src/btf/read.ts';
import type { Btf } from '../../server/src/btf/btf.ts';

/** Types of the running kernel; null where it does not tell. */
export function kernelTypes(file = '/sys/kernel/btf/vmlinux'): Btf | null {
  try {
    return readBtf(readFileSync(file)).btf;
  } catch {
    return null;
  }
}
