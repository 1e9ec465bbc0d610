/** Initialisers and their designators. Source: C11 6.7.9; GNU's ranges and `name:`. */
import type { Place } from '../places.ts';
import type { InitializerSyntax, InitItemSyntax, InitListSyntax, NameSyntax } from '../syntax.ts';
import { TOKEN } from '../tokens.ts';
import { atAttributes } from './attributes.ts';
import { parseAssignment, parseConditional } from './expressions.ts';
import {
  accept,
  at,
  advance,
  isIdentifier,
  nextWord,
  rangeOf,
  since,
  startOf,
  takeName,
  wordAt,
  type Parser,
} from './parser.ts';
import { enterBracket, expect, expectClose, leaveBracket, skipTo, syntaxError } from './recover.ts';

export function parseInitializer(p: Parser): InitializerSyntax {
  return p.word === '{' ? parseInitList(p) : parseAssignment(p);
}

/** From `{` to `}`. */
export function parseInitList(p: Parser): InitListSyntax {
  const open = rangeOf(p);
  const items: InitItemSyntax[] = [];
  if (!enterBracket(p)) return { kind: 'initList', items, ...open };
  advance(p);
  while (p.word !== '}' && p.kind !== TOKEN.end) {
    items.push(parseItem(p));
    if (p.panic) inStep(p);
    if (!accept(p, ',')) break;
  }
  leaveBracket(p);
  expectClose(p, '}', open);
  return { kind: 'initList', items, ...since(p, open.start) };
}

/** After an error in one item: at the next one, if the list goes on. */
function inStep(p: Parser): void {
  skipTo(p, STOPS);
  while (p.word === ')' || p.word === ']' || (p.word === ';' && listGoesOn(p))) {
    advance(p);
    skipTo(p, STOPS);
  }
  if (p.word === ',' || p.word === '}') p.panic = false;
}

const STOPS = new Set([',', ';']);

/** The list's `}` comes before the next `;`: the one here is there by mistake. */
function listGoesOn(p: Parser): boolean {
  let depth = 0;
  for (let at = p.pos + 1; at < p.limit && at < p.pos + FARTHEST; at++) {
    const word = wordAt(p, at);
    if (word === ';') return false;
    if (word === '{') depth++;
    if (word === '}' && depth-- === 0) return true;
  }
  return false;
}

const FARTHEST = 200;

function parseItem(p: Parser): InitItemSyntax {
  const start = startOf(p);
  const designators = parseDesignators(p);
  const value = parseInitializer(p);
  return { designators, value, ...since(p, start) };
}

type Designator = InitItemSyntax['designators'][number];

function parseDesignators(p: Parser): Designator[] {
  if (isIdentifier(p) && nextWord(p) === ':') {
    const name = takeName(p);
    advance(p);
    return [{ kind: 'member', name, start: name.start, end: name.end }];
  }
  if (p.word !== '.' && p.word !== '[') return [];
  const found: Designator[] = [];
  while (p.word === '.' || (p.word === '[' && !atAttributes(p)))
    found.push(p.word === '.' ? parseMemberDesignator(p) : parseIndexDesignator(p));
  // GNU allows `[1] value`; with a member it is a mistake.
  if (found.at(-1)?.kind === 'member' || at(p, '=')) expect(p, '=', "expected '=' or another designator");
  return found;
}

function parseMemberDesignator(p: Parser): Designator {
  const start = startOf(p);
  advance(p);
  const name = memberName(p, "expected a field designator, such as '.field = 4'");
  return { kind: 'member', name, ...since(p, start) };
}

/** A member's name; an empty one after reporting that there is none. */
export function memberName(p: Parser, message = 'expected identifier'): NameSyntax {
  if (isIdentifier(p)) return takeName(p);
  const at: Place = p.lastEnd;
  syntaxError(p, message);
  return { text: '', start: at, end: at };
}

export function parseIndexDesignator(p: Parser): Designator {
  const open = rangeOf(p);
  advance(p);
  if (!enterBracket(p)) return { kind: 'index', index: { kind: 'error', ...open }, last: null, ...open };
  const index = parseConditional(p);
  const last = accept(p, '...') ? parseConditional(p) : null;
  leaveBracket(p);
  expectClose(p, ']', open);
  return { kind: 'index', index, last, ...since(p, open.start) };
}
