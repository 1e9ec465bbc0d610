import { spawnSync } from 'node:child_process';
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

/** The same as a header, as bpftool prints it; null where there is no bpftool or no kernel with types. */
export function kernelHeader(): string | null {
  const words = ['btf', 'dump', 'file', VMLINUX, 'format', 'c'];
  const { status, stdout } = spawnSync('bpftool', words, { encoding: 'utf8', maxBuffer: 1 << 28 });
  return status === 0 ? stdout : null;
}
