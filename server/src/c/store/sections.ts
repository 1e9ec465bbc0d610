/**
 * Columns as bytes, one behind the other, which are used where they lie when they are read again. In front of them stand
 * `MAGIC`, a checksum of all that follows it, the number of columns and the length of each in bytes. All are words of four
 * bytes in the order of this machine; every column begins at one.
 */
import type { HeaderStore } from './headerStore.ts';

type Column = Uint8Array | Uint16Array | Int32Array;

/** "eBW1" where the lower byte comes first. */
const MAGIC = 0x31574265;
const WORD = 4;
const SUM = 1;
const COUNT = 2;
const LENGTHS = 3;

type Checksum = HeaderStore['checksum'];

/** Takes columns in their order. */
export class SectionWriter {
  readonly #columns: Column[] = [];

  add(column: Column): void {
    this.#columns.push(column);
  }

  /** Plain data, as JSON. */
  addFacts(facts: unknown): void {
    this.add(new TextEncoder().encode(JSON.stringify(facts)));
  }

  bytes(checksum: Checksum): Uint8Array {
    const columns = this.#columns;
    const start = LENGTHS + columns.length;
    const words = new Int32Array(columns.reduce((sum, column) => sum + wordsFor(column.byteLength), start));
    const bytes = new Uint8Array(words.buffer);
    words.set([MAGIC, 0, columns.length, ...columns.map((column) => column.byteLength)]);
    let at = start;
    for (const column of columns) {
      bytes.set(new Uint8Array(column.buffer, column.byteOffset, column.byteLength), at * WORD);
      at += wordsFor(column.byteLength);
    }
    words[SUM] = checksum(bytes.subarray(COUNT * WORD));
    return bytes;
  }
}

/** Gives columns in the order in which they were written. */
export class SectionReader {
  readonly #bytes: Uint8Array;
  readonly #lengths: Int32Array;
  #next = 0;
  #at: number;

  private constructor(bytes: Uint8Array, lengths: Int32Array) {
    this.#bytes = bytes;
    this.#lengths = lengths;
    this.#at = (LENGTHS + lengths.length) * WORD;
  }

  /** Null for bytes that a writer did not give. */
  static open(given: Uint8Array, checksum: Checksum): SectionReader | null {
    const bytes = given.byteOffset % WORD === 0 ? given : given.slice();
    const words = new Int32Array(bytes.buffer, bytes.byteOffset, bytes.byteLength >> 2);
    if (words.length < LENGTHS || bytes.byteLength % WORD !== 0 || words[0] !== MAGIC) return null;
    if (words[SUM] !== (checksum(bytes.subarray(COUNT * WORD)) | 0)) return null;
    return new SectionReader(bytes, words.subarray(LENGTHS, LENGTHS + words[COUNT]!));
  }

  bytes(): Uint8Array {
    const length = this.#lengths[this.#next++] ?? 0;
    const column = this.#bytes.subarray(this.#at, this.#at + length);
    this.#at += wordsFor(length) * WORD;
    return column;
  }

  characters(): Uint16Array {
    const { buffer, byteOffset, byteLength } = this.bytes();
    return new Uint16Array(buffer, byteOffset, byteLength >> 1);
  }

  words(): Int32Array {
    const { buffer, byteOffset, byteLength } = this.bytes();
    return new Int32Array(buffer, byteOffset, byteLength >> 2);
  }

  facts(): unknown {
    return JSON.parse(new TextDecoder().decode(this.bytes()));
  }
}

function wordsFor(bytes: number): number {
  return (bytes + WORD - 1) >> 2;
}
