import { describe, expect, it } from 'vitest';
import type { AluOp, JumpOp } from '../../server/src/isa/insn.ts';
import { aluBounds, bswapBounds, forkScalar } from '../../server/src/verifier/state/aluBounds.ts';
import {
  UNKNOWN_BOUNDS,
  boundsEqual,
  boundsSane,
  boundsText,
  boundsWithin,
  constBounds,
  constValue,
  isConst,
  signExtendBounds,
  syncBounds,
  truncateBounds,
  withoutRanges,
  zeroExtend32,
} from '../../server/src/verifier/state/bounds.ts';
import type { Bounds } from '../../server/src/verifier/state/bounds.ts';
import { branchOutcome, refineBranch, refineSelfBranch } from '../../server/src/verifier/state/branchBounds.ts';
import { randomNumbers } from '../support/random.ts';
import { ARITHMETIC, COMPARISONS, interestingValue } from './boundsPrograms.ts';
import { times } from '../support/times.ts';

type Random = (below: number) => number;

/** Something that a register may hold, with what the domain knows of it. */
interface Sample {
  readonly value: bigint;
  readonly bounds: Bounds;
}

const CASES = times(3_000);

function has(b: Bounds, value: bigint): boolean {
  const low = Number(BigInt.asUintN(32, value));
  const signed = BigInt.asIntN(64, value);
  if ((value & ~b.varOff.mask) !== b.varOff.value) return false;
  if (value < b.umin || value > b.umax || signed < b.smin || signed > b.smax) return false;
  return low >= b.u32Min && low <= b.u32Max && (low | 0) >= b.s32Min && (low | 0) <= b.s32Max;
}

function compute(op: AluOp, wide: boolean, x: bigint, y: bigint): bigint {
  const bits = wide ? 64 : 32;
  const [a, b] = [BigInt.asUintN(bits, x), BigInt.asUintN(bits, y)];
  const [sa, sb] = [BigInt.asIntN(bits, x), BigInt.asIntN(bits, y)];
  const by = b & BigInt(bits - 1);
  const results: Record<AluOp, () => bigint> = {
    add: () => a + b,
    sub: () => a - b,
    mul: () => a * b,
    div: () => (b === 0n ? 0n : a / b),
    mod: () => (b === 0n ? a : a % b),
    sdiv: () => (b === 0n ? 0n : sa / sb),
    smod: () => (b === 0n ? a : sa % sb),
    and: () => a & b,
    or: () => a | b,
    xor: () => a ^ b,
    lsh: () => a << by,
    rsh: () => a >> by,
    arsh: () => sa >> by,
    neg: () => -a,
    mov: () => b,
  };
  return BigInt.asUintN(bits, results[op]());
}

function holds(op: JumpOp, wide: boolean, x: bigint, y: bigint): boolean {
  const bits = wide ? 64 : 32;
  const [a, b] = op.startsWith('s') && op !== 'set' ? [BigInt.asIntN(bits, x), BigInt.asIntN(bits, y)] : [BigInt.asUintN(bits, x), BigInt.asUintN(bits, y)]; // prettier-ignore
  if (op === 'set') return (a & b) !== 0n;
  if (op === 'eq' || op === 'ne') return (a === b) === (op === 'eq');
  if (op.endsWith('gt')) return a > b;
  if (op.endsWith('ge')) return a >= b;
  return op.endsWith('lt') ? a < b : a <= b;
}

function pick<T>(from: readonly T[], random: Random): T {
  return from[random(from.length)] as T;
}

/** A value near the edges and bounds that came about by comparisons and operations which it went through. */
function sample(random: Random): Sample {
  let current: Sample = { value: interestingValue(random), bounds: UNKNOWN_BOUNDS };
  if (random(6) === 0) return { value: current.value, bounds: constBounds(current.value) };
  for (let count = random(4); count > 0; count--)
    current = random(3) === 0 ? operated(current, random) : compared(current, random);
  return current;
}

