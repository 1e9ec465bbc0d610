/** Primary and postfix expressions. Source: C11 6.5.1, 6.5.2; GNU's statement expressions and builtins that take types. */
import type { Range } from '../places.ts';
import type { ExprSyntax, InitItemSyntax, NameSyntax, TypeNameSyntax } from '../syntax.ts';
import { TOKEN } from '../tokens.ts';
import { parseTypeName } from './declarators.ts';
import { errorHere, parseAssignment, parseExpression } from './expressions.ts';
import { memberName, parseIndexDesignator } from './initializers.ts';
import {
  accept,
  advance,
  isTypeName,
  nextKind,
  nextWord,
  rangeOf,
  since,
  startOf,
  textOf,
  type Parser,
} from './parser.ts';
import {
  behindLast,
  enterBracket,
  expect,
  expectClose,
  forgetSemicolon,
  isStrayBrace,
  leaveBracket,
  onNewLine,
  syntaxError,
} from './recover.ts';
import { parenthesised } from './specifiers.ts';
import { parseCompound } from './statements.ts';
import { takePieces } from './strings.ts';
import { DECLARATION_WORDS, STATEMENT_WORDS } from './words.ts';

export function parsePrimary(p: Parser): ExprSyntax {
  switch (p.kind) {
    case TOKEN.identifier:
      return isTypeName(p) ? unexpectedType(p) : takeIdentifier(p);
    case TOKEN.number:
      return takeLiteral(p, 'number');
    case TOKEN.char:
      return takeLiteral(p, 'char');
    case TOKEN.string:
      return takeString(p);
    default:
      return parseWord(p);
  }
}

function takeIdentifier(p: Parser): ExprSyntax {
  const node: ExprSyntax = { kind: 'identifier', name: textOf(p), ...rangeOf(p) };
  advance(p);
  return node;
}

function unexpectedType(p: Parser): ExprSyntax {
  syntaxError(p, `unexpected type name '${textOf(p)}': expected expression`);
  return errorHere(p);
}

function takeLiteral(p: Parser, kind: 'number' | 'char'): ExprSyntax {
  const node: ExprSyntax = { kind, text: textOf(p), ...rangeOf(p) };
  advance(p);
  return node;
}

function takeString(p: Parser): ExprSyntax {
  const start = startOf(p);
  const pieces = takePieces(p);
  return { kind: 'string', pieces, ...since(p, start) };
}

function parseWord(p: Parser): ExprSyntax {
  switch (p.word) {
    case '(':
      return parseParenthesised(p);
    case '_Generic':
      return parseGeneric(p);
    case '__func__':
    case '__FUNCTION__':
    case '__PRETTY_FUNCTION__':
      return takeIdentifier(p);
    case '__builtin_offsetof':
      return parseOffsetof(p);
    case '__builtin_types_compatible_p':
      return parseTypesCompatible(p);
    case '__builtin_choose_expr':
      return parseChoose(p);
    case '__builtin_va_arg':
      return parseVaArg(p);
    case '__builtin_bit_cast':
      return parseBitCast(p);
    default:
      return notAnExpression(p);
  }
}

function notAnExpression(p: Parser): ExprSyntax {
  syntaxError(p, 'expected expression');
  const node = errorHere(p);
  if (isStrayBrace(p)) advance(p);
  return node;
}

function parseParenthesised(p: Parser): ExprSyntax {
  const open = rangeOf(p);
  if (!enterBracket(p)) return errorHere(p);
  advance(p);
  const node = p.word === '{' ? parseStatementExpr(p) : parseExpression(p);
  leaveBracket(p);
  expectClose(p, ')', open);
  const range = since(p, open.start);
  return node.kind === 'statementExpr' ? { ...node, ...range } : { kind: 'paren', inner: node, ...range };
}

function parseStatementExpr(p: Parser): ExprSyntax {
  const body = parseCompound(p);
  return { kind: 'statementExpr', body, start: body.start, end: body.end };
}

/** What may stand behind a primary expression, any number of times. */
export function parsePostfix(p: Parser, primary: ExprSyntax): ExprSyntax {
  let node = primary;
  for (let links = 0; links < LONGEST_CHAIN; links++) {
    const next = parseSuffix(p, node);
    if (next === null) return node;
    node = next;
  }
  syntaxError(p, 'this expression is too long to be compiled (more than 1000 operators in a row)');
  return node;
}

const LONGEST_CHAIN = 1000;

function parseSuffix(p: Parser, base: ExprSyntax): ExprSyntax | null {
  switch (p.word) {
    case '(':
      return parseCall(p, base);
    case '[':
      return parseIndex(p, base);
    case '.':
    case '->':
      return parseMember(p, base);
    case '++':
    case '--': {
      const op = p.word;
      advance(p);
      return { kind: 'postfix', op, operand: base, ...since(p, base.start) };
    }
    default:
      return null;
  }
}

function parseCall(p: Parser, callee: ExprSyntax): ExprSyntax {
  const open = rangeOf(p);
  const args: ExprSyntax[] = [];
  const { errors } = p.problems;
  if (!enterBracket(p)) return callee;
  advance(p);
  while (p.word !== ')' && p.kind !== TOKEN.end) {
    args.push(parseAssignment(p));
    if (!accept(p, ',')) break;
    if (p.word === ')') syntaxError(p, 'expected expression');
  }
  leaveBracket(p);
  expectClose(p, ')', open);
  // What is passed is not known then.
  if (p.problems.errors > errors) return { kind: 'error', ...since(p, callee.start) };
  return { kind: 'call', callee, args, ...since(p, callee.start) };
}

