import type { Bounds } from './bounds.ts';
import { tnumConst, tnumConstSubreg } from './tnum.ts';

/** Bounds that one computation is still working on. Never kept: a finished draft is handed out as `Bounds`. */
export type BoundsDraft = { -readonly [Field in keyof Bounds]: Bounds[Field] };

export const U64_MAX = 0xffff_ffff_ffff_ffffn;
export const S64_MIN = -0x8000_0000_0000_0000n;
export const S64_MAX = 0x7fff_ffff_ffff_ffffn;
export const U32_MAX = 0xffff_ffff;
export const S32_MIN = -0x8000_0000;
export const S32_MAX = 0x7fff_ffff;

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

export function signed64(value: bigint): bigint {
  return BigInt.asIntN(64, value);
}

export function max64(a: bigint, b: bigint): bigint {
  return a < b ? b : a;
}

export function min64(a: bigint, b: bigint): bigint {
  return b < a ? b : a;
}
