/**
 * Text to lexemes, one line at a time. A line's end and a `;` between statements end a statement. Comments are
 * `// ...`, `# ...` and C's block comments. A `;` begins a comment at the start of a line (there the kernel's log and bpftool
 * show source lines), behind an instruction copied from a log (`5: (b7) r0 = 0 ; R0_w=0`), and where the words behind
 * it cannot be a statement.
 */
import type { Span } from '../../base/source.ts';
import { nearest } from './nearest.ts';
import { STATEMENT_WORDS } from './tables.ts';

export type LexemeKind = 'word' | 'number' | 'string' | 'operator' | 'bad' | 'comment' | 'end';

/** `end` closes a statement; its text is `;` or a line break, or nothing at the end of the file. */
export interface Lexeme extends Span {
  readonly kind: LexemeKind;
  readonly text: string;
}

export class Lexer {
  readonly text: string;
  private at = 0;
  private lineStart = 0;
  private lineHasContent = false;
  /** Where the last comment's end was sought in vain: there is none behind it either. */
  private unclosedFrom = Number.POSITIVE_INFINITY;

  constructor(text: string) {
    this.text = text;
  }

  /** The next lexeme; null at the end of the file. */
  next(): Lexeme | null {
    this.at = skip(BLANK, this.text, this.at);
    if (this.at >= this.text.length) return null;
    const start = this.at;
    const code = this.text.charCodeAt(start);
    if (isLineEnd(code)) return this.lineEnd(start);
    const kind = this.kindAt(start, code);
    this.at = Math.max(start + 1, this.at);
    if (kind !== 'comment') this.lineHasContent = true;
    return { kind, start, end: this.at, text: this.text.slice(start, this.at) };
  }

  private lineEnd(start: number): Lexeme {
    this.at = start + 1;
    this.lineStart = this.at;
    this.lineHasContent = false;
    return { kind: 'end', start, end: this.at, text: '\n' };
  }

  private kindAt(start: number, code: number): LexemeKind {
    if (code === SEMICOLON) return this.semicolon(start);
    if (this.comment(start, code)) return 'comment';
    if (code === QUOTE || code === APOSTROPHE) return this.quoted(start, code);
    if (isDigit(code) && !this.lineHasContent && matches(STATE_LINE, this.text, start))
      return this.to(this.lineEndFrom(start), 'comment');
    if (isDigit(code)) return this.to(skip(NUMBER, this.text, start), 'number');
    const word = skip(WORD, this.text, start);
    if (word > start && !this.signedOperator(start, word)) return this.to(word, 'word');
    const operator = skip(OPERATOR, this.text, start);
    if (operator > start) return this.to(operator, 'operator');
    return this.to(skip(BAD, this.text, start), 'bad');
  }

  private to(end: number, kind: LexemeKind): LexemeKind {
    this.at = end;
    return kind;
  }

  /** `s>>`, `s<` and their like begin with a letter. */
  private signedOperator(start: number, end: number): boolean {
    return end === start + 1 && skip(OPERATOR, this.text, start) > start + 1;
  }

  private semicolon(start: number): LexemeKind {
    const comments =
      !this.lineHasContent || matches(LOG_LINE, this.text, this.lineStart) || cannotBeStatement(this.text, start + 1);
    return comments ? this.to(this.lineEndFrom(start), 'comment') : this.to(start + 1, 'end');
  }

  private comment(start: number, code: number): boolean {
    const next = this.text.charCodeAt(start + 1);
    if (code === SLASH && next === STAR) {
      this.at = this.commentEnd(start);
      return true;
    }
    if ((code === SLASH && next === SLASH) || (code === HASH && !this.callNumber(start))) {
      this.at = this.lineEndFrom(start);
      return true;
    }
    return false;
  }

  /** A comment that is never closed ends with its line, so that the lines behind it are still read. */
  private commentEnd(start: number): number {
    const close = start < this.unclosedFrom ? this.text.indexOf('*/', start + 2) : -1;
    if (close !== -1) return close + 2;
    this.unclosedFrom = Math.min(this.unclosedFrom, start);
    return this.lineEndFrom(start);
  }

  /** The `#1` of `call bpf_map_lookup_elem#1`. */
  private callNumber(start: number): boolean {
    return start > 0 && WORD_END.test(this.text.charAt(start - 1)) && matches(CALL_NUMBER, this.text, start);
  }

