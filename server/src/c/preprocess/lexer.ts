import { KEYWORDS, PUNCTUATORS, TOKEN } from '../tokens.ts';
import { HASH_START, HASH_STEP, type AtomTable } from './atomTable.ts';
import {
  APOSTROPHE, BACKSLASH, CLASS, CLASS_OF, DOT, HASH, IN_IDENTIFIER, LF, MINUS, PLUS, QUOTE, SLASH, STAR,
} from './characters.ts'; // prettier-ignore

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
    const source = this.source;
    let pos = this.pos;
    this.space = false;
    this.first = this.fresh;
    this.fresh = false;
    for (;;) {
      const code = source.charCodeAt(pos);
      switch (CLASS_OF[code]) {
        case CLASS.space:
          this.space = true;
          pos++;
          continue;
        case CLASS.newline:
          if (this.inDirective) return this.finish(pos, pos, TOKEN.end, 0);
          this.first = true;
          this.space = true;
          pos++;
          continue;
        case CLASS.letter:
          return this.identifier(pos);
        case CLASS.digit:
          return this.number(pos);
        case CLASS.single:
          return this.close(pos, pos + 1, TOKEN.punctuator, SINGLE_ATOM[code]!);
        case CLASS.multi:
          return this.punctuator(pos, code);
        case CLASS.dot:
          if (CLASS_OF[source.charCodeAt(pos + 1)] === CLASS.digit) return this.number(pos);
          return this.punctuator(pos, code);
        case CLASS.quote:
          return this.quoted(pos, pos);
        case CLASS.slash: {
          const after = this.comment(pos);
          if (after === -1) return this.punctuator(pos, code);
          this.space = true;
          pos = after;
          continue;
        }
        case CLASS.backslash: {
          const after = this.splice(pos);
          if (after === 0) return this.foreignIdentifier(pos);
          if (CLASS_OF[source.charCodeAt(pos + 1)] === CLASS.space && !/^\\\r?\n$/.test(source.slice(pos, after)))
            this.faults.warn('splice-with-space', pos, pos + 1, 'backslash and newline separated by space');
          pos = after;
          continue;
        }
        case CLASS.nul:
          if (pos >= this.length) return this.finish(this.length, this.length, TOKEN.end, 0);
          this.space = true;
          pos++;
          continue;
        case CLASS.foreign:
          if (!isForeignSpace(code)) return this.foreignIdentifier(pos);
          this.space = true;
          pos++;
          continue;
        default:
          return this.close(pos, pos + 1, TOKEN.unknown, this.atoms.slice(source, pos, pos + 1));
      }
    }
  }

  /** Passes over the rest of the line; stays before its end. */
  skipLine(): void {
    this.inDirective = true;
    const { source } = this;
    let pos = this.pos;
    for (;;) {
      const kind = CLASS_OF[source.charCodeAt(pos)];
      if (kind === CLASS.newline || (kind === CLASS.nul && pos >= this.length)) break;
      if (kind === CLASS.quote) pos = this.skipQuoted(pos);
      else if (kind === CLASS.slash) pos = Math.max(this.comment(pos), pos + 1);
      else if (kind === CLASS.backslash) pos = this.splice(pos) || pos + 1;
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
      let pos = this.pos;
      for (;;) {
        const code = this.source.charCodeAt(pos);
        const kind = CLASS_OF[code];
        if (kind === CLASS.space || kind === CLASS.newline) pos++;
        else if (code === HASH) {
          this.pos = pos + 1;
          this.start = pos;
          return true;
        } else if (code === SLASH) {
          const after = this.comment(pos);
          if (after === -1) break;
          pos = after;
        } else if (code === BACKSLASH) {
          const after = this.splice(pos);
          if (after === 0) break;
          pos = after;
        } else break;
      }
      this.pos = pos;
    }
    return false;
  }

  /** Whether the next character that is neither white space nor comment is `(`; reads nothing. */
  parenFollows(): boolean {
    let pos = this.pos;
    for (;;) {
      const kind = CLASS_OF[this.source.charCodeAt(pos)];
      if (kind === CLASS.space || (kind === CLASS.newline && !this.inDirective)) pos++;
      else if (kind === CLASS.slash) {
        const after = this.comment(pos, true);
        if (after === -1) return false;
        pos = after;
      } else if (kind === CLASS.backslash) {
        const after = this.splice(pos);
        if (after === 0) return false;
        pos = after;
      } else return this.source.charCodeAt(pos) === 40;
    }
  }

  /** Position behind a backslash and the end of line that it hides; 0 when it hides none. */
  splice(pos: number): number {
    let after = pos + 1;
    while (CLASS_OF[this.source.charCodeAt(after)] === CLASS.space) after++;
    return this.source.charCodeAt(after) === LF ? after + 1 : 0;
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
    if (this.source.charCodeAt(end) === BACKSLASH && this.splice(end) !== 0) return this.spliced(start);
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
    if (code >= 0x80 && !isForeignSpace(code)) return this.foreignIdentifier(start);
    if ((code === QUOTE || code === APOSTROPHE) && pos - start <= 2 && isPrefix(source, start, pos))
      return this.quoted(start, pos);
    if (code === BACKSLASH) {
      if (this.splice(pos) !== 0) return this.spliced(start);
      if (UNIVERSAL_NAME.test(source.slice(pos, pos + 10))) return this.foreignIdentifier(start);
    }
    const atom = this.atoms.hashed(source, start, pos, hash);
    this.start = start;
    this.end = pos;
    this.pos = pos;
    this.atom = atom;
    return (this.kind = atom < KEYWORD_COUNT ? TOKEN.keyword : TOKEN.identifier);
  }

  /** Letters of other scripts continue an identifier (C11 annex D); what is no letter is a token of its own. */
  private foreignIdentifier(start: number): number {
    const { source } = this;
    FOREIGN_IDENTIFIER.lastIndex = start;
    const match = FOREIGN_IDENTIFIER.exec(source);
    if (match !== null) {
      const end = start + match[0].length;
      return this.close(start, end, TOKEN.identifier, this.atoms.of(withoutUniversalNames(match[0])));
    }
    const point = source.codePointAt(start)!;
    const end = start + (point > 0xffff ? 2 : 1);
    if (point >= 0x80) {
      const hex = point.toString(16).toUpperCase().padStart(4, '0');
      this.faults.fail('unexpected-character', start, end, `unexpected character <U+${hex}>`);
    }
    return this.finish(start, end, TOKEN.unknown, this.atoms.slice(source, start, end));
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
    const second = source.charCodeAt(start + 1);
    const candidates = MULTI[code];
    if (candidates !== undefined && candidates.seconds.includes(second))
      for (const { text, atom } of candidates.longest)
        if (source.startsWith(text, start)) return this.close(start, start + text.length, TOKEN.punctuator, atom);
    const isHalfEllipsis = code === DOT && second === DOT && source.charCodeAt(start + 2) === BACKSLASH;
    if (isHalfEllipsis && this.splice(start + 2) !== 0) return this.spliced(start);
    return this.close(start, start + 1, TOKEN.punctuator, SINGLE_ATOM[code]!);
  }

  /** A string or character constant; `open` is at its first quote, `start` at its prefix. */
  private quoted(start: number, open: number): number {
    const source = this.source;
    const quote = source.charCodeAt(open);
    let pos = open + 1;
    for (;;) {
      const code = source.charCodeAt(pos);
      if (code === quote) break;
      if (code === BACKSLASH) {
        if (this.splice(pos) !== 0) return this.spliced(start);
        pos++;
      }
      if (source.charCodeAt(pos) === LF || pos >= this.length) return this.unterminated(start, pos, quote);
      pos++;
    }
    const end = pos + 1;
    const kind = quote === QUOTE ? TOKEN.string : TOKEN.char;
    if (kind === TOKEN.char && pos === open + 1) {
      this.faults.fail('literal-invalid', start, end, 'empty character constant');
      return this.finish(start, end, TOKEN.unknown, this.atoms.slice(source, start, end));
    }
    return this.close(start, end, kind, this.atoms.slice(source, start, end));
  }

  private unterminated(start: number, end: number, quote: number): number {
    const what = quote === QUOTE ? "'\"'" : "'";
    this.faults.warn('literal-invalid', start, end, `missing terminating ${what} character`);
    return this.finish(start, end, TOKEN.unknown, this.atoms.slice(this.source, start, end));
  }

  private skipQuoted(open: number): number {
    const { source } = this;
    const quote = source.charCodeAt(open);
    let pos = open + 1;
    for (;;) {
      const code = source.charCodeAt(pos);
      if (code === quote) return pos + 1;
      if (code === LF || pos >= this.length) return pos;
      pos = code === BACKSLASH ? this.splice(pos) || Math.min(pos + 2, this.length) : pos + 1;
      if (code === BACKSLASH && source.charCodeAt(pos - 1) === LF && this.splice(pos - 2) === 0) return pos - 1;
    }
  }

  /** Position behind the comment that begins here; -1 when none does. The end of a line comment's line stays unread. */
  private comment(pos: number, quiet = false): number {
    const { source } = this;
    const second = source.charCodeAt(pos + 1);
    if (second === SLASH) return this.lineEnd(pos + 2);
    if (second !== STAR) return -1;
    const end = this.afterBlock(pos + 2);
    if (end !== -1) return end;
    if (!quiet) this.faults.fail('comment-unterminated', pos, pos + 2, 'unterminated /* comment');
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
      const { text, offsets, whole } = this.withoutSplices(start, wanted);
      const lexer = new Lexer(text, this.atoms, whole ? this.mapped(offsets) : NO_FAULTS);
      if (text.startsWith('//')) return this.resume(this.lineEnd(offsets[2]!));
      if (text.startsWith('/*')) return this.resume(this.afterSplicedBlock(start, offsets[2]!));
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

  /** Position behind the end of a block comment, whose two characters may be apart by a splice; -1 without one. */
  private afterBlock(from: number): number {
    const end = this.commentEnds.next(from);
    for (let at = this.splicedStars.next(from); at < end; at = this.splicedStars.next(at + 1)) {
      let after = this.splice(at + 1);
      while (after !== 0 && this.source.charCodeAt(after) === BACKSLASH) after = this.splice(after);
      if (after !== 0 && this.source.charCodeAt(after) === SLASH) return after + 1;
    }
    return end === Number.POSITIVE_INFINITY ? -1 : end + 2;
  }

  private afterSplicedBlock(start: number, from: number): number {
    const end = this.afterBlock(from);
    if (end !== -1) return end;
    this.faults.fail('comment-unterminated', start, from, 'unterminated /* comment');
    return this.length;
  }

  private resume(pos: number): number {
    this.pos = pos;
    const { first } = this;
    const kind = this.next();
    this.first ||= first;
    this.space = true;
    return kind;
  }

  private withoutSplices(start: number, wanted: number): { text: string; offsets: number[]; whole: boolean } {
    const offsets: number[] = [];
    let text = '';
    let pos = start;
    while (text.length < wanted) {
      const code = this.source.charCodeAt(pos);
      if (pos >= this.length || code === LF) return { text, offsets: [...offsets, pos], whole: true };
      const after = code === BACKSLASH ? this.splice(pos) : 0;
      if (after !== 0) {
        pos = after;
        continue;
      }
      offsets.push(pos);
      text += this.source[pos]!;
      pos++;
    }
    return { text, offsets: [...offsets, pos], whole: false };
  }
}

