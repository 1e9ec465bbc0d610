import { assert } from '../../base/assert.ts';
import type { AluOp } from '../../isa/insn.ts';
import {
  UNKNOWN_BOUNDS,
  constBounds,
  finished,
  isConst,
  isConst32,
  truncateBounds,
  zeroExtendDraft32,
} from './bounds.ts';
import type { Bounds } from './bounds.ts';
import {
  S32_MAX,
  S32_MIN,
  S64_MAX,
  S64_MIN,
  U32_MAX,
  U64_MAX,
  draftOf,
  max64,
  min64,
  signed64,
} from './boundsDraft.ts';
import { forgetRanges, forgetSigned32, forgetSigned64, forgetUnsigned32, forgetUnsigned64 } from './boundsDraft.ts';
import { low32, setConst, setConst32 } from './boundsDraft.ts';
import type { BoundsDraft } from './boundsDraft.ts';
import { learnFromTnum, syncDraft } from './boundsSync.ts';
import { applyShift } from './shiftBounds.ts';
import { tnumAdd, tnumAnd, tnumBswap, tnumMul, tnumNeg, tnumOr, tnumSub, tnumXor } from './tnum.ts';

/**
 * What is known of `dst op= src`. `wide` is 64 bits. `neg` ignores `src`; `mov` is not handled here. Division,
 * remainder and shifts by more or less than one known amount give nothing, also in the upper half of 32-bit ones.
 *
 * Mirrors `adjust_scalar_min_max_vals` of kernel/bpf/verifier.c, v6.18. That function also splits a path in two at
 * some ANDs and ORs: ask `forkScalar` first.
 */
export function aluBounds(op: AluOp, wide: boolean, dst: Bounds, src: Bounds): Bounds {
  if (!isRangeComputable(op, wide, src)) return UNKNOWN_BOUNDS;
  if (isConst(dst) && isConst(src)) return constBounds(constResult(op, wide, dst.varOff.value, src.varOff.value));
  const draft = draftOf(dst);
  apply(op, wide, draft, src, dst);
  if (!wide) zeroExtendDraft32(draft);
  syncDraft(draft);
  return finished(draft, dst);
}

/**
 * What is known after a byte swap or a conversion of byte order on a little-endian machine. Mirrors `scalar_byte_swap`
 * and what follows it in v6.18 stable.
 */
export function bswapBounds(mode: 'le' | 'be' | 'swap', bits: 16 | 32 | 64, b: Bounds): Bounds {
  const draft = draftOf(b);
  if (mode !== 'le') {
    draft.varOff = tnumBswap(b.varOff, bits);
    forgetRanges(draft);
  }
  const sized = draftOf(truncateBounds(draft, bits / 8));
  syncDraft(sized);
  return finished(sized, b);
}

/** The two values of the destination that the kernel goes on with; see `forkScalar`. */
export interface ForkedScalar {
  /** For the path put aside: it executes the same instruction again, with this destination. */
  readonly queued: Bounds;
  /** For the path at hand: the instruction goes on with this destination. */
  readonly current: Bounds;
}

/**
 * Compilers turn `x < 0 ? K : 0` into `x s>>= 31; x &= K`. So that the verifier keeps the two outcomes apart, it splits
 * the path at an AND or OR of a constant with a destination known to be -1 or 0 (in 64 bits, else in the low 32, of an
 * instruction of either width). One path is queued at the SAME instruction with the destination 0, the other goes on
 * at once with -1. Neither value is synced; in the 32-bit case the 64-bit ranges stay as they were.
 *
 * Null when there is no split. Mirrors `maybe_fork_scalars` of v6.18 stable; the first version of that function queued
 * the instruction after it, which is wrong for OR (CVE-2026-31413), and v6.18 itself had none.
 */
export function forkScalar(op: AluOp, dst: Bounds, src: Bounds): ForkedScalar | null {
  if ((op !== 'and' && op !== 'or') || !isConst(src)) return null;
  if (dst.smin === -1n && dst.smax === 0n) return { queued: constBounds(0n), current: constBounds(-1n) };
  if (dst.s32Min !== -1 || dst.s32Max !== 0) return null;
  return { queued: withLowerHalf(dst, 0), current: withLowerHalf(dst, -1) };
}

function withLowerHalf(b: Bounds, value: number): Bounds {
  const draft = draftOf(b);
  setConst32(draft, value);
  return draft;
}

