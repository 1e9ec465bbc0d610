/** Errors of syntax, and how reading gets in step again after one. */
import type { Place, Range } from '../places.ts';
import { reportError, type ProblemFix, type ProblemNote } from '../problem.ts';
import { TOKEN } from '../tokens.ts';
import { accept, advance, isTypeName, moveTo, rangeOf, startOf, textOf, wordAt, type Parser } from './parser.ts';
import { STATEMENT_WORDS, STORAGE_WORDS, TYPE_WORDS } from './words.ts';

interface Details {
  readonly at?: Range;
  readonly notes?: readonly ProblemNote[];
  readonly fix?: ProblemFix | null;
}

/** Reports an error of syntax at the current token, unless one was reported from which reading has not recovered. */
export function syntaxError(p: Parser, message: string, details: Details = {}): void {
  if (!p.panic && p.errorPos !== p.pos)
    reportError(p.problems, 'c-syntax', details.at ?? rangeOf(p), message, {
      notes: details.notes ?? [],
      fix: details.fix ?? null,
    });
  p.panic = true;
  p.errorPos = p.pos;
}

/** Reports something that is wrong but does not keep the parser from reading on. */
export function complain(p: Parser, code: string, at: Range, message: string, details: Details = {}): void {
  if (!p.panic) reportError(p.problems, code, at, message, { notes: details.notes ?? [], fix: details.fix ?? null });
}

/** Right behind what was read last. */
export function behindLast(p: Parser): Range {
  return { start: p.lastEnd, end: p.lastEnd };
}

export function insertion(p: Parser, text: string): ProblemFix {
  return { title: `Insert '${text}'`, edits: [{ at: behindLast(p), text }] };
}

export function removal(at: Range, text: string): ProblemFix {
  return { title: `Remove '${text}'`, edits: [{ at, text: '' }] };
}

/** Steps over the word or says that it is missing; `message` where clang has more to say. */
export function expect(p: Parser, word: string, message = `expected '${word}'`): boolean {
  if (p.word === word) {
    advance(p);
    return true;
  }
  const isMark = /^\W+$/.test(word);
  syntaxError(p, message, isMark ? { at: behindLast(p), fix: insertion(p, word) } : {});
  return false;
}

/** The `;` behind something, as in `expected ';' after expression`. */
export function expectSemicolon(p: Parser, behind: string): void {
  if (p.word === ';') {
    if (p.forgotten) p.panic = false;
    return advance(p);
  }
  if ((p.word === ')' || p.word === ']') && wordAt(p, p.pos + 1) === ';' && !p.panic) {
    const { word } = p;
    const at = rangeOf(p);
    complain(p, 'c-syntax', at, `extraneous '${word}' before ';'`, { fix: removal(at, word) });
    advance(p);
    return advance(p);
  }
  const wasPanic = p.panic;
  syntaxError(p, `expected ';' ${behind}`, { at: behindLast(p), fix: insertion(p, ';') });
  if (wasPanic || !couldBegin(p)) skipPast(p);
  else p.panic = false;
}

/** What stands here may begin something new: it is on a line of its own, or can be nothing else. */
function couldBegin(p: Parser): boolean {
  if (p.word === '}' || p.kind === TOKEN.end || STATEMENT_WORDS.has(p.word)) return true;
  return TYPE_WORDS.has(p.word) || STORAGE_WORDS.has(p.word) || isTypeName(p) || onNewLine(p);
}

export function onNewLine(p: Parser): boolean {
  return isLineBetween(p, p.lastEnd, startOf(p));
}

function beginsLine(p: Parser, index: number): boolean {
  if (index >= p.limit || index === 0) return true;
  return isLineBetween(p, p.tokens.end[index - 1]!, p.tokens.place[index]!);
}

function isLineBetween(p: Parser, end: Place, start: Place): boolean {
  const last = p.places.written(end);
  const here = p.places.written(start);
  if (last === null || here === null || last.file !== here.file) return last !== here;
  return here.file.text.slice(last.offset, here.offset).includes('\n');
}

/** Where looking for a closing bracket ends. */
const CLOSING = { ')': new Set([')', ';', '{']), ']': new Set([']', ';', '{']), '}': new Set(['}', ';']) } as const;

/** The bracket that closes what was opened at `open`. */
export function expectClose(p: Parser, word: ')' | ']' | '}', open: Range): boolean {
  if (p.word === word) {
    advance(p);
    return true;
  }
  const opener = word === ')' ? '(' : word === ']' ? '[' : '{';
  syntaxError(p, `expected '${word}'`, { notes: [{ at: open, message: `to match this '${opener}'` }] });
  // A brace that was put in before the bracket that is looked for.
  if ((p.word === '}' && word !== '}' && closesOnLine(p, word)) || (p.word === '{' && isStrayBrace(p))) advance(p);
  skipTo(p, CLOSING[word]);
  if (word === '}') passStray(p, CLOSING[word]);
  if (p.word !== word) return false;
  advance(p);
  p.panic = false;
  return true;
}

/** From here on the current token is a `;` that is not there. */
export function forgetSemicolon(p: Parser): void {
  p.panic = false;
  p.forgotten = true;
  p.word = ';';
  p.kind = TOKEN.punctuator;
}

