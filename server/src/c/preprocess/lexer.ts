import { KEYWORDS, TOKEN } from '../tokens.ts';
import { HASH_START, HASH_STEP, type AtomTable } from './atomTable.ts';
import {
  APOSTROPHE, BACKSLASH, CLASS, CLASS_OF, DOT, HASH, IN_IDENTIFIER, LEFT_PAREN, LF, MINUS, PLUS, QUOTE, SLASH, STAR,
} from './characters.ts'; // prettier-ignore
import { Finder } from './finder.ts';
import { longPunctuator, SINGLE_ATOM } from './punctuators.ts';
import { afterSplice, withoutSplices } from './splices.ts';
import { foreignIdentifierAt, isForeignSpace, isUniversalName, withoutUniversalNames } from './universalNames.ts';

/** Where what is wrong in the text is told, by offsets. */
export interface LexFaults {
  readonly fail: (code: string, start: number, end: number, message: string) => void;
  readonly warn: (code: string, start: number, end: number, message: string) => void;
}

/** For text whose faults have been told, or are nobody's. */
export const NO_FAULTS: LexFaults = { fail: () => undefined, warn: () => undefined };

/**
 * Translation phases 1 to 3 (C11 5.1.1.2) over one text. `next` puts the token into the fields. White space, comments
 * and spliced lines are passed over; in a directive, the end of the line is an `end` token that stays unread.
 */
export class Lexer {
  /** The text and a closing NUL, so that every look at a character is inside. */
  readonly source: string;
  readonly length: number;
  pos = 0;
  kind = 0;
  atom = 0;
  start = 0;
  end = 0;
  /** The token is the first one of its line. */
  first = true;
  /** White space stands before it. */
  space = false;
  inDirective = false;
  private fresh = true;
  private readonly commentEnds: Finder;
  private readonly splicedStars: Finder;
  private readonly atoms: AtomTable;
  private readonly faults: LexFaults;

  constructor(text: string, atoms: AtomTable, faults: LexFaults) {
    this.source = `${text}\0`;
    this.length = text.length;
    this.commentEnds = new Finder(this.source, '*/');
    this.splicedStars = new Finder(this.source, '*\\');
    this.atoms = atoms;
    this.faults = faults;
    if (this.source.charCodeAt(0) === BYTE_ORDER_MARK) this.pos = 1;
  }

  /** Goes on behind what has been read of a text that begins in the same way. */
  resumeAt(pos: number): void {
    this.pos = pos;
    this.fresh = false;
  }

  /** Reads the next token; gives its kind. */
  next(): number {
    this.space = false;
    this.first = this.fresh;
    this.fresh = false;
    const pos = this.blank(this.pos);
    const code = this.source.charCodeAt(pos);
    switch (CLASS_OF[code]) {
      case CLASS.letter:
        return this.identifier(pos);
      case CLASS.single:
        return this.close(pos, pos + 1, TOKEN.punctuator, SINGLE_ATOM[code]!);
      case CLASS.multi:
      case CLASS.slash:
        return this.punctuator(pos, code);
      case CLASS.digit:
        return this.number(pos);
      case CLASS.dot:
        return CLASS_OF[this.source.charCodeAt(pos + 1)] === CLASS.digit
          ? this.number(pos)
          : this.punctuator(pos, code);
      case CLASS.quote:
        return this.quoted(pos, pos);
      case CLASS.newline:
      case CLASS.nul:
        return this.finish(pos, pos, TOKEN.end, 0);
      default:
        return this.foreign(pos);
    }
  }

  /** Passes over the rest of the line; stays before its end. */
  skipLine(): void {
    this.inDirective = true;
    let pos = this.pos;
    for (;;) {
      const kind = CLASS_OF[this.source.charCodeAt(pos)];
      if (kind === CLASS.newline || (kind === CLASS.nul && pos >= this.length)) break;
      if (kind === CLASS.quote) pos = this.skipQuoted(pos);
      else if (kind === CLASS.slash) pos = Math.max(this.comment(pos), pos + 1);
      else if (kind === CLASS.backslash) pos = afterSplice(this.source, pos) || pos + 1;
      else pos++;
    }
    this.pos = pos;
    this.inDirective = false;
  }

