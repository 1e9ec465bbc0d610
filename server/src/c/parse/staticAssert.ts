import { reportWarning } from '../problem.ts';
import type { StaticAssertSyntax } from '../syntax.ts';
import { TOKEN } from '../tokens.ts';
import { parseConditional } from './expressions.ts';
import { accept, advance, rangeOf, startOf, since, type Parser } from './parser.ts';
import { expectSemicolon, syntaxError } from './recover.ts';
import { parenthesised } from './specifiers.ts';
import { joinedStrings } from './strings.ts';

/** `_Static_assert(condition, "message");` (C11 6.7.10); the message may be missing, as in C23. */
export function parseStaticAssert(p: Parser): StaticAssertSyntax {
  const start = startOf(p);
  advance(p);
  let message: string | null = null;
  const condition = parenthesised(p, () => {
    const expr = parseConditional(p);
    if (accept(p, ',')) message = parseMessage(p);
    else if (p.word === ')')
      reportWarning(p.problems, 'c23-extensions', rangeOf(p), "'_Static_assert' with no message is a C23 extension");
    return expr;
  });
  expectSemicolon(p, 'after static assertion');
  const range = since(p, start);
  return { kind: 'staticAssert', condition: condition ?? { kind: 'error', ...range }, message, ...range };
}

function parseMessage(p: Parser): string | null {
  if (p.kind === TOKEN.string) return joinedStrings(p);
  syntaxError(p, 'expected string literal for diagnostic message in static_assert');
  return null;
}
