import { describe, expect, it } from 'vitest';
import type { CompileOptions, Includes } from '../../../server/src/c/compile.ts';
import { parse } from '../../../server/src/c/parse/parse.ts';
import { preprocessAgain } from '../../../server/src/c/preprocess/preamble.ts';
import { newProblems } from '../../../server/src/c/problem.ts';
import type { HeaderDeclarations } from '../../../server/src/c/syntax.ts';
import { kernelHeader } from '../../support/kernelBtf.ts';
import { memoryStore, type MemoryStore } from '../../support/memoryStore.ts';

const vmlinux = kernelHeader();
if (vmlinux === null) console.warn('SKIPPED: there is no bpftool or no kernel with types to read a vmlinux.h of');

const includes: Includes = (name) => ({ path: name, text: vmlinux ?? '', system: false, folder: 0 });

/** With a session of its own by its number. */
function headersOf(session: number, store?: MemoryStore): HeaderDeclarations {
  const options: CompileOptions = { cpu: 3, profile: 'optimised', defines: [], warnings: [`-Wno-session${session}`] };
  const input = { path: 'a.c', text: '#include "vmlinux.h"\nint x;\n', includes, options, store };
  const { result, preamble } = preprocessAgain(input, null);
  return parse(result.tokens, result.places, newProblems(), preamble).unit.headers;
}

const printed = (tree: unknown): string =>
  JSON.stringify(tree, (_, value: unknown) => (typeof value === 'bigint' ? `${value}n` : value));

describe.skipIf(vmlinux === null)('a kernel’s vmlinux.h', () => {
  it('declares the same in a later session', () => {
    const store = memoryStore();
    headersOf(0, store);
    const [again, alone] = [headersOf(1, store), headersOf(2)];
    expect(store.asked).toEqual([false, true]);
    const names = [...alone.names()];
    expect([...again.names()]).toEqual(names);
    expect(names.length).toBeGreaterThan(10_000);
    const count = alone.before(0);
    const tags = new Set<string>();
    const differing: number[] = [];
    for (let number = 0; number < count; number += 5) {
      const text = printed(alone.read(number));
      if (printed(again.read(number)) !== text) differing.push(number);
      for (const [, tag = ''] of text.matchAll(/"tag":\{"start":\d+,"end":\d+,"text":"(\w+)"/g)) tags.add(tag);
    }
    expect(differing).toEqual([]);
    expect(count).toBeGreaterThan(10_000);
    expect(tags.size).toBeGreaterThan(500);
    const told = (of: HeaderDeclarations): unknown => [
      names.map((name) => of.ofName(name)),
      [...tags].map((tag) => [of.ofTag(tag), of.mentions(tag)]),
      [of.ofName('no_such_name'), of.mentions('no_such_tag'), of.before(0), of.read(count)],
    ];
    expect(told(again)).toEqual(told(alone));
  });
});
