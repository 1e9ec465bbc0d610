/** Inline assembly: `asm volatile goto ("template" : outputs : inputs : clobbers : labels)`. Source: GCC manual 6.47. */
import type { Range } from '../places.ts';
import type { AsmOperandSyntax, AsmSyntax, NameSyntax, StatementSyntax } from '../syntax.ts';
import { TOKEN } from '../tokens.ts';
import { parseExpression } from './expressions.ts';
import { accept, advance, isIdentifier, rangeOf, since, startOf, takeName, textOf, type Parser } from './parser.ts';
import { enterBracket, expect, expectClose, expectSemicolon, leaveBracket, skipPast, syntaxError } from './recover.ts';
import { parenthesised } from './specifiers.ts';
import { joinedStrings } from './strings.ts';

export function parseAsm(p: Parser): StatementSyntax {
  const start = startOf(p);
  advance(p);
  const { volatile, goto } = parseModifiers(p);
  const parts = parseParts(p, goto);
  if (p.panic || parts === null) {
    skipPast(p);
    return { kind: 'error', ...since(p, start) };
  }
  expectSemicolon(p, 'after asm statement');
  return { kind: 'asm', volatile, goto, ...parts, ...since(p, start) };
}

function parseModifiers(p: Parser): { volatile: boolean; goto: boolean } {
  const found = { volatile: false, goto: false };
  for (; ; advance(p)) {
    if (p.word === 'volatile') found.volatile = true;
    else if (p.word === 'goto') found.goto = true;
    else if (p.word !== 'inline') return found;
  }
}

type Parts = Omit<AsmSyntax, 'kind' | 'volatile' | 'goto' | keyof Range>;

function parseParts(p: Parser, goto: boolean): Parts | null {
  const open = rangeOf(p);
  if (!expect(p, '(', "expected '(' after 'asm'") || !enterBracket(p)) return null;
  const templateAt = rangeOf(p);
  const template = parseString(p);
  const colons = new Colons(p);
  const parts: Parts = {
    template,
    templateAt,
    outputs: colons.next() ? parseOperands(p) : [],
    inputs: colons.next() ? parseOperands(p) : [],
    clobbers: colons.next() ? parseClobbers(p) : [],
    labels: goto && colons.next() ? parseLabels(p) : [],
  };
  if (goto && parts.labels.length === 0) syntaxError(p, "expected ':'");
  leaveBracket(p);
  expectClose(p, ')', open);
  return parts;
}

/** `::` is two colons with nothing between them. */
class Colons {
  private readonly p: Parser;
  private left = false;

  constructor(p: Parser) {
    this.p = p;
  }

  next(): boolean {
    if (this.left) {
      this.left = false;
      return true;
    }
    if (accept(this.p, '::')) {
      this.left = true;
      return true;
    }
    return accept(this.p, ':');
  }
}

function parseString(p: Parser): string {
  if (p.kind === TOKEN.string) return joinedStrings(p);
  syntaxError(p, "expected string literal in 'asm'");
  return '';
}

function parseOperands(p: Parser): AsmOperandSyntax[] {
  const found: AsmOperandSyntax[] = [];
  while (p.word === '[' || p.kind === TOKEN.string) {
    found.push(parseOperand(p));
    if (p.panic || !accept(p, ',')) break;
  }
  return found;
}

/** `[name] "constraint" (expression)`. */
function parseOperand(p: Parser): AsmOperandSyntax {
  const start = startOf(p);
  let name: string | null = null;
  if (accept(p, '[')) {
    name = textOf(p);
    if (isIdentifier(p) || p.kind === TOKEN.keyword) advance(p);
    else syntaxError(p, 'expected identifier');
    expect(p, ']');
  }
  const constraint = parseString(p);
  const expr = parenthesised(p, () => parseExpression(p));
  const range = since(p, start);
  return { name, constraint, expr: expr ?? { kind: 'error', ...range }, ...range };
}

function parseClobbers(p: Parser): string[] {
  const found: string[] = [];
  while (p.kind === TOKEN.string) {
    found.push(joinedStrings(p));
    if (!accept(p, ',')) break;
  }
  return found;
}

function parseLabels(p: Parser): NameSyntax[] {
  const found: NameSyntax[] = [];
  do {
    if (!isIdentifier(p)) {
      syntaxError(p, 'expected identifier');
      break;
    }
    found.push(takeName(p));
  } while (accept(p, ','));
  return found;
}

/** `asm("name")` behind a declarator; null when there is none. */
export function parseAsmLabel(p: Parser): string | null {
  if (p.word !== 'asm') return null;
  advance(p);
  return parenthesised(p, () => parseString(p));
}
