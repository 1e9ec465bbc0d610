/** Statements and blocks. Source: C11 6.8; GNU's case ranges, computed goto and local labels. */
import { reportWarning } from '../problem.ts';
import type { Place, Range } from '../places.ts';
import type { AttributeSyntax, CompoundSyntax, ExprSyntax, NameSyntax, StatementSyntax } from '../syntax.ts';
import { TOKEN } from '../tokens.ts';
import { parseAsm } from './asm.ts';
import { atAttributes, attributesHere, parseAttributes } from './attributes.ts';
import { parseConditional, parseExpression } from './expressions.ts';
import { declaresUnknownType, parseBlockDeclaration } from './blockDeclaration.ts';
import { parseDo, parseFor, parseWhile } from './loops.ts';
import {
  NAME,
  accept,
  advance,
  at,
  closeScope,
  isIdentifier,
  nextIndex,
  nextWord,
  openScope,
  rangeOf,
  since,
  startOf,
  takeHints,
  takeName,
  wordAt,
  type Parser,
} from './parser.ts';
import {
  behindLast,
  complain,
  enter,
  enterBracket,
  expect,
  expectClose,
  expectSemicolon,
  insertion,
  leave,
  leaveBracket,
  removal,
  skipPast,
  skipStatement,
  skipTo,
  syntaxError,
} from './recover.ts';
import { startsDeclaration } from './specifiers.ts';
import { parseStaticAssert } from './staticAssert.ts';
import { DECLARATION_WORDS, STATEMENT_WORDS } from './words.ts';

/** From `{` to `}`, with a scope of its own. */
export function parseCompound(p: Parser): CompoundSyntax {
  const scope = openScope(p);
  const block = parseBlock(p);
  closeScope(p, scope);
  return block;
}

/** The same in a scope that is already there: a function's, with its parameters. */
export function parseBlock(p: Parser): CompoundSyntax {
  const open = rangeOf(p);
  const items: StatementSyntax[] = [];
  if (!enterBracket(p)) return { kind: 'compound', items, ...open };
  advance(p);
  while (p.word !== '}' && p.kind !== TOKEN.end && !p.escape) {
    const { pos } = p;
    items.push(parseItem(p));
    if (p.panic) skipPast(p);
    if (p.pos === pos && p.word !== '}' && !p.escape) advance(p);
  }
  leaveBracket(p);
  if (!p.escape) closeBlock(p, open);
  else missingClose(p, open);
  return { kind: 'compound', items, ...since(p, open.start) };
}

/** Of all blocks that are left at once only the innermost one says so. */
function missingClose(p: Parser, open: Range): void {
  if (p.pos === p.errorPos) return;
  const notes = [{ at: open, message: "to match this '{'" }];
  syntaxError(p, "expected '}'", { at: behindLast(p), notes });
}

function closeBlock(p: Parser, open: Range): void {
  p.panic = false;
  if (p.kind === TOKEN.end) p.errorPos = -1;
  expectClose(p, '}', open);
  if (p.kind === TOKEN.end && p.panic) p.escape = true;
}

/** A declaration or statement of a block. */
function parseItem(p: Parser): StatementSyntax {
  if (p.word === '__label__') return parseLocalLabels(p);
  if (p.word === '_Static_assert') return parseStaticAssert(p);
  while (p.word === '__extension__' && declarationBehind(p)) advance(p);
  if (atAttributes(p)) return parseAttributed(p);
  return parseItemWith(p, []);
}

function parseItemWith(p: Parser, before: readonly AttributeSyntax[]): StatementSyntax {
  if (isLabel(p)) return parseStatement(p);
  if (startsDeclaration(p) || declaresUnknownType(p)) return parseBlockDeclaration(p, before);
  return parseStatement(p);
}

/** `__extension__` before something that begins a declaration. */
function declarationBehind(p: Parser): boolean {
  const { pos } = p;
  let at = pos;
  while (wordAt(p, at) === '__extension__') at = nextIndex(p, at);
  const word = wordAt(p, at);
  if (word !== '') return word === '__attribute__' || DECLARATION_WORDS.has(word);
  return p.tokens.kind[at] === TOKEN.identifier && p.names[p.tokens.atom[at]!] === NAME.type;
}

/** Attributes before a declaration, before a statement, or alone with a `;` (`fallthrough`). */
function parseAttributed(p: Parser): StatementSyntax {
  const start = startOf(p);
  const attributes = parseAttributes(p);
  if (p.word === ';') {
    advance(p);
    return { kind: 'empty', attributes, ...since(p, start) };
  }
  return parseItemWith(p, attributes);
}

function isLabel(p: Parser): boolean {
  return isIdentifier(p) && nextWord(p) === ':';
}

