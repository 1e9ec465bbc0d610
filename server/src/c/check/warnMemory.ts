/** Sizes given to memcpy and its kin. Mirrors clang's CheckMemaccessArguments and checkFortifiedBuiltinMemoryFunction (SemaChecking.cpp, v19). */
import { reportWarning } from '../problem.ts';
import { FIRST_EXPANSION, type Range } from '../places.ts';
import type { ExprSyntax } from '../syntax.ts';
import type { Expr } from '../typed.ts';
import type { Checker } from './checker.ts';
import { compatible } from './compatible.ts';
import { evaluateInt } from './constant.ts';
import { typeOfName } from './declarator.ts';
import type { CallSyntax } from './expressionCall.ts';
import { writtenText } from './found.ts';
import { sizeOf } from './layout.ts';
import { quoteType } from './printType.ts';
import { asPointer, asRecord, isPointer, isVoid } from './typeQueries.ts';

const WITH_SIZE = new Set(['memcpy', 'memmove', 'memset', 'memcmp']);

/** `written` is what the program calls it; the arguments are converted to the parameters' types. */
export function warnAboutMemory(c: Checker, written: string, syntax: CallSyntax, args: readonly Expr[]): void {
  const name = written.replace(/^__builtin_/, '');
  const [first, , size] = args;
  const [, , asked] = syntax.args;
  if (
    !WITH_SIZE.has(name) ||
    first === undefined ||
    size === undefined ||
    asked === undefined ||
    c.unevaluated ||
    c.dead
  )
    return;
  if (name === 'memset') warnAboutOrder(c, syntax, asked, size);
  for (const [i, arg] of args.slice(0, name === 'memset' ? 1 : 2).entries())
    if (warnAboutSizeof(c, written, i === 0 ? 'destination' : 'source', stripped(arg), syntax.args[i]!, asked)) break;
  if (name !== 'memcmp') warnAboutOverflow(c, name, syntax, stripped(first), size);
}

/** Without the conversion to the parameter's type. */
function stripped(expr: Expr): Expr {
  return expr.kind === 'convert' && expr.how === 'pointer' ? stripped(expr.operand) : expr;
}

/** `memset(p, sizeof(*p), 0)`. */
function warnAboutOrder(c: Checker, { args }: CallSyntax, asked: ExprSyntax, size: Expr): void {
  const value = args[1];
  if (size.kind !== 'constant' || size.value !== 0n || asked.start >= FIRST_EXPANSION || asked.kind !== 'number')
    return;
  if (value?.kind === 'number' && value.text === '0') return;
  const message = "'size' argument to memset is '0'; did you mean to transpose the last two arguments?";
  reportWarning(c.problems, 'memset-transposed-args', asked, message, {
    notes: [{ at: asked, message: 'parenthesize the third argument to silence' }],
  });
}

/** `memset(p, 0, sizeof(p))`: the size of the pointer; true when it was told. */
function warnAboutSizeof(
  c: Checker,
  name: string,
  which: string,
  arg: Expr,
  written: ExprSyntax,
  asked: ExprSyntax,
): boolean {
  const to = asPointer(arg.type)?.to;
  if (to === undefined || isVoid(to) || (asked.kind !== 'sizeofExpr' && asked.kind !== 'sizeofType')) return false;
  const type = 'type' in asked ? typeOfName(c, asked.type) : c.rules.typeOfExpr(c, asked.operand);
  // The size of an array is what is wanted.
  if (!isPointer(type)) return false;
  if (asked.kind === 'sizeofExpr' && sameText(c, asked.operand, written)) {
    const operand = withoutParens(asked.operand);
    const pointee = asPointer(arg.type)!.to;
    const message = `'${name}' call operates on objects of type ${quoteType(pointee)} while the size is based on a different type ${quoteType(arg.type)}`;
    reportWarning(c.problems, 'sizeof-pointer-memaccess', operand, message);
    return true;
  }
  if (asRecord(to) === null || !compatible(type, arg.type)) return false;
  const message = `argument to 'sizeof' in '${name}' call is the same pointer type ${quoteType(type)} as the ${which}; expected ${quoteType(to)} or an explicit length`;
  reportWarning(c.problems, 'sizeof-pointer-memaccess', asked, message);
  return true;
}

function withoutParens(syntax: ExprSyntax): ExprSyntax {
  return syntax.kind === 'paren' ? withoutParens(syntax.inner) : syntax;
}

function sameText(c: Checker, one: ExprSyntax, other: ExprSyntax): boolean {
  const [first, second] = [writtenText(c, withoutParens(one)), writtenText(c, withoutParens(other))];
  return first !== null && first === second;
}

function warnAboutOverflow(c: Checker, name: string, at: Range, destination: Expr, size: Expr): void {
  const room = roomBehind(destination);
  const wanted = evaluateInt(size, true);
  if (room === null || wanted === null || wanted <= room) return;
  const message = `'${name}' will always overflow; destination buffer has size ${room}, but size argument is ${wanted}`;
  reportWarning(c.problems, 'fortify-source', at, message);
}

/** Bytes from there to the end of the object, which is a variable of known size; null where that is not known. */
export function roomBehind(pointer: Expr): bigint | null {
  const object = pointer.kind === 'decay' ? pointer.array : pointer.kind === 'addressOf' ? pointer.object : null;
  if (object !== null) return roomOf(object);
  if (pointer.kind === 'convert' && pointer.how === 'pointer') return roomBehind(pointer.operand);
  if (pointer.kind !== 'pointerAdd' || pointer.subtract) return null;
  const [room, index] = [roomBehind(pointer.pointer), evaluateInt(pointer.index, true)];
  const left = room === null || index === null || index < 0n ? null : room - index * BigInt(pointer.scaleBytes);
  return left === null ? null : left < 0n ? 0n : left;
}

function roomOf(object: Expr): bigint | null {
  switch (object.kind) {
    case 'variable': {
      const { variable } = object;
      const size = sizeOf(variable.type);
      return size === null || (variable.kind === 'global' && variable.external) ? null : BigInt(size);
    }
    case 'member': {
      const room = roomOf(object.record);
      return room === null ? null : room - BigInt(Math.floor(object.member.offsetBits / 8));
    }
    case 'element': {
      const [room, index] = [roomOf(object.array), evaluateInt(object.index, true)];
      const size = sizeOf(object.type);
      if (room === null || index === null || index < 0n || size === null) return null;
      const left = room - index * BigInt(size);
      return left < 0n ? 0n : left;
    }
    default:
      return null;
  }
}
