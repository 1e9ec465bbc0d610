/** Calls of builtins: arguments are converted as the table says, and what can be folded at once is. */
import { reportError } from '../problem.ts';
import { warnAboutAbsolute } from './warnAbsolute.ts';
import { warnAboutMemory } from './warnMemory.ts';
import type { Range } from '../places.ts';
import type { BuiltinInfo, BuiltinName, Expr, FunctionSymbol } from '../typed.ts';
import type { CType } from '../types.ts';
import { assignTo } from './assignConversion.ts';
import { checkAtomic } from './builtinAtomic.ts';
import { aligned } from './builtinAlign.ts';
import { sumWithCarry } from './builtinCarry.ts';
import { checkCoreBuiltin } from './builtinCore.ts';
import { countGeneric, countOf } from './builtinCounts.ts';
import { elementwise } from './builtinElementwise.ts';
import { type BuiltinRule, builtinRule, libraryRule } from './builtins.ts';
import type { Checker } from './checker.ts';
import { evaluate, evaluateInt, foldBits } from './constant.ts';
import { bitsOf, isSigned } from './conversions.ts';
import { redundantSigns, reverse, rotate } from './builtinBits.ts';
import { checkExpr, checkUnevaluated, checkValue } from './expression.ts';
import type { CallSyntax } from './expressionCall.ts';
import { nameOfFunction } from './expressionPrimary.ts';
import { takeAddress } from './expressionUnary.ts';
import { sizeOf } from './layout.ts';
import { constantExpr, convertTo, errorExpr, isLvalue, unsupported, valueOf } from './nodes.ts';
import { quoteType } from './printType.ts';
import {
  INT,
  LONG,
  UNSIGNED_LONG,
  VOID,
  BOOL,
  asFunction,
  asPointer,
  asRecord,
  intType,
  isInteger,
  isScalar,
  isVoid,
  plainType,
  pointerTo,
  qualify,
} from './typeQueries.ts';

/** Null when the name is none of a builtin. */
export function checkBuiltinCall(c: Checker, name: string, syntax: CallSyntax): Expr | null {
  const rule = builtinRule(name);
  if (rule !== null) return checkRule(c, name, rule, syntax);
  if (!name.startsWith('__builtin_')) return null;
  reportError(c.problems, 'implicit-function-declaration', syntax.callee, `use of unknown builtin '${name}'`);
  return errorExpr(syntax);
}

/** A declared function of the C library that nothing here defines is the builtin; so are LLVM's loads from packets. */
export function libraryBuiltin(c: Checker, symbol: FunctionSymbol, syntax: CallSyntax): Expr | null {
  if (symbol.definedAt !== null || symbol.body !== null) return null;
  const packet = PACKET_LOADS[symbol.label];
  if (packet !== undefined) return packetLoad(c, packet, syntax);
  const rule = libraryRule(symbol.name);
  return rule === null || symbol.linkage !== 'external' ? null : checkRule(c, symbol.name, rule, syntax);
}

/** Source: LLVM's IntrinsicsBPF.td (v19). */
const PACKET_LOADS: Readonly<Record<string, 1 | 2 | 4>> = {
  'llvm.bpf.load.byte': 1,
  'llvm.bpf.load.half': 2,
  'llvm.bpf.load.word': 4,
};

function packetLoad(c: Checker, sizeBytes: 1 | 2 | 4, syntax: CallSyntax): Expr {
  const args = convertedArgs(c, [pointerTo(VOID), intType('unsigned long long')], syntax);
  return args === null
    ? errorExpr(syntax)
    : builtinExpr('packet_load', args, intType('unsigned long long'), syntax, { sizeBytes });
}

export function builtinExpr(
  name: BuiltinName,
  args: readonly Expr[],
  type: CType,
  { start, end }: Range,
  info: BuiltinInfo | null = null,
): Expr {
  return { kind: 'builtin', name, args, info, type, start, end };
}

