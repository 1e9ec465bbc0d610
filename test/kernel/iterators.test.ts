import { describe, expect, it } from 'vitest';
import { ITERATOR_BYTES } from '../../server/src/kernel/iterators.ts';
import { KFUNCS } from '../../server/src/kernel/kfuncs.ts';

/** Names of the structures `bpf_iter_…` that the table's functions make. */
const made = KFUNCS.filter(({ flags }) => flags.has('iterNew')).map(
  ({ parameters }) => /struct bpf_iter_(\w+)/.exec(parameters[0] ?? '')?.[1] ?? '',
);

describe('ITERATOR_BYTES', () => {
  it('knows every iterator that can be made', () => {
    expect(made.length).toBeGreaterThan(5);
    expect(made.filter((name) => ITERATOR_BYTES[name] === undefined)).toEqual([]);
  });

  it('holds whole stack slots', () => {
    expect(Object.values(ITERATOR_BYTES).filter((bytes) => bytes % 8 !== 0)).toEqual([]);
  });
});
