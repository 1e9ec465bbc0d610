import { KEYWORDS, PUNCTUATORS, type Atoms } from '../tokens.ts';

import { KNOWN_NAMES } from './knownAtoms.ts';

/** Starting value and step of the hash of a spelling; the lexer computes it while it reads an identifier. */
export const HASH_START = 0x811c;
export const HASH_STEP = 31;

const MOST_AT_ONCE = 4096;

/** A table's content: by atom its hash and where its characters begin in the pool. */
export interface AtomColumns {
  readonly hashes: Int32Array;
  /** One more than there are atoms. */
  readonly starts: Int32Array;
  readonly pool: Uint16Array;
}

/** The spellings of a translation unit, each once: an open hash table over a pool of characters. */
export class AtomTable implements Atoms {
  count = 0;
  /** By atom, as far as asked for: of a large header hardly any spelling is. */
  private texts: (string | undefined)[] = [];
  private hashes: Int32Array = new Int32Array(4096);
  /** By atom: where its characters begin in the pool; they end where the next one's begin. */
  private starts: Int32Array = new Int32Array(4097);
  private pool: Uint16Array = new Uint16Array(32768);
  /** Atom and 1, or 0 where nothing is. */
  private slots = new Int32Array(8192);

  constructor() {
    for (const keyword of KEYWORDS) this.of(keyword);
    for (const punctuator of PUNCTUATORS) this.of(punctuator);
    for (const name of KNOWN_NAMES) this.of(name);
  }

  /** Of the first so many; they are shared with the table, which only adds to them. */
  columns(count: number): AtomColumns {
    const starts = this.starts.subarray(0, count + 1);
    return { hashes: this.hashes.subarray(0, count), starts, pool: this.pool.subarray(0, starts[count]) };
  }

  /** A table that goes on behind such columns. */
  static behind({ hashes, starts, pool }: AtomColumns): AtomTable {
    const table = new AtomTable();
    table.count = hashes.length;
    table.hashes = hashes;
    table.starts = starts;
    table.pool = pool;
    table.texts = [];
    table.texts.length = hashes.length;
    let room = table.slots.length;
    while (hashes.length * 2 > room) room *= 4;
    table.rehash(room);
    return table;
  }

  text(atom: number): string {
    const known = this.texts[atom];
    if (known !== undefined || atom < 0 || atom >= this.count) return known ?? '';
    let text = '';
    const end = this.starts[atom + 1]!;
    for (let at = this.starts[atom]!; at < end; at += MOST_AT_ONCE)
      text += textOf(this.pool.subarray(at, Math.min(end, at + MOST_AT_ONCE)));
    this.texts[atom] = text;
    return text;
  }

  of(text: string): number {
    return this.slice(text, 0, text.length);
  }

  /** The atom of a piece of text. */
  slice(source: string, start: number, end: number): number {
    let hash = HASH_START;
    for (let at = start; at < end; at++) hash = (Math.imul(hash, HASH_STEP) + source.charCodeAt(at)) | 0;
    return this.hashed(source, start, end, hash);
  }

  hashed(source: string, start: number, end: number, hash: number): number {
    const mask = this.slots.length - 1;
    let slot = (hash ^ (hash >>> 15)) & mask;
    for (;;) {
      const atom = this.slots[slot]! - 1;
      if (atom === -1) return this.add(source, start, end, hash, slot);
      if (this.hashes[atom] === hash && this.same(atom, source, start, end)) return atom;
      slot = (slot + 1) & mask;
    }
  }

  private same(atom: number, source: string, start: number, end: number): boolean {
    const from = this.starts[atom]!;
    if (this.starts[atom + 1]! - from !== end - start) return false;
    const pool = this.pool;
    for (let at = start, to = from; at < end; at++, to++) if (pool[to] !== source.charCodeAt(at)) return false;
    return true;
  }

  private add(source: string, start: number, end: number, hash: number, slot: number): number {
    const atom = this.count++;
    const from = this.starts[atom]!;
    const to = from + end - start;
    if (atom + 2 > this.hashes.length) this.growColumns();
    if (to > this.pool.length) this.growPool(to);
    for (let at = start, at2 = from; at < end; at++, at2++) this.pool[at2] = source.charCodeAt(at);
    this.starts[atom + 1] = to;
    this.hashes[atom] = hash;
    this.texts.push(undefined);
    this.slots[slot] = atom + 1;
    if (this.count * 2 > this.slots.length) this.rehash(this.slots.length * 4);
    return atom;
  }

  private growColumns(): void {
    const hashes = new Int32Array(this.hashes.length * 2);
    hashes.set(this.hashes);
    this.hashes = hashes;
    const starts = new Int32Array(hashes.length + 1);
    starts.set(this.starts);
    this.starts = starts;
  }

  private growPool(needed: number): void {
    const pool = new Uint16Array(Math.max(needed, this.pool.length * 2));
    pool.set(this.pool);
    this.pool = pool;
  }

  private rehash(room: number): void {
    const slots = new Int32Array(room);
    const mask = slots.length - 1;
    for (let atom = 0; atom < this.count; atom++) {
      const hash = this.hashes[atom]!;
      let slot = (hash ^ (hash >>> 15)) & mask;
      while (slots[slot] !== 0) slot = (slot + 1) & mask;
      slots[slot] = atom + 1;
    }
    this.slots = slots;
  }
}

/** To spread an array would go through its iterator: four times as slow, for each of a hundred thousand names. */
function textOf(characters: Uint16Array): string {
  return Reflect.apply(String.fromCharCode, null, characters) as string;
}
