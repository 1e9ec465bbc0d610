import { describe, expect, it } from 'vitest';
import { FLAVOURS, flavourName } from '../jit/support.ts';
import { ALL_VECTORS } from './all.ts';
import { endOf } from './run.ts';

describe('vectors of our own', () => {
  it('have names of their own', () =>
    expect(new Set(ALL_VECTORS.map(({ name }) => name)).size).toBe(ALL_VECTORS.length));

  it.each(ALL_VECTORS.map((vector) => [vector.name, vector] as const))('interpreter: %s', (_, vector) => {
    expect(endOf(vector.object, null)).toBe(vector.r0);
  });

  it.each(FLAVOURS.map((flavour) => [flavourName(flavour), flavour] as const))('JIT, %s', (_, flavour) => {
    const wrong = ALL_VECTORS.filter(({ object, r0 }) => endOf(object, flavour) !== r0);
    expect(wrong.map((vector) => `${vector.name}: ${endOf(vector.object, flavour)}, not ${vector.r0}`)).toEqual([]);
  });
});