  /**
   * In a group that is not compiled: goes on to the next line that begins with `#` and stays behind that. False at the
   * end of the text.
   */
  skipToDirective(): boolean {
    while (this.pos < this.length) {
      this.skipLine();
      const pos = this.blank(this.pos, true);
      const isHash = this.source.charCodeAt(pos) === HASH;
      this.pos = isHash ? pos + 1 : pos;
      this.start = pos;
      if (isHash) return true;
    }
    return false;
  }

  /** Whether the next character that is neither white space nor comment is `(`; reads nothing. */
  parenFollows(): boolean {
    const { space, first } = this;
    const pos = this.blank(this.pos, true);
    this.space = space;
    this.first = first;
    return this.source.charCodeAt(pos) === LEFT_PAREN;
  }

  /**
   * Position of the next character that is neither white space nor in a comment. Quietly: faults in what is passed over
   * are told when it is read.
   */
  private blank(from: number, quiet = false): number {
    const source = this.source;
    let pos = from;
    for (;;) {
      const code = source.charCodeAt(pos);
      const kind = CLASS_OF[code];
      if (kind === CLASS.space) pos++;
      else if (kind === CLASS.newline) {
        if (this.inDirective) return pos;
        this.first = true;
        pos++;
      } else {
        const after = this.afterBlank(pos, code, quiet);
        if (after === -1) return pos;
        pos = after;
      }
      this.space = true;
    }
  }

  /** Of the rarer kinds of white space: the position behind it, or -1 where a token begins. */
  private afterBlank(pos: number, code: number, quiet: boolean): number {
    switch (CLASS_OF[code]) {
      case CLASS.slash:
        return this.comment(pos, quiet);
      case CLASS.backslash: {
        const after = afterSplice(this.source, pos);
        if (after !== 0 && !quiet) this.warnOfSpace(pos, after);
        return after === 0 ? -1 : after;
      }
      case CLASS.nul:
        return pos < this.length ? pos + 1 : -1;
      case CLASS.foreign:
        return isForeignSpace(code) ? pos + 1 : -1;
      default:
        return -1;
    }
  }

  private warnOfSpace(backslash: number, after: number): void {
    if (/^\\\r?\n$/.test(this.source.slice(backslash, after))) return;
    this.faults.warn('backslash-newline-escape', backslash, backslash + 1, 'backslash and newline separated by space');
  }

  private finish(start: number, end: number, kind: number, atom: number): number {
    this.start = start;
    this.end = end;
    this.pos = end;
    this.atom = atom;
    this.kind = kind;
    return kind;
  }

  /** A token whose last character may be followed by a splice, behind which it would go on. */
  private close(start: number, end: number, kind: number, atom: number): number {
    if (this.source.charCodeAt(end) === BACKSLASH && afterSplice(this.source, end) !== 0) return this.spliced(start);
    return this.finish(start, end, kind, atom);
  }

  private identifier(start: number): number {
    const source = this.source;
    let pos = start;
    let hash = HASH_START;
    let code = source.charCodeAt(pos);
    do {
      hash = (Math.imul(hash, HASH_STEP) + code) | 0;
      code = source.charCodeAt(++pos);
    } while (IN_IDENTIFIER[code] !== 0);
    if (MAY_GO_ON[CLASS_OF[code]!] !== 0) {
      const kind = this.goneOn(start, pos, code);
      if (kind !== -1) return kind;
    }
    const atom = this.atoms.hashed(source, start, pos, hash);
    return this.finish(start, pos, atom < KEYWORD_COUNT ? TOKEN.keyword : TOKEN.identifier, atom);
  }

