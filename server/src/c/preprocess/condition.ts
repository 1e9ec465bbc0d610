import type { Range } from '../places.ts';
import { reportError } from '../problem.ts';
import { TOKEN } from '../tokens.ts';
import { charValue, numberValue, type Value } from './conditionLiterals.ts';
import { restOfLine } from './directives.ts';
import { expandedToken, leaveBarrier, rawToken } from './expand.ts';
import { LIMITS, macroOf, mention, rangeOf, type PreToken, type Unit } from './unit.ts';

/** The condition of `#if` and `#elif` (C11 6.10.1): whether it holds. One that is wrong does not. */
export function condition(unit: Unit, directive: PreToken): boolean {
  const tokens = restOfLine(unit);
  const end = tokens[tokens.length - 1]?.end ?? directive.end;
  unit.streams.push({ tokens, next: 0, macro: null, barrier: true });
  const reader: Reader = { unit, token: null, end: { start: end, end }, depth: 0 };
  let value: Value | null = null;
  try {
    advance(reader);
    value = comma(reader, true);
    if (reader.token !== null) wrong(reader, 'token is not a valid binary operator in a preprocessor subexpression');
  } catch (error) {
    if (error !== WRONG) throw error;
    value = null;
  }
  leaveBarrier(unit);
  return value !== null && value.bits !== 0n;
}

interface Reader {
  readonly unit: Unit;
  /** Null at the end of the directive. */
  token: PreToken | null;
  end: Range;
  depth: number;
}

/** Leaves the expression at the first error; caught in `condition`. */
const WRONG = { name: 'wrong condition' };

function wrong(reader: Reader, message: string, at: Range | null = null): never {
  const place = at ?? (reader.token === null ? reader.end : rangeOf(reader.token));
  if (!reader.unit.stopped) reportError(reader.unit.problems, 'condition-invalid', place, message);
  throw WRONG;
}

function advance(reader: Reader): void {
  reader.token = expandedToken(reader.unit);
}

function spelled(reader: Reader): string {
  return reader.token === null ? '' : reader.unit.atoms.text(reader.token.atom);
}

function comma(reader: Reader, live: boolean): Value {
  let value = conditional(reader, live);
  while (reader.token?.kind === TOKEN.punctuator && spelled(reader) === ',') {
    if (live) wrong(reader, 'comma operator in operand of #if');
    advance(reader);
    value = conditional(reader, live);
  }
  return value;
}

function conditional(reader: Reader, live: boolean): Value {
  const test = binary(reader, 1, live);
  if (reader.token?.kind !== TOKEN.punctuator || spelled(reader) !== '?') return test;
  nested(reader);
  advance(reader);
  const isThen = test.bits !== 0n;
  const then = comma(reader, live && isThen);
  if (spelled(reader) !== ':') wrong(reader, "expected ':'");
  advance(reader);
  const otherwise = conditional(reader, live && !isThen);
  reader.depth--;
  const unsigned = then.unsigned || otherwise.unsigned;
  return valueOf(isThen ? then.bits : otherwise.bits, unsigned);
}

function nested(reader: Reader): void {
  if (++reader.depth > LIMITS.conditionDepth) wrong(reader, 'expression is nested too deeply');
}

const LEVELS: ReadonlyMap<string, number> = new Map([
  ['||', 1], ['&&', 2], ['|', 3], ['^', 4], ['&', 5], ['==', 6], ['!=', 6], ['<', 7], ['>', 7], ['<=', 7], ['>=', 7],
  ['<<', 8], ['>>', 8], ['+', 9], ['-', 9], ['*', 10], ['/', 10], ['%', 10],
]); // prettier-ignore

function binary(reader: Reader, least: number, live: boolean): Value {
  let left = unary(reader, live);
  for (;;) {
    const operator = reader.token;
    if (operator === null || operator.kind !== TOKEN.punctuator) return left;
    const text = spelled(reader);
    const level = LEVELS.get(text);
    if (level === undefined || level < least) return left;
    advance(reader);
    const needed = text === '&&' ? left.bits !== 0n : text === '||' ? left.bits === 0n : true;
    const right = binary(reader, level + 1, live && needed);
    left = apply(reader, text, left, right, live, operator);
  }
}

function apply(reader: Reader, text: string, left: Value, right: Value, live: boolean, operator: PreToken): Value {
  if ((text === '/' || text === '%') && right.bits === 0n) {
    const what = text === '/' ? 'division' : 'remainder';
    if (live) wrong(reader, `${what} by zero in preprocessor expression`, rangeOf(operator));
    return left;
  }
  const unsigned = left.unsigned || right.unsigned;
  const a = unsigned ? BigInt.asUintN(64, left.bits) : left.bits;
  const b = unsigned ? BigInt.asUintN(64, right.bits) : right.bits;
  const truth = TRUTHS[text];
  if (truth !== undefined) return { bits: truth(a, b) ? 1n : 0n, unsigned: false };
  if (text === '<<' || text === '>>') return shift(text, left, right);
  return valueOf(ARITHMETIC[text]!(a, b), unsigned);
}

