import { existsSync, readFileSync } from 'node:fs';
import type { Btf } from '../../server/src/btf/btf.ts';
import { openKernelBtf } from '../../server/src/elf/kernelBtf.ts';

const FILE = '/sys/kernel/btf/vmlinux';

/** The types of the running kernel, or null where it gives none. */
export const kernelTypes: Btf | null = readKernelTypes();

function readKernelTypes(): Btf | null {
  if (!existsSync(FILE)) return null;
  const opened = openKernelBtf(readFileSync(FILE));
  return 'btf' in opened ? opened.btf : null;
}