/** Looks for a piece of text from growing positions on, without going over the text each time when it is not there. */
class Finder {
  private from = 0;
  private at = -1;
  private readonly source: string;
  private readonly piece: string;

  constructor(source: string, piece: string) {
    this.source = source;
    this.piece = piece;
  }

  /** Infinity when there is none at or behind a position. */
  next(from: number): number {
    if (from >= this.from && from <= this.at) return this.at;
    this.from = from;
    const at = this.source.indexOf(this.piece, from);
    return (this.at = at === -1 ? Number.POSITIVE_INFINITY : at);
  }
}

const KEYWORD_COUNT = KEYWORDS.length;
const BYTE_ORDER_MARK = 0xfeff;
/** `\u00e9` for é (C11 6.4.3). */
const UNIVERSAL_NAME = /^\\(?:u[0-9a-fA-F]{4}|U[0-9a-fA-F]{8})/;
const FOREIGN_IDENTIFIER =
  /(?:[\p{XID_Start}_$]|\\u[0-9a-fA-F]{4}|\\U[0-9a-fA-F]{8})(?:[\p{XID_Continue}$]|\\u[0-9a-fA-F]{4}|\\U[0-9a-fA-F]{8})*/uy;

function withoutUniversalNames(text: string): string {
  return text.replaceAll(/\\(?:u([0-9a-fA-F]{4})|U([0-9a-fA-F]{8}))/g, (whole, short: string, long: string) => {
    const point = Number.parseInt(short ?? long, 16);
    return point > 0x10_ffff ? whole : String.fromCodePoint(point);
  });
}

