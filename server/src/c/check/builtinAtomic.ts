/** `__sync_*` and `__atomic_*`. Source: GCC's manual; clang's SemaChecking.cpp (v19); LLVM's BPF back end for sizes. */
import { reportError } from '../problem.ts';
import type { BuiltinInfo, Expr } from '../typed.ts';
import type { CType } from '../types.ts';
import { assignTo } from './assignConversion.ts';
import { argumentsFit, builtinExpr } from './builtinCall.ts';
import type { BuiltinRule } from './builtins.ts';
import type { Checker } from './checker.ts';
import { evaluateInt } from './constant.ts';
import { unqualified } from './conversions.ts';
import { checkValue } from './expression.ts';
import type { CallSyntax } from './expressionCall.ts';
import { sizeOf } from './layout.ts';
import { constantExpr, errorExpr, unsupported, valueOf } from './nodes.ts';
import { quoteType } from './printType.ts';
import { BOOL, VOID, asPointer, isConst, isInteger, isPointer } from './typeQueries.ts';

type AtomicRule = Extract<
  BuiltinRule,
  {
    kind:
      | 'fetchOp'
      | 'syncSwap'
      | 'syncExchange'
      | 'syncRelease'
      | 'atomicLoad'
      | 'atomicStore'
      | 'atomicExchange'
      | 'atomicCompare';
  }
>;

type Atomic = NonNullable<BuiltinInfo['atomic']>;

/** The object, its type, and the other arguments. */
interface Access {
  readonly syntax: CallSyntax;
  readonly address: Expr;
  readonly type: CType;
  readonly sizeBytes: Atomic['sizeBytes'];
  readonly rest: readonly Expr[];
}

/** Arguments of each kind: address, values, orders. `__sync_` ones take and ignore more. */
const COUNTS: Readonly<Record<AtomicRule['kind'], number>> = {
  fetchOp: 2,
  syncSwap: 3,
  syncExchange: 2,
  syncRelease: 1,
  atomicLoad: 2,
  atomicStore: 3,
  atomicExchange: 3,
  atomicCompare: 6,
};

export function checkAtomic(c: Checker, rule: AtomicRule, syntax: CallSyntax): Expr {
  const extra = (rule.kind === 'fetchOp' && rule.ordered) || extraPointer(rule) ? 1 : 0;
  const ignores = rule.kind.startsWith('sync') || (rule.kind === 'fetchOp' && !rule.ordered);
  const args = syntax.args.map((arg) => checkValue(c, arg));
  const count = COUNTS[rule.kind] + extra;
  if (!argumentsFit(c, syntax, count, ignores ? count + 16 : count)) return errorExpr(syntax);
  const [address, ...rest] = args;
  if (address === undefined || args.some(({ kind }) => kind === 'error')) return errorExpr(syntax);
  const access = accessOf(c, address, rest, syntax, rule.kind === 'atomicLoad');
  return access === null ? errorExpr(syntax) : checkAccess(c, rule, access);
}

/** `__atomic_load` and `__atomic_exchange` put what they read behind one more pointer. */
function extraPointer(rule: AtomicRule): boolean {
  return (rule.kind === 'atomicLoad' || rule.kind === 'atomicExchange') && rule.byAddress;
}

function accessOf(c: Checker, address: Expr, rest: readonly Expr[], syntax: CallSyntax, reads: boolean): Access | null {
  const to = asPointer(address.type)?.to;
  if (to === undefined || !(isInteger(to) || isPointer(to))) {
    const message =
      to === undefined
        ? `address argument to atomic builtin must be a pointer (${quoteType(address.type)} invalid)`
        : `address argument to atomic builtin must be a pointer to integer or pointer (${quoteType(address.type)} invalid)`;
    reportError(c.problems, 'c-call', syntax, message);
    return null;
  }
  if (isConst(to) && !reads) {
    const message = `address argument to atomic builtin cannot be const-qualified (${quoteType(address.type)} invalid)`;
    reportError(c.problems, 'c-call', syntax, message);
    return null;
  }
  const sizeBytes = sizeOf(to);
  if (sizeBytes === 1 || sizeBytes === 2 || sizeBytes === 4 || sizeBytes === 8)
    return { syntax, address, type: unqualified(to), sizeBytes, rest };
  unsupported(c, address, 'BPF has atomic operations on at most 8 bytes');
  return null;
}

function checkAccess(c: Checker, rule: AtomicRule, access: Access): Expr {
  const computes = rule.kind !== 'atomicLoad' && rule.kind !== 'atomicStore' && rule.kind !== 'syncRelease';
  if (computes && access.sizeBytes < 4)
    return unsupported(c, access.syntax, 'BPF has atomic operations on 4 and 8 bytes only; use a wider type');
  switch (rule.kind) {
    case 'fetchOp':
      return fetchOp(c, rule, access);
    case 'syncSwap':
      return syncSwap(c, rule.result, access);
    case 'syncExchange':
      return operation(c, access, 'xchg', access.rest.slice(0, 1), 'old', 'seqCst', access.type);
    case 'syncRelease':
      return operation(c, access, 'store', [constantExpr(access.type, 0n, access.syntax)], 'none', 'release', VOID);
    case 'atomicLoad':
      return atomicLoad(c, rule.byAddress, access);
    case 'atomicStore':
      return atomicStore(c, rule.byAddress, access);
    case 'atomicExchange':
      return atomicExchange(c, rule.byAddress, access);
    case 'atomicCompare':
      return atomicCompare(c, rule.byAddress, access);
  }
}

