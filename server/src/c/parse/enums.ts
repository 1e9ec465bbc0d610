/** `enum` specifiers. Source: C11 6.7.2.2; the underlying type is C23's 6.7.3.3. */
import type { Range } from '../places.ts';
import type { EnumSyntax, ExprSyntax, NameSyntax, TypeNameSyntax } from '../syntax.ts';
import { TOKEN } from '../tokens.ts';
import { attributesHere } from './attributes.ts';
import { emptyDeclarator } from './declarators.ts';
import { parseConditional } from './expressions.ts';
import {
  NAME,
  TAG,
  accept,
  advance,
  bind,
  isIdentifier,
  rangeOf,
  since,
  startOf,
  takeName,
  type Parser,
} from './parser.ts';
import {
  behindLast,
  complain,
  enterBracket,
  expectClose,
  insertion,
  leaveBracket,
  skipTo,
  syntaxError,
} from './recover.ts';
import { endOfDefinition } from './records.ts';
import { parseSpecifiers } from './specifiers.ts';

type Value = Range & { readonly name: NameSyntax; readonly value: ExprSyntax | null };

export function parseEnum(p: Parser): EnumSyntax {
  const start = startOf(p);
  advance(p);
  const attributes = [...attributesHere(p)];
  if (isIdentifier(p)) p.tagKinds[p.tokens.atom[p.pos]!] = TAG.enum;
  const tag = isIdentifier(p) ? takeName(p) : null;
  const underlying = p.word === ':' && tagOrBody(p, tag) ? parseUnderlying(p) : null;
  const values = p.word === '{' ? parseValues(p) : null;
  if (values !== null && tag !== null) p.tags.push(tag.text);
  if (values === null && tag === null) syntaxError(p, "expected identifier or '{'");
  if (values !== null) attributes.push(...attributesHere(p));
  const range = since(p, start);
  if (values !== null) endOfDefinition(p, 'enum');
  return { kind: 'enum', tag, values, attributes, underlying, ...range };
}

/** `enum e : 3` is a bit-field of an enum that is known already. */
function tagOrBody(p: Parser, tag: NameSyntax | null): boolean {
  const at = p.tokens.kind[p.pos + 1];
  return tag === null || at === TOKEN.keyword || at === TOKEN.identifier;
}

function parseUnderlying(p: Parser): TypeNameSyntax {
  advance(p);
  const start = startOf(p);
  const specifiers = parseSpecifiers(p);
  return { kind: 'typeName', specifiers, declarator: emptyDeclarator(p), ...since(p, start) };
}

/** From `{` to `}`. */
function parseValues(p: Parser): Value[] {
  const open = rangeOf(p);
  const values: Value[] = [];
  if (!enterBracket(p)) return values;
  advance(p);
  if (p.word === '}') complain(p, 'c-syntax', rangeOf(p), 'use of empty enum');
  while (p.word !== '}' && p.kind !== TOKEN.end) if (!parseValue(p, values)) break;
  leaveBracket(p);
  expectClose(p, '}', open);
  return values;
}

/** One enumerator with its comma; false when reading cannot go on here. */
function parseValue(p: Parser, values: Value[]): boolean {
  const start = startOf(p);
  if (!isIdentifier(p)) {
    syntaxError(p, 'expected identifier');
    skipTo(p, COMMA);
    p.panic = false;
    return accept(p, ',');
  }
  const name = takeName(p);
  attributesHere(p);
  const value = accept(p, '=') ? parseNumber(p) : null;
  bind(p, name, NAME.object);
  p.enumerators.push(name.text);
  if (!p.namesOnly) values.push({ name, value, ...since(p, start) });
  return nextValue(p);
}

function parseNumber(p: Parser): ExprSyntax | null {
  if (!p.namesOnly) return parseConditional(p);
  skipTo(p, COMMA);
  return null;
}

const COMMA = new Set([',']);

function nextValue(p: Parser): boolean {
  if (p.panic) {
    skipTo(p, COMMA);
    p.panic = false;
  }
  if (accept(p, ',') || p.word === '}') return true;
  if (!isIdentifier(p)) return false;
  complain(p, 'c-syntax', behindLast(p), "missing ',' between enumerators", { fix: insertion(p, ',') });
  return true;
}