/** Mirrors `is_safe_to_compute_dst_reg_range`. */
export function isRangeComputable(op: AluOp, wide: boolean, src: Bounds): boolean {
  if (op === 'lsh' || op === 'rsh' || op === 'arsh') return isOneAmount(src, wide) && src.umax < (wide ? 64n : 32n);
  return !WITHOUT_RANGE.has(op);
}

const WITHOUT_RANGE: ReadonlySet<AluOp> = new Set<AluOp>(['div', 'sdiv', 'mod', 'smod', 'mov']);

/** The operation on two numbers; a sync would come to the same through the tnum. */
function constResult(op: AluOp, wide: boolean, dst: bigint, src: bigint): bigint {
  const bits = wide ? 64 : 32;
  const compute = EXACT[op];
  assert(compute, `no bounds are computed for ${op}`);
  return BigInt.asUintN(bits, compute(dst, src, bits));
}

const EXACT: Readonly<Partial<Record<AluOp, (dst: bigint, src: bigint, bits: number) => bigint>>> = {
  add: (dst, src) => dst + src,
  sub: (dst, src) => dst - src,
  neg: (dst) => -dst,
  mul: (dst, src) => dst * src,
  and: (dst, src) => dst & src,
  or: (dst, src) => dst | src,
  xor: (dst, src) => dst ^ src,
  lsh: (dst, src) => dst << src,
  rsh: (dst, src, bits) => BigInt.asUintN(bits, dst) >> src,
  arsh: (dst, src, bits) => BigInt.asIntN(bits, dst) >> src,
};

function isOneAmount(src: Bounds, wide: boolean): boolean {
  if (wide) return isConst(src) && src.smin === src.smax && src.umin === src.umax;
  return isConst32(src) && src.s32Min === src.s32Max && src.u32Min === src.u32Max;
}

function apply(op: AluOp, wide: boolean, d: BoundsDraft, src: Bounds, dst: Bounds): void {
  switch (op) {
    case 'add':
      add32(d, src);
      add64(d, src);
      d.varOff = tnumAdd(d.varOff, src.varOff);
      return;
    case 'sub':
      sub32(d, src);
      sub64(d, src);
      d.varOff = tnumSub(d.varOff, src.varOff);
      return;
    case 'neg':
      setConst(d, 0n);
      sub32(d, dst);
      sub64(d, dst);
      d.varOff = tnumNeg(dst.varOff);
      return;
    case 'mul':
      d.varOff = tnumMul(d.varOff, src.varOff);
      mul32(d, src);
      mul64(d, src);
      return;
    case 'and':
    case 'or':
    case 'xor':
      applyBitwise(op, wide, d, src);
      return;
    case 'lsh':
    case 'rsh':
    case 'arsh':
      applyShift(op, wide, d, Number(src.umin));
      return;
    case 'div':
    case 'sdiv':
    case 'mod':
    case 'smod':
    case 'mov':
      assert(false, `no bounds are computed for ${op}`);
  }
}

function add32(d: BoundsDraft, src: Bounds): void {
  d.s32Min += src.s32Min;
  d.s32Max += src.s32Max;
  if (d.s32Min < S32_MIN || d.s32Min > S32_MAX || d.s32Max < S32_MIN || d.s32Max > S32_MAX) forgetSigned32(d);
  setUnsigned32(d, d.u32Min + src.u32Min, d.u32Max + src.u32Max);
}

function sub32(d: BoundsDraft, src: Bounds): void {
  d.s32Min -= src.s32Max;
  d.s32Max -= src.s32Min;
  if (d.s32Min < S32_MIN || d.s32Min > S32_MAX || d.s32Max < S32_MIN || d.s32Max > S32_MAX) forgetSigned32(d);
  setUnsigned32(d, d.u32Min - src.u32Max, d.u32Max - src.u32Min);
}

/** A range of which both ends wrap around, or neither, is still a range. */
function setUnsigned32(d: BoundsDraft, low: number, high: number): void {
  d.u32Min = low >>> 0;
  d.u32Max = high >>> 0;
  if (low < 0 ? high >= 0 : low <= U32_MAX && high > U32_MAX) forgetUnsigned32(d);
}

function add64(d: BoundsDraft, src: Bounds): void {
  setSigned64(d, d.smin + src.smin, d.smax + src.smax);
  setUnsigned64(d, d.umin + src.umin, d.umax + src.umax);
}

