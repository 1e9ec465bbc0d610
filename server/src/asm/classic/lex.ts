import type { Lexeme, LexemeKind } from '../assembler/lex.ts';

/** One line's lexemes; comments stand apart. */
export interface Line {
  readonly lexemes: readonly Lexeme[];
  readonly comments: readonly Lexeme[];
}

/** Nobody writes such a line by hand, and keeping all of it would take a lot of memory. */
export const MOST_LEXEMES = 100_000;

/**
 * Text to lines of lexemes. Comments are `; …` (bpf_asm), `// …`, C's block comments, and `#` at the start of a line. What
 * stands behind the hundred thousandth lexeme of a line is left out.
 */
export function* linesOf(text: string): Generator<Line> {
  const lexer = new Lexer(text);
  let lexemes: Lexeme[] = [];
  let comments: Lexeme[] = [];
  for (;;) {
    const lexeme = lexer.next(lexemes.length === 0);
    if (lexeme === null || lexeme.kind === 'end') {
      if (lexemes.length + comments.length > 0) yield { lexemes, comments };
      lexemes = [];
      comments = [];
      if (lexeme === null) return;
    } else if (lexeme.kind === 'comment') comments.push(lexeme);
    else if (lexemes.length < MOST_LEXEMES) lexemes.push(lexeme);
  }
}

const PATTERNS: readonly (readonly [LexemeKind, RegExp])[] = [
  ['end', /\r?\n|\r/y],
  ['comment', /;[^\r\n]*|\/\/[^\r\n]*|\/\*/y],
  ['word', /[A-Za-z_.$][\w.$]*/y],
  ['number', /[0-9]\w*/y],
  ['operator', /[-+*&()[\]{},:#%=<>|!~/]/y],
  // Letters beyond ASCII and unprintable characters: one finding for a run of them.
  // oxlint-disable-next-line no-control-regex
  ['bad', /[^\r\n\t !-~]+|[^\r\n]/y],
];

const BLANK = /[ \t\f\v]*/y;
const TO_LINE_END = /[^\r\n]*/y;

class Lexer {
  private readonly text: string;
  private at = 0;
  /** Where the last comment's end was sought in vain: there is none behind it either. */
  private unclosedFrom = Number.POSITIVE_INFINITY;

  constructor(text: string) {
    this.text = text;
  }

  /** `first` says that the line holds nothing yet; null at the end of the text. */
  next(first: boolean): Lexeme | null {
    const start = endOf(BLANK, this.text, this.at);
    if (start >= this.text.length) return null;
    if (first && this.text[start] === '#') return this.lexeme('comment', start, endOf(TO_LINE_END, this.text, start));
    for (const [kind, pattern] of PATTERNS) {
      const end = endOf(pattern, this.text, start);
      if (end > start) return this.lexeme(kind, start, kind === 'comment' ? this.commentEnd(start, end) : end);
    }
    return this.lexeme('bad', start, start + 1);
  }

  private lexeme(kind: LexemeKind, start: number, end: number): Lexeme {
    this.at = end;
    return { kind, start, end, text: this.text.slice(start, end) };
  }

  /** A comment that is never closed ends with its line, so that the lines behind it are still read. */
  private commentEnd(start: number, end: number): number {
    if (!this.text.startsWith('/*', start)) return end;
    const close = start < this.unclosedFrom ? this.text.indexOf('*/', end) : -1;
    if (close !== -1) return close + 2;
    this.unclosedFrom = Math.min(this.unclosedFrom, start);
    return endOf(TO_LINE_END, this.text, start);
  }
}

/** The end of what `pattern` (sticky) matches at `at`; `at` itself where it does not match. */
function endOf(pattern: RegExp, text: string, at: number): number {
  pattern.lastIndex = at;
  return pattern.test(text) ? pattern.lastIndex : at;
}