export function parseStatement(p: Parser): StatementSyntax {
  p.panic = p.panic && p.errorPos === p.pos;
  if (!enter(p)) return { kind: 'error', ...rangeOf(p) };
  const statement = parseOne(p);
  leave(p);
  return statement;
}

function parseOne(p: Parser): StatementSyntax {
  const hints = takeHints(p);
  switch (p.word) {
    case 'while':
      return parseWhile(p, hints);
    case 'do':
      return parseDo(p, hints);
    case 'for':
      return parseFor(p, hints);
    default:
      if (hints.at !== null && p.word !== '__attribute__') {
        const message = "expected a for, while, or do-while loop to follow '#pragma unroll'";
        complain(p, 'pragma-invalid', hints.at, message);
      }
      return parsePlain(p);
  }
}

function parsePlain(p: Parser): StatementSyntax {
  const read = READERS[p.word];
  if (read !== undefined) return read(p);
  if (isLabel(p)) return parseLabel(p);
  if (atAttributes(p)) return parseAttributedStatement(p);
  return parseExpressionStatement(p);
}

const READERS: Readonly<Record<string, (p: Parser) => StatementSyntax>> = {
  '{': parseCompound,
  ';': parseEmpty,
  if: parseIf,
  switch: parseSwitch,
  case: parseCase,
  default: parseDefault,
  goto: parseGoto,
  break: parseJump,
  continue: parseJump,
  return: parseReturn,
  asm: parseAsm,
  '}': expectedStatement,
  _Static_assert: parseStaticAssert,
};

function expectedStatement(p: Parser): StatementSyntax {
  syntaxError(p, 'expected statement');
  return { kind: 'error', ...rangeOf(p) };
}

function parseEmpty(p: Parser): StatementSyntax {
  const at = rangeOf(p);
  const { forgotten } = p;
  advance(p);
  return forgotten ? { kind: 'error', ...at } : { kind: 'empty', attributes: [], ...at };
}

function parseAttributedStatement(p: Parser): StatementSyntax {
  const start = startOf(p);
  const attributes = parseAttributes(p);
  if (p.word !== ';') return parseStatement(p);
  advance(p);
  return { kind: 'empty', attributes, ...since(p, start) };
}

function parseExpressionStatement(p: Parser): StatementSyntax {
  const start = startOf(p);
  const expr = parseExpression(p);
  if (p.panic) skipPast(p);
  else expectSemicolon(p, 'after expression');
  return { kind: 'expression', expr, ...since(p, start) };
}

/** `(condition)` of `if`, `while` and `switch`. */
export function parseCondition(p: Parser, keyword: string): ExprSyntax {
  if (STRAY.has(p.word) && wordAt(p, p.pos + 1) === '(') {
    syntaxError(p, `expected '(' after '${keyword}'`);
    advance(p);
    p.panic = false;
  }
  const open = rangeOf(p);
  if (p.word !== '(') {
    syntaxError(p, `expected '(' after '${keyword}'`);
    return p.word === '{' ? errorAt(p.lastEnd) : conditionWithoutParentheses(p);
  }
  if (!enterBracket(p)) return errorAt(open.start);
  advance(p);
  const expr = parseExpression(p);
  leaveBracket(p);
  if (p.panic) skipTo(p, CLOSING);
  expectClose(p, ')', open);
  p.panic = false;
  while (at(p, ')')) passExtra(p);
  return expr;
}

/** What can begin no expression. */
const STRAY = new Set(['}', ')', ']', '=', ',', '.', ':', '?']);

/** `if (f())) {` */
function passExtra(p: Parser): void {
  const range = rangeOf(p);
  const message = "extraneous ')' after condition, expected a statement";
  complain(p, 'c-syntax', range, message, { fix: removal(range, ')') });
  advance(p);
}

const CLOSING = new Set([')', ';', '{']);

function conditionWithoutParentheses(p: Parser): ExprSyntax {
  if (startsDeclaration(p)) {
    skipTo(p, CLOSING);
    return errorAt(p.lastEnd);
  }
  const expr = parseExpression(p);
  accept(p, ')');
  p.panic = false;
  return expr;
}

export function errorAt(place: Place): ExprSyntax {
  return { kind: 'error', start: place, end: place };
}

function parseIf(p: Parser): StatementSyntax {
  const start = startOf(p);
  advance(p);
  if (STATEMENT_WORDS.has(p.word)) return strayKeyword(p, 'if', start);
  const condition = parseCondition(p, 'if');
  const then = parseSubstatement(p);
  const otherwise = accept(p, 'else') ? parseSubstatement(p) : null;
  return { kind: 'if', condition, then, otherwise, ...since(p, start) };
}

