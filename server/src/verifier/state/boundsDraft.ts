import type { Bounds } from './bounds.ts';
import { tnumConst, tnumConstSubreg, tnumIntersect, tnumRange, tnumStep, tnumSubreg, tnumWithSubreg } from './tnum.ts';

/** Bounds that one computation is still working on. Never kept: a finished draft is handed out as `Bounds`. */
export type BoundsDraft = { -readonly [Field in keyof Bounds]: Bounds[Field] };

export const U64_MAX = 0xffff_ffff_ffff_ffffn;
export const S64_MIN = -0x8000_0000_0000_0000n;
export const S64_MAX = 0x7fff_ffff_ffff_ffffn;
export const U32_MAX = 0xffff_ffff;
export const S32_MIN = -0x8000_0000;
export const S32_MAX = 0x7fff_ffff;

const HIGH_HALF = ~0xffff_ffffn;
const SIGN_32 = 0x8000_0000n;
const SIGN_64 = 0x8000_0000_0000_0000n;

export function draftOf(b: Bounds): BoundsDraft {
  return {
    varOff: b.varOff,
    smin: b.smin,
    smax: b.smax,
    umin: b.umin,
    umax: b.umax,
    s32Min: b.s32Min,
    s32Max: b.s32Max,
    u32Min: b.u32Min,
    u32Max: b.u32Max,
  };
}

/**
 * Lets the four ranges and the tnum learn from each other. Mirrors `reg_bounds_sync` of kernel/bpf/verifier.c, v6.18,
 * in the order and the number of repetitions: the result is not the tightest, it is the kernel's.
 */
export function syncDraft(d: BoundsDraft): void {
  learnFromTnum(d);
  for (let round = 0; round < 3; round++) if (!deduce(d)) break;
  d.varOff = tnumFromRanges(d);
  learnFromTnum(d);
}

/** Mirrors `__update_reg_bounds`. */
export function learnFromTnum(d: BoundsDraft): void {
  learnFromTnum32(d);
  learnFromTnum64(d);
}

/** Mirrors `__update_reg32_bounds`. */
export function learnFromTnum32(d: BoundsDraft): void {
  const value = low32(d.varOff.value);
  const mask = low32(d.varOff.mask);
  d.s32Min = Math.max(d.s32Min, value | (mask & S32_MIN));
  d.s32Max = Math.min(d.s32Max, value | (mask & S32_MAX));
  d.u32Min = Math.max(d.u32Min, value >>> 0);
  d.u32Max = Math.min(d.u32Max, (value | mask) >>> 0);
}

/** Mirrors `__update_reg64_bounds`, with the single-common-value rule that v6.18 stable has got. */
function learnFromTnum64(d: BoundsDraft): void {
  const { value, mask } = d.varOff;
  const largest = value | mask;
  d.smin = max64(d.smin, BigInt.asIntN(64, value | (mask & SIGN_64)));
  d.smax = min64(d.smax, BigInt.asIntN(64, value | (mask & ~SIGN_64)));
  d.umin = max64(d.umin, value);
  d.umax = min64(d.umax, largest);
  if (mask === U64_MAX && d.umin < d.umax) return;
  learnFromSingleMember(d, largest);
}

/** When exactly one member of the tnum lies in the unsigned range, that is the value. */
function learnFromSingleMember(d: BoundsDraft, largest: bigint): void {
  const next = tnumStep(d.varOff, d.umin);
  if ((d.umin & ~d.varOff.mask) === d.varOff.value) {
    if (next > d.umax) setConst(d, d.umin);
  } else if (next === largest) {
    setConst(d, largest);
  } else if (next <= d.umax && tnumStep(d.varOff, next) > d.umax) {
    setConst(d, next);
  }
}

/** One round of `__reg_deduce_bounds`; false when it changed nothing, so that another round would not either. */
function deduce(d: BoundsDraft): boolean {
  const { varOff, smin, smax, umin, umax, s32Min, s32Max, u32Min, u32Max } = d;
  deduce32From64(d);
  deduce32(d);
  deduce64(d);
  deduceMixed(d);
  const same32 = d.s32Min === s32Min && d.s32Max === s32Max && d.u32Min === u32Min && d.u32Max === u32Max;
  const same64 = d.smin === smin && d.smax === smax && d.umin === umin && d.umax === umax;
  return !(same32 && same64 && d.varOff === varOff);
}

/** First half of `__reg32_deduce_bounds`: what a 64-bit range says about the lower half of its values. */
function deduce32From64(d: BoundsDraft): void {
  deduce32FromUnsigned(d, low32(d.umin), low32(d.umax), high32(d.umin), high32(d.umax));
  deduce32FromSigned(d, low32(d.smin), low32(d.smax), high32(d.smin), high32(d.smax));
}

function deduce32FromUnsigned(d: BoundsDraft, low: number, high: number, lowTop: number, highTop: number): void {
  if (lowTop === highTop) {
    d.u32Min = Math.max(d.u32Min, low >>> 0);
    d.u32Max = Math.min(d.u32Max, high >>> 0);
    if (low <= high) raiseSigned32(d, low, high);
  } else if (((lowTop + 1) | 0) === highTop && low < 0 && high >= 0) {
    raiseSigned32(d, low, high);
  }
}

function deduce32FromSigned(d: BoundsDraft, low: number, high: number, lowTop: number, highTop: number): void {
  if (lowTop === highTop) {
    if (low >>> 0 <= high >>> 0) {
      d.u32Min = Math.max(d.u32Min, low >>> 0);
      d.u32Max = Math.min(d.u32Max, high >>> 0);
    }
    if (low <= high) raiseSigned32(d, low, high);
  } else if (((lowTop + 1) | 0) === highTop && low < 0 && high >= 0) {
    raiseSigned32(d, low, high);
  }
}

