/** `__attribute__((…))` and `[[…]]`. */
import type { AttributeSyntax, ExprSyntax } from '../syntax.ts';
import { TOKEN } from '../tokens.ts';
import { plainAttributeName } from './attributeText.ts';
import { parseAssignment } from './expressions.ts';
import { advance, accept, kindOf, nextWord, since, startOf, textOf, rangeOf, wordAt, type Parser } from './parser.ts';
import { complain, enterBracket, expect, expectClose, leaveBracket, skipTo, syntaxError } from './recover.ts';
import { startsType } from './specifiers.ts';
import { parseTypeName } from './declarators.ts';

/** All that stand here, one behind the other. */
export function parseAttributes(p: Parser): AttributeSyntax[] {
  const found: AttributeSyntax[] = [];
  while (atAttributes(p)) {
    if (p.word === '__attribute__') parseGnu(p, found);
    else parseStandard(p, found);
  }
  return found;
}

const NONE: readonly AttributeSyntax[] = [];

/** As `parseAttributes`; the one empty list when there are none. */
export function attributesHere(p: Parser): readonly AttributeSyntax[] {
  return atAttributes(p) ? parseAttributes(p) : NONE;
}

export function atAttributes(p: Parser): boolean {
  if (p.word !== '[') return p.word === '__attribute__';
  if (nextWord(p) !== '[') return false;
  const kind = kindOf(p, p.pos + 2);
  return kind === TOKEN.identifier || kind === TOKEN.keyword || wordAt(p, p.pos + 2) === ']';
}

function parseGnu(p: Parser, found: AttributeSyntax[]): void {
  advance(p);
  if (!expect(p, '(', "expected '(' after 'attribute'")) return;
  if (!expect(p, '(', "expected '(' after '('")) return closeRest(p, 1);
  parseList(p, found, ')');
  if (closeGnu(p)) closeGnu(p);
}

const CLOSING = new Set([')', ';', '{']);

function closeGnu(p: Parser): boolean {
  if (expect(p, ')')) return true;
  skipTo(p, CLOSING);
  if (!accept(p, ')')) return false;
  p.panic = false;
  return true;
}

/** After an error inside: behind the attribute's brackets. */
function closeRest(p: Parser, brackets: number): void {
  for (let left = brackets; left > 0; left--) {
    skipTo(p, new Set([')', ';']));
    if (!accept(p, ')')) return;
  }
  p.panic = false;
}

function parseStandard(p: Parser, found: AttributeSyntax[]): void {
  const open = rangeOf(p);
  advance(p);
  const inner = rangeOf(p);
  advance(p);
  parseList(p, found, ']');
  if (expectClose(p, ']', inner)) expectClose(p, ']', open);
}

function parseList(p: Parser, found: AttributeSyntax[], closer: string): void {
  for (;;) {
    while (accept(p, ','));
    if (p.word === closer || p.kind === TOKEN.end) return;
    if (p.kind !== TOKEN.identifier && p.kind !== TOKEN.keyword) return syntaxError(p, 'expected identifier');
    found.push(parseAttribute(p));
    if (p.word !== ',') return;
  }
}

function parseAttribute(p: Parser): AttributeSyntax {
  const start = startOf(p);
  let name = textOf(p);
  advance(p);
  if (accept(p, '::') || (p.word === ':' && nextWord(p) === ':' && twoColons(p))) {
    name = textOf(p);
    advance(p);
  }
  const plain = plainAttributeName(name);
  const args = p.word === '(' ? parseArguments(p, plain) : [];
  return { name: plain, args, ...since(p, start) };
}

function twoColons(p: Parser): boolean {
  advance(p);
  advance(p);
  return true;
}

function parseArguments(p: Parser, name: string): ExprSyntax[] {
  const open = rangeOf(p);
  const args: ExprSyntax[] = [];
  if (!enterBracket(p)) return args;
  advance(p);
  while (p.word !== ')' && p.kind !== TOKEN.end) {
    args.push(parseArgument(p, name));
    if (!accept(p, ',')) break;
  }
  leaveBracket(p);
  expectClose(p, ')', open);
  return args;
}

/** Attributes whose argument is a text. */
const OF_TEXT = new Set(['section', 'error', 'warning', 'btf_decl_tag', 'btf_type_tag', 'visibility', 'alias']);

/** A type as an argument (`iptr(int)`) is read, but nobody asks for one. */
function parseArgument(p: Parser, name: string): ExprSyntax {
  const start = startOf(p);
  if (p.kind === TOKEN.keyword && startsType(p)) {
    if (OF_TEXT.has(name))
      complain(p, 'c-attribute', rangeOf(p), `expected string literal as argument of '${name}' attribute`);
    parseTypeName(p);
    return { kind: 'error', ...since(p, start) };
  }
  return parseAssignment(p);
}
