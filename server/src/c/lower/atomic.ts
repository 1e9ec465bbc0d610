/** `__sync_*` and `__atomic_*`. Source: GCC's manual, RFC 9669 section 5.3. */
import type { Instr, SizeBytes, Value } from '../ir/ir.ts';
import type { BuiltinInfo, Expr } from '../typed.ts';
import { binary, compare, convert, emit, number, toInt32, toInt64, toPointer, zeroLike } from './emit.ts';
import { accessibleAddress, type Location } from './location.ts';
import { loadPiece, storePiece } from './memory.ts';
import { argument, pointed } from './object.ts';
import { heldIn, isSigned } from './shape.ts';
import type { BodyState } from './state.ts';
import { value } from './value.ts';

type BuiltinExpr = Extract<Expr, { kind: 'builtin' }>;
type AtomicInfo = NonNullable<BuiltinInfo['atomic']>;
type AtomicKind = Extract<Instr, { op: 'atomic' }>['kind'];

export function atomic(f: BodyState, expr: BuiltinExpr): Value {
  return lowered(f, expr, true);
}

/** Without a wish for the result: what only adds needs no fetch (BPF_XADD). */
export function atomicEffect(f: BodyState, expr: BuiltinExpr): void {
  lowered(f, expr, false);
}

function lowered(f: BodyState, expr: BuiltinExpr, wanted: boolean): Value {
  const info = expr.info?.atomic;
  if (!info) return refused(f, expr, 'unknown atomic operation');
  const location = pointed(f, argument(expr, 0));
  switch (info.op) {
    case 'load':
      return atomicLoad(f, expr, info, location);
    case 'store':
      return atomicStore(f, expr, info, location);
    case 'cmpxchg':
      return compareExchange(f, expr, info, location);
    case 'nand':
      return refused(f, expr, 'atomic nand is not supported');
    default:
      return modify(f, expr, info, location, wanted);
  }
}

function modify(f: BodyState, expr: BuiltinExpr, info: AtomicInfo, location: Location, wanted: boolean): Value {
  if (info.sizeBytes < 4) return refused(f, expr, NARROW);
  const { op } = info;
  const given = sized(f, argument(expr, 1), info.sizeBytes);
  const operand = op === 'sub' ? binary(f, 'sub', zeroLike(f, given), given) : given;
  const kind = op === 'sub' ? 'add' : (op as 'add' | 'and' | 'or' | 'xor' | 'xchg');
  const fetch = kind === 'xchg' || (wanted && info.result !== 'none');
  const old = instruction(f, kind, location, [operand], info.sizeBytes, fetch);
  if (!fetch) return number(f, heldIn(expr.type) ?? 'i32', 0);
  return typed(f, info.result === 'new' && kind !== 'xchg' ? binary(f, kind, old, operand) : old, expr);
}

/** clang's words. */
const NARROW = 'unsupported atomic operation, please use 32/64 bit version';

function compareExchange(f: BodyState, expr: BuiltinExpr, info: AtomicInfo, location: Location): Value {
  if (info.sizeBytes < 4) return refused(f, expr, NARROW);
  const behind = info.expectedByAddress ? pointed(f, argument(expr, 1)) : null;
  const held = info.sizeBytes === 8 ? 'i64' : 'i32';
  const expected = behind
    ? loadPiece(f, behind, held, info.sizeBytes, false, false)
    : sized(f, argument(expr, 1), info.sizeBytes);
  const replacement = sized(f, argument(expr, 2), info.sizeBytes);
  const old = instruction(f, 'cmpxchg', location, [expected, replacement], info.sizeBytes, true);
  if (behind) storePiece(f, behind, old, info.sizeBytes, false);
  if (info.result === 'success') return compare(f, 'eq', old, expected);
  return typed(f, old, expr);
}

/** Relaxed ones are single loads that are not left out. */
function atomicLoad(f: BodyState, expr: BuiltinExpr, info: AtomicInfo, location: Location): Value {
  const held = info.sizeBytes === 8 ? 'i64' : 'i32';
  if (info.order === 'seqCst') return refused(f, expr, SEQUENTIAL);
  const loaded =
    info.order === 'relaxed'
      ? loadPiece(f, location, held, info.sizeBytes, false, true)
      : instruction(f, 'loadAcquire', location, [], info.sizeBytes, true);
  return typed(f, extendedBy(f, loaded, info.sizeBytes, isSigned(expr.type)), expr);
}

function atomicStore(f: BodyState, expr: BuiltinExpr, info: AtomicInfo, location: Location): Value {
  const stored = sized(f, argument(expr, 1), info.sizeBytes);
  if (info.order === 'seqCst') return refused(f, expr, SEQUENTIAL);
  if (info.order === 'relaxed') storePiece(f, location, stored, info.sizeBytes, true);
  else instruction(f, 'storeRelease', location, [stored], info.sizeBytes, false);
  return number(f, 'i32', 0);
}

const SEQUENTIAL = 'sequentially consistent (seq_cst) atomic load/store is not supported';

function instruction(
  f: BodyState,
  kind: AtomicKind,
  location: Location,
  operands: readonly Value[],
  size: SizeBytes,
  fetch: boolean,
): Value {
  const type = fetch ? (size === 8 ? 'i64' : 'i32') : 'void';
  return emit(f, {
    op: 'atomic',
    kind,
    type,
    args: [accessibleAddress(f, location), ...operands],
    size,
    fetch,
    off: 0,
  });
}

function sized(f: BodyState, expr: Expr, size: SizeBytes): Value {
  const given = value(f, expr);
  return size === 8 ? toInt64(f, given, isSigned(expr.type)) : toInt32(f, given);
}

function extendedBy(f: BodyState, loaded: Value, size: SizeBytes, signed: boolean): Value {
  if (size >= 4 || !signed) return loaded;
  return convert(f, size === 1 ? 'sext8' : 'sext16', 'i32', loaded);
}

/** As the expression's type holds it. */
function typed(f: BodyState, result: Value, { type }: Expr): Value {
  const held = heldIn(type) ?? 'i32';
  if (held === 'ptr') return toPointer(f, toInt64(f, result, false));
  return held === 'i64' ? toInt64(f, result, isSigned(type)) : toInt32(f, result);
}

function refused(f: BodyState, expr: Expr, message: string): Value {
  f.unit.fail(expr, message);
  return number(f, heldIn(expr.type) ?? 'i32', 0);
}
