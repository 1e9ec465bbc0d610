/** `__builtin_preserve_*`: questions about fields and types that the loader answers. */
import type { Value } from '../ir/ir.ts';
import type { BuiltinInfo, Expr } from '../typed.ts';
import type { CType } from '../types.ts';
import { accessString, baseOf, corePath, storageBytes, storageOf, targetOf, type CorePath } from './corePath.ts';
import { emit, number, toInt32 } from './emit.ts';
import { argument } from './object.ts';
import { heldIn, isSigned, plain, sizeOf } from './shape.ts';
import type { BodyState } from './state.ts';

type BuiltinExpr = Extract<Expr, { kind: 'builtin' }>;

/** Numbers of enum bpf_core_relo_kind by those of the builtins' arguments. Source: LLVM 19, BPFCORE.h; clang's CGBuiltin. */
const TYPE_KINDS = [8, 9, 12];
const ENUM_KINDS = [10, 11];
const ID_KINDS = [6, 7];

const FIELD = { byteOffset: 0, byteSize: 1, exists: 2, signed: 3, leftShift: 4, rightShift: 5 } as const;

export function fieldInfo(f: BodyState, expr: BuiltinExpr): Value {
  const kind = expr.info?.core?.kind ?? -1;
  const path = pathOf(argument(expr, 0));
  if (!path || kind < 0 || kind > FIELD.rightShift) return unsupported(f, expr, 'argument is not a field access');
  baseOf(f, path);
  const answer = fieldAnswer(kind, path);
  if (answer === null) return unsupported(f, expr, 'the field cannot be asked about');
  return asked(f, expr, kind, path.root, accessString(path), answer);
}

function pathOf(expr: Expr): CorePath | null {
  let inner = expr;
  while (inner.kind === 'convert' || inner.kind === 'load' || inner.kind === 'decay')
    inner = inner.kind === 'convert' ? inner.operand : inner.kind === 'load' ? inner.object : inner.array;
  return inner.kind === 'member' || inner.kind === 'element' ? corePath(inner) : null;
}

/** What holds in the program's own types. Mirrors GetFieldInfo of BPFAbstractMemberAccess.cpp (v19). */
function fieldAnswer(kind: number, path: CorePath): bigint | null {
  const { offset, owner, member } = targetOf(path);
  const last = path.steps.at(-1);
  const type = last?.type ?? path.root;
  const bits = member?.bits ?? null;
  const size = bits === null || !owner ? sizeOf(type) : storageBytes(owner);
  switch (kind) {
    case FIELD.byteOffset:
      return BigInt(offset);
    case FIELD.byteSize:
      return BigInt(size);
    case FIELD.exists:
      return 1n;
    case FIELD.signed:
      return isSigned(elementOf(type)) ? 1n : 0n;
    case FIELD.leftShift:
      if (bits === null || !owner || !member) return size > 8 ? null : BigInt(64 - size * 8);
      return BigInt(64 - bits - (member.offsetBits - storageOf(owner, member)));
    default:
      return size > 8 && bits === null ? null : BigInt(64 - (bits ?? size * 8));
  }
}

function elementOf(type: CType): CType {
  const inner = plain(type);
  return inner.kind === 'array' ? inner.of : type;
}

export function typeInfo(f: BodyState, expr: BuiltinExpr): Value {
  const core = expr.info?.core;
  const kind = TYPE_KINDS[core?.kind ?? -1];
  if (!core || kind === undefined) return unsupported(f, expr, 'unknown kind of type information');
  return asked(f, expr, kind, core.type, '0', core.kind === 1 ? BigInt(sizeOf(core.type)) : 1n);
}

/** The number of the type in this object's BTF is known when it is written. */
export function typeId(f: BodyState, expr: BuiltinExpr): Value {
  const core = expr.info?.core;
  const kind = ID_KINDS[core?.kind ?? -1];
  if (!core || kind === undefined) return unsupported(f, expr, 'unknown kind of type id');
  return asked(f, expr, kind, core.type, '0', 0n);
}

export function enumValue(f: BodyState, expr: BuiltinExpr): Value {
  const core = expr.info?.core;
  const kind = ENUM_KINDS[core?.kind ?? -1];
  const found = core ? enumeratorOf(core) : null;
  if (!core || kind === undefined || !found) return unsupported(f, expr, 'argument is not an enumerator');
  return asked(f, expr, kind, core.type, String(found.index), core.kind === 0 ? 1n : found.value);
}

function enumeratorOf({ type, enumerator }: NonNullable<BuiltinInfo['core']>): { index: number; value: bigint } | null {
  const inner = plain(type);
  const values = inner.kind === 'enum' ? (inner.values ?? []) : [];
  const index = values.findIndex(({ name }) => name === enumerator);
  const found = values[index];
  return found ? { index, value: found.value } : null;
}

function asked(f: BodyState, expr: Expr, kind: number, type: CType, access: string, answer: bigint): Value {
  const known = emit(f, {
    op: 'core', type: 'i64', args: [], relocation: { kind, type, access }, value: BigInt.asUintN(64, answer),
  }); // prettier-ignore
  return heldIn(expr.type) === 'i32' ? toInt32(f, known) : known;
}

function unsupported(f: BodyState, expr: Expr, message: string): Value {
  f.unit.fail(expr, message);
  return number(f, heldIn(expr.type) ?? 'i32', 0);
}
