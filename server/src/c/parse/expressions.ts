/** Expressions down to casts and unary operators. Source: C11 6.5, A.2.1. */
import type { Place, Range } from '../places.ts';
import type { AssignOp, BinaryOp, ExprSyntax, TypeNameSyntax, UnaryOp } from '../syntax.ts';
import { TOKEN } from '../tokens.ts';
import { parseTypeName } from './declarators.ts';
import { parseInitList } from './initializers.ts';
import {
  isIdentifier,
  accept,
  at,
  advance,
  kindOf,
  NAME,
  nextIndex,
  rangeOf,
  since,
  startOf,
  takeName,
  wordAt,
  type Parser,
} from './parser.ts';
import { parsePostfix, parsePrimary } from './primary.ts';
import { enter, enterBracket, expectClose, leave, leaveBracket, syntaxError } from './recover.ts';
import { TYPE_WORDS } from './words.ts';

/** With commas. */
export function parseExpression(p: Parser): ExprSyntax {
  let left = parseAssignment(p);
  for (let links = 0; p.word === ','; links++) {
    if (links > LONGEST_CHAIN && tooLong(p)) break;
    left = binaryNode(p, ',', left, parseAssignment);
  }
  return left;
}

const ASSIGN_OPS = new Set(['=', '*=', '/=', '%=', '+=', '-=', '<<=', '>>=', '&=', '^=', '|=']);

/** Without a comma at its top. */
export function parseAssignment(p: Parser): ExprSyntax {
  const target = parseConditional(p);
  if (!ASSIGN_OPS.has(p.word) || !enter(p)) return target;
  const op = p.word as AssignOp;
  const opAt = rangeOf(p);
  advance(p);
  const value = p.word === '{' ? bracesAsValue(p) : parseAssignment(p);
  leave(p);
  return { kind: 'assign', op, opAt, target, value, ...spanning(p, target.start) };
}

function bracesAsValue(p: Parser): ExprSyntax {
  syntaxError(p, 'expected expression');
  const { start, end } = parseInitList(p);
  return { kind: 'error', start, end };
}

/** No assignment at its top: constants of arrays, cases and bit-fields (C11 6.6). */
export function parseConditional(p: Parser): ExprSyntax {
  const condition = parseBinary(p, 0);
  if (p.word !== '?' || !enter(p)) return condition;
  const question = rangeOf(p);
  advance(p);
  const then = at(p, ':') ? null : parseExpression(p);
  if (!accept(p, ':')) syntaxError(p, "expected ':'", { notes: [{ at: question, message: "to match this '?'" }] });
  const otherwise = p.panic ? errorHere(p) : parseConditional(p);
  leave(p);
  return { kind: 'conditional', condition, then, otherwise, ...spanning(p, condition.start) };
}

export function errorHere(p: Parser): ExprSyntax {
  return { kind: 'error', ...rangeOf(p) };
}

/** Strength of binary operators; stronger ones bind tighter. */
const STRENGTH: Readonly<Record<string, number>> = {
  '||': 1, '&&': 2, '|': 3, '^': 4, '&': 5, '==': 6, '!=': 6, '<': 7, '>': 7, '<=': 7, '>=': 7, '<<': 8, '>>': 8,
  '+': 9, '-': 9, '*': 10, '/': 10, '%': 10,
}; // prettier-ignore

/** Operators of at least that strength, from left to right. */
function parseBinary(p: Parser, weakest: number): ExprSyntax {
  let left = parseCast(p);
  for (let links = 0; ; links++) {
    const strength = STRENGTH[p.word];
    if (strength === undefined || strength <= weakest) break;
    if (links > LONGEST_CHAIN && tooLong(p)) break;
    left = binaryNode(p, p.word as BinaryOp, left, (inner) => parseBinary(inner, strength));
  }
  return left;
}

/** A chain `a + b + …` is a tree as deep as it is long. */
const LONGEST_CHAIN = 1000;

function tooLong(p: Parser): boolean {
  syntaxError(p, 'this expression is too long to be compiled (more than 1000 operators in a row)');
  return true;
}

