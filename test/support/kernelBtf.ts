import { existsSync, readFileSync } from 'node:fs';
import type { Btf } from '../../server/src/btf/btf.ts';
import { openBtf } from '../../server/src/btf/openBtf.ts';

const VMLINUX = '/sys/kernel/btf/vmlinux';

let opened: Btf | null | undefined;

/** The types of this machine's kernel, read once; null where it has none. */
export function kernelBtf(): Btf | null {
  opened ??= existsSync(VMLINUX) ? openBtf(new Uint8Array(readFileSync(VMLINUX))).btf : null;
  return opened;
}
