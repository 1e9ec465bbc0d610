/** What stands outside of functions. Source: C11 6.9. */
import type {
  AttributeSyntax,
  CompoundSyntax,
  DeclarationSyntax,
  DeclaratorSyntax,
  DerivationSyntax,
  ExternalSyntax,
  FunctionSyntax,
  FunctionTokens,
  InitDeclaratorSyntax,
  SpecifiersSyntax,
} from '../syntax.ts';
import type { Place } from '../places.ts';
import { TOKEN } from '../tokens.ts';
import {
  atLineStart,
  isFunction,
  parseInitDeclarators,
  restOfInitDeclarator,
  skipBody,
  typed,
} from './blockDeclaration.ts';
import { attributesHere } from './attributes.ts';
import { parseDeclarator } from './declarators.ts';
import { readLater, skipFunctionBody, skipUnchanged } from './later.ts';
import { parseOldParameters } from './parameters.ts';
import {
  accept, advance, bind, closeScope, isPutOff, NAME, nextIndex, openScope, since, startOf, wordAt, type Parser,
} from './parser.ts'; // prettier-ignore
import type { PragmaState } from './pragmas.ts';
import { expectSemicolon, passOver, skipPast, skipTo, syntaxError } from './recover.ts';
import { parenthesised, parseSpecifiers, startsDeclaration } from './specifiers.ts';
import { parseBlock } from './statements.ts';
import { parseStaticAssert } from './staticAssert.ts';
import { joinedStrings } from './strings.ts';

/** Null after an error that left nothing. */
export function parseExternal(p: Parser): ExternalSyntax | null {
  const { pos } = p;
  const { errors } = p.problems;
  const external = parseOne(p);
  const isFirst = p.tokens.first + pos === 0;
  if (p.problems.errors > errors && !isFirst && !atLineStart(p, pos)) skipToMargin(p);
  return external;
}

/** What is wrong and stands further in is the rest of a function that has ended too early. */
function skipToMargin(p: Parser): void {
  while (p.kind !== TOKEN.end && !atLineStart(p, p.pos)) passOver(p);
  if (p.word !== '}') return;
  advance(p);
  accept(p, ';');
}

function parseOne(p: Parser): ExternalSyntax | null {
  while (p.word === '__extension__') advance(p);
  if (p.word === '_Static_assert') return parseStaticAssert(p);
  if (p.word === 'asm') return parseFileAsm(p);
  if (!startsExternal(p)) {
    syntaxError(p, "expected identifier or '('");
    if (p.word === '{') skipBody(p);
    else {
      advance(p);
      skipPast(p);
    }
    return null;
  }
  return parseDeclarationOrFunction(p);
}

const STARTS = new Set(['*', '(', '__attribute__', '[']);

function startsExternal(p: Parser): boolean {
  return p.kind === TOKEN.identifier || startsDeclaration(p) || STARTS.has(p.word);
}

function parseFileAsm(p: Parser): ExternalSyntax {
  const start = startOf(p);
  advance(p);
  accept(p, 'volatile');
  parenthesised(p, () => {
    if (p.kind === TOKEN.string) joinedStrings(p);
    else syntaxError(p, "expected string literal in 'asm'");
  });
  expectSemicolon(p, 'after top-level asm block');
  return { kind: 'fileAsm', ...since(p, start) };
}

/** Where a declaration or function begins. */
interface Begun {
  readonly start: Place;
  readonly token: number;
  /** As it was there. */
  readonly complaints: number;
  readonly state: PragmaState;
}

function begun(p: Parser): Begun {
  return { start: startOf(p), token: p.pos, complaints: p.problems.list.length, state: p.pragmas.state };
}

function parseDeclarationOrFunction(p: Parser): ExternalSyntax {
  const from = begun(p);
  const specifiers = typed(p, pushed(p, parseSpecifiers(p)));
  if (accept(p, ';')) return { kind: 'declaration', specifiers, declarators: [], ...since(p, from.start) };
  const at = startOf(p);
  const before = attributesHere(p);
  const declarator = parseDeclarator(p, 'named');
  passBeforeBody(p, declarator);
  if (isDefinition(p, declarator)) return parseFunction(p, specifiers, declarator, before, from);
  return parseRest(p, specifiers, restOfInitDeclarator(p, specifiers, declarator, before, at), from);
}

/** With what `#pragma clang attribute push` gives to functions and variables. */
function pushed(p: Parser, specifiers: SpecifiersSyntax): SpecifiersSyntax {
  const more = p.pragmas.state.pushed.filter(({ functions, variables }) => functions || variables);
  if (more.length === 0 || specifiers.storage === 'typedef') return specifiers;
  return { ...specifiers, attributes: [...specifiers.attributes, ...more.flatMap((one) => one.attributes)] };
}

const BEHIND_DECLARATOR = new Set(['{', ';', ',', '=']);