  /** What looks like an identifier up to `pos` is the prefix of a string, has foreign letters or a splice; else -1. */
  private goneOn(start: number, pos: number, code: number): number {
    const { source } = this;
    if (code === QUOTE || code === APOSTROPHE) return isPrefix(source, start, pos) ? this.quoted(start, pos) : -1;
    if (code !== BACKSLASH) return isForeignSpace(code) ? -1 : this.foreign(start);
    if (afterSplice(source, pos) !== 0) return this.spliced(start);
    return isUniversalName(source, pos) ? this.foreign(start) : -1;
  }

  /** An identifier with foreign letters; what is no letter is a token of its own. */
  private foreign(start: number): number {
    const { source, atoms } = this;
    const name = foreignIdentifierAt(source, start);
    if (name !== null)
      return this.close(start, start + name.length, TOKEN.identifier, atoms.of(withoutUniversalNames(name)));
    const point = source.codePointAt(start)!;
    const end = start + (point > 0xffff ? 2 : 1);
    if (point >= 0x80) {
      const hex = point.toString(16).toUpperCase().padStart(4, '0');
      this.faults.fail('unexpected-character', start, end, `unexpected character <U+${hex}>`);
    }
    return this.finish(start, end, TOKEN.unknown, atoms.slice(source, start, end));
  }

  private number(start: number): number {
    const source = this.source;
    let pos = start + 1;
    for (;;) {
      const code = source.charCodeAt(pos);
      if (IN_IDENTIFIER[code] === 1 || code === DOT) pos++;
      else if ((code === MINUS || code === PLUS) && isExponent(source.charCodeAt(pos - 1))) pos++;
      else break;
    }
    return this.close(start, pos, TOKEN.number, this.atoms.slice(source, start, pos));
  }

  private punctuator(start: number, code: number): number {
    const source = this.source;
    const long = longPunctuator(source, start);
    if (long !== null) return this.close(start, start + long.text.length, TOKEN.punctuator, long.atom);
    const isHalfEllipsis =
      code === DOT && source.charCodeAt(start + 1) === DOT && source.charCodeAt(start + 2) === BACKSLASH;
    if (isHalfEllipsis && afterSplice(source, start + 2) !== 0) return this.spliced(start);
    return this.close(start, start + 1, TOKEN.punctuator, SINGLE_ATOM[code]!);
  }

  /** A string or character constant; `open` is at its first quote, `start` at its prefix. */
  private quoted(start: number, open: number): number {
    const source = this.source;
    const quote = source.charCodeAt(open);
    let pos = open + 1;
    for (let code = source.charCodeAt(pos); code !== quote; code = source.charCodeAt(++pos)) {
      if (code === BACKSLASH) {
        if (afterSplice(source, pos) !== 0) return this.spliced(start);
        pos++;
      }
      if (source.charCodeAt(pos) === LF || pos >= this.length) return this.unterminated(start, pos, quote);
    }
    const end = pos + 1;
    if (quote === APOSTROPHE && pos === open + 1) {
      this.faults.fail('invalid-pp-token', start, end, 'empty character constant');
      return this.finish(start, end, TOKEN.unknown, this.atoms.slice(source, start, end));
    }
    const kind = quote === QUOTE ? TOKEN.string : TOKEN.char;
    return this.close(start, end, kind, this.atoms.slice(source, start, end));
  }

  private unterminated(start: number, end: number, quote: number): number {
    const what = quote === QUOTE ? "'\"'" : "'";
    this.faults.warn('invalid-pp-token', start, end, `missing terminating ${what} character`);
    return this.finish(start, end, TOKEN.unknown, this.atoms.slice(this.source, start, end));
  }

