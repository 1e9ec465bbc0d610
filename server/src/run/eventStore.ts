import type { Event } from '../events/event.ts';
import { summaryOf } from '../events/summary.ts';
import type { EventResult } from './result.ts';

/** Where the bytes of one packet lie. */
interface Slice {
  readonly chunk: number;
  readonly offset: number;
  readonly length: number;
}

const CHUNK_BYTES = 4 * 1024 * 1024;

/** What is kept of a run at most; beyond it events are only counted. */
export interface StoreLimits {
  readonly events: number;
  readonly packetBytes: number;
  /** Events of which texts (output, reasons) are kept. */
  readonly texts: number;
}

export const STORE_LIMITS: StoreLimits = { events: 5_000_000, packetBytes: 384 * 1024 * 1024, texts: 50_000 };

/** One stored event, made when asked for. */
export interface StoredEvent {
  readonly index: number;
  readonly timeNs: bigint | null;
  readonly verdict: string;
  readonly status: 'ok' | 'trap' | 'skipped';
  readonly lengthBefore: number;
  readonly lengthAfter: number;
  readonly changed: boolean;
  readonly linkType: number;
  /** null when the packet was not kept. */
  readonly before: Uint8Array | null;
  readonly after: Uint8Array | null;
  readonly text: EventText | null;
  /** Set for hooks, and for packets of which more was recorded than their bytes. */
  readonly hook: StoredHook | null;
}

/** What is kept of a hook's event besides the data it leads to. */
export interface StoredHook {
  /** "kprobe:do_sys_openat2 · cat (135)"; empty for a packet. */
  readonly summary: string;
  readonly program: string;
  /** null when the event was not run, or does not fit. */
  readonly context: Uint8Array | null;
  /** null where it is the same. */
  readonly contextAfter: Uint8Array | null;
}

/** What does not fit a row of numbers. */
export interface EventText {
  /** Why the event was skipped, or what the fault was. */
  readonly reason: string | null;
  readonly trapPc: number | null;
  readonly trapProgram: string | null;
  readonly output: readonly string[];
  readonly notes: readonly string[];
}

/** The events of a run in compact columns, so that a view can show any of them without holding all. */
export class EventStore {
  readonly #limits: StoreLimits;
  readonly #verdicts: string[] = [];
  readonly #verdictIds = new Map<string, number>();
  readonly #chunks: Uint8Array[] = [];
  #used = CHUNK_BYTES;
  #bytes = 0;
  #capacity = 0;
  #times = new BigInt64Array();
  /** `COLUMNS` numbers an event: verdict, flags, link type, lengths, and where the packets lie. */
  #columns = new Uint32Array();
  readonly #texts = new Map<number, EventText>();
  readonly #hooks = new Map<number, StoredHook>();
  readonly #byVerdict = new Map<string, Uint32Array>();
  count = 0;

  constructor(limits: StoreLimits = STORE_LIMITS) {
    this.#limits = limits;
  }

  /** Copies what `result` and `event` hold. False when the store is full. */
  add(event: Event, result: EventResult, output: readonly string[]): boolean {
    if (this.count >= this.#limits.events) return false;
    const row = this.count++;
    this.#reserve(this.count);
    const status = result.skipped !== null ? SKIPPED : result.trap !== null ? TRAP : OK;
    const verdict = verdictOf(result);
    const bytes = event.kind === 'packet' ? event.data : (event.data ?? NOTHING);
    const changed = result.packetChanged || result.context?.changed === true;
    const before = this.#keep(bytes);
    const after = result.packetChanged && result.packet !== null ? this.#keep(result.packet) : null;
    this.#times[row] = event.timeNs ?? NO_TIME;
    this.#columns.set(
      [
        this.#verdictId(verdict),
        status | (changed ? CHANGED : 0) | (before ? BEFORE : 0) | (after ? AFTER : 0),
        event.kind === 'packet' ? event.linkType : 0,
        bytes.length,
        result.packetChanged && result.packet !== null ? result.packet.length : bytes.length,
        before?.chunk ?? 0,
        before?.offset ?? 0,
        after?.chunk ?? 0,
        after?.offset ?? 0,
      ],
      row * COLUMNS,
    );
    this.#keepText(row, result, output);
    if (event.recorded !== undefined) this.#keepHook(row, event, result);
    return true;
  }