function checkRule(c: Checker, name: string, rule: BuiltinRule, syntax: CallSyntax): Expr {
  switch (rule.kind) {
    case 'plain':
      return plainBuiltin(c, rule, syntax);
    case 'none':
      return unsupported(c, syntax, `'${name}' is not supported: ${rule.instead}`);
    case 'constantP':
      return constantP(c, syntax);
    case 'expect':
      return expectation(c, rule.args, syntax);
    case 'assume':
    case 'prefetch':
      return hint(c, rule.kind, syntax);
    case 'objectSize':
      return objectSize(c, syntax);
    case 'zeroMemory':
      return zeroMemory(c, syntax);
    case 'addressOf':
      return addressOf(c, syntax);
    case 'overflow':
      return overflow(c, rule, syntax);
    case 'preserveAccessIndex':
    case 'preserveFieldInfo':
    case 'preserveTypeInfo':
    case 'preserveEnumValue':
    case 'btfTypeId':
      return checkCoreBuiltin(c, name, rule.kind, syntax);
    case 'rotate':
      return argumentsFit(c, syntax, 2) ? rotate(c, rule.bits, rule.left, syntax) : errorExpr(syntax);
    case 'reverse':
      return argumentsFit(c, syntax, 1) ? reverse(c, rule.bits, syntax) : errorExpr(syntax);
    case 'redundantSigns':
      return argumentsFit(c, syntax, 1) ? redundantSigns(c, rule.type, syntax) : errorExpr(syntax);
    case 'unpredictable':
      return asWritten(c, syntax, LONG, 1);
    case 'assumeAligned':
      return asWritten(c, syntax, pointerTo(VOID), 3);
    case 'classifyType':
      return classify(c, syntax);
    case 'countGeneric':
      return countGeneric(c, rule.count, syntax);
    case 'countOf':
      return countOf(c, rule.count, rule.type, syntax);
    case 'elementwise':
      return elementwise(c, rule.op, syntax);
    case 'carry':
      return sumWithCarry(c, rule.op, rule.type, syntax);
    case 'align':
      return aligned(c, rule.what, syntax);
    case 'launder':
      return launder(c, syntax);
    case 'functionName':
      return argumentsFit(c, syntax, 0) ? nameOfFunction(c, syntax) : errorExpr(syntax);
    case 'alwaysLockFree':
      return constantExpr(BOOL, 1n, syntax);
    default:
      return checkAtomic(c, rule, syntax);
  }
}

/** Says so when there are more or fewer arguments; `most` for builtins that take several numbers of them. */
export function argumentsFit(
  c: Checker,
  syntax: CallSyntax,
  least: number,
  most = least,
  words = 'at least ',
): boolean {
  const have = syntax.args.length;
  if (have >= least && have <= most) return true;
  const few = have < least;
  const extra = least === most ? syntax.args[most] : undefined;
  const closing = { start: syntax.end - 1, end: syntax.end };
  const at = few || extra === undefined ? closing : { start: extra.start, end: syntax.args.at(-1)?.end ?? extra.end };
  const expected = least === most ? '' : few ? words : 'at most ';
  const count = few ? least : most;
  const message = `too ${few ? 'few' : 'many'} arguments to function call, expected ${expected}${count}, have ${have}`;
  reportError(c.problems, 'c-call', at, message);
  return false;
}

export function convertedArgs(
  c: Checker,
  params: readonly CType[],
  syntax: CallSyntax,
  args = syntax.args.map((arg) => checkExpr(c, arg)),
): Expr[] | null {
  if (!argumentsFit(c, syntax, params.length)) return null;
  const passed = args.map((arg, i) => assignTo(c, params[i] ?? INT, arg, { kind: 'passing', at: arg }));
  return passed.every((arg) => arg !== null) ? passed : null;
}

function plainBuiltin(c: Checker, rule: BuiltinRule & { kind: 'plain' }, syntax: CallSyntax): Expr {
  const written = syntax.args.map((arg) => checkExpr(c, arg));
  const args = convertedArgs(c, rule.params, syntax, written);
  if (args === null) return errorExpr(syntax);
  const name = syntax.callee.kind === 'identifier' ? syntax.callee.name : '';
  warnAboutMemory(c, name, syntax, args);
  if (rule.name === 'abs') warnAboutAbsolute(c, name, syntax.callee, rule.returns, written[0]!);
  const [first] = args;
  if (rule.folds === true && first?.kind === 'constant') {
    const folded = foldBits(rule.name, first.value, bitsOf(first.type), isSigned(first.type));
    if (folded !== null) return constantExpr(rule.returns, folded, syntax);
  }
  const length = rule.name === 'strlen' && first !== undefined ? literalLength(first) : null;
  if (length !== null) return constantExpr(UNSIGNED_LONG, BigInt(length), syntax);
  return builtinExpr(rule.name, args, rule.returns, syntax);
}