  private skipQuoted(open: number): number {
    const { source } = this;
    const quote = source.charCodeAt(open);
    let pos = open + 1;
    for (;;) {
      const code = source.charCodeAt(pos);
      if (code === quote) return pos + 1;
      if (code === LF || pos >= this.length) return Math.min(pos, this.length);
      // What a backslash stands before is passed over with it, but for the end of the line.
      if (code === BACKSLASH) pos = afterSplice(source, pos) || (source.charCodeAt(pos + 1) === LF ? pos + 1 : pos + 2);
      else pos++;
    }
  }

  /** Position behind the comment that begins here; -1 when none does. The end of a line comment's line stays unread. */
  private comment(pos: number, quiet = false): number {
    const second = this.source.charCodeAt(pos + 1);
    if (second === SLASH) return this.lineEnd(pos + 2);
    return second === STAR ? this.blockEnd(pos, pos + 2, quiet) : -1;
  }

  private blockEnd(start: number, from: number, quiet: boolean): number {
    const end = this.commentEnds.next(from);
    for (let at = this.splicedStars.next(from); at < end; at = this.splicedStars.next(at + 1)) {
      // The two characters may be apart by a splice.
      let after = afterSplice(this.source, at + 1);
      while (after !== 0 && this.source.charCodeAt(after) === BACKSLASH) after = afterSplice(this.source, after);
      if (after !== 0 && this.source.charCodeAt(after) === SLASH) return after + 1;
    }
    if (end !== Number.POSITIVE_INFINITY) return end + 2;
    if (!quiet) this.faults.fail('comment-unterminated', start, from, 'unterminated /* comment');
    return this.length;
  }

  private lineEnd(from: number): number {
    const { source } = this;
    for (let pos = from; ;) {
      const end = source.indexOf('\n', pos);
      if (end === -1) return this.length;
      let before = end - 1;
      while (before >= from && CLASS_OF[source.charCodeAt(before)] === CLASS.space) before--;
      if (before < from || source.charCodeAt(before) !== BACKSLASH) return end;
      pos = end + 1;
    }
  }

  /**
   * A token with a splice in it: read again from a copy of a piece of text without splices. The piece is doubled until
   * the token ends within.
   */
  private spliced(start: number): number {
    for (let wanted = 64; ; wanted *= 2) {
      const { text, offsets, whole } = withoutSplices(this.source, start, wanted);
      if (text.startsWith('//')) return this.afterComment(this.lineEnd(offsets[2]!));
      if (text.startsWith('/*')) return this.afterComment(this.blockEnd(start, offsets[2]!, false));
      const lexer = new Lexer(text, this.atoms, whole ? this.mapped(offsets) : NO_FAULTS);
      const kind = lexer.next();
      if (whole || lexer.end < text.length) return this.finish(start, offsets[lexer.end]!, kind, lexer.atom);
    }
  }

  private mapped(offsets: readonly number[]): LexFaults {
    const { faults } = this;
    return {
      fail: (code, start, end, message) => faults.fail(code, offsets[start]!, offsets[end]!, message),
      warn: (code, start, end, message) => faults.warn(code, offsets[start]!, offsets[end]!, message),
    };
  }

  private afterComment(pos: number): number {
    const { first } = this;
    this.pos = pos;
    const kind = this.next();
    this.first ||= first;
    this.space = true;
    return kind;
  }
}

const KEYWORD_COUNT = KEYWORDS.length;
const BYTE_ORDER_MARK = 0xfeff;

/** By class of the character behind an identifier: 1 where the token may be more than that. */
const MAY_GO_ON = new Uint8Array(16);
MAY_GO_ON[CLASS.quote] = 1;
MAY_GO_ON[CLASS.backslash] = 1;
MAY_GO_ON[CLASS.foreign] = 1;

function isExponent(code: number): boolean {
  const lower = code | 0x20;
  return lower === 0x65 || lower === 0x70;
}

function isPrefix(source: string, start: number, end: number): boolean {
  const prefix = source.slice(start, end);
  return prefix === 'L' || prefix === 'u' || prefix === 'U' || (prefix === 'u8' && source.charCodeAt(end) === QUOTE);
}