/** Behind the current token, the word stands on the same line, outside of brackets and before a `;`. */
function closesOnLine(p: Parser, word: string): boolean {
  const open: string[] = [];
  for (let at = p.pos + 1; at < p.limit && !beginsLine(p, at); at++) {
    const one = wordAt(p, at);
    if (open.length === 0 && (one === word || one === ';')) return one === word;
    const closer = OPENERS[one];
    if (closer !== undefined) open.push(closer);
    else if (one === open.at(-1)) open.pop();
  }
  return false;
}

/**
 * A brace in an expression that nobody meant as the beginning or end of a block: behind a `{` there is more on its line, but
 * no `}`; behind a `}` brackets close that were opened before.
 */
export function isStrayBrace(p: Parser): boolean {
  if (p.word === '}') return wordAt(p, p.pos + 1) !== ')' && (closesOnLine(p, ')') || closesOnLine(p, ']'));
  if (p.word !== '{' || beginsLine(p, p.pos + 1)) return false;
  let depth = 0;
  for (let at = p.pos; at < p.limit && (at === p.pos || !beginsLine(p, at)); at++) {
    const word = wordAt(p, at);
    if (word === '{') depth++;
    else if (word === '}' && --depth === 0) return false;
  }
  return true;
}

/** What may follow the `}` of a struct or enum: declarators, qualifiers, storage classes on the same line, an end. */
export function couldEndDeclaration(p: Parser): boolean {
  if (p.word === '' || p.kind === TOKEN.end) return p.kind === TOKEN.identifier && !(isTypeName(p) && onNewLine(p));
  if (FOLLOWERS.has(p.word)) return true;
  return (STORAGE_WORDS.has(p.word) || p.word === 'inline') && !onNewLine(p);
}

const FOLLOWERS = new Set([
  ';', '*', '(', ')', ',', ':', '[', '&', 'const', 'volatile', 'restrict', '_Atomic', '__attribute__', '_Alignas',
]); // prettier-ignore

/** Parentheses and square brackets that close nothing are passed over. */
function passStray(p: Parser, stops: ReadonlySet<string>): void {
  while (p.word === ')' || p.word === ']') {
    advance(p);
    skipTo(p, stops);
  }
}

const SEMICOLON = new Set([';']);

/** Goes on behind the next `;`, or before the `}` that ends what surrounds it; a block on the way ends it, too. */
export function skipPast(p: Parser): void {
  skipTo(p, SEMICOLON);
  passStray(p, SEMICOLON);
  if (p.word === ';') advance(p);
  p.panic = false;
}

const NONE: ReadonlySet<string> = new Set();

/** Behind the next `;` outside of brackets, whatever begins before it. */
export function skipStatement(p: Parser): void {
  skipTo(p, SEMICOLON, NONE);
  accept(p, ';');
  p.panic = false;
}

const OPENERS: Readonly<Record<string, string>> = { '(': ')', '[': ']', '{': '}' };

/**
 * Goes to the next of the words that is in no bracket, to a bracket that closes one around, to a statement, or to the end. Inside
 * parentheses that are not closed a `}` counts as closing what is around them.
 */
export function skipTo(p: Parser, stops: ReadonlySet<string>, beginnings: ReadonlySet<string> = BEGINNINGS): void {
  const open: string[] = [];
  const first = p.pos;
  while (p.kind !== TOKEN.end) {
    const { word } = p;
    if (open.length === 0 && (stops.has(word) || (p.pos !== first && beginnings.has(word)))) return;
    const closer = OPENERS[word];
    if (closer !== undefined) open.push(closer);
    else if ((word === ')' || word === ']' || word === '}') && !closed(open, word)) return;
    passOver(p);
  }
}

/** What is not read may declare something. */
export function passOver(p: Parser): void {
  if (p.kind === TOKEN.identifier) p.problems.skipped.add(textOf(p));
  advance(p);
}

/** Where one of these stands, a statement begins, whatever was before. */
const BEGINNINGS = new Set(['for', 'if', 'switch', 'return', 'do', 'goto', 'break', 'continue', 'case']);

/** Takes a closing bracket off the open ones; false when it closes none of them. */
function closed(open: string[], word: string): boolean {
  if (open.length === 0) return false;
  if (word !== '}') {
    if (open.at(-1) === word) open.pop();
    return true;
  }
  const brace = open.lastIndexOf('}');
  if (brace === -1) return false;
  open.length = brace;
  return true;
}

/** clang's `-fbracket-depth`. */
const MOST_BRACKETS = 256;

/** Enters a bracket; false, with everything else given up, when that is too deep. */
export function enterBracket(p: Parser): boolean {
  if (++p.brackets <= MOST_BRACKETS) return true;
  syntaxError(p, 'bracket nesting level exceeded maximum of 256');
  giveUp(p);
  return false;
}

export function leaveBracket(p: Parser): void {
  p.brackets--;
}

/** Trees that are deeper help nobody and end the stack of those who walk over them. */
const DEEPEST = 1000;

/** Enters something that nests without brackets (`else if`, `!!!x`); false, with everything given up, when too deep. */
export function enter(p: Parser): boolean {
  if (++p.nesting <= DEEPEST) return true;
  syntaxError(p, 'this nests too deep to be compiled (more than 1000 levels)');
  giveUp(p);
  return false;
}

export function leave(p: Parser): void {
  p.nesting--;
}

function giveUp(p: Parser): void {
  moveTo(p, p.limit);
  p.errorPos = p.pos;
  p.forgotten = false;
  p.panic = true;
  p.escape = true;
}

/** Place of a forgotten token as a range. */
export function pointAt(place: Place): Range {
  return { start: place, end: place };
}
