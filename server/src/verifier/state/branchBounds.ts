import type { JumpOp } from '../../isa/insn.ts';
import { constBounds, finished, isConst, isConst32 } from './bounds.ts';
import type { Bounds } from './bounds.ts';
import { draftOf, forgetRanges, low32, max64, min64 } from './boundsDraft.ts';
import type { BoundsDraft } from './boundsDraft.ts';
import { syncDraft } from './boundsSync.ts';
import { tnumAnd, tnumConst, tnumIntersect, tnumOr, tnumOverlap, tnumSubreg, tnumWithSubreg } from './tnum.ts';
import type { Tnum } from './tnum.ts';
import { checkedBounds } from './violation.ts';

/**
 * Whether `if a op b` is always or never taken for all values that the two numbers may have. `wide` compares 64 bits,
 * otherwise the low 32. Mirrors `is_scalar_branch_taken` of kernel/bpf/verifier.c, v6.18.
 */
export function branchOutcome(op: JumpOp, wide: boolean, a: Bounds, b: Bounds): 'always' | 'never' | 'unknown' {
  if (op === 'eq') return equality(wide, a, b);
  if (op === 'ne') return opposite(equality(wide, a, b));
  if (op === 'set') return bitTest(wide, a, b);
  return wide ? order64(op, a, b) : order32(op, a, b);
}

/**
 * What is known of both numbers where `if a op b` is taken and where it falls through. `complaints` say which bounds came
 * out contradictory, which is how the kernel sees a path that cannot be taken and that it did not notice; those bounds
 * have lost their ranges, as in the kernel.
 */
export interface RefinedBranch {
  readonly taken: RefinedPair;
  readonly fallThrough: RefinedPair;
  readonly complaints: readonly string[];
}

export interface RefinedPair {
  readonly a: Bounds;
  readonly b: Bounds;
}

/**
 * Mirrors `reg_set_min_max` of kernel/bpf/verifier.c, v6.18 (`excludesEnds`: since 6.8), for two different scalars of which the outcome is not
 * known. For a register compared with itself see `refineSelfBranch`.
 */
export function refineBranch(op: JumpOp, wide: boolean, a: Bounds, b: Bounds, excludesEnds = true): RefinedBranch {
  const learn = (condition: Condition): RefinedPair =>
    condition === 'ne' && !excludesEnds ? { a, b } : refined(condition, wide, a, b);
  const fallThrough = learn(NEGATED[op]);
  const taken = learn(op);
  return checkedBranch(taken, fallThrough);
}

/** What is known of a register after a comparison with itself: the kernel refines one object from both sides. */
export function refineSelfBranch(op: JumpOp, wide: boolean, a: Bounds): RefinedBranch {
  const fallThrough = refinedSelf(NEGATED[op], wide, a);
  const taken = refinedSelf(op, wide, a);
  const once = checkedBranch({ a: taken.a, b: ZERO }, { a: fallThrough.a, b: ZERO });
  const both = ({ a: bounds }: RefinedPair) => ({ a: bounds, b: bounds });
  return { taken: both(once.taken), fallThrough: both(once.fallThrough), complaints: once.complaints };
}

const ZERO = constBounds(0n);

function checkedBranch(taken: RefinedPair, fallThrough: RefinedPair): RefinedBranch {
  const a = checkedBounds('true_reg1', taken.a);
  const b = checkedBounds('true_reg2', taken.b);
  const c = checkedBounds('false_reg1', fallThrough.a);
  const d = checkedBounds('false_reg2', fallThrough.b);
  return {
    taken: { a: a.bounds, b: b.bounds },
    fallThrough: { a: c.bounds, b: d.bounds },
    complaints: [a, b, c, d].map(({ complaint }) => complaint).filter((complaint) => complaint !== null),
  };
}

function refinedSelf(condition: Condition, wide: boolean, a: Bounds): RefinedPair {
  const draft = draftOf(a);
  refine(condition, wide, draft, draft);
  syncDraft(draft);
  syncDraft(draft);
  const bounds = finished(draft, a);
  return { a: bounds, b: bounds };
}

/** `clear` is the opposite of `set`: no bit of `b` is set in `a`. */
type Condition = JumpOp | 'clear';

const NEGATED: Readonly<Record<JumpOp, Condition>> = {
  eq: 'ne',
  ne: 'eq',
  set: 'clear',
  gt: 'le',
  ge: 'lt',
  lt: 'ge',
  le: 'gt',
  sgt: 'sle',
  sge: 'slt',
  slt: 'sge',
  sle: 'sgt',
};

type Outcome = 'always' | 'never' | 'unknown';

function opposite(outcome: Outcome): Outcome {
  if (outcome === 'unknown') return outcome;
  return outcome === 'always' ? 'never' : 'always';
}