function parseIndex(p: Parser, base: ExprSyntax): ExprSyntax {
  const open = rangeOf(p);
  if (!enterBracket(p)) return base;
  advance(p);
  const index = parseExpression(p);
  leaveBracket(p);
  if (!expectClose(p, ']', open)) return { kind: 'error', ...since(p, base.start) };
  return { kind: 'index', base, index, ...since(p, base.start) };
}

function parseMember(p: Parser, base: ExprSyntax): ExprSyntax {
  const arrow = p.word === '->';
  const operator = rangeOf(p);
  advance(p);
  const name = isUnfinished(p) ? missingMember(p, arrow, operator) : memberName(p);
  if (name.text === '' && isStrayBrace(p)) advance(p);
  if (name.text === '') return { kind: 'error', ...since(p, base.start) };
  return { kind: 'member', arrow, base, name, ...since(p, base.start) };
}

/** Somebody is typing here: what stands behind the `->` begins something new. */
function isUnfinished(p: Parser): boolean {
  if (!onNewLine(p)) return p.word === '}' && !isStrayBrace(p);
  if (p.word === '}' || STATEMENT_WORDS.has(p.word)) return true;
  return isTypeName(p) ? nextKind(p) === TOKEN.identifier || nextWord(p) === '*' : DECLARATION_WORDS.has(p.word);
}

/** One complaint where the name is missing, and reading goes on as if the statement ended there. */
function missingMember(p: Parser, arrow: boolean, at: Range): NameSyntax {
  syntaxError(p, `expected the name of a member after '${arrow ? '->' : '.'}'`, { at });
  forgetSemicolon(p);
  return { text: '', ...behindLast(p) };
}

/** `_Generic(control, type: value, default: value)` (C11 6.5.1.1). */
function parseGeneric(p: Parser): ExprSyntax {
  const start = startOf(p);
  advance(p);
  const associations: Association[] = [];
  const control = parenthesised(p, () => {
    const expr = parseAssignment(p);
    if (p.word !== ',') expect(p, ',');
    while (accept(p, ',')) associations.push(parseAssociation(p));
    return expr;
  });
  if (control === null) return { kind: 'error', ...since(p, start) };
  return { kind: 'generic', control, associations, ...since(p, start) };
}

type Association = Extract<ExprSyntax, { kind: 'generic' }>['associations'][number];

function parseAssociation(p: Parser): Association {
  const start = startOf(p);
  const type = accept(p, 'default') ? null : parseTypeName(p);
  expect(p, ':');
  const value = parseAssignment(p);
  return { type, value, ...since(p, start) };
}

function parseOffsetof(p: Parser): ExprSyntax {
  const start = startOf(p);
  advance(p);
  const path: Designator[] = [];
  const type = parenthesised(p, () => {
    const name = parseTypeName(p);
    if (expect(p, ',')) parsePath(p, path);
    return name;
  });
  if (type === null) return { kind: 'error', ...since(p, start) };
  return { kind: 'offsetof', type, path, ...since(p, start) };
}

type Designator = InitItemSyntax['designators'][number];

/** `a.b[1]`. */
function parsePath(p: Parser, path: Designator[]): void {
  const first = memberName(p);
  path.push({ kind: 'member', name: first, start: first.start, end: first.end });
  while (!p.panic && (p.word === '.' || p.word === '[')) {
    const start = startOf(p);
    if (p.word === '[') path.push(parseIndexDesignator(p));
    else {
      advance(p);
      path.push({ kind: 'member', name: memberName(p), ...since(p, start) });
    }
  }
}

function parseTypesCompatible(p: Parser): ExprSyntax {
  const start = startOf(p);
  advance(p);
  const types = parenthesised(p, (): TypeNameSyntax[] => {
    const left = parseTypeName(p);
    return expect(p, ',') ? [left, parseTypeName(p)] : [left];
  });
  const [left, right] = types ?? [];
  if (left === undefined || right === undefined) return { kind: 'error', ...since(p, start) };
  return { kind: 'typesCompatible', left, right, ...since(p, start) };
}

function parseChoose(p: Parser): ExprSyntax {
  const start = startOf(p);
  advance(p);
  const parts = parenthesised(p, (): ExprSyntax[] => {
    const condition = parseAssignment(p);
    const then = expect(p, ',') ? parseAssignment(p) : errorHere(p);
    const otherwise = expect(p, ',') ? parseAssignment(p) : errorHere(p);
    return [condition, then, otherwise];
  });
  const [condition, then, otherwise] = parts ?? [];
  if (condition === undefined || then === undefined || otherwise === undefined)
    return { kind: 'error', ...since(p, start) };
  return { kind: 'chooseExpr', condition, then, otherwise, ...since(p, start) };
}

function parseVaArg(p: Parser): ExprSyntax {
  const start = startOf(p);
  advance(p);
  let type: TypeNameSyntax | null = null;
  const list = parenthesised(p, () => {
    const expr = parseAssignment(p);
    if (expect(p, ',')) type = parseTypeName(p);
    return expr;
  });
  if (list === null || type === null) return { kind: 'error', ...since(p, start) };
  return { kind: 'vaArg', list, type, ...since(p, start) };
}

function parseBitCast(p: Parser): ExprSyntax {
  const start = startOf(p);
  advance(p);
  let operand: ExprSyntax | null = null;
  const type = parenthesised(p, () => {
    const name = parseTypeName(p);
    if (expect(p, ',')) operand = parseAssignment(p);
    return name;
  });
  if (type === null || operand === null) return { kind: 'error', ...since(p, start) };
  return { kind: 'bitCast', type, operand, ...since(p, start) };
}