function operated({ value, bounds }: Sample, random: Random): Sample {
  const op = pick(ARITHMETIC, random);
  const wide = random(2) === 0;
  const by = BigInt.asUintN(64, op.endsWith('sh') ? BigInt(random(wide ? 64 : 32)) : interestingValue(random));
  return { value: compute(op, wide, value, by), bounds: aluBounds(op, wide, bounds, constBounds(by)) };
}

function compared({ value, bounds }: Sample, random: Random): Sample {
  const op = pick(COMPARISONS, random);
  const wide = random(2) === 0;
  const limit = interestingValue(random);
  if (branchOutcome(op, wide, bounds, constBounds(limit)) !== 'unknown') return { value, bounds };
  const both = refineBranch(op, wide, bounds, constBounds(limit));
  return { value, bounds: holds(op, wide, value, limit) ? both.taken.a : both.fallThrough.a };
}

function forSamples(seed: number, check: (a: Sample, b: Sample, random: Random) => void): void {
  const random = randomNumbers(seed);
  for (let count = 0; count < CASES; count++) check(sample(random), sample(random), random);
}

function describeCase(what: string, a: Sample, b: Sample): string {
  return `${what} of 0x${a.value.toString(16)} in ${boundsText(a.bounds)} and 0x${b.value.toString(16)} in ${boundsText(b.bounds)}`;
}

describe('bounds hold every value that is possible', () => {
  it.each([...ARITHMETIC, 'neg' as const])('after %s in both widths', (op) => {
    forSamples(op.length, (a, b) => {
      for (const wide of [true, false]) {
        const result = aluBounds(op, wide, a.bounds, b.bounds);
        expect(has(result, compute(op, wide, a.value, b.value)), describeCase(`${op} ${wide}`, a, b)).toBe(true);
      }
    });
  });

  it.each(COMPARISONS)('after the comparison %s in both widths, which is decided rightly', (op) => {
    forSamples(op.length + 100, (a, b) => {
      for (const wide of [true, false]) {
        const taken = holds(op, wide, a.value, b.value);
        const outcome = branchOutcome(op, wide, a.bounds, b.bounds);
        const what = describeCase(`${op} ${wide}`, a, b);
        if (outcome !== 'unknown') {
          expect(outcome, what).toBe(taken ? 'always' : 'never');
          continue;
        }
        const both = refineBranch(op, wide, a.bounds, b.bounds);
        const side = taken ? both.taken : both.fallThrough;
        expect(has(side.a, a.value) && has(side.b, b.value), what).toBe(true);
      }
    });
  });

  it('after a comparison with itself', () => {
    forSamples(200, (a, b, random) => {
      const op = pick(COMPARISONS, random);
      if (branchOutcome(op, true, a.bounds, a.bounds) !== 'unknown') return;
      const both = refineSelfBranch(op, true, a.bounds);
      const side = holds(op, true, a.value, a.value) ? both.taken : both.fallThrough;
      expect(has(side.a, a.value), describeCase(op, a, b)).toBe(true);
    });
  });

  it('after a change of size and of byte order', () => {
    forSamples(201, (a, b, random) => {
      const { value, bounds } = a;
      const bytes = pick([1, 2, 4], random);
      const what = describeCase(`${bytes} bytes`, a, b);
      const extended = BigInt.asIntN(8 * bytes, value);
      expect(has(truncateBounds(bounds, bytes), BigInt.asUintN(8 * bytes, value)), what).toBe(true);
      expect(has(zeroExtend32(bounds), BigInt.asUintN(32, value)), what).toBe(true);
      expect(has(signExtendBounds(bounds, bytes, true), BigInt.asUintN(64, extended)), what).toBe(true);
      if (bytes < 4) expect(has(signExtendBounds(bounds, bytes, false), BigInt.asUintN(32, extended)), what).toBe(true);
      const bits = pick([16, 32, 64] as const, random);
      const view = new DataView(new ArrayBuffer(8));
      view.setBigUint64(0, BigInt.asUintN(bits, value) << BigInt(64 - bits));
      expect(has(bswapBounds('be', bits, bounds), view.getBigUint64(0, true)), what).toBe(true);
      expect(has(bswapBounds('le', bits, bounds), BigInt.asUintN(bits, value)), what).toBe(true);
    });
  });

  it('when a path is split at AND and OR, on one of the two', () => {
    const minusOneOrZero = aluBounds('arsh', true, UNKNOWN_BOUNDS, constBounds(63n));
    const low = aluBounds('arsh', false, UNKNOWN_BOUNDS, constBounds(31n));
    for (const op of ['and', 'or'] as const) {
      const wide = forkScalar(op, minusOneOrZero, constBounds(5n));
      expect(wide && [constValue(wide.queued), constValue(wide.current)]).toEqual([0n, 0xffff_ffff_ffff_ffffn]);
      const narrow = forkScalar(op, low, constBounds(5n));
      expect(narrow && [narrow.queued.u32Max, narrow.current.u32Min]).toEqual([0, 0xffff_ffff]);
      expect(forkScalar(op, low, UNKNOWN_BOUNDS)).toBe(null);
      expect(forkScalar(op, UNKNOWN_BOUNDS, constBounds(5n))).toBe(null);
    }
    expect(forkScalar('xor', minusOneOrZero, constBounds(5n))).toBe(null);
  });
});

