/** Builtins that compute; what they become. Source: GCC's and clang's manuals; LLVM's expansions for BPF (v19). */
import { newBlock, newFunction, PLAIN_ATTRIBUTES } from '../ir/edit.ts';
import type { IrSymbol, LateKind, Value } from '../ir/ir.ts';
import type { BuiltinName, Expr } from '../typed.ts';
import { NOWHERE } from '../places.ts';
import { pointerAlignment } from './alignment.ts';
import { atomic } from './atomic.ts';
import { absolute, countBits, findFirst, leadingZeros, parity, trailingZeros } from './bits.ts';
import { enumValue, fieldInfo, typeId, typeInfo } from './core.ts';
import { convert, emit, end, number, toInt32, toInt64 } from './emit.ts';
import { argument } from './object.ts';
import { overflow } from './overflow.ts';
import { builtinLoad } from './packet.ts';
import { hasEffects } from './purity.ts';
import { heldIn, isSigned, pointeeOf } from './shape.ts';
import type { BodyState } from './state.ts';
import { value } from './value.ts';

type BuiltinExpr = Extract<Expr, { kind: 'builtin' }>;
type Rule = (f: BodyState, expr: BuiltinExpr) => Value;

export function builtin(f: BodyState, expr: BuiltinExpr): Value {
  return RULES[expr.name](f, expr);
}

const RULES: Readonly<Record<BuiltinName, Rule>> = {
  constant_p: constantP,
  expect: (f, expr) => value(f, argument(expr, 0)),
  unreachable: (f, expr) => ends(f, expr),
  trap: (f, expr) => {
    emit(f, { op: 'call', type: 'void', args: [], callee: { kind: 'function', symbol: trapSymbol(f) }, pure: false });
    return ends(f, expr);
  },
  memcpy: (f, expr) => copy(f, expr, 'memcpy'),
  memmove: (f, expr) => copy(f, expr, 'memmove'),
  memset: fill,
  memcmp: late('memcmp'),
  strlen: late('strlen'),
  strcmp: late('strcmp'),
  strncmp: late('strncmp'),
  bswap16: (f, expr) => convert(f, 'swap16', 'i32', toInt32(f, value(f, argument(expr, 0)))),
  bswap32: (f, expr) => convert(f, 'swap32', 'i32', toInt32(f, value(f, argument(expr, 0)))),
  bswap64: (f, expr) => convert(f, 'swap64', 'i64', toInt64(f, value(f, argument(expr, 0)), false)),
  ctz: bits(trailingZeros),
  clz: bits(leadingZeros),
  popcount: bits(countBits),
  ffs: bits(findFirst),
  parity: bits(parity),
  abs: bits(absolute),
  add_overflow: (f, expr) => overflow(f, expr, 'add'),
  sub_overflow: (f, expr) => overflow(f, expr, 'sub'),
  mul_overflow: (f, expr) => overflow(f, expr, 'mul'),
  atomic,
  preserve_field_info: fieldInfo,
  preserve_type_info: typeInfo,
  btf_type_id: typeId,
  preserve_enum_value: enumValue,
  preserve_access_index: (f, expr) => value(f, argument(expr, 0)),
  frame_address: unsupported('__builtin_frame_address'),
  return_address: unsupported('__builtin_return_address'),
  packet_load: (f, expr) =>
    builtinLoad(f, expr.args.map((arg) => value(f, arg)), expr.info?.sizeBytes ?? 1, expr.type),
  assume: (f) => number(f, 'i32', 0),
}; // prettier-ignore

function unsupported(name: string): Rule {
  return (f, expr) => {
    f.unit.fail(expr, `${name} is not supported`);
    return number(f, heldIn(expr.type) ?? 'i32', 0);
  };
}

function ends(f: BodyState, expr: BuiltinExpr): Value {
  end(f, { op: 'unreachable', args: [] }, newBlock(f.fn, 'dead'));
  return number(f, heldIn(expr.type) ?? 'i32', 0);
}

/** An operand with effects is not computed and not constant (clang's ExprConstant.cpp). */
function constantP(f: BodyState, expr: BuiltinExpr): Value {
  const asked = argument(expr, 0);
  if (asked.kind === 'constant' || asked.kind === 'string') return number(f, 'i32', 1);
  if (hasEffects(asked) || !heldIn(asked.type)) return number(f, 'i32', 0);
  return emit(f, { op: 'late', kind: 'constantP', type: 'i32', args: [value(f, asked)] });
}

/** Of width and signedness of the first operand's type. */
function bits(rule: (f: BodyState, operand: Value) => Value): Rule {
  return (f, expr) => {
    const result = rule(f, value(f, argument(expr, 0)));
    return heldIn(expr.type) === 'i32' ? toInt32(f, result) : toInt64(f, result, isSigned(expr.type));
  };
}

/** Operations on memory whose lengths are no constants yet may become that by inlining. */
const LARGEST = 0x7fff_ffff;

function copy(f: BodyState, expr: BuiltinExpr, op: 'memcpy' | 'memmove'): Value {
  const [to, from] = [argument(expr, 0), argument(expr, 1)];
  const args = [value(f, to), value(f, from)];
  const alignBytes = Math.min(alignOfTarget(to), alignOfTarget(from));
  const size = value(f, argument(expr, 2));
  if (size.op === 'const' && size.value <= LARGEST) {
    if (size.value > 0n) emit(f, { op, type: 'void', args, sizeBytes: Number(size.value), alignBytes });
  } else emit(f, { op: 'late', kind: op, type: 'void', args: [...args, size], alignBytes });
  return args[0] ?? size;
}

function fill(f: BodyState, expr: BuiltinExpr): Value {
  const to = value(f, argument(expr, 0));
  const alignBytes = alignOfTarget(argument(expr, 0));
  const byte = toInt32(f, value(f, argument(expr, 1)));
  const size = value(f, argument(expr, 2));
  if (size.op === 'const' && size.value <= LARGEST) {
    if (size.value > 0n)
      emit(f, { op: 'memset', type: 'void', args: [to, byte], sizeBytes: Number(size.value), alignBytes });
  } else emit(f, { op: 'late', kind: 'memset', type: 'void', args: [to, byte, size], alignBytes });
  return to;
}

function late(kind: LateKind): Rule {
  return (f, expr) => {
    const args = expr.args.map((arg) => value(f, arg));
    return emit(f, { op: 'late', kind, type: heldIn(expr.type) ?? 'i32', args });
  };
}

/** A cast that the call's parameter makes is looked through. */
function alignOfTarget(pointer: Expr): number {
  const inner = pointer.kind === 'convert' && pointeeOf(pointer.operand.type) ? pointer.operand : pointer;
  return Math.min(pointerAlignment(inner).bytes, 8);
}

const TRAP: IrSymbol = { name: '__builtin_trap', kind: 'function', linkage: 'extern' };

/** BPF has no instruction for it: a call that is left is an error. */
function trapSymbol(f: BodyState): IrSymbol {
  const { functions } = f.unit.module;
  if (!functions.has(TRAP.name)) {
    const error = 'a call of __builtin_trap that can be reached is not supported';
    const attributes = { ...PLAIN_ATTRIBUTES, noreturn: true, error };
    const init = { name: TRAP.name, symbol: TRAP, section: null, returns: 'void', attributes, place: NOWHERE } as const;
    functions.set(TRAP.name, newFunction(init, []));
  }
  return TRAP;
}