  /** The event of a row; null past the end. */
  get(row: number): StoredEvent | null {
    if (row < 0 || row >= this.count) return null;
    const [verdict = 0, flags = 0, linkType = 0, lengthBefore = 0, lengthAfter = 0, ...places] = this.#columns.subarray(
      row * COLUMNS,
      (row + 1) * COLUMNS,
    );
    const [beforeChunk = 0, beforeOffset = 0, afterChunk = 0, afterOffset = 0] = places;
    const slice = (flag: number, chunk: number, offset: number, length: number): Uint8Array | null =>
      (flags & flag) === 0 ? null : (this.#chunks[chunk]?.subarray(offset, offset + length) ?? null);
    const time = this.#times[row];
    return {
      index: row,
      timeNs: time === undefined || time === NO_TIME ? null : time,
      verdict: this.#verdicts[verdict] ?? '',
      status: STATUS[flags & 3] ?? 'ok',
      lengthBefore,
      lengthAfter,
      changed: (flags & CHANGED) !== 0,
      linkType,
      before: slice(BEFORE, beforeChunk, beforeOffset, lengthBefore),
      after: slice(AFTER, afterChunk, afterOffset, lengthAfter),
      text: this.#texts.get(row) ?? null,
      hook: this.#hooks.get(row) ?? null,
    };
  }

  /** Rows with this verdict, in order; all when it is null. */
  rows(verdict: string | null, from: number, count: number): { readonly rows: number[]; readonly total: number } {
    if (verdict === null) {
      const end = Math.min(this.count, from + count);
      return { rows: Array.from({ length: Math.max(0, end - from) }, (_, index) => from + index), total: this.count };
    }
    const matching = this.#matching(verdict);
    return { rows: [...matching.subarray(from, from + count)], total: matching.length };
  }

  #matching(verdict: string): Uint32Array {
    const known = this.#byVerdict.get(verdict);
    if (known !== undefined) return known;
    const id = this.#verdictIds.get(verdict) ?? -1;
    const rows: number[] = [];
    for (let row = 0; row < this.count; row++) if (this.#columns[row * COLUMNS] === id) rows.push(row);
    const matching = Uint32Array.from(rows);
    this.#byVerdict.set(verdict, matching);
    return matching;
  }

  #verdictId(name: string): number {
    let id = this.#verdictIds.get(name);
    if (id === undefined) {
      id = this.#verdicts.push(name) - 1;
      this.#verdictIds.set(name, id);
    }
    return id;
  }

  #reserve(count: number): void {
    if (count <= this.#capacity) return;
    this.#capacity = Math.max(1024, this.#capacity * 2);
    const columns = new Uint32Array(this.#capacity * COLUMNS);
    columns.set(this.#columns);
    this.#columns = columns;
    const times = new BigInt64Array(this.#capacity);
    times.set(this.#times);
    this.#times = times;
  }

  #keep(bytes: Uint8Array): Slice | null {
    if (bytes.length > CHUNK_BYTES || this.#bytes + bytes.length > this.#limits.packetBytes) return null;
    if (this.#used + bytes.length > CHUNK_BYTES) {
      this.#chunks.push(new Uint8Array(CHUNK_BYTES));
      this.#used = 0;
    }
    const chunk = this.#chunks.length - 1;
    const offset = this.#used;
    this.#chunks[chunk]?.set(bytes, offset);
    this.#used += bytes.length;
    this.#bytes += bytes.length;
    return { chunk, offset, length: bytes.length };
  }

  #keepHook(row: number, event: Event, { program, context }: EventResult): void {
    const kept = context === null || this.#bytes > this.#limits.packetBytes ? null : context.before.slice();
    const contextAfter = kept === null || context?.changed !== true ? null : context.bytes.slice();
    this.#bytes += HOOK_BYTES + (kept?.length ?? 0) + (contextAfter?.length ?? 0);
    const summary = event.kind === 'hook' ? summaryOf(event) : '';
    this.#hooks.set(row, { summary, program, context: kept, contextAfter });
  }

  #keepText(row: number, { skipped, trap, notes }: EventResult, output: readonly string[]): void {
    const reason = skipped ?? trap?.message ?? null;
    const nothing = reason === null && output.length === 0 && notes.length === 0;
    if (nothing || this.#texts.size >= this.#limits.texts) return;
    this.#texts.set(row, {
      reason,
      trapPc: trap?.pc ?? null,
      trapProgram: trap?.program ?? null,
      output: output.slice(0, 100),
      notes,
    });
  }
}

const NOTHING = new Uint8Array();
/** What an entry about a hook costs besides its context. */
const HOOK_BYTES = 256;
const COLUMNS = 9;
const OK = 0;
const TRAP = 1;
const SKIPPED = 2;
const CHANGED = 4;
const BEFORE = 8;
const AFTER = 16;
const STATUS = ['ok', 'trap', 'skipped'] as const;
const NO_TIME = -(2n ** 63n);

/** What a row and the histogram call the outcome of an event. */
export function verdictOf({ skipped, trap, verdict, returnValue }: EventResult): string {
  if (skipped !== null) return 'skipped';
  return trap !== null ? 'trap' : (verdict ?? String(returnValue));
}