const TRUTHS: Readonly<Record<string, (a: bigint, b: bigint) => boolean>> = {
  '||': (a, b) => a !== 0n || b !== 0n,
  '&&': (a, b) => a !== 0n && b !== 0n,
  '==': (a, b) => a === b,
  '!=': (a, b) => a !== b,
  '<': (a, b) => a < b,
  '>': (a, b) => a > b,
  '<=': (a, b) => a <= b,
  '>=': (a, b) => a >= b,
};

const ARITHMETIC: Readonly<Record<string, (a: bigint, b: bigint) => bigint>> = {
  '|': (a, b) => a | b,
  '^': (a, b) => a ^ b,
  '&': (a, b) => a & b,
  '+': (a, b) => a + b,
  '-': (a, b) => a - b,
  '*': (a, b) => a * b,
  '/': (a, b) => a / b,
  '%': (a, b) => a % b,
};

/** A shift by a negative number goes the other way, one by too much leaves what 63 leave (as clang does). */
function shift(text: string, left: Value, right: Value): Value {
  const back = !right.unsigned && right.bits < 0n;
  const by = back ? -right.bits : BigInt.asUintN(64, right.bits);
  const amount = by > 64n ? 64n : by;
  const isLeft = (text === '<<') !== back;
  return valueOf(isLeft ? left.bits << amount : left.bits >> amount, left.unsigned);
}

export function valueOf(bits: bigint, unsigned: boolean): Value {
  return { bits: unsigned ? BigInt.asUintN(64, bits) : BigInt.asIntN(64, bits), unsigned };
}

function unary(reader: Reader, live: boolean): Value {
  const { token, unit } = reader;
  if (token === null) wrong(reader, 'expected value in expression');
  nested(reader);
  const text = unit.atoms.text(token.atom);
  const value = token.kind === TOKEN.punctuator ? prefixed(reader, text, live) : primary(reader, token, text, live);
  reader.depth--;
  return value;
}

function prefixed(reader: Reader, text: string, live: boolean): Value {
  if (text === '(') return parenthesised(reader, live);
  if (text !== '-' && text !== '+' && text !== '!' && text !== '~')
    wrong(reader, 'invalid token at start of a preprocessor expression');
  advance(reader);
  const { bits, unsigned } = unary(reader, live);
  if (text === '!') return { bits: bits === 0n ? 1n : 0n, unsigned: false };
  return valueOf(text === '-' ? -bits : text === '~' ? ~bits : bits, unsigned);
}

function parenthesised(reader: Reader, live: boolean): Value {
  advance(reader);
  const value = comma(reader, live);
  if (spelled(reader) !== ')') wrong(reader, "expected ')' in preprocessor expression");
  advance(reader);
  return value;
}

function primary(reader: Reader, token: PreToken, text: string, live: boolean): Value {
  if (token.kind === TOKEN.number || token.kind === TOKEN.char) {
    const value = token.kind === TOKEN.number ? numberValue(text) : charValue(text);
    if ('message' in value) {
      const start = token.place + value.at;
      wrong(reader, value.message, { start, end: value.at === 0 ? token.end : start + 1 });
    }
    advance(reader);
    return value;
  }
  if (token.kind !== TOKEN.identifier && token.kind !== TOKEN.keyword)
    wrong(reader, 'invalid token at start of a preprocessor expression');
  if (text === 'defined') return defined(reader);
  advance(reader);
  // An identifier that is left is 0 (C11 6.10.1p4); with a parenthesis behind it, a macro was meant.
  if (spelled(reader) === '(' && reader.token?.kind === TOKEN.punctuator && live !== undefined)
    wrong(reader, `function-like macro '${text}' is not defined`, rangeOf(token));
  return { bits: 0n, unsigned: false };
}

/** `defined X` or `defined(X)`; the name is read unexpanded. */
function defined(reader: Reader): Value {
  const { unit } = reader;
  let name = rawToken(unit);
  const parenthesis = name !== null && unit.atoms.text(name.atom) === '(' ? name : null;
  if (parenthesis !== null) name = rawToken(unit);
  if (name === null) wrong(reader, 'macro name missing', reader.end);
  if (name.kind !== TOKEN.identifier && name.kind !== TOKEN.keyword)
    wrong(reader, 'macro name must be an identifier', rangeOf(name));
  if (parenthesis !== null) {
    const close = rawToken(unit);
    if (close === null || unit.atoms.text(close.atom) !== ')')
      wrong(reader, "missing ')' after 'defined'", close === null ? reader.end : rangeOf(close));
  }
  const macro = macroOf(unit, name.atom);
  if (macro !== undefined) mention(unit, macro, name);
  advance(reader);
  return { bits: macro === undefined ? 0n : 1n, unsigned: false };
}
