import { S32_MAX, S32_MIN, S64_MAX, S64_MIN, U32_MAX, U64_MAX, draftOf, forgetRanges, low32 } from './boundsDraft.ts';
import { forgetSigned32, forgetUnsigned32, signed64 } from './boundsDraft.ts';
import type { BoundsDraft } from './boundsDraft.ts';
import { syncDraft } from './boundsSync.ts';
import { TNUM_UNKNOWN, tnumCast, tnumConst, tnumEqual, tnumIn, tnumIsUnknown, tnumRange, tnumSubreg } from './tnum.ts';
import { tnumSubregIsConst, tnumText } from './tnum.ts';
import type { Tnum } from './tnum.ts';

/**
 * What the verifier knows of a number: bit by bit, and as signed and unsigned ranges of all 64 and of the low 32 bits.
 * Never changed once made. Unsigned fields lie in [0, 2^64) and [0, 2^32), signed ones in two's complement range.
 *
 * Everything here gives the results of kernel/bpf/verifier.c, v6.18: not the tightest bounds, but the kernel's.
 */
export interface Bounds {
  readonly varOff: Tnum;
  readonly smin: bigint;
  readonly smax: bigint;
  readonly umin: bigint;
  readonly umax: bigint;
  readonly s32Min: number;
  readonly s32Max: number;
  readonly u32Min: number;
  readonly u32Max: number;
}

export const UNKNOWN_BOUNDS: Bounds = {
  varOff: TNUM_UNKNOWN,
  smin: S64_MIN,
  smax: S64_MAX,
  umin: 0n,
  umax: U64_MAX,
  s32Min: S32_MIN,
  s32Max: S32_MAX,
  u32Min: 0,
  u32Max: U32_MAX,
};

/** The number `value`, given signed or unsigned. */
export function constBounds(value: bigint): Bounds {
  const low = low32(value);
  const signed = BigInt.asIntN(64, value);
  const varOff = tnumConst(value);
  return {
    varOff,
    smin: signed,
    smax: signed,
    umin: varOff.value,
    umax: varOff.value,
    s32Min: low,
    s32Max: low,
    u32Min: low >>> 0,
    u32Max: low >>> 0,
  };
}

export function isConst(b: Bounds): boolean {
  return b.varOff.mask === 0n;
}

/** Whether the low 32 bits are known. */
export function isConst32(b: Bounds): boolean {
  return tnumSubregIsConst(b.varOff);
}

/** The value as unsigned 64-bit; only where `isConst`. */
export function constValue(b: Bounds): bigint {
  return b.varOff.value;
}

export function boundsEqual(a: Bounds, b: Bounds): boolean {
  if (a === b) return true;
  if (a.u32Min !== b.u32Min || a.u32Max !== b.u32Max || a.s32Min !== b.s32Min || a.s32Max !== b.s32Max) return false;
  if (a.umin !== b.umin || a.umax !== b.umax || a.smin !== b.smin || a.smax !== b.smax) return false;
  return tnumEqual(a.varOff, b.varOff);
}

/**
 * Whether all that `inner` may be is covered by `outer`, compared range by range. Mirrors `range_within` and `tnum_in`
 * as `regsafe` asks them of two scalars.
 */
export function boundsWithin(outer: Bounds, inner: Bounds): boolean {
  if (outer === inner) return true;
  if (outer.u32Min > inner.u32Min || outer.u32Max < inner.u32Max) return false;
  if (outer.s32Min > inner.s32Min || outer.s32Max < inner.s32Max) return false;
  if (outer.umin > inner.umin || outer.umax < inner.umax) return false;
  if (outer.smin > inner.smin || outer.smax < inner.smax) return false;
  return tnumIn(outer.varOff, inner.varOff);
}

/** Lets ranges and tnum learn from each other. Mirrors `reg_bounds_sync`. */
export function syncBounds(b: Bounds): Bounds {
  if (b === UNKNOWN_BOUNDS || (isConst(b) && boundsSane(b) === null)) return b;
  const draft = draftOf(b);
  syncDraft(draft);
  return finished(draft, b);
}

/** The draft as bounds; `before` itself where nothing came of it. */
export function finished(draft: BoundsDraft, before: Bounds): Bounds {
  return boundsEqual(before, draft) ? before : draft;
}

/** The lower half zero-extended, as a 32-bit move or operation leaves it. Mirrors `zext_32_to_64` with its sync. */
export function zeroExtend32(b: Bounds): Bounds {
  if (isConst(b) && b.umax <= BigInt(U32_MAX)) return b;
  const draft = draftOf(b);
  zeroExtendDraft32(draft);
  syncDraft(draft);
  return finished(draft, b);
}

