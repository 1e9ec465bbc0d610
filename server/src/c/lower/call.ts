/** Calls: of functions of this unit and kernel functions by name, of helpers by number, of others by value. */
import type { Callee, Value } from '../ir/ir.ts';
import { newBlock } from '../ir/edit.ts';
import type { Expr, FunctionSymbol, GlobalVariable } from '../typed.ts';
import type { CType } from '../types.ts';
import { recordParts, signatureOf } from './abi.ts';
import { builtinLoad } from './packet.ts';
import { binaryWith, emit, end, number } from './emit.ts';
import { addressOf, type Location } from './location.ts';
import { extended } from './memory.ts';
import { temporary } from './object.ts';
import { recordAt } from './record.ts';
import { heldIn, isBool, isQualified, isVoid, pointeeOf, plain, recordOf, sizeOf } from './shape.ts';
import type { BodyState } from './state.ts';
import { isExtern, symbolOf } from './symbol.ts';
import { value } from './value.ts';

type CallExpr = Extract<Expr, { kind: 'call' }>;

/** Of a scalar or of none; a record result is dropped. */
export function call(f: BodyState, expr: CallExpr): Value {
  if (recordOf(expr.type)) {
    callReturning(f, expr, temporary(f, sizeOf(expr.type)));
    return number(f, 'i32', 0);
  }
  return calling(f, expr, []);
}

/** Of a function that returns a record. */
export function callReturning(f: BodyState, expr: CallExpr, target: Location): void {
  calling(f, expr, [addressOf(f, target)]);
}

function calling(f: BodyState, expr: CallExpr, hidden: readonly Value[]): Value {
  const symbol = functionOf(expr.callee);
  const size = symbol ? packetSize(symbol) : null;
  if (symbol && size !== null) return packetLoad(f, expr, size);
  const target = symbol ? null : calleeOf(f, expr.callee);
  const args = [...hidden, ...expr.args.flatMap((arg) => passed(f, arg))];
  if (symbol) return callSymbol(f, symbol, readable(symbol, args), expr.type);
  const { callee, before } = target ?? NO_TARGET;
  const result = emit(f, { op: 'call', type: resultType(expr.type), args: [...before, ...args], callee, pure: false });
  return foreignResult(f, result, expr.type);
}

/** Functions compiled for other machines leave something in the upper bits of narrow results (clang distrusts them, too). */
function foreignResult(f: BodyState, result: Value, type: CType): Value {
  return isBool(type) ? binaryWith(f, 'and', result, 1) : extended(f, result, type);
}

/** Without what `...` and `()` take: a function of this unit cannot read that, since BPF has no va_arg. */
function readable(symbol: FunctionSymbol, args: Value[]): Value[] {
  if (isExtern(symbol) || (symbol.type.prototype && !symbol.type.variadic)) return args;
  return args.slice(0, signatureOf(symbol.type, []).params.length);
}

interface Target {
  readonly callee: Callee;
  readonly before: readonly Value[];
}

const NO_TARGET: Target = { callee: { kind: 'value' }, before: [] };

export function callSymbol(
  f: BodyState,
  symbol: FunctionSymbol,
  args: Value[],
  type: CType = symbol.type.returns,
): Value {
  const callee: Callee = { kind: 'function', symbol: symbolOf(f.unit, symbol) };
  const result = emit(f, { op: 'call', type: resultType(type), args, callee, pure: symbol.attributes.pure });
  if (symbol.attributes.noreturn) end(f, { op: 'unreachable', args: [] }, newBlock(f.fn, 'dead'));
  return isExtern(symbol) ? foreignResult(f, result, type) : result;
}

function resultType(type: CType): Value['type'] | 'void' {
  return isVoid(type) || recordOf(type) ? 'void' : (heldIn(type) ?? 'i64');
}

function passed(f: BodyState, arg: Expr): Value[] {
  if (!recordOf(arg.type)) return [value(f, arg)];
  return recordParts(f, recordAt(f, arg), arg.type);
}

/** The function that is called by name, also through casts of its address. */
function functionOf(callee: Expr): FunctionSymbol | null {
  switch (callee.kind) {
    case 'function':
      return callee.symbol;
    case 'addressOf':
      return functionOf(callee.object);
    case 'decay':
      return functionOf(callee.array);
    case 'deref':
      return functionOf(callee.pointer);
    case 'convert':
      return callee.how === 'pointer' ? functionOf(callee.operand) : null;
    default:
      return null;
  }
}

function calleeOf(f: BodyState, callee: Expr): Target {
  const pointer = callee.kind === 'deref' ? callee.pointer : callee;
  const helper = helperNumber(f, pointer);
  if (helper !== null) return { callee: { kind: 'helper', number: helper }, before: [] };
  return { callee: { kind: 'value' }, before: [value(f, pointer)] };
}

/** `(void *)6`, or a variable that holds nothing else: `static long (*f)(…) = (void *)6`. */
function helperNumber(f: BodyState, pointer: Expr): number | null {
  if (pointer.kind === 'constant') return Number(BigInt.asIntN(32, pointer.value));
  if (pointer.kind === 'convert') return helperNumber(f, pointer.operand);
  if (pointer.kind !== 'load' || pointer.object.kind !== 'variable') return null;
  const { variable } = pointer.object;
  if (variable.kind !== 'global' || !holdsStill(f, variable) || variable.init?.kind !== 'value') return null;
  return helperNumber(f, variable.init.value);
}

function holdsStill(f: BodyState, variable: GlobalVariable): boolean {
  if (plain(variable.type).kind !== 'pointer' || plain(pointeeOf(variable.type) ?? variable.type).kind !== 'function')
    return false;
  if (variable.external || isQualified(variable.type, 'volatile')) return false;
  return isQualified(variable.type, 'const') || (variable.linkage === 'internal' && !f.unit.written.has(variable.name));
}

/** `asm("llvm.bpf.load.half")`: LLVM's names of LD_ABS and LD_IND. */
function packetSize({ label }: FunctionSymbol): 1 | 2 | 4 | null {
  if (label === 'llvm.bpf.load.byte') return 1;
  if (label === 'llvm.bpf.load.half') return 2;
  return label === 'llvm.bpf.load.word' ? 4 : null;
}

function packetLoad(f: BodyState, expr: CallExpr, size: 1 | 2 | 4): Value {
  const args = expr.args.map((arg) => value(f, arg));
  return builtinLoad(f, args, size, expr.type);
}
