import type { Place, Range } from '../places.ts';
import { joinedTokens, TOKEN, type Atoms, type Tokens } from '../tokens.ts';

/** All of one length. */
export interface UsedColumns {
  readonly kind: Uint8Array;
  readonly atom: Int32Array;
  readonly place: Int32Array;
  readonly end: Int32Array;
}

/** The tokens that go to the parser, as they are found. */
export class TokenColumns {
  /** Those before these included. */
  count = 0;
  /** There are more tokens than can be kept. */
  full = false;
  private before: Tokens | null = null;
  private first = 0;
  private kind: Uint8Array;
  private atom: Int32Array;
  private place: Int32Array;
  private end: Int32Array;

  constructor(capacity: number) {
    this.kind = new Uint8Array(capacity);
    this.atom = new Int32Array(capacity);
    this.place = new Int32Array(capacity);
    this.end = new Int32Array(capacity);
  }

  push(kind: number, atom: number, place: Place, end: Place): void {
    const index = this.count - this.first;
    if (index === this.kind.length && !this.grow()) return;
    this.count++;
    this.kind[index] = kind;
    this.atom[index] = atom;
    this.place[index] = place;
    this.end[index] = end;
  }

  /** With the closing `end` token at `place`. */
  tokens(place: Place, atoms: Atoms): Tokens {
    if (this.full) this.count--;
    const { count } = this;
    this.push(TOKEN.end, 0, place, place);
    this.count = count;
    return this.soFar(atoms);
  }

  /** What is there now; more may come behind it. */
  private soFar(atoms: Atoms): Tokens {
    const { before, first, count, kind, atom, place, end } = this;
    if (before !== null && count === first) return before;
    return { before, first, count: count - first, kind, atom, place, end, atoms };
  }

  /** Where the last one stands. */
  last(): Range {
    const index = this.count - this.first - 1;
    return { start: this.place[index] ?? 0, end: this.end[index] ?? 0 };
  }

  /** Forgets all tokens. */
  clear(): void {
    this.before = null;
    this.first = 0;
    this.count = 0;
    this.full = false;
  }

  /** As far as there are tokens; mostly not copied. */
  used(atoms: Atoms): UsedColumns {
    const { count, kind, atom, place, end } = joinedTokens(this.soFar(atoms));
    const part = (column: Int32Array): Int32Array => column.subarray(0, count);
    return { kind: kind.subarray(0, count), atom: part(atom), place: part(place), end: part(end) };
  }

  /** Those of `used`; they are not copied. */
  static over({ kind, atom, place, end }: UsedColumns): TokenColumns {
    const columns = new TokenColumns(0);
    columns.count = kind.length;
    columns.kind = kind;
    columns.atom = atom;
    columns.place = place;
    columns.end = end;
    return columns;
  }

  /** Columns that go on behind these, which stay as they are. */
  goingOn(atoms: Atoms): TokenColumns {
    const columns = new TokenColumns(SPARE);
    columns.before = this.soFar(atoms);
    columns.first = this.count;
    columns.count = this.count;
    return columns;
  }

  /** False when there are too many already. */
  private grow(): boolean {
    if (this.count >= MOST_TOKENS) {
      this.full = true;
      return false;
    }
    const capacity = Math.min(this.kind.length * 2, MOST_TOKENS - this.first);
    const kind = new Uint8Array(capacity);
    kind.set(this.kind);
    this.kind = kind;
    this.atom = copied(this.atom, capacity);
    this.place = copied(this.place, capacity);
    this.end = copied(this.end, capacity);
    return true;
  }
}

/** Four times a kernel's vmlinux.h. */
export const MOST_TOKENS = 2_000_000;
const SPARE = 4096;

function copied(column: Int32Array, capacity: number): Int32Array {
  const larger = new Int32Array(capacity);
  larger.set(column);
  return larger;
}