/** Of a string that is written out. */
function literalLength(expr: Expr): number | null {
  if (expr.kind === 'convert') return literalLength(expr.operand);
  if (expr.kind !== 'decay' || expr.array.kind !== 'string') return null;
  const end = expr.array.literal.bytes.indexOf(0);
  return end === -1 ? null : end;
}

/** What is known here is a constant; for the rest, inlining decides. */
function constantP(c: Checker, syntax: CallSyntax): Expr {
  if (!argumentsFit(c, syntax, 1) || syntax.args[0] === undefined) return errorExpr(syntax);
  const value = checkValue(c, syntax.args[0]);
  if (value.kind === 'error') return errorExpr(syntax);
  if (!isScalar(value.type)) return constantExpr(INT, 0n, syntax);
  const known = evaluate(value, false);
  if (known?.kind === 'int') return constantExpr(INT, 1n, syntax);
  if (known !== null) return constantExpr(INT, known.symbol.kind === 'literal' ? 1n : 0n, syntax);
  return c.unevaluated ? constantExpr(INT, 0n, syntax) : builtinExpr('constant_p', [value], INT, syntax);
}

/** A hint: the first argument, converted to a type. */
function asWritten(c: Checker, syntax: CallSyntax, type: CType, most: number): Expr {
  const [first] = syntax.args.map((arg) => checkExpr(c, arg));
  if (!argumentsFit(c, syntax, most === 1 ? 1 : 2, most, '') || first === undefined) return errorExpr(syntax);
  const pointer = asPointer(type) !== null;
  const to = pointer ? pointerTo(qualify(VOID, { const: true })) : type;
  const value = assignTo(c, to, first, { kind: 'passing', at: first });
  if (value === null) return errorExpr(syntax);
  const { start, end } = syntax;
  return { ...convertTo(c, value, type), type, start, end };
}

/** A pointer, as it is: only C++ has objects that this is about. */
function launder(c: Checker, syntax: CallSyntax): Expr {
  const [pointer] = syntax.args.map((arg) => checkValue(c, arg));
  if (!argumentsFit(c, syntax, 1) || pointer === undefined || pointer.kind === 'error') return errorExpr(syntax);
  const to = asPointer(pointer.type)?.to;
  if (to !== undefined && asFunction(to) === null && !isVoid(to))
    return { ...pointer, start: syntax.start, end: syntax.end };
  const kinds = to === undefined ? 'non-pointer' : isVoid(to) ? 'void pointer' : 'function pointer';
  reportError(c.problems, 'c-call', syntax, `${kinds} argument to '__builtin_launder' is not allowed`);
  return errorExpr(syntax);
}

/** The numbers of GCC's typeclass.h; in C an enum and a truth value count as integers. */
function classify(c: Checker, syntax: CallSyntax): Expr {
  if (!argumentsFit(c, syntax, 1) || syntax.args[0] === undefined) return errorExpr(syntax);
  const value = valueOf(c, checkUnevaluated(c, syntax.args[0]));
  if (value.kind === 'error') return value;
  const { kind } = plainType(value.type);
  const record = asRecord(value.type);
  const number = kind === 'pointer' ? 5 : kind === 'float' ? 8 : record === null ? 1 : record.union ? 13 : 12;
  return constantExpr(INT, BigInt(kind === 'void' ? 0 : number), syntax);
}

function expectation(c: Checker, count: number, syntax: CallSyntax): Expr {
  // A probability is a floating-point number, which says nothing to us.
  const [value, expected] = syntax.args.slice(0, 2).map((arg) => checkExpr(c, arg));
  if (!argumentsFit(c, syntax, count) || value === undefined || expected === undefined) return errorExpr(syntax);
  const [one, other] = [value, expected].map((arg) => assignTo(c, LONG, arg, { kind: 'passing', at: arg }));
  if (one === undefined || one === null || other === undefined || other === null) return errorExpr(syntax);
  const { start, end } = syntax;
  return one.kind === 'constant' ? { ...one, start, end } : builtinExpr('expect', [one, other], LONG, syntax);
}

