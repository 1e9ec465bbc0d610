import { describe, expect, it } from 'vitest';
import {
  TNUM_UNKNOWN,
  tnumAdd,
  tnumAnd,
  tnumArshift,
  tnumBswap,
  tnumCast,
  tnumConst,
  tnumIn,
  tnumIntersect,
  tnumIsAligned,
  tnumLshift,
  tnumMul,
  tnumNeg,
  tnumOr,
  tnumOverlap,
  tnumRange,
  tnumRshift,
  tnumSub,
  tnumText,
  tnumUnion,
  tnumWithSubreg,
  tnumXor,
} from '../../server/src/verifier/state/tnum.ts';
import { UNKNOWN_BOUNDS, syncBounds } from '../../server/src/verifier/state/bounds.ts';
import type { Tnum } from '../../server/src/verifier/state/tnum.ts';

const BITS = 4;
const ALL = 0xffff_ffff_ffff_ffffn;

/** Every tnum of four bits, moved by `shift`: 81 of them. */
function everyTnum(shift = 0): Tnum[] {
  const found: Tnum[] = [];
  for (let mask = 0n; mask < 1n << BigInt(BITS); mask++)
    for (let value = 0n; value < 1n << BigInt(BITS); value++)
      if ((value & mask) === 0n) found.push(tnumLshift({ value, mask }, shift));
  return found;
}

function members(t: Tnum): bigint[] {
  const found: bigint[] = [];
  for (let subset = t.mask; ; subset = (subset - 1n) & t.mask) {
    found.push(t.value | subset);
    if (subset === 0n) return found;
  }
}

function has(t: Tnum, value: bigint): boolean {
  return (value & ~t.mask) === t.value;
}

/** The smallest tnum that holds the given values. */
function tightest(values: readonly bigint[]): Tnum {
  return values.map(tnumConst).reduce(tnumUnion);
}

const u64 = (value: bigint): bigint => BigInt.asUintN(64, value);

describe('an operation on all pairs of four-bit tnums', () => {
  const operations: readonly [string, (a: Tnum, b: Tnum) => Tnum, (x: bigint, y: bigint) => bigint, boolean][] = [
    ['add', tnumAdd, (x, y) => x + y, true],
    ['sub', tnumSub, (x, y) => x - y, true],
    ['and', tnumAnd, (x, y) => x & y, true],
    ['or', tnumOr, (x, y) => x | y, true],
    ['xor', tnumXor, (x, y) => x ^ y, true],
    ['mul', tnumMul, (x, y) => x * y, false],
  ];
  const places: readonly (readonly [number, number])[] = [[0, 0], [30, 30], [60, 60], [0, 31], [32, 0]]; // prettier-ignore
  it.each(operations)(
    '%s holds every result, and no more than it must where it is optimal',
    (_, abstract, concrete, optimal) => {
      for (const [left, right] of places)
        for (const a of everyTnum(left))
          for (const b of everyTnum(right)) {
            const results = members(a).flatMap((x) => members(b).map((y) => u64(concrete(x, y))));
            const found = abstract(a, b);
            expect(found.value & found.mask).toBe(0n);
            if (optimal) expect(found).toEqual(tightest(results));
            else expect(results.every((result) => has(found, result))).toBe(true);
          }
    },
  );

  it('intersect, overlap and in agree with the sets', () => {
    for (const a of everyTnum())
      for (const b of everyTnum()) {
        const common = members(a).filter((value) => has(b, value));
        expect(tnumOverlap(a, b)).toBe(common.length > 0);
        expect(tnumIn(a, b)).toBe(common.length === members(b).length);
        if (common.length > 0) expect(new Set(members(tnumIntersect(a, b)))).toEqual(new Set(common));
      }
  });
});

