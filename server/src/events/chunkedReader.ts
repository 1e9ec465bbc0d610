import { ProblemList } from './problems.ts';
import type { EventReader, ReadProblem, RecordingHead } from './reader.ts';
import type { EachEvent, RecordParser } from './recordParser.ts';

const FIRST_CARRY_BYTES = 4096;

/**
 * Feeds chunks of any size to a parser. Records that lie wholly in a chunk are parsed in place; one that is cut by a
 * chunk's end is gathered in `carry`, which never grows beyond what the parser wants for one record.
 */
export class ChunkedReader implements EventReader {
  private readonly parser: RecordParser;
  private readonly found: ProblemList;
  private carry = new Uint8Array(FIRST_CARRY_BYTES);
  private carried = 0;
  private skip = 0;
  /** Offset in the recording of the next byte that no record has taken yet. */
  private base = 0;
  private ended = false;

  constructor(parser: RecordParser, found: ProblemList) {
    this.parser = parser;
    this.found = found;
  }

  get problems(): readonly ReadProblem[] {
    return this.found.list;
  }

  get format(): string {
    return this.parser.format;
  }

  get head(): RecordingHead | null {
    return this.parser.head ?? null;
  }

  push(chunk: Uint8Array, each: EachEvent): void {
    let at = this.skipped(chunk, 0);
    while (this.carried > 0 && at < chunk.length && !this.found.stopped) {
      at = this.fill(chunk, at);
      if (this.carried < this.parser.wanted) return;
      this.takeCarry(each);
      at = this.skipped(chunk, at);
    }
    if (at >= chunk.length || this.found.stopped) return;
    this.keep(this.taken(at === 0 ? chunk : chunk.subarray(at), each));
  }

  end(each: EachEvent): void {
    if (this.ended) return;
    this.ended = true;
    if (!this.found.stopped) this.parser.end(this.base, this.carried, this.skip, each);
  }

  private skipped(chunk: Uint8Array, at: number): number {
    const count = Math.min(this.skip, chunk.length - at);
    this.skip -= count;
    this.base += count;
    return at + count;
  }

  /** Moves bytes of the chunk into `carry` until the parser has what it wants. */
  private fill(chunk: Uint8Array, at: number): number {
    const count = Math.min(this.parser.wanted - this.carried, chunk.length - at);
    this.room(this.carried + count);
    this.carry.set(chunk.subarray(at, at + count), this.carried);
    this.carried += count;
    return at + count;
  }

  private takeCarry(each: EachEvent): void {
    const bytes = this.carry.subarray(0, this.carried);
    const rest = this.taken(bytes, each);
    if (rest.length === this.carried) return;
    // Whoever got an event of this call may still look at its bytes, so they stay as they are.
    this.carry = new Uint8Array(Math.max(rest.length, FIRST_CARRY_BYTES));
    this.carry.set(rest);
    this.carried = rest.length;
  }

  /** Lets the parser take what it can and returns what it left. */
  private taken(bytes: Uint8Array, each: EachEvent): Uint8Array {
    const at = this.parser.parse(bytes, this.base, each);
    const inside = Math.min(at, bytes.length);
    this.base += inside;
    this.skip = at - inside;
    return bytes.subarray(inside);
  }

  private keep(rest: Uint8Array): void {
    if (this.found.stopped) return;
    this.room(rest.length);
    this.carry.set(rest);
    this.carried = rest.length;
  }

  private room(length: number): void {
    if (length <= this.carry.length) return;
    const larger = new Uint8Array(Math.max(length, 2 * this.carry.length));
    larger.set(this.carry.subarray(0, this.carried));
    this.carry = larger;
  }
}
