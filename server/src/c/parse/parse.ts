/**
 * The parser: tokens to the tree as written, by recursive descent. It never fails; every error of syntax is reported, and
 * reading goes on behind it. Source: C11 (N1570) annex A.2; GNU C; the words of messages are clang's (v19).
 */
import type { Places } from '../places.ts';
import { newProblems, type Problems } from '../problem.ts';
import type { ExternalSyntax, UnitSyntax } from '../syntax.ts';
import { TOKEN, type Tokens } from '../tokens.ts';
import { parseExternal } from './externals.ts';
import { advance, newParser, rangeOf, type Parser } from './parser.ts';
import { complain, removal } from './recover.ts';

export interface ParsedUnit {
  readonly unit: UnitSyntax;
  /** Grows when a body is read that had been put off. */
  readonly problems: Problems;
}

export function parse(tokens: Tokens, places: Places, problems: Problems = newProblems()): ParsedUnit {
  const p = newParser(tokens, places, problems);
  const externals: ExternalSyntax[] = [];
  while (p.kind !== TOKEN.end) {
    const { pos } = p;
    p.escape = false;
    p.panic = p.panic && p.errorPos === p.pos;
    readOne(p, externals);
    p.undo.length = 0;
    if (p.pos === pos && !p.escape) advance(p);
  }
  return { unit: { externals }, problems };
}

function readOne(p: Parser, externals: ExternalSyntax[]): void {
  if (p.word === ';') advance(p);
  else if (p.word === '}') {
    p.panic = false;
    const at = rangeOf(p);
    complain(p, 'c-syntax', at, "extraneous closing brace ('}')", { fix: removal(at, '}') });
    advance(p);
  } else {
    const external = parseExternal(p);
    if (external !== null) externals.push(external);
  }
}
