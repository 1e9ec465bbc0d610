/**
 * Shifts by one known amount. Mirrors the functions `scalar_min_max_lsh`, `…_rsh` and `…_arsh` of kernel/bpf/verifier.c,
 * v6.18, and their 32-bit forms.
 */
import type { AluOp } from '../../isa/insn.ts';
import { forgetSigned32, forgetSigned64, forgetUnsigned32, forgetUnsigned64 } from './boundsDraft.ts';
import type { BoundsDraft } from './boundsDraft.ts';
import { learnFromTnum32 } from './boundsSync.ts';
import { tnumArshift, tnumLshift, tnumRshift, tnumSubreg } from './tnum.ts';

/** `by` is the one amount that the operand holds, below the width. The sync that follows learns from the tnum. */
export function applyShift(op: AluOp, wide: boolean, d: BoundsDraft, by: number): void {
  if (!wide) {
    shift32(op, d, by);
    return;
  }
  if (op === 'lsh') lsh64(d, by);
  else if (op === 'rsh') rsh64(d, by);
  else arsh64(d, by);
}

/** The 32-bit shifts leave the 64-bit ranges to the zero-extension that follows. */
function shift32(op: AluOp, d: BoundsDraft, by: number): void {
  const low = tnumSubreg(d.varOff);
  if (op === 'lsh') {
    lshRange32(d, by);
    d.varOff = tnumSubreg(tnumLshift(low, by));
  } else if (op === 'rsh') {
    forgetSigned32(d);
    d.varOff = tnumRshift(low, by);
    d.u32Min >>>= by;
    d.u32Max >>>= by;
  } else {
    d.s32Min >>= by;
    d.s32Max >>= by;
    d.varOff = tnumArshift(low, by, 32);
    forgetUnsigned32(d);
  }
  forgetSigned64(d);
  forgetUnsigned64(d);
  learnFromTnum32(d);
}

/** Mirrors `__scalar32_min_max_lsh`: an overflow of the upper bound leaves nothing. */
function lshRange32(d: BoundsDraft, by: number): void {
  forgetSigned32(d);
  if (by > 31 || d.u32Max > 2 ** (31 - by)) {
    forgetUnsigned32(d);
  } else {
    d.u32Min *= 2 ** by;
    d.u32Max *= 2 ** by;
  }
}

function lsh64(d: BoundsDraft, by: number): void {
  forgetSigned64(d);
  if (by === 32) {
    // `x <<= 32; x s>>= 32` is how compilers sign-extend, so this one keeps the sign.
    d.smin = BigInt(d.s32Min) << 32n;
    d.smax = BigInt(d.s32Max) << 32n;
  }
  const bits = BigInt(by);
  if (d.umax > 1n << (63n - bits)) {
    forgetUnsigned64(d);
  } else {
    d.umin <<= bits;
    d.umax <<= bits;
  }
  lshRange32(d, by);
  d.varOff = tnumLshift(d.varOff, by);
}

function rsh64(d: BoundsDraft, by: number): void {
  const bits = BigInt(by);
  forgetSigned64(d);
  d.varOff = tnumRshift(d.varOff, by);
  d.umin >>= bits;
  d.umax >>= bits;
  forgetSigned32(d);
  forgetUnsigned32(d);
}

function arsh64(d: BoundsDraft, by: number): void {
  const bits = BigInt(by);
  d.smin >>= bits;
  d.smax >>= bits;
  d.varOff = tnumArshift(d.varOff, by, 64);
  forgetUnsigned64(d);
  forgetSigned32(d);
  forgetUnsigned32(d);
}
