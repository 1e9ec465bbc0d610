/** `while`, `do` and `for`. Source: C11 6.8.5. */
import type { DeclarationSyntax, ExprSyntax, LoopHints, StatementSyntax } from '../syntax.ts';
import { atAttributes } from './attributes.ts';
import { declaresUnknownType, expectInFor, parseBlockDeclaration } from './blockDeclaration.ts';
import { parseExpression } from './expressions.ts';
import {
  accept,
  at,
  advance,
  closeScope,
  nextWord,
  openScope,
  rangeOf,
  since,
  startOf,
  type Parser,
} from './parser.ts';
import { enterBracket, expectClose, expectSemicolon, leaveBracket, skipTo, syntaxError, complain } from './recover.ts';
import { startsDeclaration } from './specifiers.ts';
import { errorAt, parseCondition, parseSubstatement, strayKeyword } from './statements.ts';
import { STATEMENT_WORDS } from './words.ts';

export function parseWhile(p: Parser, { unroll }: LoopHints): StatementSyntax {
  const start = startOf(p);
  advance(p);
  const condition = parseCondition(p, 'while');
  const body = parseSubstatement(p);
  return { kind: 'while', condition, body, hints: { unroll }, ...since(p, start) };
}

export function parseDo(p: Parser, { unroll }: LoopHints): StatementSyntax {
  const start = startOf(p);
  advance(p);
  const body = parseSubstatement(p);
  const condition = parseDoCondition(p);
  return { kind: 'do', condition, body, hints: { unroll }, ...since(p, start) };
}

function parseDoCondition(p: Parser): ExprSyntax {
  if (p.word !== 'while') {
    if (!p.escape) syntaxError(p, "expected 'while' in do/while loop");
    // The `{` of the body was forgotten.
    if (p.word !== '}' || nextWord(p) !== 'while') return errorAt(p.lastEnd);
    advance(p);
    p.panic = false;
  }
  advance(p);
  const condition = parseCondition(p, 'while');
  expectSemicolon(p, 'after do/while statement');
  return condition;
}

type For = Extract<StatementSyntax, { kind: 'for' }>;

/** The loop is a scope, which holds what it declares (C11 6.8.5p5). */
export function parseFor(p: Parser, { unroll }: LoopHints): StatementSyntax {
  const start = startOf(p);
  advance(p);
  if (STATEMENT_WORDS.has(p.word)) return strayKeyword(p, 'for', start);
  const scope = openScope(p);
  const head = parseHead(p);
  const body = parseSubstatement(p);
  closeScope(p, scope);
  return { kind: 'for', ...head, body, hints: { unroll }, ...since(p, start) };
}

type Head = Pick<For, 'init' | 'condition' | 'step'>;

function parseHead(p: Parser): Head {
  const open = rangeOf(p);
  const head: { -readonly [K in keyof Head]: Head[K] } = { init: null, condition: null, step: null };
  if (p.word !== '(') {
    syntaxError(p, "expected '(' after 'for'");
    // As clang does; a block may still be its body.
    if (p.word !== '{') skipTo(p, END_OF_STATEMENT);
    p.panic = false;
    return head;
  }
  if (!enterBracket(p)) return head;
  advance(p);
  head.init = parseInit(p);
  head.condition = at(p, ';') || p.panic ? null : parseExpression(p);
  semicolonInHead(p);
  head.step = at(p, ')') || p.panic ? null : parseExpression(p);
  leaveBracket(p);
  closeHead(p, open);
  return head;
}

function closeHead(p: Parser, open: { start: number; end: number }): void {
  if (p.word === ';' && !p.panic) complain(p, 'c-syntax', rangeOf(p), "unexpected ';' before ')'");
  if (p.panic || p.word === ';') skipTo(p, CLOSING);
  expectClose(p, ')', open);
  p.panic = false;
}

const END_OF_STATEMENT = new Set([';', '{']);
const CLOSING = new Set([')', '{']);

function parseInit(p: Parser): DeclarationSyntax | ExprSyntax | null {
  while (p.word === '__extension__') advance(p);
  if (startsDeclaration(p) || atAttributes(p) || declaresUnknownType(p)) return parseBlockDeclaration(p, [], true);
  if (accept(p, ';')) return null;
  const init = parseExpression(p);
  semicolonInHead(p);
  return init;
}

function semicolonInHead(p: Parser): void {
  if (!p.panic) expectInFor(p);
}