function hint(c: Checker, kind: 'assume' | 'prefetch', syntax: CallSyntax): Expr {
  const [first] = syntax.args.map((arg) => checkValue(c, arg));
  if (!argumentsFit(c, syntax, 1, kind === 'assume' ? 1 : 3) || first === undefined) return errorExpr(syntax);
  if (first.kind === 'error') return errorExpr(syntax);
  if (kind === 'prefetch') return { ...convertTo(c, first, VOID), start: syntax.start, end: syntax.end };
  const condition = convertTo(c, first, BOOL);
  return condition.kind === 'error' ? condition : builtinExpr('assume', [condition], VOID, syntax);
}

/** Of a whole object that is named; otherwise "unknown" as GCC defines it: all ones, or 0 for the minimum. */
function objectSize(c: Checker, syntax: CallSyntax): Expr {
  if (!argumentsFit(c, syntax, 2) || syntax.args[0] === undefined || syntax.args[1] === undefined)
    return errorExpr(syntax);
  const pointer = checkValue(c, syntax.args[0]);
  const kind = evaluateInt(checkValue(c, syntax.args[1]), true);
  if (pointer.kind === 'error' || kind === null) return errorExpr(syntax);
  const size = pointer.kind === 'decay' || pointer.kind === 'addressOf' ? namedSize(pointer) : null;
  return constantExpr(UNSIGNED_LONG, size === null ? (kind >= 2n ? 0n : -1n) : BigInt(size), syntax);
}

function namedSize(pointer: Extract<Expr, { kind: 'decay' | 'addressOf' }>): number | null {
  const object = pointer.kind === 'decay' ? pointer.array : pointer.object;
  return object.kind === 'variable' || object.kind === 'string' ? sizeOf(object.type) : null;
}

function zeroMemory(c: Checker, syntax: CallSyntax): Expr {
  const args = convertedArgs(c, [pointerTo(VOID), UNSIGNED_LONG], syntax);
  const [target, size] = args ?? [];
  if (target === undefined || size === undefined) return errorExpr(syntax);
  const cleared = builtinExpr('memset', [target, constantExpr(INT, 0n, syntax), size], pointerTo(VOID), syntax);
  return convertTo(c, cleared, VOID);
}

function addressOf(c: Checker, syntax: CallSyntax): Expr {
  const [object] = syntax.args.map((arg) => checkExpr(c, arg));
  if (!argumentsFit(c, syntax, 1) || object === undefined || object.kind === 'error') return errorExpr(syntax);
  if (!isLvalue(object)) {
    const message = `cannot take the address of an rvalue of type ${quoteType(object.type)}`;
    reportError(c.problems, 'c-assignment', object, message);
    return errorExpr(syntax);
  }
  takeAddress(object);
  const { start, end } = syntax;
  return { kind: 'addressOf', object, type: pointerTo(object.type), start, end };
}

/** `__builtin_add_overflow(a, b, &result)`: the operands keep their own types; the result's decides. */
function overflow(c: Checker, rule: BuiltinRule & { kind: 'overflow' }, syntax: CallSyntax): Expr {
  const args = syntax.args.map((arg) => checkValue(c, arg));
  if (!argumentsFit(c, syntax, 3)) return errorExpr(syntax);
  const [left, right, target] = args;
  if (left === undefined || right === undefined || target === undefined) return errorExpr(syntax);
  if ([left, right, target].some(({ kind }) => kind === 'error')) return errorExpr(syntax);
  const { type } = rule;
  for (const operand of [left, right]) {
    if (isInteger(operand.type)) continue;
    const message = `operand argument to overflow builtin must be an integer (${quoteType(operand.type)} invalid)`;
    reportError(c.problems, 'c-call', operand, message);
    return errorExpr(syntax);
  }
  const to = asPointer(target.type)?.to;
  if (to === undefined || !isInteger(to)) {
    const message = `result argument to overflow builtin must be a pointer to a non-const integer (${quoteType(target.type)} invalid)`;
    reportError(c.problems, 'c-call', target, message);
    return errorExpr(syntax);
  }
  const operands = type === null ? [left, right] : [convertTo(c, left, type), convertTo(c, right, type)];
  return builtinExpr(`${rule.op}_overflow`, [...operands.map((one) => valueOf(c, one)), target], BOOL, syntax);
}
