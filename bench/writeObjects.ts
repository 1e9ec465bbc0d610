import { execFileSync } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import path from 'node:path';
import { compileBpf, findClang, OBJECTS, ownSources } from './workloads.ts';

/** Builds our own programs into objects for machines without clang, with no more debug information than maps need. */
export function writeObjects(): void {
  const clang = findClang();
  if (clang === null) throw new Error('clang for BPF is not installed');
  const objcopy = clang.replace('clang', 'llvm-objcopy');
  mkdirSync(OBJECTS, { recursive: true });
  for (const [name, source] of ownSources()) {
    const object = path.join(OBJECTS, `${name}.o`);
    compileBpf(clang, source, object);
    execFileSync(objcopy, ['--strip-debug', '-R', '.BTF.ext', '-R', '.rel.BTF.ext', object]);
  }
}
