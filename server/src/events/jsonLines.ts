import type { Recorded } from './event.ts';
import { eventOf } from './jsonEvent.ts';
import { isRecord, JsonObject, parseJson } from './jsonObject.ts';
import type { ProblemList } from './problems.ts';
import type { RecordingHead } from './reader.ts';
import type { EachEvent, RecordParser } from './recordParser.ts';

/** Longer lines than any event needs. */
const MOST_LINE_BYTES = 16 << 20;
const NEWLINE = 0x0a;
const ARCHITECTURES: Readonly<Record<string, Recorded['architecture']>> = {
  x86_64: 'x86_64',
  amd64: 'x86_64',
  arm64: 'arm64',
  aarch64: 'arm64',
};
/** Members of the first line that say nothing a run needs. */
const FOR_PEOPLE = ['clock', 'comment', 'btf', 'env', 'program'];

/** Whether a recording begins as JSON does. */
export function isJsonLines(bytes: Uint8Array): boolean {
  const first = bytes.find((byte) => byte !== 0x20 && byte !== 0x09 && byte !== 0x0a && byte !== 0x0d);
  return first === 0x7b;
}

/**
 * Our own format, `bpf-events` version 1 (docs/events.md): a line of JSON that describes the recording, then one for
 * each event. A line that is damaged is told and left out.
 */
export class JsonLinesParser implements RecordParser {
  readonly wanted = 1;
  head: RecordingHead | null = null;
  private readonly problems: ProblemList;
  private readonly decoder = new TextDecoder('utf-8', { fatal: true });
  /** The beginning of a line whose end has not come yet. */
  private pending = new Uint8Array(4096);
  private pendingBytes = 0;
  /** The line is too long, so the rest of it is passed over. */
  private skipping = false;
  private line = 0;
  private index = 0;
  private architecture: Recorded['architecture'] = 'x86_64';
  private readonly told = new Set<string>();

  constructor(problems: ProblemList) {
    this.problems = problems;
  }

  get format(): string {
    const about = this.head?.machine ?? '';
    return about === '' ? 'JSON Lines' : `JSON Lines, ${about}`;
  }

  parse(bytes: Uint8Array, base: number, each: EachEvent): number {
    let at = 0;
    while (at < bytes.length && !this.problems.stopped) {
      const newline = bytes.indexOf(NEWLINE, at);
      const end = newline === -1 ? bytes.length : newline;
      if (newline === -1) this.keep(bytes.subarray(at), base + at);
      else this.finishLine(bytes.subarray(at, end), base + at, each);
      at = end + 1;
    }
    return bytes.length;
  }

  end(base: number, _rest: number, _missing: number, each: EachEvent): void {
    if (this.pendingBytes > 0) this.finishLine(new Uint8Array(), base, each);
    if (this.head === null) this.problems.stop('empty-file', 0, 'the recording is empty');
  }

  private keep(part: Uint8Array, offset: number): void {
    if (this.skipping) return;
    const length = this.pendingBytes + part.length;
    if (length > MOST_LINE_BYTES) {
      this.skipping = true;
      this.pendingBytes = 0;
      this.problems.note('absurd-length', offset, this.here(`longer than ${MOST_LINE_BYTES >> 20} MiB`, this.line + 1));
      return;
    }
    if (length > this.pending.length) {
      const larger = new Uint8Array(Math.max(length, 2 * this.pending.length));
      larger.set(this.pending.subarray(0, this.pendingBytes));
      this.pending = larger;
    }
    this.pending.set(part, this.pendingBytes);
    this.pendingBytes = length;
  }

  private finishLine(part: Uint8Array, offset: number, each: EachEvent): void {
    const whole = this.pendingBytes > 0 || part.length > MOST_LINE_BYTES;
    if (whole) this.keep(part, offset);
    this.line++;
    const bytes = whole ? this.pending.subarray(0, this.pendingBytes) : part;
    const start = offset + part.length - bytes.length;
    this.pendingBytes = 0;
    if (!this.skipping) this.readLine(bytes, start, each);
    this.skipping = false;
  }

  private readLine(bytes: Uint8Array, offset: number, each: EachEvent): void {
    const value = this.parsed(bytes, offset);
    if (value === null) return;
    const object = new JsonObject(value);
    if (this.head === null) {
      this.readHead(object, offset);
      return;
    }
    const event = eventOf(object, this.index, this.architecture);
    if (event === null) {
      this.problems.note('damaged-line', offset, this.here(`${object.problem ?? 'no event'}; the event is left out`));
      return;
    }
    this.index++;
    this.tellUnread(object, offset);
    each(event);
  }

  /** The line as an object; null for an empty line and for one that is no JSON, which is told. */
  private parsed(bytes: Uint8Array, offset: number): Readonly<Record<string, unknown>> | null {
    try {
      const text = this.decoder.decode(bytes);
      if (text.trim() === '') return null;
      const value = parseJson(text);
      if (isRecord(value)) return value;
      this.damaged(offset, 'expected an object in braces');
    } catch (error) {
      this.damaged(offset, error instanceof SyntaxError ? `no valid JSON (${error.message})` : 'no valid UTF-8');
    }
    return null;
  }

  private damaged(offset: number, why: string): void {
    if (this.head === null) this.problems.stop('unknown-format', 0, `line ${this.line}: ${why}`);
    else this.problems.note('damaged-line', offset, this.here(`${why}; the event is left out`));
  }

  private readHead(object: JsonObject, offset: number): void {
    const format = object.text('format');
    const version = object.integer('version');
    const architecture = ARCHITECTURES[object.text('arch') ?? 'x86_64'];
    if (format !== 'bpf-events')
      return this.problems.stop(
        'unknown-format',
        0,
        `line ${this.line}: a recording in JSON Lines begins with {"format":"bpf-events","version":1}`,
      );
    if (version !== 1n)
      return this.problems.stop('unsupported-version', 0, `version ${version ?? '?'} of bpf-events is not known; 1 is`);
    if (object.text('endian') === 'big')
      return this.problems.stop('unsupported-format', 0, 'recordings of big-endian machines cannot be replayed');
    if (architecture === undefined)
      this.problems.note('unsupported-architecture', offset, this.here('registers are those of x86_64 or arm64 only'));
    this.architecture = architecture ?? 'x86_64';
    this.head = {
      machine: [object.text('arch'), object.text('kernel')].filter(Boolean).join(' '),
      kernel: object.text('kernel') ?? '',
      constants: new Map(Object.entries(objectOf(object.raw('rodata')))),
      maps: object.raw('maps'),
    };
    for (const name of FOR_PEOPLE) object.raw(name);
    this.tellUnread(object, offset);
  }

  /** A misspelt member is told once for the whole recording. */
  private tellUnread(object: JsonObject, offset: number): void {
    for (const name of object.unread()) {
      if (this.told.has(name) || this.told.size >= 50) continue;
      this.told.add(name);
      this.problems.note(
        'unknown-member',
        offset,
        this.here(`there is no "${name}" in this format; it is passed over`),
      );
    }
  }

  private here(why: string, line = this.line): string {
    return `line ${line}: ${why}`;
  }
}

function objectOf(value: unknown): Readonly<Record<string, unknown>> {
  return isRecord(value) ? value : {};
}