describe('bounds as such', () => {
  it('a sync never widens, keeps the value and returns the same object where nothing changes', () => {
    forSamples(300, ({ value, bounds }) => {
      const synced = syncBounds(bounds);
      expect(has(synced, value)).toBe(true);
      expect(boundsWithin(bounds, synced)).toBe(true);
      const again = syncBounds(synced);
      if (boundsEqual(again, synced)) expect(again).toBe(synced);
    });
  });

  it('of a value that exists are never contradictory', () => {
    forSamples(301, ({ bounds }) => expect(boundsSane(bounds)).toBe(null));
  });

  it('lie within others exactly as their members do, where one is a number', () => {
    forSamples(302, (a, b) => {
      expect(boundsWithin(b.bounds, constBounds(a.value))).toBe(has(b.bounds, a.value));
      expect(boundsWithin(UNKNOWN_BOUNDS, a.bounds)).toBe(true);
      if (isConst(a.bounds)) expect(constValue(a.bounds)).toBe(a.value);
    });
  });

  it('that contradict each other are named and lose their ranges', () => {
    const nonsense = { ...constBounds(5n), umin: 6n };
    expect(boundsSane(nonsense)).toBe('range bounds violation');
    expect(boundsSane({ ...constBounds(5n), umax: 6n })).toBe('const tnum out of sync with range bounds');
    expect(boundsSane({ ...constBounds(5n), u32Max: 6 })).toBe('const subreg tnum out of sync with range bounds');
    expect(withoutRanges(nonsense)).toEqual({ ...UNKNOWN_BOUNDS, varOff: { value: 5n, mask: 0n } });
  });

  it.each([
    [UNKNOWN_BOUNDS, ''],
    [
      aluBounds('and', true, UNKNOWN_BOUNDS, constBounds(0xffn)),
      'smin=smin32=0,smax=umax=smax32=umax32=255,var_off=(0x0; 0xff)',
    ],
    [truncateBounds(UNKNOWN_BOUNDS, 4), 'smin=0,smax=umax=0xffffffff,var_off=(0x0; 0xffffffff)'],
    [signExtendBounds(UNKNOWN_BOUNDS, 1, true), 'smin=smin32=-128,smax=smax32=127'],
    [
      refineBranch('slt', false, UNKNOWN_BOUNDS, constBounds(-40000n)).taken.a,
      'smin=0x8000000080000000,smax=0x7fffffffffff63bf,umin=umin32=0x80000000,umax=0xffffffffffff63bf,smax32=umax32=0xffff63bf,var_off=(0x80000000; 0xffffffff7fffffff)',
    ],
  ])('are printed as in the log', (bounds, text) => {
    expect(boundsText(bounds)).toBe(text);
  });
});