function equality(wide: boolean, a: Bounds, b: Bounds): Outcome {
  const left = wide ? a.varOff : tnumSubreg(a.varOff);
  const right = wide ? b.varOff : tnumSubreg(b.varOff);
  if (left.mask === 0n && right.mask === 0n) return left.value === right.value ? 'always' : 'never';
  if (!tnumOverlap(left, right)) return 'never';
  if (wide && (a.umin > b.umax || a.umax < b.umin || a.smin > b.smax || a.smax < b.smin)) return 'never';
  if (a.u32Min > b.u32Max || a.u32Max < b.u32Min || a.s32Min > b.s32Max || a.s32Max < b.s32Min) return 'never';
  return 'unknown';
}

function bitTest(wide: boolean, a: Bounds, b: Bounds): Outcome {
  const left = wide ? a.varOff : tnumSubreg(a.varOff);
  const right = wide ? b.varOff : tnumSubreg(b.varOff);
  const known = right.mask === 0n ? right : left;
  const tested = right.mask === 0n ? left : right;
  if (known.mask !== 0n) return 'unknown';
  if ((tested.value & known.value) !== 0n) return 'always';
  return ((tested.mask | tested.value) & known.value) === 0n ? 'never' : 'unknown';
}

type Order = Exclude<JumpOp, 'eq' | 'ne' | 'set'>;

function order32(op: Order, a: Bounds, b: Bounds): Outcome {
  if (op[0] === 's') return ordered(op, a.s32Min, a.s32Max, b.s32Min, b.s32Max);
  return ordered(op, a.u32Min, a.u32Max, b.u32Min, b.u32Max);
}

function order64(op: Order, a: Bounds, b: Bounds): Outcome {
  if (op[0] === 's') return ordered(op, a.smin, a.smax, b.smin, b.smax);
  return ordered(op, a.umin, a.umax, b.umin, b.umax);
}

/** All orders are forms of "greater": a < b is b > a, and a >= b is its opposite. */
function ordered<T extends number | bigint>(op: Order, aMin: T, aMax: T, bMin: T, bMax: T): Outcome {
  if (op === 'gt' || op === 'sgt') return greater(aMin, aMax, bMin, bMax);
  if (op === 'le' || op === 'sle') return opposite(greater(aMin, aMax, bMin, bMax));
  const swapped = greater(bMin, bMax, aMin, aMax);
  return op === 'lt' || op === 'slt' ? swapped : opposite(swapped);
}

function greater<T extends number | bigint>(aMin: T, aMax: T, bMin: T, bMax: T): Outcome {
  if (aMin > bMax) return 'always';
  return aMax <= bMin ? 'never' : 'unknown';
}

function refined(condition: Condition, wide: boolean, a: Bounds, b: Bounds): RefinedPair {
  if (isConst(b) && b.umin === b.umax) return { a: refinedByConst(condition, wide, a, b), b };
  const left = draftOf(a);
  const right = draftOf(b);
  refine(condition, wide, left, right);
  syncDraft(left);
  syncDraft(right);
  return { a: finished(left, a), b: finished(right, b) };
}

/** A number learns nothing from a comparison of unknown outcome, so only the other side needs work. */
function refinedByConst(condition: Condition, wide: boolean, a: Bounds, b: Bounds): Bounds {
  const draft = draftOf(a);
  refine(condition, wide, draft, draftOf(b));
  syncDraft(draft);
  return finished(draft, a);
}

/** Mirrors `regs_refine_cond_op`. */
function refine(condition: Condition, wide: boolean, a: BoundsDraft, b: BoundsDraft): void {
  switch (condition) {
    case 'eq':
      if (wide) refineEqual64(a, b);
      else refineEqual32(a, b);
      return;
    case 'ne':
    case 'set':
    case 'clear':
      refineByConst(condition, wide, a, b);
      return;
    case 'le':
    case 'lt':
    case 'sle':
    case 'slt':
      refineOrder(condition, wide, a, b);
      return;
    case 'ge':
    case 'gt':
    case 'sge':
    case 'sgt':
      refineOrder(FLIPPED[condition], wide, b, a);
  }
}

const FLIPPED = { gt: 'lt', ge: 'le', sgt: 'slt', sge: 'sle' } as const;

function refineEqual64(a: BoundsDraft, b: BoundsDraft): void {
  a.umin = b.umin = max64(a.umin, b.umin);
  a.umax = b.umax = min64(a.umax, b.umax);
  a.smin = b.smin = max64(a.smin, b.smin);
  a.smax = b.smax = min64(a.smax, b.smax);
  a.varOff = b.varOff = tnumIntersect(a.varOff, b.varOff);
}

