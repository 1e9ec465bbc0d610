import { expect, it } from 'vitest';
import { memoryStore } from '../support/memoryStore.ts';
import { runMain } from './fakeWorld.ts';

it('keeps large headers between calls, which say the same', async () => {
  const structures = Array.from(
    { length: 6000 },
    (_, i) => `struct structure_number_${i} { int first, second, third; };\n`,
  );
  const source = `#include "vmlinux.h"
__attribute__((section("socket"))) int f(void *ctx) { struct structure_number_77 s = {}; int unused; return s.second; }
`;
  const files = { 'a.bpf.c': source, 'vmlinux.h': structures.join('') };
  const headerStore = memoryStore();
  // Another build, so that this process does not know the header.
  const first = await runMain(['check', '--build', 'debug', 'a.bpf.c'], { files, headerStore });
  const second = await runMain(['check', 'a.bpf.c'], { files, headerStore });
  expect(headerStore.asked).toEqual([false, true]);
  expect(first.out).toMatch(/unused variable[^]*accepted/);
  expect(second.out).toMatch(/unused variable[^]*accepted/);
  expect(second).toEqual(await runMain(['check', 'a.bpf.c'], { files }));
});
