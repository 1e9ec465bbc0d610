import type { Range } from '../places.ts';
import { reportError, reportWarning } from '../problem.ts';
import { TOKEN } from '../tokens.ts';
import { charValue, numberValue } from './conditionLiterals.ts';
import { ARITHMETIC, LEVELS, shift, TRUTHS, valueOf, type Value } from './conditionValues.ts';
import { restOfLine } from './directives.ts';
import { expandedToken, inFile, leaveBarrier, rawToken } from './expand.ts';
import { ATOM } from './knownAtoms.ts';
import { LIMITS, macroOf, mention, rangeOf, type PreToken, type Unit } from './unit.ts';

/** The condition of `#if` and `#elif` (C11 6.10.1): whether it holds. One that is wrong does not. */
export function condition(unit: Unit, directive: PreToken): boolean {
  const tokens = restOfLine(unit);
  const end = tokens[tokens.length - 1]?.end ?? directive.end;
  unit.streams.push({ tokens, next: 0, macro: null, barrier: true });
  const reader: Reader = { unit, token: null, end: { start: end, end }, depth: 0, failed: false };
  advance(reader);
  const value = comma(reader, true);
  if (reader.token !== null) wrong(reader, 'token is not a valid binary operator in a preprocessor subexpression');
  leaveBarrier(unit);
  return !reader.failed && value.bits !== 0n;
}

interface Reader {
  readonly unit: Unit;
  /** Null at the end of the directive, and after an error. */
  token: PreToken | null;
  /** Behind the directive's last token. */
  readonly end: Range;
  depth: number;
  failed: boolean;
}

const ZERO: Value = { bits: 0n, unsigned: false };

/** The first error is told; nothing is read after it. */
function wrong(reader: Reader, message: string, at: Range | null = null): Value {
  const place = at ?? (reader.token === null ? reader.end : rangeOf(reader.token));
  if (!reader.failed && !reader.unit.stopped) reportError(reader.unit.problems, 'condition-invalid', place, message);
  reader.failed = true;
  reader.token = null;
  return ZERO;
}

function warn(reader: Reader, message: string, at: PreToken): void {
  if (!reader.failed) reportWarning(reader.unit.problems, 'condition-suspicious', rangeOf(at), message);
}

function advance(reader: Reader): void {
  reader.token = reader.failed ? null : expandedToken(reader.unit);
}

/** The punctuator that is next; empty for all else. */
function punctuator({ token, unit }: Reader): string {
  return token?.kind === TOKEN.punctuator ? unit.atoms.text(token.atom) : '';
}

function comma(reader: Reader, live: boolean): Value {
  let value = conditional(reader, live);
  while (punctuator(reader) === ',') {
    if (live) return wrong(reader, 'comma operator in operand of #if');
    advance(reader);
    value = conditional(reader, live);
  }
  return value;
}

function conditional(reader: Reader, live: boolean): Value {
  const test = binary(reader, 1, live);
  if (punctuator(reader) !== '?') return test;
  if (!enter(reader)) return ZERO;
  advance(reader);
  const isThen = test.bits !== 0n;
  const then = comma(reader, live && isThen);
  if (punctuator(reader) !== ':') return wrong(reader, "expected ':'");
  advance(reader);
  const otherwise = conditional(reader, live && !isThen);
  reader.depth--;
  return valueOf(isThen ? then.bits : otherwise.bits, then.unsigned || otherwise.unsigned);
}

function enter(reader: Reader): boolean {
  if (++reader.depth <= LIMITS.conditionDepth) return true;
  wrong(reader, 'expression is nested too deeply');
  return false;
}

function binary(reader: Reader, least: number, live: boolean): Value {
  let left = unary(reader, live);
  for (;;) {
    const operator = reader.token;
    const text = punctuator(reader);
    const level = LEVELS.get(text);
    if (operator === null || level === undefined || level < least) return left;
    advance(reader);
    const needed = text === '&&' ? left.bits !== 0n : text === '||' ? left.bits === 0n : true;
    const right = binary(reader, level + 1, live && needed);
    left = apply(reader, { text, operator, live }, left, right);
  }
}

interface Operation {
  readonly text: string;
  readonly operator: PreToken;
  readonly live: boolean;
}

function apply(reader: Reader, { text, operator, live }: Operation, left: Value, right: Value): Value {
  if ((text === '/' || text === '%') && right.bits === 0n) {
    const what = text === '/' ? 'division' : 'remainder';
    return live ? wrong(reader, `${what} by zero in preprocessor expression`, rangeOf(operator)) : left;
  }
  if (text === '<<' || text === '>>') {
    const result = shift(text, left, right);
    if (live && result.overflows) warn(reader, OVERFLOW, operator);
    return result;
  }
  const unsigned = left.unsigned || right.unsigned;
  const isLogical = text === '&&' || text === '||';
  const a = isLogical ? left.bits : converted(reader, left, unsigned, live ? operator : null, 'left');
  const b = isLogical ? right.bits : converted(reader, right, unsigned, live ? operator : null, 'right');
  const truth = TRUTHS[text];
  if (truth !== undefined) return { bits: truth(a, b) ? 1n : 0n, unsigned: false };
  const exact = ARITHMETIC[text]!(a, b);
  const result = valueOf(exact, unsigned);
  if (live && !unsigned && result.bits !== exact) warn(reader, OVERFLOW, operator);
  return result;
}

