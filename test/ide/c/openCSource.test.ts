import { expect, it } from 'vitest';
import { openCSource, type CSourceHost } from '../../../server/src/ide/c/openCSource.ts';
import { memoryStore } from '../../support/memoryStore.ts';

const structures = Array.from(
  { length: 6000 },
  (_, i) => `struct structure_number_${i} { int first, second, third; };\n`,
);
const FILES: Readonly<Record<string, string>> = { '/p/vmlinux.h': structures.join('') };
const SOURCE = `#include "vmlinux.h"
__attribute__((section("socket"))) int f(void *ctx) { struct structure_number_77 s = { .second = 3 }; return s.second; }
char l[] __attribute__((section("license"))) = "GPL";
`;

async function opened(profile: 'debug' | 'optimised', more: Partial<CSourceHost>): Promise<unknown> {
  const readFile = async (path: string): Promise<Uint8Array> => {
    const text = FILES[path];
    if (text === undefined) throw new Error('no such file or directory');
    return new TextEncoder().encode(text);
  };
  return openCSource({ path: '/p/a.bpf.c', text: SOURCE }, { readFile, ...more }, { user: {}, profile, kernelBtf: '' });
}

it('takes what an earlier session kept of a large header, for either build', async () => {
  const headerStore = memoryStore();
  const kept = [await opened('debug', { headerStore }), await opened('optimised', { headerStore })];
  expect(headerStore.asked).toEqual([false, true]);
  expect(kept).toEqual([await opened('debug', {}), await opened('optimised', {})]);
  expect(kept).toEqual([0, 1].map(() => ({ object: expect.objectContaining({ license: 'GPL' }) })));
});
