/** Declarators, parameters and type names. Source: C11 6.7.6, 6.7.7. */
import type { Place, Range } from '../places.ts';
import type {
  AttributeSyntax,
  DeclaratorSyntax,
  DerivationSyntax,
  NameSyntax,
  QualifiersSyntax,
  TypeNameSyntax,
} from '../syntax.ts';
import { TOKEN } from '../tokens.ts';
import { atAttributes, parseAttributes } from './attributes.ts';
import { parseAssignment } from './expressions.ts';
import {
  accept,
  advance,
  closeScope,
  isIdentifier,
  NAME,
  nextIndex,
  nextWord,
  openScope,
  rangeOf,
  since,
  startOf,
  takeName,
  wordAt,
  type Parser,
} from './parser.ts';
import { parseParameters } from './parameters.ts';
import { complain, enter, enterBracket, expectClose, leave, leaveBracket, syntaxError } from './recover.ts';
import { parseSpecifiers } from './specifiers.ts';
import { unknownType } from './unknownType.ts';
import { QUALIFIER_WORDS, TYPE_WORDS } from './words.ts';

/** `named` and `member` must have a name, `abstract` has none, `either` is a parameter's. */
export type DeclaratorMode = 'named' | 'member' | 'abstract' | 'either';

export function parseDeclarator(p: Parser, mode: DeclaratorMode): DeclaratorSyntax {
  const start = startOf(p);
  if (!enter(p)) return emptyDeclarator(p);
  const pointers = parsePointers(p);
  const { name, inner } = parseDirect(p, mode);
  const derivations = [...inner, ...parseSuffixes(p, mode), ...pointers.reverse()];
  leave(p);
  return { name, derivations, ...declared(p, start) };
}

/** A declarator of nothing stands where the next token does. */
function declared(p: Parser, start: Place): Range {
  return p.lastEnd > start || p.lastEnd < 0 ? since(p, start) : { start, end: start };
}

export function emptyDeclarator(p: Parser): DeclaratorSyntax {
  return { name: null, derivations: [], start: p.lastEnd, end: p.lastEnd };
}

export function parseTypeName(p: Parser): TypeNameSyntax {
  const start = startOf(p);
  const read = parseSpecifiers(p);
  const specifiers = read.type.kind === 'missing' ? { ...read, type: unknownType(p, 'type name') } : read;
  const declarator = parseDeclarator(p, 'abstract');
  return { kind: 'typeName', specifiers, declarator, ...since(p, start) };
}

function parsePointers(p: Parser): DerivationSyntax[] {
  const found: DerivationSyntax[] = [];
  while (p.word === '*') {
    const start = startOf(p);
    advance(p);
    const { attributes, ...qualifiers } = parseQualifiers(p);
    found.push({ kind: 'pointer', ...qualifiers, attributes, ...since(p, start) });
  }
  return found;
}

type Qualified = { -readonly [K in keyof QualifiersSyntax]: boolean } & { attributes: AttributeSyntax[] };

function parseQualifiers(p: Parser): Qualified {
  const found: Qualified = { const: false, volatile: false, restrict: false, atomic: false, attributes: [] };
  for (;;) {
    if (p.word === 'const') found.const = true;
    else if (p.word === 'volatile') found.volatile = true;
    else if (p.word === 'restrict') found.restrict = true;
    else if (p.word === '_Atomic' && nextWord(p) !== '(') found.atomic = true;
    else if (p.word === '__attribute__') {
      found.attributes.push(...parseAttributes(p));
      continue;
    } else return found;
    advance(p);
  }
}

interface Direct {
  readonly name: NameSyntax | null;
  readonly inner: readonly DerivationSyntax[];
}

const NOTHING: Direct = { name: null, inner: [] };

function parseDirect(p: Parser, mode: DeclaratorMode): Direct {
  if (mode !== 'abstract' && isIdentifier(p)) return { name: takeName(p), inner: [] };
  if (p.word === '(' && opensDeclarator(p, mode)) return parseNested(p, mode);
  if (mode === 'named') syntaxError(p, "expected identifier or '('");
  if (mode === 'member') syntaxError(p, "expected member name or ';' after declaration specifiers");
  return NOTHING;
}

