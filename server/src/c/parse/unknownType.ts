/** What to say where a type should stand and none does. */
import { nearest } from '../../asm/assembler/nearest.ts';
import type { Range } from '../places.ts';
import type { TypeSpecifierSyntax } from '../syntax.ts';
import { TOKEN } from '../tokens.ts';
import {
  advance,
  isIdentifier,
  kindOf,
  NAME,
  nextIndex,
  rangeOf,
  TAG,
  takeName,
  textOf,
  wordAt,
  type Parser,
} from './parser.ts';
import { complain, pointAt, syntaxError } from './recover.ts';
import { BASIC_WORDS } from './words.ts';

export type TypePlace = 'member' | 'parameter' | 'type name' | 'declaration';

/** The type of specifiers that have none; the current token is behind them. */
export function unknownType(p: Parser, where: TypePlace): TypeSpecifierSyntax {
  if (isIdentifier(p) && (where === 'member' || where === 'type name' || beforeDeclarator(p))) return takeUnknown(p);
  if (isIdentifier(p) || where === 'declaration' || where === 'parameter') return implicitInt(p);
  const message = where === 'member' ? 'type name requires a specifier or qualifier' : 'expected a type';
  syntaxError(p, message);
  return { kind: 'unknown', name: { text: '', ...pointAt(p.lastEnd) }, ...pointAt(p.lastEnd) };
}

function implicitInt(p: Parser): TypeSpecifierSyntax {
  if (!isIdentifier(p) && p.word !== '(' && p.word !== '*') {
    syntaxError(p, "expected identifier or '('");
    return { kind: 'missing', ...pointAt(p.lastEnd) };
  }
  const message = "type specifier missing, defaults to 'int'; ISO C99 and later do not support implicit int";
  complain(p, 'implicit-int', rangeOf(p), message, {
    fix: { title: "Insert 'int'", edits: [{ at: pointAt(rangeOf(p).start), text: 'int ' }] },
  });
  return { kind: 'missing', ...pointAt(p.lastEnd) };
}

/** An identifier with a name, a `*` and a name, or another declarator behind it was meant as a type. */
export function beforeDeclarator(p: Parser): boolean {
  let at = nextIndex(p, p.pos);
  if (kindOf(p, at) === TOKEN.identifier || BASIC_WORDS.has(wordAt(p, at))) return true;
  while (wordAt(p, at) === '*' || wordAt(p, at) === 'const' || wordAt(p, at) === 'volatile') {
    at = nextIndex(p, at);
    if (kindOf(p, at) === TOKEN.identifier) return true;
    if (wordAt(p, at) === ')' || wordAt(p, at) === ',') return true;
  }
  return false;
}

function takeUnknown(p: Parser): TypeSpecifierSyntax {
  const text = textOf(p);
  const at = rangeOf(p);
  const kind = p.tagKinds[p.tokens.atom[p.pos]!];
  if (kind !== 0 && kind !== undefined) return takeTag(p, kind);
  reportUnknown(p, text, at);
  const name = takeName(p);
  while (BASIC_WORDS.has(p.word)) advance(p);
  return { kind: 'unknown', name, ...at };
}

/** In C++ the name alone would do. */
function takeTag(p: Parser, kind: number): TypeSpecifierSyntax {
  const tag = takeName(p);
  const at = { start: tag.start, end: tag.end };
  const word = kind === TAG.enum ? 'enum' : kind === TAG.union ? 'union' : 'struct';
  const edits = [{ at: pointAt(tag.start), text: `${word} ` }];
  complain(p, 'c-unknown-type', at, `must use '${word}' tag to refer to type '${tag.text}'`, {
    fix: { title: `Insert '${word}'`, edits },
  });
  if (word === 'enum') return { kind: 'enum', tag, values: null, attributes: [], underlying: null, ...at };
  const union = word === 'union';
  return { kind: 'record', union, tag, defined: false, members: null, attributes: [], packBytes: null, ...at };
}

export function reportUnknown(p: Parser, text: string, at: Range): void {
  if (p.panic || p.problems.skipped.has(text)) return;
  const meant = p.problems.list.length < MOST_SUGGESTIONS ? nearest(text, typeNames(p, text)) : null;
  const hint = meant === null ? '' : `; did you mean '${meant}'?`;
  const fix = meant === null ? null : { title: `Change to '${meant}'`, edits: [{ at, text: meant }] };
  complain(p, 'c-unknown-type', at, `unknown type name '${text}'${hint}`, { fix });
}

/** Looking for near names costs time; behind so many findings there is another cause, mostly a header that is missing. */
const MOST_SUGGESTIONS = 30;

/** Names of types that are about as long. */
function* typeNames(p: Parser, text: string): Iterable<string> {
  for (let atom = 0; atom < p.names.length; atom++) {
    if (p.names[atom] !== NAME.type) continue;
    const name = p.tokens.atoms.text(atom);
    if (Math.abs(name.length - text.length) <= 2) yield name;
  }
}