/** The statement that another one governs. A declaration there is an error, but is read as one. */
export function parseSubstatement(p: Parser): StatementSyntax {
  if (p.escape) return { kind: 'error', ...rangeOf(p) };
  if (!startsDeclaration(p) || isLabel(p)) return parseStatement(p);
  syntaxError(p, 'expected expression');
  p.panic = false;
  const scope = openScope(p);
  const declaration = parseBlockDeclaration(p, []);
  closeScope(p, scope);
  return declaration;
}

/** `if return (x);`: the keyword before is too much, or all behind it is missing. */
export function strayKeyword(p: Parser, keyword: string, start: Place): StatementSyntax {
  syntaxError(p, `expected '(' after '${keyword}'`);
  skipStatement(p);
  return { kind: 'error', ...since(p, start) };
}

function parseSwitch(p: Parser): StatementSyntax {
  const start = startOf(p);
  advance(p);
  const value = parseCondition(p, 'switch');
  const body = parseSubstatement(p);
  return { kind: 'switch', value, body, ...since(p, start) };
}

/** Many labels in a row are read in a loop, not in one another. */
function parseCase(p: Parser): StatementSyntax {
  const start = startOf(p);
  advance(p);
  const value = parseConditional(p);
  const last = accept(p, '...') ? parseConditional(p) : null;
  if (p.panic) skipTo(p, CASE_END);
  expectColon(p, "after 'case'");
  const body = parseLabelled(p);
  return { kind: 'case', value, last, body, ...since(p, start) };
}

const CASE_END = new Set([':', ';', '{']);

function parseDefault(p: Parser): StatementSyntax {
  const start = startOf(p);
  advance(p);
  expectColon(p, "after 'default'");
  const body = parseLabelled(p);
  return { kind: 'default', body, ...since(p, start) };
}

function expectColon(p: Parser, behind: string): void {
  if (accept(p, ':')) {
    p.panic = false;
    return;
  }
  syntaxError(p, `expected ':' ${behind}`, { at: behindLast(p), fix: insertion(p, ':') });
  p.panic = false;
}

/** What a label stands before: a declaration (C23) or nothing at the end of a block, too. */
function parseLabelled(p: Parser): StatementSyntax {
  if (p.word === '}' || p.kind === TOKEN.end) {
    hint(p, 'label at end of compound statement is a C23 extension');
    return { kind: 'empty', attributes: [], ...behindLast(p) };
  }
  if (isLabel(p) || !(startsDeclaration(p) || declaresUnknownType(p))) return parseStatement(p);
  hint(p, 'label followed by a declaration is a C23 extension');
  return parseBlockDeclaration(p, []);
}

function hint(p: Parser, message: string): void {
  if (!p.panic) reportWarning(p.problems, 'c23-extensions', rangeOf(p), message);
}

function parseLabel(p: Parser): StatementSyntax {
  const start = startOf(p);
  const name = takeName(p);
  advance(p);
  const attributes = attributesHere(p);
  const body = p.word === ';' ? parseEmpty(p) : parseLabelled(p);
  return { kind: 'label', name, attributes, body, ...since(p, start) };
}

function parseGoto(p: Parser): StatementSyntax {
  const start = startOf(p);
  advance(p);
  if (accept(p, '*')) {
    const target = parseExpression(p);
    expectSemicolon(p, 'after goto statement');
    return { kind: 'computedGoto', target, ...since(p, start) };
  }
  if (!isIdentifier(p)) {
    syntaxError(p, 'expected identifier');
    skipPast(p);
    return { kind: 'error', ...since(p, start) };
  }
  const name = takeName(p);
  expectSemicolon(p, 'after goto statement');
  return { kind: 'goto', name, ...since(p, start) };
}

function parseJump(p: Parser): StatementSyntax {
  const start = startOf(p);
  const kind = p.word === 'break' ? 'break' : 'continue';
  advance(p);
  expectSemicolon(p, `after ${kind} statement`);
  return { kind, ...since(p, start) };
}

function parseReturn(p: Parser): StatementSyntax {
  const start = startOf(p);
  advance(p);
  const value = p.word === ';' || p.word === '}' ? null : parseExpression(p);
  if (p.panic) skipPast(p);
  else expectSemicolon(p, 'after return statement');
  return { kind: 'return', value, ...since(p, start) };
}

/** `__label__ a, b;` */
function parseLocalLabels(p: Parser): StatementSyntax {
  const start = startOf(p);
  const names: NameSyntax[] = [];
  advance(p);
  do {
    if (isIdentifier(p)) names.push(takeName(p));
    else expect(p, 'identifier', 'expected identifier');
  } while (!p.panic && accept(p, ','));
  expectSemicolon(p, 'after label declaration');
  return { kind: 'localLabels', names, ...since(p, start) };
}
