import { describe, expect, it } from 'vitest';
import { NameIndex } from '../../server/src/btf/nameIndex.ts';

const STRINGS = new TextEncoder().encode('\0task_struct\0task\0struct\0task\0open');
const at = (text: string, from = 0): number => new TextDecoder().decode(STRINGS).indexOf(text, from);

describe('an index of names', () => {
  // The last name has no end; entry 1 has none.
  const places = [at('task\0'), 0, at('task_struct'), at('struct', 6), at('task\0', 20), at('struct', 14), at('open')];
  const index = new NameIndex(STRINGS, Uint32Array.from(places));

  it.each([
    ['task', [0, 4]],
    ['task_struct', [2]],
    ['struct', [3, 5]],
    ['tas', []],
    ['task_struct_', []],
    ['ask', []],
    ['open', []],
    ['täsk', []],
    ['', []],
  ])('%s', (name, entries) => {
    expect(index.all(name)).toEqual(entries);
    expect(index.lowest(name)).toBe(entries[0] ?? -1);
  });

  it('of nothing finds nothing', () => {
    expect(new NameIndex(STRINGS, new Uint32Array(0)).all('task')).toEqual([]);
  });
});