  private quoted(start: number, quote: number): LexemeKind {
    for (let at = start + 1; at < this.text.length; at++) {
      const code = this.text.charCodeAt(at);
      if (isLineEnd(code)) return this.to(at, 'bad');
      if (code === BACKSLASH && !isLineEnd(this.text.charCodeAt(at + 1))) at++;
      else if (code === quote) return this.to(at + 1, quote === QUOTE ? 'string' : 'number');
    }
    return this.to(this.text.length, 'bad');
  }

  private lineEndFrom(start: number): number {
    return skip(TO_LINE_END, this.text, start);
  }
}

const SEMICOLON = 59;
const QUOTE = 34;
const APOSTROPHE = 39;
const SLASH = 47;
const STAR = 42;
const HASH = 35;
const BACKSLASH = 92;

/** The `\r` of a `\r\n` is blank; a lone one ends the line. */
const BLANK = /[ \t\f\v]*(?:\r(?=\n))?/y;
const TO_LINE_END = /[^\r\n]*/y;
const WORD = /[A-Za-z_.$][A-Za-z0-9_.$]*/y;
const WORD_END = /[A-Za-z0-9_]/;
const NUMBER = /[0-9][A-Za-z0-9_]*/y;
const OPERATOR = /s>>=|s\/=|s%=|s>=|s<=|s>|s<|<<=|>>=|[-+*/|&%^=!<>]=|<<|>>|[-+*/|&%^=!<>~()[\]{},:@?#]/y;
// Letters beyond ASCII and unprintable characters: one finding for a run of them.
// oxlint-disable-next-line no-control-regex
const BAD = /[^\r\n\t !-~]+|[\\`]/y;
const CALL_NUMBER = /#-?[0-9]/y;
const LOG_LINE = /[ \t]*[0-9]+: ?\([0-9a-f]{2}\)/y;
/** The registers at an instruction, as a log shows them: `0: R1=ctx() R10=fp0`. */
const STATE_LINE = /[0-9]+: ?(?:R[0-9]|frame[0-9])[^\r\n]{0,2000}?R10=fp0/y;
const REMARK =
  /[ \t]*(?:([A-Za-z][A-Za-z_0-9]{0,40})(?![A-Za-z_0-9])[ \t]*([^ \t\r\n]?)|[^-A-Za-z0-9_.$*"'/#; \t\r\n])/y;
const STATE = /[ \t]*(?:R[0-9]+(?:_[rw]+)?=|frame[0-9]+:|fp-[0-9]+|refs=)/y;
const REGISTER = /^[rRwW][0-9]+$/;
/** What only an instruction in mnemonics begins with: many of their names are also words of English. */
const MNEMONIC = /[ \t]*(?:[A-Za-z_][A-Za-z_0-9]*[ \t]+(?:%|\[|r[0-9]+[ \t]*,)|(?:ja|ja32|jal|lock)[ \t])/y;

/** The end of what `pattern` (sticky) matches at `at`; `at` itself where it does not match. */
function skip(pattern: RegExp, text: string, at: number): number {
  pattern.lastIndex = at;
  return pattern.test(text) ? pattern.lastIndex : at;
}

function matches(pattern: RegExp, text: string, at: number): boolean {
  return skip(pattern, text, at) > at;
}

/** Whether a comment that began with a slash and a star has the same at its end. */
export function isClosed(comment: string): boolean {
  return !comment.startsWith('/*') || (comment.length >= 4 && comment.endsWith('*/'));
}

/** LF, or a lone CR. */
function isLineEnd(code: number): boolean {
  return code === 10 || code === 13;
}

function isDigit(code: number): boolean {
  return code >= 48 && code <= 57;
}

/** Words behind a `;` are a remark unless they begin like a statement, or like one with a slip of the pen. */
function cannotBeStatement(text: string, at: number): boolean {
  if (matches(STATE, text, at)) return true;
  if (matches(MNEMONIC, text, at)) return false;
  REMARK.lastIndex = at;
  const match = REMARK.exec(text);
  if (match === null) return false;
  const [, word, following] = match;
  if (word === undefined) return true;
  if (REGISTER.test(word) || /^[=:(+\-*/|&%^<>[#!]$/.test(following ?? '')) return false;
  return nearest(word, STATEMENT_WORDS) === null;
}
