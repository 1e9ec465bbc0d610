/**
 * The parser: tokens to the tree as written, by recursive descent. It never fails; every error of syntax is reported, and
 * reading goes on behind it. Source: C11 (N1570) annex A.2; GNU C; the words of messages are clang's (v19).
 */
import type { Places } from '../places.ts';
import { newProblems, type Problems } from '../problem.ts';
import type { ExternalSyntax, UnitSyntax } from '../syntax.ts';
import { joinedTokens, TOKEN, tokensUpTo, type Tokens } from '../tokens.ts';
import { parseExternal } from './externals.ts';
import {
  canBePutOff,
  headerDeclarations,
  layered,
  newHeaderIndex,
  putOff,
  type DeclaredIndex,
  type HeaderIndex,
  type HeaderStart,
} from './headers.ts';
import { externalsOf, knownIndex, type GrownIndex, type KnownIndex } from './knownIndex.ts';
import { readAt } from './later.ts';
import { advance, isPutOff, newParser, parserAfter, parserAtEnd, rangeOf, type Parser } from './parser.ts';
import { complain, removal } from './recover.ts';

export interface ParsedUnit {
  readonly unit: UnitSyntax;
  /** Grows when a body is read that had been put off. */
  readonly problems: Problems;
}

/** Tokens with which several units begin; the same object for all of them. */
export interface SharedStart {
  readonly tokenCount: number;
  /** Those with which still more units begin. */
  readonly start?: SharedStart | null;
  /** What parsing them gave in an earlier session. */
  readonly index?: KnownIndex | null;
  /** To be told what parsing them gave. */
  readonly keep?: SharedKeep | null;
}

export interface SharedKeep {
  /** Of the tokens' spellings. */
  readonly atomCount: number;
  readonly index: (known: GrownIndex) => void;
}

/** Bodies that are unchanged are read when they are asked for: there is nothing to complain of. */
export function parse(
  tokens: Tokens,
  places: Places,
  problems: Problems = newProblems(),
  shared: SharedStart | null = null,
  unchanged: Parser['unchanged'] = new Map(),
): ParsedUnit {
  const known = shared === null || shared.tokenCount === 0 ? null : beginningOf(shared, tokens, places);
  if (known === null) return parseFrom(newParser(joinedTokens(tokens), places, problems), null, problems, unchanged);
  problems.list.push(...known.found.list);
  for (const parser of known.parsers) parser.problems = problems;
  return parseFrom(parserAfter(known.parser, tokens, places, problems), known, problems, unchanged);
}

function parseFrom(p: Parser, known: Beginning | null, problems: Problems, unchanged: Parser['unchanged']): ParsedUnit {
  p.unchanged = unchanged;
  const index = newHeaderIndex();
  const externals = readAll(p, index);
  const own = headerDeclarations(index, p);
  if (known === null) return { unit: { externals, headers: own }, problems };
  const all = [...known.externals, ...externals];
  return { unit: { externals: all, headers: layered(known, known.externals.length, own) }, problems };
}

function readAll(p: Parser, index: HeaderIndex): ExternalSyntax[] {
  const externals: ExternalSyntax[] = [];
  while (p.kind !== TOKEN.end) {
    const { pos } = p;
    p.escape = false;
    p.panic = p.panic && p.errorPos === p.pos;
    readOne(p, externals, index);
    p.undo.length = 0;
    if (p.pos === pos && !p.escape) advance(p);
  }
  return externals;
}

/** What a shared start says, which does not change. */
interface Beginning extends HeaderStart {
  readonly parser: Parser;
  /** All that may read declarations later. */
  readonly parsers: readonly Parser[];
  readonly externals: readonly ExternalSyntax[];
  readonly found: Problems;
}

/** Null where it ends amid a declaration, or is wrong otherwise. */
const beginnings = new WeakMap<SharedStart, Beginning | null>();

function beginningOf(shared: SharedStart, tokens: Tokens, places: Places): Beginning | null {
  let known = beginnings.get(shared);
  if (known === undefined) beginnings.set(shared, (known = readBeginning(shared, tokens, places)));
  return known;
}

function readBeginning(shared: SharedStart, tokens: Tokens, places: Places): Beginning | null {
  const before = shared.start ? beginningOf(shared.start, tokens, places) : null;
  const found = newProblems();
  found.list.push(...(before?.found.list ?? []));
  const part = tokensUpTo(tokens, shared.tokenCount);
  if (before !== null) return beginningAfter(before, parserAfter(before.parser, part, places, found), found);
  const own = joinedTokens(part);
  if (shared.index) {
    const parser = parserAtEnd(own, places, found, shared.index);
    return firstBeginning(shared.index.index, parser, found, externalsOf(shared.index.index, parser));
  }
  return wholeBeginning(newParser(own, places, found), found, shared.keep);
}

/** `keep` is told of the index. */
function wholeBeginning(parser: Parser, found: Problems, keep: SharedKeep | null = null): Beginning | null {
  const index = newHeaderIndex();
  const externals = readAll(parser, index);
  if (found.errors > 0) return null;
  const known = keep === null || found.list.length > 0 ? null : knownIndex(parser, index, externals, keep.atomCount);
  if (known !== null) keep?.index(known);
  return firstBeginning(index, parser, found, externals);
}

function firstBeginning(
  index: DeclaredIndex,
  parser: Parser,
  found: Problems,
  externals: readonly ExternalSyntax[],
): Beginning {
  const declarations = headerDeclarations(index, parser);
  return { parser, parsers: [parser], externals, found, count: index.starts.length, declarations };
}

function beginningAfter(before: Beginning, parser: Parser, found: Problems): Beginning | null {
  const own = wholeBeginning(parser, found);
  if (own === null) return null;
  return {
    parser,
    parsers: [...before.parsers, parser],
    externals: [...before.externals, ...own.externals],
    found,
    count: before.count + own.count,
    declarations: layered(before, before.externals.length, own.declarations),
  };
}

function readOne(p: Parser, externals: ExternalSyntax[], index: HeaderIndex): void {
  if (p.word === ';') advance(p);
  else if (p.word === '}') extraneousBrace(p);
  else if (isPutOff(p)) readPutOff(p, externals, index);
  else readNow(p, externals, index);
}

function extraneousBrace(p: Parser): void {
  p.panic = false;
  const at = rangeOf(p);
  complain(p, 'c-syntax', at, "extraneous closing brace ('}')", { fix: removal(at, '}') });
  advance(p);
}

function readNow(p: Parser, externals: ExternalSyntax[], index: HeaderIndex): void {
  const { pos: start, pragmas } = p;
  const { state } = pragmas;
  const read = parseExternal(p);
  if (read === null) return;
  index.externals.push({ start, end: p.pos, state, before: index.starts.length });
  externals.push(read);
}

/** Reads it for its names only; the tree is made again when somebody asks for it, which costs less than to keep it. */
function readPutOff(p: Parser, externals: ExternalSyntax[], index: HeaderIndex): void {
  const { pos: start, pragmas } = p;
  const { state } = pragmas;
  p.tags.length = 0;
  p.enumerators.length = 0;
  p.namesOnly = true;
  const read = parseExternal(p);
  p.namesOnly = false;
  if (read === null) return;
  if (canBePutOff(read)) return putOff(index, p, start, state, read);
  const whole = readAt(p, start, state, parseExternal);
  if (whole === null) return;
  index.externals.push({ start, end: p.pos, state, before: index.starts.length });
  externals.push(whole);
}
