/** Declarations with their init-declarators, in blocks and outside of functions. Source: C11 6.7. */
import type {
  AttributeSyntax,
  DeclarationSyntax,
  DeclaratorSyntax,
  InitDeclaratorSyntax,
  SpecifiersSyntax,
} from '../syntax.ts';
import { TOKEN } from '../tokens.ts';
import { parseAsmLabel } from './asm.ts';
import { attributesHere } from './attributes.ts';
import { parseDeclarator } from './declarators.ts';
import { parseInitializer } from './initializers.ts';
import {
  NAME,
  accept,
  advance,
  bind,
  isIdentifier,
  isKnownType,
  kindOf,
  meaning,
  moveTo,
  nextIndex,
  rangeOf,
  since,
  startOf,
  textOf,
  wordAt,
  type Parser,
} from './parser.ts';
import {
  complain,
  expectSemicolon,
  forgetSemicolon,
  insertion,
  onNewLine,
  skipPast,
  skipTo,
  syntaxError,
} from './recover.ts';
import { parseSpecifiers, startsDeclaration } from './specifiers.ts';
import { unknownType } from './unknownType.ts';
import { STATEMENT_WORDS } from './words.ts';

/** A declaration of a block or in the head of a `for`, with its `;`. */
export function parseBlockDeclaration(p: Parser, before: readonly AttributeSyntax[], inFor = false): DeclarationSyntax {
  p.panic = p.panic && p.errorPos === p.pos;
  const first = p.pos;
  const start = before[0]?.start ?? startOf(p);
  const onOwnLine = onNewLine(p);
  const specifiers = typed(p, parseSpecifiers(p, before));
  const declarators = p.word === ';' ? [] : parseInitDeclarators(p, specifiers);
  if (p.word === '{' && !p.panic && isFunction(declarators)) nestedFunction(p, first, onOwnLine);
  else if (!inFor) endOfDeclaration(p, 'at end of declaration');
  else if (!p.panic) expectInFor(p);
  return { kind: 'declaration', specifiers, declarators, ...since(p, start) };
}

/** Behind the first or second part of a `for`. */
export function expectInFor(p: Parser): void {
  if (accept(p, ';')) return;
  syntaxError(p, "expected ';' in 'for' statement specifier", { fix: insertion(p, ';') });
}

export function typed(p: Parser, read: SpecifiersSyntax): SpecifiersSyntax {
  if (read.type.kind !== 'missing' || p.word === ';') return read;
  return { ...read, type: unknownType(p, 'declaration') };
}

export function endOfDeclaration(p: Parser, where: string): void {
  if (p.panic) skipPast(p);
  else expectSemicolon(p, where);
}

export function isFunction(declarators: readonly InitDeclaratorSyntax[]): boolean {
  const [only] = declarators;
  return declarators.length === 1 && only?.init === null && only.declarator.derivations[0]?.kind === 'function';
}

/**
 * A function at the beginning of a line inside another one: the `}` of the one around is missing. Everything up to the
 * file level is left, where the function is read again.
 */
function nestedFunction(p: Parser, first: number, onOwnLine: boolean): void {
  if (!onOwnLine || !atLineStart(p, first)) {
    syntaxError(p, 'function definition is not allowed here');
    skipBody(p);
    return;
  }
  moveTo(p, first);
  p.lastEnd = p.tokens.end[first - 1] ?? p.lastEnd;
  p.escape = true;
}

/** Nothing but the token is at the beginning of its line: such are definitions at file level. */
export function atLineStart(p: Parser, index: number): boolean {
  const at = p.places.written(p.tokens.place[index]!);
  return at !== null && (at.offset === 0 || at.file.text[at.offset - 1] === '\n');
}

/** A body in braces, with all that is before it. */
export function skipBody(p: Parser): void {
  let depth = 0;
  for (; p.kind !== TOKEN.end; advance(p)) {
    if (p.word === '{') depth++;
    if (p.word === '}' && --depth === 0) break;
    if (p.kind === TOKEN.identifier) p.problems.skipped.add(textOf(p));
  }
  advance(p);
  p.panic = false;
}

export function parseInitDeclarators(p: Parser, specifiers: SpecifiersSyntax): InitDeclaratorSyntax[] {
  const found = [parseInitDeclarator(p, specifiers)];
  while (!p.panic && p.word === ',') {
    const comma = rangeOf(p);
    advance(p);
    if (meantSemicolon(p)) {
      const fix = { title: "Change to ';'", edits: [{ at: comma, text: ';' }] };
      complain(p, 'c-syntax', comma, "expected ';' at end of declaration", { fix });
      forgetSemicolon(p);
      break;
    }
    found.push(parseInitDeclarator(p, specifiers));
  }
  return found;
}

/** Behind a `,`, something else begins on the next line. */
function meantSemicolon(p: Parser): boolean {
  return onNewLine(p) && (startsDeclaration(p) || STATEMENT_WORDS.has(p.word));
}

function parseInitDeclarator(p: Parser, specifiers: SpecifiersSyntax): InitDeclaratorSyntax {
  const start = startOf(p);
  const before = attributesHere(p);
  const declarator = parseDeclarator(p, 'named');
  return restOfInitDeclarator(p, specifiers, declarator, before, start);
}

export function restOfInitDeclarator(
  p: Parser,
  specifiers: SpecifiersSyntax,
  declarator: DeclaratorSyntax,
  before: readonly AttributeSyntax[],
  start: number,
): InitDeclaratorSyntax {
  const early = attributesHere(p);
  const label = parseAsmLabel(p);
  const attributes = [...before, ...early, ...attributesHere(p)];
  declareName(p, specifiers, declarator);
  const init = accept(p, '=') ? parseInitializer(p) : null;
  if (init !== null && p.panic) nextDeclarator(p);
  return { declarator, attributes, label, init, ...since(p, start) };
}

/** Behind a wrong initialiser the next name is declared all the same. */
function nextDeclarator(p: Parser): void {
  skipTo(p, AFTER_INITIALIZER);
  if (p.word === ',') p.panic = false;
}

const AFTER_INITIALIZER = new Set([',', ';']);

/** A name is known right behind its declarator (C11 6.2.1p7). At file level a type stays one, whatever is declared again. */
export function declareName(p: Parser, specifiers: SpecifiersSyntax, { name }: DeclaratorSyntax): void {
  if (name === null || (p.brackets === 0 && isKnownType(p, name.text))) return;
  bind(p, name, specifiers.storage === 'typedef' ? NAME.type : NAME.object);
}

/** `foo_t x`, `foo_t *x = …`, where nothing of that name is known: meant as a declaration. */
export function declaresUnknownType(p: Parser): boolean {
  if (!isIdentifier(p) || meaning(p) !== NAME.unknown) return false;
  let at = nextIndex(p, p.pos);
  const stars = wordAt(p, at) === '*';
  while (wordAt(p, at) === '*') at = nextIndex(p, at);
  if (kindOf(p, at) !== TOKEN.identifier) return false;
  const behind = wordAt(p, nextIndex(p, at));
  return behind === '=' || behind === ';' || behind === ',' || (!stars && behind === '[');
}