const OVERFLOW = 'integer overflow in preprocessor expression';

/** An operand as the operation takes it (C11 6.3.1.8); clang warns of a negative number that becomes a large one. */
function converted(reader: Reader, value: Value, unsigned: boolean, operator: PreToken | null, side: string): bigint {
  if (!unsigned || value.unsigned || value.bits >= 0n) return value.bits;
  const bits = BigInt.asUintN(64, value.bits);
  const message = `${side} side of operator converted from negative value to unsigned: ${value.bits} to ${bits}`;
  if (operator !== null) warn(reader, message, operator);
  return bits;
}

function unary(reader: Reader, live: boolean): Value {
  const { token, unit } = reader;
  if (token === null) return wrong(reader, 'expected value in expression');
  if (!enter(reader)) return ZERO;
  const text = unit.atoms.text(token.atom);
  const value = token.kind === TOKEN.punctuator ? prefixed(reader, token, text, live) : primary(reader, token, text);
  reader.depth--;
  return value;
}

function prefixed(reader: Reader, token: PreToken, text: string, live: boolean): Value {
  if (text === '(') return parenthesised(reader, token, live);
  if (text !== '-' && text !== '+' && text !== '!' && text !== '~')
    return wrong(reader, 'invalid token at start of a preprocessor expression');
  advance(reader);
  const { bits, unsigned } = unary(reader, live);
  if (text === '!') return { bits: bits === 0n ? 1n : 0n, unsigned: false };
  return valueOf(text === '-' ? -bits : text === '~' ? ~bits : bits, unsigned);
}

function parenthesised(reader: Reader, open: PreToken, live: boolean): Value {
  advance(reader);
  const value = comma(reader, live);
  if (punctuator(reader) === ')') {
    advance(reader);
    return value;
  }
  const notes = [{ at: rangeOf(open), message: "to match this '('" }];
  const at = reader.token === null ? reader.end : rangeOf(reader.token);
  const { problems, stopped } = reader.unit;
  const message = "expected ')' in preprocessor expression";
  if (!reader.failed && !stopped) reportError(problems, 'condition-invalid', at, message, { notes });
  reader.failed = true;
  reader.token = null;
  return ZERO;
}

function primary(reader: Reader, token: PreToken, text: string): Value {
  if (token.kind === TOKEN.number || token.kind === TOKEN.char) return literal(reader, token, text);
  if (token.kind !== TOKEN.identifier && token.kind !== TOKEN.keyword)
    return wrong(reader, 'invalid token at start of a preprocessor expression');
  if (token.atom === ATOM.defined) return defined(reader, token);
  advance(reader);
  // An identifier that is left is 0 (C11 6.10.1p4); with a parenthesis behind it, a macro was meant.
  if (punctuator(reader) === '(') return wrong(reader, `function-like macro '${text}' is not defined`, rangeOf(token));
  return ZERO;
}

function literal(reader: Reader, token: PreToken, text: string): Value {
  const value = token.kind === TOKEN.number ? numberValue(text) : charValue(text);
  if ('message' in value) {
    const start = token.place + value.at;
    return wrong(reader, value.message, { start, end: value.at === 0 ? token.end : start + 1 });
  }
  if (value.warning !== undefined) warn(reader, value.warning, token);
  advance(reader);
  return value;
}

/** `defined X` or `defined(X)`; the name is read unexpanded. */
function defined(reader: Reader, word: PreToken): Value {
  const { unit } = reader;
  if (!inFile(word)) warn(reader, "macro expansion producing 'defined' has undefined behavior", word);
  let name = rawToken(unit);
  const parenthesis = name !== null && unit.atoms.text(name.atom) === '(';
  if (parenthesis) name = rawToken(unit);
  if (name === null) return wrong(reader, 'macro name missing', reader.end);
  if (name.kind !== TOKEN.identifier && name.kind !== TOKEN.keyword)
    return wrong(reader, 'macro name must be an identifier', rangeOf(name));
  const close = parenthesis ? rawToken(unit) : null;
  if (parenthesis && (close === null || unit.atoms.text(close.atom) !== ')'))
    return wrong(reader, "missing ')' after 'defined'", close === null ? reader.end : rangeOf(close));
  const macro = macroOf(unit, name.atom);
  if (macro !== undefined) mention(unit, macro, name);
  advance(reader);
  return { bits: macro === undefined ? 0n : 1n, unsigned: false };
}