function refineEqual32(a: BoundsDraft, b: BoundsDraft): void {
  a.u32Min = b.u32Min = Math.max(a.u32Min, b.u32Min);
  a.u32Max = b.u32Max = Math.min(a.u32Max, b.u32Max);
  a.s32Min = b.s32Min = Math.max(a.s32Min, b.s32Min);
  a.s32Max = b.s32Max = Math.min(a.s32Max, b.s32Max);
  const low = tnumIntersect(tnumSubreg(a.varOff), tnumSubreg(b.varOff));
  a.varOff = tnumWithSubreg(a.varOff, low);
  b.varOff = tnumWithSubreg(b.varOff, low);
}

/** The conditions from which only a comparison with a known number, on either side, teaches something. */
function refineByConst(condition: 'ne' | 'set' | 'clear', wide: boolean, a: BoundsDraft, b: BoundsDraft): void {
  const isKnown = wide ? isConst : isConst32;
  const known = isKnown(b) ? b : a;
  const other = isKnown(b) ? a : b;
  if (!isKnown(known)) return;
  const tnum = wide ? known.varOff : tnumSubreg(known.varOff);
  if (condition === 'set') refineSet(wide, other, tnum);
  else if (condition === 'clear') refineClear(wide, other, tnum);
  else if (wide) excludeEdge64(other, tnum.value);
  else excludeEdge32(other, low32(tnum.value));
}

/** Only a single bit is known to be set when the test succeeded. */
function refineSet(wide: boolean, d: BoundsDraft, bits: Tnum): void {
  if (bits.value === 0n || (bits.value & (bits.value - 1n)) !== 0n) return;
  if (wide) d.varOff = tnumOr(d.varOff, bits);
  else d.varOff = tnumWithSubreg(d.varOff, tnumOr(tnumSubreg(d.varOff), bits));
}

/** The kernel forgets the ranges here, lest they contradict the tnum on a path that cannot be taken. */
function refineClear(wide: boolean, d: BoundsDraft, bits: Tnum): void {
  const others = tnumConst(~bits.value);
  forgetRanges(d);
  if (wide) d.varOff = tnumAnd(d.varOff, others);
  else d.varOff = tnumWithSubreg(d.varOff, tnumAnd(tnumSubreg(d.varOff), others));
}

/** The excluded number teaches something when it is an end of a range. */
function excludeEdge64(d: BoundsDraft, value: bigint): void {
  const signed = BigInt.asIntN(64, value);
  if (d.umin === value) d.umin = BigInt.asUintN(64, d.umin + 1n);
  if (d.umax === value) d.umax = BigInt.asUintN(64, d.umax - 1n);
  if (d.smin === signed) d.smin = BigInt.asIntN(64, d.smin + 1n);
  if (d.smax === signed) d.smax = BigInt.asIntN(64, d.smax - 1n);
}

function excludeEdge32(d: BoundsDraft, value: number): void {
  if (d.u32Min === value >>> 0) d.u32Min = (d.u32Min + 1) >>> 0;
  if (d.u32Max === value >>> 0) d.u32Max = (d.u32Max - 1) >>> 0;
  if (d.s32Min === value) d.s32Min = (d.s32Min + 1) | 0;
  if (d.s32Max === value) d.s32Max = (d.s32Max - 1) | 0;
}

/** Numbers wrap around as in the kernel, where a strict comparison with an extreme cannot hold. */
function refineOrder(condition: 'le' | 'lt' | 'sle' | 'slt', wide: boolean, a: BoundsDraft, b: BoundsDraft): void {
  const signed = condition[0] === 's';
  const strict = condition === 'lt' || condition === 'slt';
  if (wide && signed) refineSigned64(strict ? 1n : 0n, a, b);
  else if (wide) refineUnsigned64(strict ? 1n : 0n, a, b);
  else if (signed) refineSigned32(strict ? 1 : 0, a, b);
  else refineUnsigned32(strict ? 1 : 0, a, b);
}

function refineSigned64(gap: bigint, a: BoundsDraft, b: BoundsDraft): void {
  a.smax = min64(a.smax, BigInt.asIntN(64, b.smax - gap));
  b.smin = max64(BigInt.asIntN(64, a.smin + gap), b.smin);
}

function refineUnsigned64(gap: bigint, a: BoundsDraft, b: BoundsDraft): void {
  a.umax = min64(a.umax, BigInt.asUintN(64, b.umax - gap));
  b.umin = max64(BigInt.asUintN(64, a.umin + gap), b.umin);
}

function refineSigned32(gap: number, a: BoundsDraft, b: BoundsDraft): void {
  a.s32Max = Math.min(a.s32Max, (b.s32Max - gap) | 0);
  b.s32Min = Math.max((a.s32Min + gap) | 0, b.s32Min);
}

function refineUnsigned32(gap: number, a: BoundsDraft, b: BoundsDraft): void {
  a.u32Max = Math.min(a.u32Max, (b.u32Max - gap) >>> 0);
  b.u32Min = Math.max((a.u32Min + gap) >>> 0, b.u32Min);
}
