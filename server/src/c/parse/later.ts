/**
 * Bodies in headers are stepped over and read only when somebody asks for them: of the tens of thousands in a vmlinux.h a
 * program needs a hundred.
 */
import { TOKEN, punctuatorAtom } from '../tokens.ts';
import { advance, closeScope, moveTo, openScope, type Parser } from './parser.ts';
import type { PragmaState } from './pragmas.ts';
import { WORDS } from './words.ts';

const OPEN = punctuatorAtom('{');
const CLOSE = punctuatorAtom('}');
const ENUM = WORDS.indexOf('enum');
const STRUCT = WORDS.indexOf('struct');
const UNION = WORDS.indexOf('union');

/**
 * From `{` to behind its `}`. False, and nothing is stepped over, when the members must be read at once: they declare
 * names or tags that are seen outside, or a pragma is among them.
 */
export function skipRecordBody(p: Parser): boolean {
  const close = closeOf(p, true);
  if (close === -1) return false;
  moveTo(p, close);
  advance(p);
  return true;
}

/** A body of which everything is known. */
export function skipUnchanged(p: Parser): boolean {
  const { first } = p.tokens;
  const end = p.unchanged.get(p.pos + first);
  if (end === undefined) return false;
  moveTo(p, end - first - 1);
  advance(p);
  return true;
}

export function skipFunctionBody(p: Parser): boolean {
  const close = closeOf(p, false);
  if (close === -1) return false;
  moveTo(p, close);
  advance(p);
  return true;
}

/** Index of the `}` for the `{` at the current token; -1 when there is none or the body has to be read at once. */
function closeOf(p: Parser, record: boolean): number {
  const { kind, atom } = p.tokens;
  let depth = 0;
  for (let at = p.pos; at < p.limit; at++) {
    const one = atom[at]!;
    if (kind[at] === TOKEN.pragma) return -1;
    if (kind[at] === TOKEN.punctuator) {
      if (one === OPEN) depth++;
      else if (one === CLOSE && --depth === 0) return at;
    } else if (kind[at] === TOKEN.keyword && isTagWord(one)) {
      if (record && declaresOutside(p, at, one)) return -1;
      p.mentioned[atom[at + 1]!] = 1;
    }
    if (depth > MOST_DEEP) return -1;
  }
  return -1;
}

/** Deeper ones are read at once, so that the error is reported. */
const MOST_DEEP = 100;

function isTagWord(keyword: number): boolean {
  return keyword === STRUCT || keyword === UNION || keyword === ENUM;
}

/** `enum {` and `enum e {` declare enumerators, `struct s {` a tag. */
function declaresOutside(p: Parser, at: number, keyword: number): boolean {
  const { kind, atom } = p.tokens;
  const isTagged = kind[at + 1] === TOKEN.identifier;
  const behind = isTagged ? at + 2 : at + 1;
  return (isTagged || keyword === ENUM) && kind[behind] === TOKEN.punctuator && atom[behind] === OPEN;
}

/** Reads what begins at a token when it is first asked for. Everything in the file is known by then. */
export function readLater<T>(p: Parser, from: number, read: (p: Parser) => T): () => T {
  let result: { readonly value: T } | null = null;
  const { state } = p.pragmas;
  return () => {
    result ??= { value: readAt(p, from, state, read) };
    return result.value;
  };
}

export function readAt<T>(p: Parser, from: number, state: PragmaState, read: (p: Parser) => T): T {
  const before = p.pragmas.state;
  const { pos, kind, word, lastEnd, forgotten, panic, errorPos, escape, brackets, nesting } = p;
  const scope = openScope(p);
  Object.assign(p, { forgotten: false, panic: false, errorPos: -1, escape: false, brackets: 0, nesting: 0 });
  moveTo(p, from);
  p.pragmas.state = state;
  const value = read(p);
  p.pragmas.state = before;
  closeScope(p, scope);
  Object.assign(p, { pos, kind, word, lastEnd, forgotten, panic, errorPos, escape, brackets, nesting });
  return value;
}