/** No-break space and the other spaces of Unicode are taken for white space, as clang does. */
function isForeignSpace(code: number): boolean {
  return code === 0xa0 || code === 0x3000 || (code >= 0x2000 && code <= 0x200a) || code === 0x202f || code === 0x205f;
}

function isExponent(code: number): boolean {
  const lower = code | 0x20;
  return lower === 0x65 || lower === 0x70;
}

function isPrefix(source: string, start: number, end: number): boolean {
  const prefix = source.slice(start, end);
  return prefix === 'L' || prefix === 'u' || prefix === 'U' || (prefix === 'u8' && source.charCodeAt(end) === QUOTE);
}

/** By first character: the punctuators of more than one, longest first. */
interface Longer {
  readonly seconds: readonly number[];
  readonly longest: readonly { readonly text: string; readonly atom: number }[];
}

const SINGLE_ATOM = new Int32Array(128);
const MULTI: (Longer | undefined)[] = [];
PUNCTUATORS.forEach((text, index) => {
  if (text.length === 1) SINGLE_ATOM[text.charCodeAt(0)] = KEYWORD_COUNT + index;
});
/** C11 6.4.6p3: other spellings of brackets, braces and number signs. */
const DIGRAPHS: Readonly<Record<string, (typeof PUNCTUATORS)[number]>> = {
  '<:': '[', ':>': ']', '<%': '{', '%>': '}', '%:': '#', '%:%:': '##',
}; // prettier-ignore
const LONGER = [
  ...PUNCTUATORS.map((text, index) => ({ text: text as string, atom: KEYWORD_COUNT + index })),
  ...Object.entries(DIGRAPHS).map(([text, plain]) => ({ text, atom: KEYWORD_COUNT + PUNCTUATORS.indexOf(plain) })),
]
  .filter(({ text }) => text.length > 1 && text !== '::')
  .sort((a, b) => b.text.length - a.text.length);
for (const first of '+-*%<>=!&|^#:./') {
  const longest = LONGER.filter(({ text }) => text.startsWith(first));
  MULTI[first.charCodeAt(0)] = { seconds: longest.map(({ text }) => text.charCodeAt(1)), longest };
}
