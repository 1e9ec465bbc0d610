import { TOKEN, type Atoms, type Tokens } from '../tokens.ts';
import type { Place } from '../places.ts';

/** All of one length. */
export interface UsedColumns {
  readonly kind: Uint8Array;
  readonly atom: Int32Array;
  readonly place: Int32Array;
  readonly end: Int32Array;
}

/** The tokens that go to the parser, as they are found. */
export class TokenColumns {
  count = 0;
  /** There are more tokens than can be kept. */
  full = false;
  kind: Uint8Array;
  atom: Int32Array;
  place: Int32Array;
  end: Int32Array;

  constructor(capacity: number) {
    this.kind = new Uint8Array(capacity);
    this.atom = new Int32Array(capacity);
    this.place = new Int32Array(capacity);
    this.end = new Int32Array(capacity);
  }

  push(kind: number, atom: number, place: Place, end: Place): void {
    const index = this.count;
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
    return { count, kind: this.kind, atom: this.atom, place: this.place, end: this.end, atoms };
  }

  /** Forgets all tokens. */
  clear(): void {
    this.count = 0;
    this.full = false;
  }

  /** As far as there are tokens; not copied. */
  used(): UsedColumns {
    const { count, kind, atom, place, end } = this;
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

  /** A copy that grows by itself. */
  copy(): TokenColumns {
    const columns = new TokenColumns(this.count + SPARE);
    columns.count = this.count;
    columns.kind.set(this.kind.subarray(0, this.count));
    columns.atom.set(this.atom.subarray(0, this.count));
    columns.place.set(this.place.subarray(0, this.count));
    columns.end.set(this.end.subarray(0, this.count));
    return columns;
  }

  /** False when there are too many already. */
  private grow(): boolean {
    if (this.count >= MOST_TOKENS) {
      this.full = true;
      return false;
    }
    const capacity = Math.min(this.kind.length * 2, MOST_TOKENS);
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
const SPARE = 16_384;

function copied(column: Int32Array, capacity: number): Int32Array {
  const larger = new Int32Array(capacity);
  larger.set(column);
  return larger;
}
