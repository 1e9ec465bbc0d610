/**
 * Accesses that are adapted to the running kernel (CO-RE): the chain of members and constant elements from a pointer on
 * is one relocation. What the access string counts mirrors computeBaseAndAccessKey of LLVM's
 * lib/Target/BPF/BPFAbstractMemberAccess.cpp (v19).
 */
import type { CoreRequest } from '../ir/ir.ts';
import type { Expr } from '../typed.ts';
import type { CType, Member, RecordType } from '../types.ts';
import { binary, emit } from './emit.ts';
import { addressOf, alignAfter, locationAt, type Location } from './location.ts';
import { locationOf } from './object.ts';
import { alignOf, plain, recordOf, sizeOf } from './shape.ts';
import type { BodyState } from './state.ts';
import { value } from './value.ts';

type PathExpr = Extract<Expr, { kind: 'member' | 'element' }>;

/** A chain of accesses, base first. */
export interface CorePath {
  readonly steps: readonly PathExpr[];
  /** Where it begins: an lvalue, or `pointer[index]`. */
  readonly base: Expr;
  readonly index: number;
  readonly root: CoreRequest['type'];
}

/** Number of enum bpf_core_relo_kind (include/uapi/linux/bpf.h, v6.18). */
const FIELD_BYTE_OFFSET = 0;

/** Null when nothing about the access is to be relocated. */
export function preservedLocation(f: BodyState, expr: PathExpr): Location | null {
  if (!isStep(expr)) return null;
  const path = corePath(expr);
  if (!path) return null;
  const base = addressOf(f, baseOf(f, path));
  const request = { kind: FIELD_BYTE_OFFSET, type: path.root, access: accessString(path) };
  const { offset, owner, member } = targetOf(path);
  const moved = emit(f, { op: 'core', type: 'i64', args: [], relocation: request, value: BigInt(offset) });
  const at = locationAt(binary(f, 'add', base, moved), alignAfter(alignOf(path.root), offset));
  const location: Location = { ...at, within: 'unknown' };
  if (!owner || !member || member.bits === null) return location;
  return { ...location, field: storageField(owner, member, member.bits) };
}

function isStep(expr: Expr): expr is PathExpr {
  if (expr.kind === 'member') return expr.preserve;
  return expr.kind === 'element' && expr.preserve && expr.index.kind === 'constant';
}

export function corePath(expr: PathExpr): CorePath | null {
  const steps: PathExpr[] = [];
  let base: Expr = expr;
  while (isStep(base)) {
    steps.push(base);
    base = behindCast(base.kind === 'member' ? base.record : base.array);
  }
  steps.reverse();
  const first = steps[0];
  if (first?.kind === 'element') return elementFirst(steps, base, first);
  if (first?.kind !== 'member') return null;
  const { pointer, index } = indexed(base);
  return { steps, base: pointer, index, root: pointer === base ? rootOf(first) : first.owner };
}

/** `*(const struct s *)&p->s` goes on with `p->s`, as clang's chains do where the types agree. */
function behindCast(base: Expr): Expr {
  if (base.kind !== 'deref') return base;
  let { pointer } = base;
  while (pointer.kind === 'convert' && pointer.how === 'pointer') pointer = pointer.operand;
  const object = pointer.kind === 'addressOf' ? pointer.object : null;
  return object && isStep(object) && plain(object.type) === plain(base.type) ? object : base;
}

/** As it is written: a typedef stays one. Where an index is counted, clang looks through it. */
function rootOf({ owner, record }: Extract<Expr, { kind: 'member' }>): CoreRequest['type'] {
  return plain(record.type) === owner ? unqualified(record.type) : owner;
}

function unqualified(type: CType): CType {
  return type.kind === 'qualified' ? unqualified(type.type) : type;
}

/** An array at the beginning: its index counts records. */
function elementFirst(
  steps: readonly PathExpr[],
  base: Expr,
  first: Extract<Expr, { kind: 'element' }>,
): CorePath | null {
  if (first.index.kind !== 'constant' || !recordOf(first.type)) return null;
  const [, ...rest] = steps;
  return { steps: rest, base, index: Number(first.index.value), root: first.type };
}

/** `p[3].x` begins at p where clang looks through the index, which becomes the first number. */
function indexed(base: Expr): { pointer: Expr; index: number } {
  if (base.kind !== 'deref' || base.pointer.kind !== 'pointerAdd') return { pointer: base, index: 0 };
  const { pointer, index, subtract, preserve } = base.pointer;
  const counted = preserve === true && !subtract && index.kind === 'constant' && index.value >= 0n;
  return counted ? { pointer, index: Number(index.value) } : { pointer: base, index: 0 };
}

export function baseOf(f: BodyState, { base }: CorePath): Location {
  return plain(base.type).kind === 'pointer' ? locationAt(value(f, base), 1) : locationOf(f, base);
}

export function accessString({ steps, index }: CorePath): string {
  return [index, ...steps.map((step) => (step.kind === 'member' ? step.member.index : constantIndex(step)))].join(':');
}

function constantIndex({ index }: Extract<Expr, { kind: 'element' }>): number {
  return index.kind === 'constant' ? Number(index.value) : 0;
}

export interface CoreTarget {
  /** In the program's own types; of a bit-field the storage unit's. */
  readonly offset: number;
  readonly owner: RecordType | null;
  readonly member: Member | null;
}

export function targetOf({ steps, index, root }: CorePath): CoreTarget {
  let offset = index * sizeOf(root);
  for (const step of steps) {
    if (step.kind === 'element') offset += constantIndex(step) * sizeOf(step.type);
    else if (step.member.bits === null) offset += step.member.offsetBits / 8;
    else offset += storageOf(step.owner, step.member) / 8;
  }
  const last = steps.at(-1);
  return last?.kind === 'member'
    ? { offset, owner: last.owner, member: last.member }
    : { offset, owner: null, member: null };
}

/** First bit of what a bit-field is loaded with: as many bytes as the record is aligned to, at most 8. */
export function storageOf(owner: RecordType, member: Member): number {
  const unit = storageBytes(owner) * 8;
  return member.offsetBits - (member.offsetBits % unit);
}

export function storageBytes(owner: RecordType): number {
  return Math.min(owner.layout?.alignBytes ?? 1, 8);
}

function storageField(owner: RecordType, member: Member, bits: number): Location['field'] {
  const offsetBits = member.offsetBits - storageOf(owner, member);
  return { offsetBits, bits, from: 0, to: Math.max(storageBytes(owner), Math.ceil((offsetBits + bits) / 8)) };
}