describe('an operation on every four-bit tnum', () => {
  it.each([0, 1, 29, 31, 32, 60])('at bit %i: shifts, negation and byte swap', (place) => {
    for (const t of everyTnum(place)) {
      const each = (concrete: (value: bigint) => bigint): Tnum =>
        tightest(members(t).map((value) => u64(concrete(value))));
      for (const by of [0, 1, 4, 31]) {
        expect(tnumRshift(t, by)).toEqual(each((value) => value >> BigInt(by)));
        expect(tnumArshift(t, by, 64)).toEqual(each((value) => BigInt.asIntN(64, value) >> BigInt(by)));
        expect(tnumArshift(t, by, 32)).toEqual(
          each((value) => BigInt.asUintN(32, BigInt.asIntN(32, value) >> BigInt(by))),
        );
        expect(tnumLshift(t, by)).toEqual(each((value) => value << BigInt(by)));
      }
      expect(tnumNeg(t)).toEqual(each((value) => -value));
      for (const size of [1, 2, 4]) expect(tnumCast(t, size)).toEqual(each((value) => BigInt.asUintN(8 * size, value)));
      expect(tnumBswap(tnumBswap(t, 64), 64)).toEqual(t);
      expect(tnumBswap(tnumBswap(t, 32), 32)).toEqual(tnumCast(t, 4));
    }
  });
});

describe('a range and a tnum', () => {
  it.each([0, 30, 60])('at bit %i: a single common value is found, several are kept', (place) => {
    const at = (value: number): bigint => BigInt(value) << BigInt(place);
    for (const varOff of everyTnum(place))
      for (let low = 0; low < 16; low++)
        for (let high = low; high < 16; high++) {
          const range = { umin: at(low) - (low % 2 === 0 ? 0n : 1n), umax: at(high) };
          const common = members(varOff).filter((value) => value >= range.umin && value <= range.umax);
          if (common.length === 0) continue;
          const found = syncBounds({ ...UNKNOWN_BOUNDS, varOff, ...range }).varOff;
          expect(common.every((value) => has(found, value))).toBe(true);
          expect(found.mask === 0n, `${tnumText(varOff)} in ${low} to ${high}`).toBe(common.length === 1);
        }
  });
});

describe('tnums at the edges', () => {
  it.each([
    [0n, 0n, '0'],
    [0n, ALL, '(0x0; 0xffffffffffffffff)'],
    [4n, 6n, '(0x4; 0x3)'],
    [0xffffn, 0xffffn, '65535'],
    [0x10000n, 0x10000n, '0x10000'],
    [ALL, ALL, '0xffffffffffffffff'],
    [0x7fff_ffff_ffff_ffffn, 0x8000_0000_0000_0000n, '(0x0; 0xffffffffffffffff)'],
    [0x8000_0000_0000_0000n, ALL, '(0x8000000000000000; 0x7fffffffffffffff)'],
    [0xffff_fffen, 0x1_0000_0001n, '(0x0; 0x1ffffffff)'],
  ])('the range from %i to %i is %s', (min, max, text) => {
    expect(tnumText(tnumRange(min, max))).toBe(text);
  });

  it('a product with an unknown factor keeps the trailing zeros', () => {
    expect(tnumText(tnumMul(TNUM_UNKNOWN, tnumConst(8n)))).toBe('(0x0; 0xfffffffffffffff8)');
    expect(tnumText(tnumMul(tnumConst(0n), TNUM_UNKNOWN))).toBe('0');
    expect(tnumText(tnumMul({ value: 4n, mask: 16n }, TNUM_UNKNOWN))).toBe('(0x0; 0xfffffffffffffffc)');
  });

  it('the lower half is replaced alone', () => {
    expect(tnumText(tnumWithSubreg(TNUM_UNKNOWN, tnumConst(-1n)))).toBe('(0xffffffff; 0xffffffff00000000)');
  });

  it('alignment', () => {
    expect(tnumIsAligned({ value: 8n, mask: 0xf0n }, 8n)).toBe(true);
    expect(tnumIsAligned({ value: 8n, mask: 0xf4n }, 8n)).toBe(false);
    expect(tnumIsAligned(TNUM_UNKNOWN, 0n)).toBe(true);
  });
});