function raiseSigned32(d: BoundsDraft, low: number, high: number): void {
  d.s32Min = Math.max(d.s32Min, low);
  d.s32Max = Math.min(d.s32Max, high);
}

/** Second half of `__reg32_deduce_bounds`: signed and unsigned 32-bit ranges learn from each other. */
function deduce32(d: BoundsDraft): void {
  if ((d.u32Min | 0) <= (d.u32Max | 0)) raiseSigned32(d, d.u32Min | 0, d.u32Max | 0);
  const low = d.s32Min >>> 0;
  const high = d.s32Max >>> 0;
  if (low <= high) {
    d.u32Min = Math.max(d.u32Min, low);
    d.u32Max = Math.min(d.u32Max, high);
  } else if (d.u32Max < low) {
    // The signed range wraps around and the unsigned one meets only its non-negative end.
    d.s32Min = d.u32Min | 0;
    d.u32Max = Math.min(d.u32Max, high);
  } else if (high < d.u32Min) {
    // It meets only the negative end.
    d.s32Max = d.u32Max | 0;
    d.u32Min = Math.max(d.u32Min, low);
  }
}

/** Mirrors `__reg64_deduce_bounds`. */
function deduce64(d: BoundsDraft): void {
  const signedLow = signed64(d.umin);
  const signedHigh = signed64(d.umax);
  if (signedLow <= signedHigh) {
    d.smin = max64(d.smin, signedLow);
    d.smax = min64(d.smax, signedHigh);
  }
  const low = BigInt.asUintN(64, d.smin);
  const high = BigInt.asUintN(64, d.smax);
  if (low <= high) {
    d.umin = max64(d.umin, low);
    d.umax = min64(d.umax, high);
  } else if (d.umax < low) {
    d.smin = signed64(d.umin);
    d.umax = min64(d.umax, high);
  } else if (high < d.umin) {
    d.smax = signed64(d.umax);
    d.umin = max64(d.umin, low);
  }
}

/** Mirrors `__reg_deduce_mixed_bounds`: tightens both ends of the 64-bit ranges by what the lower half may be. */
function deduceMixed(d: BoundsDraft): void {
  const low = BigInt(d.u32Min);
  const high = BigInt(d.u32Max);
  d.umin = max64(d.umin, (d.umin & HIGH_HALF) | low);
  d.umax = min64(d.umax, (d.umax & HIGH_HALF) | high);
  d.smin = max64(d.smin, (d.smin & HIGH_HALF) | low);
  d.smax = min64(d.smax, (d.smax & HIGH_HALF) | high);
  // A value that fits in 32 signed bits and whose lower half is not negative has no ones in its upper half.
  if (d.s32Min < 0 || d.smin < -SIGN_32 || d.smax >= SIGN_32) return;
  d.smin = BigInt(d.s32Min);
  d.smax = BigInt(d.s32Max);
  d.umin = BigInt.asUintN(64, d.smin);
  d.umax = BigInt.asUintN(64, d.smax);
  d.varOff = tnumIntersect(d.varOff, tnumRange(d.umin, d.umax));
}

/** Mirrors `__reg_bound_offset`. */
function tnumFromRanges(d: BoundsDraft): BoundsDraft['varOff'] {
  const wide = tnumIntersect(d.varOff, tnumRange(d.umin, d.umax));
  const low = tnumRange(BigInt(d.u32Min), BigInt(d.u32Max));
  return tnumWithSubreg(wide, tnumIntersect(tnumSubreg(wide), low));
}

/** Every field says `value`, given signed or unsigned. Mirrors `___mark_reg_known`. */
export function setConst(d: BoundsDraft, value: bigint): void {
  d.varOff = tnumConst(value);
  d.smin = d.smax = BigInt.asIntN(64, value);
  d.umin = d.umax = d.varOff.value;
  setRange32(d, low32(value));
}

/** The lower half is `value`; the 64-bit ranges stay behind. Mirrors `__mark_reg32_known`. */
export function setConst32(d: BoundsDraft, value: number): void {
  d.varOff = tnumConstSubreg(d.varOff, value);
  setRange32(d, value);
}

function setRange32(d: BoundsDraft, value: number): void {
  d.s32Min = d.s32Max = value | 0;
  d.u32Min = d.u32Max = value >>> 0;
}

export function forgetSigned64(d: BoundsDraft): void {
  d.smin = S64_MIN;
  d.smax = S64_MAX;
}

export function forgetUnsigned64(d: BoundsDraft): void {
  d.umin = 0n;
  d.umax = U64_MAX;
}

export function forgetSigned32(d: BoundsDraft): void {
  d.s32Min = S32_MIN;
  d.s32Max = S32_MAX;
}

export function forgetUnsigned32(d: BoundsDraft): void {
  d.u32Min = 0;
  d.u32Max = U32_MAX;
}

/** The ranges say nothing; the tnum stays. Mirrors `__mark_reg_unbounded`. */
export function forgetRanges(d: BoundsDraft): void {
  forgetSigned64(d);
  forgetUnsigned64(d);
  forgetSigned32(d);
  forgetUnsigned32(d);
}

/** The low 32 bits as a signed number. */
export function low32(value: bigint): number {
  return Number(BigInt.asIntN(32, value));
}

/** Bits 32 to 63 as a signed number. */
function high32(value: bigint): number {
  return Number(BigInt.asIntN(32, value >> 32n));
}

export function signed64(value: bigint): bigint {
  return BigInt.asIntN(64, value);
}

export function max64(a: bigint, b: bigint): bigint {
  return a < b ? b : a;
}

export function min64(a: bigint, b: bigint): bigint {
  return b < a ? b : a;
}