/** `(` begins a nested declarator, not the parameters of a function without a name (C11 6.7.6.3p11). */
function opensDeclarator(p: Parser, mode: DeclaratorMode): boolean {
  if (mode === 'named' || mode === 'member') return true;
  const next = nextIndex(p, p.pos);
  const word = wordAt(p, next);
  if (word === '*' || word === '[' || word === '(') return true;
  if (word === '__attribute__') return !attributesOfParameter(p, next);
  const identifier = p.tokens.kind[next] === TOKEN.identifier && next < p.limit;
  return mode === 'either' && identifier && p.names[p.tokens.atom[next]!] !== NAME.type;
}

/** `(__attribute__((x)) int a)` has specifiers behind the attributes. */
function attributesOfParameter(p: Parser, from: number): boolean {
  let depth = 0;
  for (let at = from + 1; at < p.limit; at++) {
    const word = wordAt(p, at);
    if (word === '(') depth++;
    else if (word === ')') depth--;
    if (depth > 0) continue;
    const behind = at + 1;
    return (
      TYPE_WORDS.has(wordAt(p, behind)) ||
      (p.tokens.kind[behind] === TOKEN.identifier && p.names[p.tokens.atom[behind]!] === NAME.type)
    );
  }
  return false;
}

function parseNested(p: Parser, mode: DeclaratorMode): Direct {
  const open = rangeOf(p);
  if (!enterBracket(p)) return NOTHING;
  advance(p);
  const before = atAttributes(p) ? parseAttributes(p) : [];
  const declarator = parseDeclarator(p, mode);
  leaveBracket(p);
  expectClose(p, ')', open);
  return { name: declarator.name, inner: withAttributes(declarator.derivations, before) };
}

/** Attributes behind the `(` belong to the pointer there. */
function withAttributes(
  derivations: readonly DerivationSyntax[],
  attributes: readonly AttributeSyntax[],
): readonly DerivationSyntax[] {
  const last = derivations.at(-1);
  if (attributes.length === 0 || last?.kind !== 'pointer') return derivations;
  return [...derivations.slice(0, -1), { ...last, attributes: [...attributes, ...last.attributes] }];
}

function parseSuffixes(p: Parser, mode: DeclaratorMode): DerivationSyntax[] {
  const found: DerivationSyntax[] = [];
  for (;;) {
    if (p.word === '[' && !atAttributes(p)) found.push(parseArray(p, mode));
    else if (p.word === '(') found.push(parseFunction(p));
    else return found;
  }
}

function parseArray(p: Parser, mode: DeclaratorMode): DerivationSyntax {
  const open = rangeOf(p);
  const none = { kind: 'array', const: false, volatile: false, restrict: false, atomic: false, star: false } as const;
  if (!enterBracket(p)) return { ...none, length: null, ...since(p, open.start) };
  advance(p);
  const qualifiers = { const: false, volatile: false, restrict: false };
  const { word } = p;
  while (p.word === 'static' || QUALIFIER_WORDS.has(p.word)) {
    if (p.word !== 'static') qualifiers[p.word as 'const'] = true;
    advance(p);
  }
  if (p.word !== word && mode !== 'either') forParametersOnly(p, word, open);
  const star = p.word === '*' && nextWord(p) === ']' && accept(p, '*');
  if (star && mode !== 'either') complain(p, 'c-declaration', open, 'star modifier used outside of function prototype');
  const length = star || p.word === ']' ? null : parseAssignment(p);
  leaveBracket(p);
  expectClose(p, ']', open);
  return { ...none, ...qualifiers, star, length, ...since(p, open.start) };
}

/** `int a[static 3]`, `int a[const]`. */
function forParametersOnly(p: Parser, word: string, at: Range): void {
  const what = word === 'static' ? "'static'" : 'type qualifier';
  complain(p, 'c-declaration', at, `${what} used in array declarator outside of function prototype`);
}

function parseFunction(p: Parser): DerivationSyntax {
  const open = rangeOf(p);
  const none = { kind: 'function', params: [], variadic: false, prototype: false } as const;
  if (!enterBracket(p)) return { ...none, ...since(p, open.start) };
  advance(p);
  const scope = openScope(p);
  const parameters = parseParameters(p);
  closeScope(p, scope);
  leaveBracket(p);
  expectClose(p, ')', open);
  return { kind: 'function', ...parameters, ...since(p, open.start) };
}