/** One word too many between a function's declarator and its body. */
function passBeforeBody(p: Parser, { derivations: [first] }: DeclaratorSyntax): void {
  if (first?.kind !== 'function' || p.panic || BEHIND_DECLARATOR.has(p.word)) return;
  if (wordAt(p, nextIndex(p, p.pos)) !== '{') return;
  syntaxError(p, 'expected function body after function declarator');
  advance(p);
  p.panic = false;
}

/** Old-style declarations of parameters may stand before the body. */
function isDefinition(p: Parser, declarator: DeclaratorSyntax): boolean {
  const [first] = declarator.derivations;
  if (first?.kind !== 'function' || p.panic) return false;
  return p.word === '{' || (isOldList(first) && startsDeclaration(p));
}

/** `f(a, b)`, whose types follow. */
function isOldList({ prototype, params }: Extract<DerivationSyntax, { kind: 'function' }>): boolean {
  return !prototype && params[0]?.specifiers.type.kind === 'missing';
}

function parseRest(
  p: Parser,
  specifiers: SpecifiersSyntax,
  first: InitDeclaratorSyntax,
  from: Begun,
): DeclarationSyntax | FunctionSyntax {
  if (isFunction([first]) && isDefinition(p, first.declarator))
    return parseFunction(p, specifiers, first.declarator, first.attributes, from, first.label);
  if (isFunction([first]) && meantAsBody(p)) missingBody(p);
  const declarators = !p.panic && accept(p, ',') ? [first, ...parseInitDeclarators(p, specifiers)] : [first];
  endOfExternal(p);
  return { kind: 'declaration', specifiers, declarators, ...since(p, from.start) };
}

const AFTER = 'after top level declarator';

/** After an error a body is passed over with its declaration. */
function endOfExternal(p: Parser): void {
  if (!p.panic) return expectSemicolon(p, AFTER);
  skipTo(p, BODY);
  if (p.word === '{') skipBody(p);
  else accept(p, ';');
  p.panic = false;
}

const BODY = new Set(['{', ';']);
const NOTHING: ReadonlySet<string> = new Set();

const BODY_WORDS = new Set(['return', 'if', 'for', 'while', 'do', 'switch', 'goto', 'break', 'continue']);

function meantAsBody(p: Parser): boolean {
  return BODY_WORDS.has(p.word);
}

/** `int f(void) return 0; }` */
function missingBody(p: Parser): void {
  syntaxError(p, 'expected function body after function declarator');
  skipTo(p, NOTHING);
  p.panic = false;
  p.word = p.word === '}' ? '' : p.word;
  if (p.kind !== TOKEN.end) advance(p);
  p.panic = true;
}

function parseFunction(
  p: Parser,
  specifiers: SpecifiersSyntax,
  written: DeclaratorSyntax,
  attributes: readonly AttributeSyntax[],
  begun: Begun,
  label: string | null = null,
): FunctionSyntax {
  if (written.name !== null) bind(p, written.name, NAME.object);
  const declarator = p.word === '{' ? written : withOldParameters(p, written);
  const lazy = isPutOff(p);
  const from = p.pos;
  const fixed = { kind: 'function', specifiers, declarator, attributes, label } as const;
  const isLater = skipUnchanged(p) || (lazy && skipFunctionBody(p));
  const body = isLater ? null : parseBody(p, declarator);
  const tokens = lazy ? null : tokensOf(p, begun, from);
  if (body !== null) return { ...fixed, body, tokens, ...since(p, begun.start) };
  const later = readLater(p, from, (inner) => parseBody(inner, declarator));
  return {
    ...fixed,
    get body() {
      return later();
    },
    tokens,
    ...since(p, begun.start),
  };
}

function tokensOf(p: Parser, { token, complaints, state }: Begun, body: number): FunctionTokens | null {
  const holdsBehind = p.pragmas.state !== state || p.pragmas.unroll !== null;
  if (p.problems.list.length > complaints || holdsBehind || p.tokens.kind[p.pos - 1] === TOKEN.pragma) return null;
  const { first } = p.tokens;
  return { first: first + token, body: first + body, end: first + p.pos };
}

/** The parameters hide types of the same names. */
function parseBody(p: Parser, declarator: DeclaratorSyntax): CompoundSyntax {
  const scope = openScope(p);
  if (p.word !== '{') {
    syntaxError(p, 'expected function body after function declarator');
    skipPast(p);
    return { kind: 'compound', items: [], start: p.lastEnd, end: p.lastEnd };
  }
  const [first] = declarator.derivations;
  if (first?.kind === 'function')
    for (const { declarator: param } of first.params) if (param.name !== null) bind(p, param.name, NAME.object);
  const body = parseBlock(p);
  closeScope(p, scope);
  return body;
}

function withOldParameters(p: Parser, written: DeclaratorSyntax): DeclaratorSyntax {
  const [first, ...rest] = written.derivations;
  if (first?.kind !== 'function') return written;
  const params = parseOldParameters(p, first.params);
  return { ...written, derivations: [{ ...first, params }, ...rest] };
}
