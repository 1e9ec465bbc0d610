import type { Fix } from '../../base/diagnostic.ts';
import type { Span } from '../../base/source.ts';
import type { Lexeme } from './lex.ts';
import type { TokenKind } from './syntax.ts';
import { report, type Unit } from './unit.ts';

/** Walks over the lexemes of one statement; parsers name the kind of each token and report the first mistake. */
export class Cursor {
  readonly unit: Unit;
  readonly lexemes: readonly Lexeme[];
  /** Set by the first mistake; what follows in the statement is not looked at. */
  failed = false;
  /** The statement was copied from a log: `5: (b7) r0 = 0`. */
  opcode: number | null = null;
  private at = 0;
  private readonly kinds: (TokenKind | undefined)[] = [];

  constructor(unit: Unit, lexemes: readonly Lexeme[]) {
    this.unit = unit;
    this.lexemes = lexemes;
  }

  get done(): boolean {
    return this.at >= this.lexemes.length;
  }

  peek(ahead = 0): Lexeme | null {
    return this.lexemes[this.at + ahead] ?? null;
  }

  /** The text of a lexeme ahead; empty past the end. */
  text(ahead = 0): string {
    return this.lexemes[this.at + ahead]?.text ?? '';
  }

  next(kind?: TokenKind): Lexeme | null {
    const lexeme = this.lexemes[this.at] ?? null;
    if (lexeme === null) return null;
    if (kind !== undefined) this.kinds[this.at] = kind;
    this.at++;
    return lexeme;
  }

  /** Steps over a lexeme with this text. */
  take(text: string, kind?: TokenKind): boolean {
    if (this.text() !== text) return false;
    this.next(kind);
    return true;
  }

  /** Steps over a lexeme with this text or reports that it is missing. */
  expect(text: string, kind?: TokenKind): boolean {
    return this.take(text, kind) || this.fail('unexpected-text', `expected ${text} here, ${this.found()}`);
  }

  /** In words: what stands at the cursor. */
  found(): string {
    const lexeme = this.peek();
    return lexeme === null ? 'but the line ends' : `found ${shorten(lexeme.text)}`;
  }

  /** The span of the lexeme at the cursor, or the place behind the last one. */
  here(): Span {
    const lexeme = this.peek();
    if (lexeme !== null) return { start: lexeme.start, end: lexeme.end };
    const end = this.lexemes.at(-1)?.end ?? 0;
    return { start: end, end };
  }

  /** The extent of all lexemes from this one up to the cursor. */
  since(first: Span): Span {
    return { start: first.start, end: Math.max(first.end, this.lexemes[this.at - 1]?.end ?? first.end) };
  }

  /** Reports a mistake, at the cursor if no span is given; always false. */
  fail(code: string, message: string, span: Span = this.here(), fix: Fix | null = null): false {
    if (!this.failed)
      report(this.unit, {
        code,
        severity: 'error',
        message: capital(message),
        span: anyWidth(span, this),
        related: [],
        fix,
      });
    this.failed = true;
    return false;
  }

  warn(code: string, message: string, span: Span, fix: Fix | null = null): void {
    report(this.unit, { code, severity: 'warning', message: capital(message), span, related: [], fix });
  }

  mark(ahead: number, kind: TokenKind): void {
    this.kinds[this.at + ahead] = kind;
  }

  kindOf(index: number): TokenKind | undefined {
    return this.kinds[index];
  }
}

/** A place behind the last lexeme is shown as that lexeme's last character: an empty span cannot be underlined. */
function anyWidth(span: Span, cursor: Cursor): Span {
  const last = cursor.lexemes.at(-1);
  if (span.end > span.start || last === undefined) return { start: span.start, end: span.end };
  return { start: Math.max(last.start, last.end - 1), end: last.end };
}

export function shorten(text: string): string {
  if (/^[\p{C}\p{Z}]$/u.test(text)) return codePoint(text);
  const clean = text.replaceAll(/(?! )[\p{C}\p{Z}]/gu, '\ufffd');
  return clean.length > 40 ? `${clean.slice(0, 40).replace(/[\ud800-\udbff]$/, '')}…` : clean;
}

/** A character that cannot be seen is named by its number: text from web pages has spaces that are none. */
function codePoint(text: string): string {
  return `U+${(text.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0')}`;
}

function capital(text: string): string {
  return /^[a-z][a-z ]*[a-z][ ,:;]/.test(text) ? text.charAt(0).toUpperCase() + text.slice(1) : text;
}