function binaryNode(p: Parser, op: BinaryOp, left: ExprSyntax, parseRight: (p: Parser) => ExprSyntax): ExprSyntax {
  const opAt = rangeOf(p);
  advance(p);
  const right = parseRight(p);
  return { kind: 'binary', op, opAt, left, right, ...spanning(p, left.start) };
}

/** From an operand to the end of what was read. */
function spanning(p: Parser, start: Place): Range {
  return { start, end: p.lastEnd };
}

/** `(type) operand`, `(type){…}` or a unary expression. */
export function parseCast(p: Parser): ExprSyntax {
  if (p.word !== '(' || !typeFollows(p, p.pos)) return parseUnary(p);
  const start = startOf(p);
  const type = typeInParentheses(p);
  if (at(p, '{')) return parsePostfix(p, compoundLiteral(p, type, start));
  if (!enter(p)) return errorHere(p);
  const operand = parseCast(p);
  leave(p);
  return { kind: 'cast', type, operand, ...since(p, start) };
}

/** Behind the `(` at that token a type name begins. */
function typeFollows(p: Parser, open: number): boolean {
  const at = nextIndex(p, open);
  if (kindOf(p, at) === TOKEN.identifier) return p.names[p.tokens.atom[at]!] === NAME.type;
  const word = wordAt(p, at);
  if (word === '__extension__') return typeFollows(p, at);
  return TYPE_WORDS.has(word) || word === '__attribute__';
}

function typeInParentheses(p: Parser): TypeNameSyntax {
  const open = rangeOf(p);
  if (enterBracket(p)) advance(p);
  const type = parseTypeName(p);
  leaveBracket(p);
  expectClose(p, ')', open);
  return type;
}

function compoundLiteral(p: Parser, type: TypeNameSyntax, start: Place): ExprSyntax {
  return { kind: 'compoundLiteral', type, init: parseInitList(p), ...since(p, start) };
}

const UNARY_OPS = new Set(['+', '-', '~', '!', '*', '&', '++', '--', '__extension__']);

function parseUnary(p: Parser): ExprSyntax {
  if (UNARY_OPS.has(p.word)) return parseOperator(p);
  if (p.word === 'sizeof' || p.word === '_Alignof') return parseSize(p);
  if (p.word === '&&') return parseLabelAddress(p);
  return parsePostfix(p, parsePrimary(p));
}

function parseOperator(p: Parser): ExprSyntax {
  const start = startOf(p);
  const op = p.word as UnaryOp;
  if (!enter(p)) return errorHere(p);
  advance(p);
  const operand = op === '++' || op === '--' ? parseUnary(p) : parseCast(p);
  leave(p);
  return { kind: 'unary', op, operand, ...since(p, start) };
}

/** `sizeof (T)` takes the type, but `sizeof (T){…}` the compound literal (C11 6.5.3). */
function parseSize(p: Parser): ExprSyntax {
  const start = startOf(p);
  const size = p.word === 'sizeof';
  if (!enter(p)) return errorHere(p);
  advance(p);
  const inner = p.word === '(' && typeFollows(p, p.pos) ? typeOrLiteral(p) : parseUnary(p);
  leave(p);
  if (inner.kind === 'typeName') return { kind: size ? 'sizeofType' : 'alignofType', type: inner, ...since(p, start) };
  return { kind: size ? 'sizeofExpr' : 'alignofExpr', operand: inner, ...since(p, start) };
}

function typeOrLiteral(p: Parser): TypeNameSyntax | ExprSyntax {
  const start = startOf(p);
  const type = typeInParentheses(p);
  return p.word === '{' ? parsePostfix(p, compoundLiteral(p, type, start)) : type;
}

function parseLabelAddress(p: Parser): ExprSyntax {
  const start = startOf(p);
  advance(p);
  if (isIdentifier(p)) return { kind: 'labelAddress', name: takeName(p), ...since(p, start) };
  syntaxError(p, 'expected identifier');
  return errorHere(p);
}