function sub64(d: BoundsDraft, src: Bounds): void {
  setSigned64(d, d.smin - src.smax, d.smax - src.smin);
  setUnsigned64(d, d.umin - src.umax, d.umax - src.umin);
}

function setSigned64(d: BoundsDraft, low: bigint, high: bigint): void {
  d.smin = low;
  d.smax = high;
  if (low < S64_MIN || low > S64_MAX || high < S64_MIN || high > S64_MAX) forgetSigned64(d);
}

function setUnsigned64(d: BoundsDraft, low: bigint, high: bigint): void {
  d.umin = BigInt.asUintN(64, low);
  d.umax = BigInt.asUintN(64, high);
  if (low < 0n ? high >= 0n : low <= U64_MAX && high > U64_MAX) forgetUnsigned64(d);
}

function mul32(d: BoundsDraft, src: Bounds): void {
  d.u32Min *= src.u32Min;
  d.u32Max *= src.u32Max;
  if (d.u32Min > U32_MAX || d.u32Max > U32_MAX) forgetUnsigned32(d);
  const fromMin = [d.s32Min * src.s32Min, d.s32Min * src.s32Max];
  const fromMax = [d.s32Max * src.s32Min, d.s32Max * src.s32Max];
  // A product beyond 53 bits is inexact but still far outside the range. Adding 0 turns -0 into 0.
  const low = Math.min(...fromMin, ...fromMax) + 0;
  const high = Math.max(...fromMin, ...fromMax) + 0;
  d.s32Min = low;
  d.s32Max = high;
  if (low < S32_MIN || high > S32_MAX) forgetSigned32(d);
}

function mul64(d: BoundsDraft, src: Bounds): void {
  d.umin *= src.umin;
  d.umax *= src.umax;
  if (d.umin > U64_MAX || d.umax > U64_MAX) forgetUnsigned64(d);
  const a = d.smin * src.smin;
  const b = d.smin * src.smax;
  const c = d.smax * src.smin;
  const e = d.smax * src.smax;
  setSigned64(d, min64(min64(a, b), min64(c, e)), max64(max64(a, b), max64(c, e)));
}

function applyBitwise(op: 'and' | 'or' | 'xor', wide: boolean, d: BoundsDraft, src: Bounds): void {
  const known32 = isConst32(d) && isConst32(src);
  const known64 = isConst(d) && isConst(src);
  d.varOff = bitwiseTnum(op, d, src);
  if (known32) setConst32(d, low32(d.varOff.value));
  else bitwise32(op, d, src);
  if (known64) setConst(d, d.varOff.value);
  else bitwise64(op, d, src);
  // The sync learns from the tnum first of all, so only the zero-extension of 32-bit results needs it done before.
  if (!wide && !known64) learnFromTnum(d);
}

function bitwiseTnum(op: 'and' | 'or' | 'xor', d: BoundsDraft, src: Bounds): Bounds['varOff'] {
  if (op === 'and') return tnumAnd(d.varOff, src.varOff);
  return op === 'or' ? tnumOr(d.varOff, src.varOff) : tnumXor(d.varOff, src.varOff);
}

/** Mirrors `scalar32_min_max_and`, `_or` and `_xor`: `d.varOff` is the result's already. */
function bitwise32(op: 'and' | 'or' | 'xor', d: BoundsDraft, src: Bounds): void {
  const smallest = low32(d.varOff.value) >>> 0;
  const largest = low32(d.varOff.value | d.varOff.mask) >>> 0;
  d.u32Min = op === 'or' ? Math.max(d.u32Min, src.u32Min) : smallest;
  d.u32Max = op === 'and' ? Math.min(d.u32Max, src.u32Max) : largest;
  const low = d.u32Min | 0;
  const high = d.u32Max | 0;
  d.s32Min = low <= high ? low : S32_MIN;
  d.s32Max = low <= high ? high : S32_MAX;
}

/** Mirrors `scalar_min_max_and`, `_or` and `_xor`. */
function bitwise64(op: 'and' | 'or' | 'xor', d: BoundsDraft, src: Bounds): void {
  const { value, mask } = d.varOff;
  d.umin = op === 'or' ? max64(d.umin, src.umin) : value;
  d.umax = op === 'and' ? min64(d.umax, src.umax) : value | mask;
  const low = signed64(d.umin);
  const high = signed64(d.umax);
  d.smin = low <= high ? low : S64_MIN;
  d.smax = low <= high ? high : S64_MAX;
}