function operation(
  c: Checker,
  access: Access,
  op: Atomic['op'],
  values: readonly (Expr | undefined)[],
  result: Atomic['result'],
  order: Atomic['order'],
  type: CType,
): Expr {
  const { address, sizeBytes, syntax } = access;
  const converted = values.map((value) => (value === undefined ? null : asStored(c, access.type, value)));
  if (!converted.every((value) => value !== null)) return errorExpr(syntax);
  const atomic: Atomic = { op, result, sizeBytes, order, expectedByAddress: false };
  return builtinExpr('atomic', [address, ...converted], type, syntax, { atomic });
}

function asStored(c: Checker, type: CType, value: Expr): Expr | null {
  return assignTo(c, type, value.kind === 'decay' ? value.array : value, { kind: 'passing', at: value });
}

function fetchOp(c: Checker, rule: AtomicRule & { kind: 'fetchOp' }, access: Access): Expr {
  const order = rule.ordered ? orderOf(access.rest[1]) : 'seqCst';
  return operation(c, access, rule.op, access.rest.slice(0, 1), rule.result, order, access.type);
}

function syncSwap(c: Checker, result: 'old' | 'success', access: Access): Expr {
  const type = result === 'old' ? access.type : BOOL;
  return operation(c, access, 'cmpxchg', access.rest.slice(0, 2), result, 'seqCst', type);
}

/** Source: `__ATOMIC_RELAXED` 0, `CONSUME` 1, `ACQUIRE` 2, `RELEASE` 3, `ACQ_REL` 4, `SEQ_CST` 5. */
const ORDERS: readonly Atomic['order'][] = ['relaxed', 'acquire', 'acquire', 'release', 'seqCst', 'seqCst'];

function orderOf(expr: Expr | undefined): Atomic['order'] {
  const value = expr === undefined ? null : evaluateInt(expr, true);
  return (value === null ? undefined : ORDERS[Number(value)]) ?? 'seqCst';
}

function behind(c: Checker, pointer: Expr | undefined): Expr | undefined {
  const object = objectBehind(pointer);
  return object === undefined ? undefined : valueOf(c, object);
}

function objectBehind(pointer: Expr | undefined): Expr | undefined {
  const to = pointer === undefined ? undefined : asPointer(pointer.type)?.to;
  if (pointer === undefined || to === undefined) return undefined;
  const { start, end } = pointer;
  return { kind: 'deref', pointer, type: to, start, end };
}

/** `*target = value`, as a void expression. */
function storedBehind(pointer: Expr | undefined, value: Expr): Expr {
  const target = objectBehind(pointer);
  const { start, end } = value;
  if (target === undefined || value.kind === 'error') return errorExpr(value);
  const assign: Expr = { kind: 'assign', target, value, type: unqualified(target.type), start, end };
  return { kind: 'convert', how: 'discard', operand: assign, type: VOID, start, end };
}

function atomicLoad(c: Checker, byAddress: boolean, access: Access): Expr {
  const order = orderOf(access.rest[byAddress ? 1 : 0]);
  const value = operation(c, access, 'load', [], 'old', order, access.type);
  return byAddress ? storedBehind(access.rest[0], value) : value;
}

function atomicStore(c: Checker, byAddress: boolean, access: Access): Expr {
  const value = byAddress ? behind(c, access.rest[0]) : access.rest[0];
  return operation(c, access, 'store', [value], 'none', orderOf(access.rest[1]), VOID);
}

function atomicExchange(c: Checker, byAddress: boolean, access: Access): Expr {
  const value = byAddress ? behind(c, access.rest[0]) : access.rest[0];
  const order = orderOf(access.rest[byAddress ? 2 : 1]);
  const old = operation(c, access, 'xchg', [value], 'old', order, access.type);
  return byAddress ? storedBehind(access.rest[1], old) : old;
}

/** address, where the expected value is, the new value; true when they were exchanged. */
function atomicCompare(c: Checker, byAddress: boolean, access: Access): Expr {
  const [expected, desired] = access.rest;
  const value = byAddress ? behind(c, desired) : desired;
  const stored = value === undefined ? null : asStored(c, access.type, value);
  if (expected === undefined || stored === null || asPointer(expected.type) === null) return errorExpr(access.syntax);
  const order = orderOf(access.rest[3]);
  const atomic: Atomic = {
    op: 'cmpxchg',
    result: 'success',
    sizeBytes: access.sizeBytes,
    order,
    expectedByAddress: true,
  };
  return builtinExpr('atomic', [access.address, expected, stored], BOOL, access.syntax, { atomic });
}
