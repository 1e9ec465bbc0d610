/**
 * The parser: tokens to the tree as written, by recursive descent. It never fails; every error of syntax is reported, and
 * reading goes on behind it. Source: C11 (N1570) annex A.2; GNU C; the words of messages are clang's (v19).
 */
import type { Places } from '../places.ts';
import { newProblems, type Problems } from '../problem.ts';
import type { ExternalSyntax, UnitSyntax } from '../syntax.ts';
import { TOKEN, type Tokens } from '../tokens.ts';
import { parseExternal } from './externals.ts';
import { canBePutOff, headerDeclarations, newHeaderIndex, putOff, type HeaderIndex } from './headers.ts';
import { readAt } from './later.ts';
import { advance, isPutOff, newParser, rangeOf, type Parser } from './parser.ts';
import { complain, removal } from './recover.ts';

export interface ParsedUnit {
  readonly unit: UnitSyntax;
  /** Grows when a body is read that had been put off. */
  readonly problems: Problems;
}

export function parse(tokens: Tokens, places: Places, problems: Problems = newProblems()): ParsedUnit {
  const p = newParser(tokens, places, problems);
  const index = newHeaderIndex();
  const externals: ExternalSyntax[] = [];
  while (p.kind !== TOKEN.end) {
    const { pos } = p;
    p.escape = false;
    p.panic = p.panic && p.errorPos === p.pos;
    readOne(p, externals, index);
    p.undo.length = 0;
    if (p.pos === pos && !p.escape) advance(p);
  }
  return { unit: { externals, headers: headerDeclarations(index, p) }, problems };
}

function readOne(p: Parser, externals: ExternalSyntax[], index: HeaderIndex): void {
  if (p.word === ';') advance(p);
  else if (p.word === '}') extraneousBrace(p);
  else if (isPutOff(p)) readPutOff(p, externals, index);
  else keep(parseExternal(p), externals, index);
}

function extraneousBrace(p: Parser): void {
  p.panic = false;
  const at = rangeOf(p);
  complain(p, 'c-syntax', at, "extraneous closing brace ('}')", { fix: removal(at, '}') });
  advance(p);
}

function keep(read: ExternalSyntax | null, externals: ExternalSyntax[], index: HeaderIndex): void {
  if (read === null) return;
  index.before.push(index.starts.length);
  externals.push(read);
}

/** Reads it for its names only; the tree is made again when somebody asks for it, which costs less than to keep it. */
function readPutOff(p: Parser, externals: ExternalSyntax[], index: HeaderIndex): void {
  const start = p.pos;
  const { state } = p.pragmas;
  p.tags.length = 0;
  p.enumerators.length = 0;
  p.namesOnly = true;
  const read = parseExternal(p);
  p.namesOnly = false;
  if (read === null) return;
  if (canBePutOff(read)) putOff(index, p, start, state, read);
  else keep(readAt(p, start, state, parseExternal), externals, index);
}