/** Mirrors `zext_32_to_64`, without a sync. */
export function zeroExtendDraft32(d: BoundsDraft): void {
  d.varOff = tnumSubreg(d.varOff);
  d.umin = BigInt(d.u32Min);
  d.umax = BigInt(d.u32Max);
  const nonNegative = d.s32Min >= 0 && d.s32Max >= 0;
  d.smin = nonNegative ? BigInt(d.s32Min) : 0n;
  d.smax = nonNegative ? BigInt(d.s32Max) : BigInt(U32_MAX);
}

/** The low 1, 2 or 4 bytes zero-extended, as a narrow load gives them. Mirrors `coerce_reg_to_size`. */
export function truncateBounds(b: Bounds, sizeBytes: number): Bounds {
  if (sizeBytes >= 8) return b;
  if (b === UNKNOWN_BOUNDS) return (UNKNOWN_TRUNCATED[sizeBytes] ??= truncated(b, sizeBytes));
  return truncated(b, sizeBytes);
}

/** What loads of each size give, made when first asked for: by far the commonest case. */
const UNKNOWN_TRUNCATED: Bounds[] = [];

function truncated(b: Bounds, sizeBytes: number): Bounds {
  const draft = draftOf(b);
  const low = (1n << BigInt(8 * sizeBytes)) - 1n;
  draft.varOff = tnumCast(b.varOff, sizeBytes);
  const sameTop = (b.umin & ~low) === (b.umax & ~low);
  draft.smin = draft.umin = sameTop ? b.umin & low : 0n;
  draft.smax = draft.umax = sameTop ? b.umax & low : low;
  if (sizeBytes < 4) {
    forgetSigned32(draft);
    forgetUnsigned32(draft);
  }
  syncDraft(draft);
  return finished(draft, b);
}

/**
 * The low `sizeBytes` sign-extended. `wide` is `r1 = (s8)r2` and the signed loads and mirrors `coerce_reg_to_size_sx`.
 * Otherwise it is all of `w1 = (s8)w2`: `coerce_subreg_to_size_sx`, zero-extension and sync. In neither is anything
 * learnt beyond what the kernel learns.
 */
export function signExtendBounds(b: Bounds, sizeBytes: number, wide: boolean): Bounds {
  if (!wide) return signExtend32(b, sizeBytes);
  const bits = 8 * sizeBytes;
  if (isConst(b)) return constBounds(BigInt.asIntN(bits, b.varOff.value));
  if (BigInt.asUintN(64, b.smin) >> BigInt(bits) === BigInt.asUintN(64, b.smax) >> BigInt(bits)) {
    const low = BigInt.asIntN(bits, b.smin);
    const high = BigInt.asIntN(bits, b.smax);
    if (low >= 0n === high >= 0n) return rangeOfOneSign(low < high ? low : high, low < high ? high : low);
  }
  return unknownSignExtended(bits);
}

/** As the kernel does, without a sync, so that a range of one number is no constant yet. */
function rangeOfOneSign(smin: bigint, smax: bigint): Bounds {
  const umin = BigInt.asUintN(64, smin);
  const umax = BigInt.asUintN(64, smax);
  return {
    varOff: tnumRange(umin, umax),
    smin,
    smax,
    umin,
    umax,
    s32Min: low32(smin),
    s32Max: low32(smax),
    u32Min: low32(smin) >>> 0,
    u32Max: low32(smax) >>> 0,
  };
}

/** Mirrors `set_sext64_default_val`. */
function unknownSignExtended(bits: number): Bounds {
  const limit = 2 ** (bits - 1);
  const smin = BigInt(-limit);
  const smax = BigInt(limit - 1);
  return { ...UNKNOWN_BOUNDS, smin, smax, s32Min: -limit, s32Max: limit - 1 };
}

function signExtend32(b: Bounds, sizeBytes: number): Bounds {
  const draft = draftOf(b);
  const bits = 8 * sizeBytes;
  if (isConst(b)) setConst32Only(draft, BigInt.asIntN(bits, b.varOff.value));
  else signExtendRange32(draft, bits);
  zeroExtendDraft32(draft);
  syncDraft(draft);
  return finished(draft, b);
}

function setConst32Only(d: BoundsDraft, value: bigint): void {
  d.varOff = tnumConst(value);
  d.s32Min = d.s32Max = low32(value);
  d.u32Min = d.u32Max = low32(value) >>> 0;
}

function signExtendRange32(d: BoundsDraft, bits: number): void {
  const gap = 32 - bits;
  const low = (d.s32Min << gap) >> gap;
  const high = (d.s32Max << gap) >> gap;
  const oneSign = d.s32Min >> bits === d.s32Max >> bits && low >= 0 === high >= 0;
  const limit = 2 ** (bits - 1);
  d.s32Min = oneSign ? Math.min(low, high) : -limit;
  d.s32Max = oneSign ? Math.max(low, high) : limit - 1;
  d.u32Min = oneSign ? d.s32Min >>> 0 : 0;
  d.u32Max = oneSign ? d.s32Max >>> 0 : U32_MAX;
  d.varOff = oneSign ? tnumSubreg(tnumRange(unsigned(d.s32Min), unsigned(d.s32Max))) : tnumSubreg(TNUM_UNKNOWN);
}

function unsigned(value: number): bigint {
  return BigInt.asUintN(64, BigInt(value));
}

/**
 * What `reg_bounds_sanity_check` complains of, or null. The kernel meets such bounds on paths that cannot be taken but
 * that it did not recognise as such; it then forgets the ranges (`withoutRanges`), or refuses the program when it was
 * loaded with BPF_F_TEST_REG_INVARIANTS.
 */
export function boundsSane(b: Bounds): string | null {
  if (b.umin > b.umax || b.smin > b.smax || b.u32Min > b.u32Max || b.s32Min > b.s32Max) return 'range bounds violation';
  const { value, mask } = b.varOff;
  if (mask === 0n && (b.umin !== value || b.umax !== value || b.smin !== signed64(value) || b.smax !== b.smin))
    return 'const tnum out of sync with range bounds';
  if (!tnumSubregIsConst(b.varOff)) return null;
  const low = low32(value);
  if (b.u32Min !== low >>> 0 || b.u32Max !== b.u32Min || b.s32Min !== low || b.s32Max !== low)
    return 'const subreg tnum out of sync with range bounds';
  return null;
}

/** Bounds that keep only the tnum. Mirrors `__mark_reg_unbounded`. */
export function withoutRanges(b: Bounds): Bounds {
  const draft = draftOf(b);
  forgetRanges(draft);
  return finished(draft, b);
}

/**
 * What the kernel's log prints inside `scalar(...)` and after a pointer's fixed parts: ranges, equal ones merged, then
 * the tnum; empty where nothing is known. A known number is printed as `signedText` instead. Mirrors
 * `print_scalar_ranges` and the end of `print_reg_state` of kernel/bpf/log.c, v6.18.
 */
export function boundsText(b: Bounds): string {
  const ranges = shownRanges(b);
  const shown: string[] = [];
  for (const [at, range] of ranges.entries()) {
    if (range.omitted) continue;
    let names = '';
    for (let later = at + 2; later < ranges.length; later += 2) {
      const other = ranges[later];
      if (!other || other.omitted || other.value !== range.value) continue;
      other.omitted = true;
      names += `${other.name}=`;
    }
    shown.push(`${range.name}=${names}${range.signed ? signedText(range.value) : unsignedText(range.value)}`);
  }
  if (!tnumIsUnknown(b.varOff)) shown.push(`var_off=${tnumText(b.varOff)}`);
  return shown.join(',');
}

/** A signed number in the log: decimal up to 16 bits, otherwise the hex of its 64 bits. */
export function signedText(value: bigint): string {
  const signed = signed64(value);
  return signed >= -0x8000n && signed <= 0x7fffn ? signed.toString() : hex(BigInt.asUintN(64, value));
}

/** An unsigned number in the log: decimal up to 16 bits, otherwise hex. */
export function unsignedText(value: bigint): string {
  return value <= 0xffffn ? value.toString() : hex(value);
}

interface ShownRange {
  readonly name: string;
  readonly signed: boolean;
  readonly value: bigint;
  omitted: boolean;
}

function shownRanges(b: Bounds): ShownRange[] {
  return [
    { name: 'smin', signed: true, value: b.smin, omitted: b.smin === S64_MIN },
    { name: 'smax', signed: true, value: b.smax, omitted: b.smax === S64_MAX },
    { name: 'umin', signed: false, value: b.umin, omitted: b.umin === 0n },
    { name: 'umax', signed: false, value: b.umax, omitted: b.umax === U64_MAX },
    { name: 'smin32', signed: true, value: shown32(b.s32Min), omitted: b.s32Min === S32_MIN },
    { name: 'smax32', signed: true, value: shown32(b.s32Max), omitted: b.s32Max === S32_MAX },
    { name: 'umin32', signed: false, value: BigInt(b.u32Min), omitted: b.u32Min === 0 },
    { name: 'umax32', signed: false, value: BigInt(b.u32Max), omitted: b.u32Max === U32_MAX },
  ];
}

/** Hex shows the 32 bits themselves; only a number printed in decimal keeps its sign. */
function shown32(value: number): bigint {
  return BigInt(value >= -0x8000 && value <= 0x7fff ? value : value >>> 0);
}

function hex(value: bigint): string {
  return `0x${value.toString(16)}`;
}
