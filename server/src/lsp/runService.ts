import { finish } from '../base/job.ts';
import { toHex } from '../base/bytes.ts';
import { summarize } from '../events/dissect.ts';
import { bytesOf, type Event } from '../events/event.ts';
import { createReader } from '../events/openRecording.ts';
import type { EventReader, RecordingHead } from '../events/reader.ts';
import { loadedBy } from '../ide/kernelSource.ts';
import { openCSource, type CTools } from '../ide/c/openCSource.ts';
import { openObject } from '../ide/openObject.ts';
import { lineAt, type BpfObject, type Program } from '../program/program.ts';
import { withConstants } from '../run/constants.ts';
import { takesPackets } from '../run/contexts/enter.ts';
import { EventStore, type StoredEvent, type StoredHook, verdictOf } from '../run/eventStore.ts';
import { parseInitialMaps, type MapsFile } from '../run/initialMaps.ts';
import { contextLines } from './contextLines.ts';
import type { KernelTypesHost } from './kernelTypes.ts';
import { runCounts } from './runCounts.ts';
import { kernelForRun } from './runKernel.ts';
import { stoppedPlace } from './stoppedPlace.ts';
import { listMap } from '../run/mapListing.ts';
import type { EventResult } from '../run/result.ts';
import { createRunSession, type RunSession } from '../run/session.ts';
import { isWorld, parseWorldFile } from '../run/worldFile.ts';
import type { Verification, VerifiedProgram } from '../verifier/verification.ts';
import { VERIFY_DEFAULTS, verifyJob } from '../verifier/verify.ts';
import type { OutputRecord } from '../vm/createMachine.ts';
import type { StopSignal } from '../vm/stopSignal.ts';
import type { GivenWorld } from '../vm/given.ts';
import type {
  EventDetail,
  EventRow,
  ProgramFile,
  ProgramListing,
  RunReply,
  RunReport,
  RunRequest,
} from './protocol.ts';

/** What the platform lends a run. */
export interface RunHost extends CTools {
  readFile(path: string): Promise<Uint8Array>;
  /** The file's size in bytes as far as known, and its chunks, unpacked when it is compressed. */
  readStream(path: string): { readonly bytes: Promise<number | null>; readonly chunks: AsyncIterable<Uint8Array> };
  /** Milliseconds of a clock that never jumps. */
  now(): number;
  reply(message: RunReply): void;
  /** Whether the user wants the run to end; absent where nobody can tell. */
  readonly stop?: StopSignal;
  /** Absent in browsers. */
  readonly kernelTypes?: KernelTypesHost;
}

const PROGRESS_EVERY_MS = 100;
/** A head that is longer is none. */
const MOST_HEAD_BYTES = 1 << 20;
/** Events between two looks at the clock. */
const LOOK_EVERY_EVENTS = 64;
/** Entries of one map in a report. */
const MAP_ENTRIES = 1000;

/** Serves the run worker: one run, then questions about its events. */
export class RunService {
  readonly #host: RunHost;
  #store = new EventStore();
  #object: BpfObject | null = null;
  #session: RunSession | null = null;

  constructor(host: RunHost) {
    this.#host = host;
  }

  async receive(request: RunRequest): Promise<void> {
    try {
      await this.#answer(request);
    } catch (error) {
      this.#host.reply({ kind: 'failed', message: error instanceof Error ? error.message : String(error) });
    }
  }

  async #answer(request: RunRequest): Promise<void> {
    switch (request.kind) {
      case 'listPrograms': {
        const object = await this.#open(request.file, '');
        const errors = object.diagnostics.filter(({ severity }) => severity === 'error').map(({ message }) => message);
        this.#host.reply({ kind: 'programs', programs: object.programs.map(listingOf), errors });
        break;
      }
      case 'run':
        this.#host.reply({ kind: 'finished', report: await this.#run(request) });
        break;
      case 'rows': {
        const { rows, total } = this.#store.rows(request.filter.verdict, request.from, Math.min(request.count, 1000));
        this.#host.reply({ kind: 'rows', id: request.id, rows: rows.flatMap((row) => this.#row(row)), total });
        break;
      }
      case 'detail':
        this.#host.reply({ kind: 'detail', id: request.id, detail: this.#detail(request.index) });
        break;
      case 'fileBytes':
        break; // for the platform's part of the worker
    }
  }

  async #open({ path, text, c = {} }: ProgramFile, kernelBtf: string): Promise<BpfObject> {
    const bytes = text === null ? await this.#host.readFile(path) : new TextEncoder().encode(text);
    const source = { path, text: new TextDecoder().decode(bytes) };
    const opened = /\.c$/i.test(path)
      ? await openCSource(source, this.#host, { user: c, profile: 'optimised', kernelBtf })
      : openObject(path, bytes);
    if ('problem' in opened) throw new Error(`${path}: ${opened.problem}.`);
    return opened.object;
  }

  async #run(request: Extract<RunRequest, { kind: 'run' }>): Promise<RunReport> {
    const head = await this.#headOf(request.events);
    const given = request.kernelBtf ?? '';
    const read = await this.#open(request.file, given);
    const kernel = await kernelForRun(this.#host.kernelTypes, read.programs, given, head?.kernel ?? null);
    const { object, notes } = withConstants(loadedBy(kernel, read), head?.constants ?? new Map());
    const programs = choosePrograms(object, request.program, head !== null);
    const [program] = programs;
    if (program === undefined) throw new Error('The file holds no eBPF program.');
    const verifications = object.programs.map((one) =>
      finish(verifyJob(one, { ...VERIFY_DEFAULTS, kernelBtf: kernel?.btf ?? null })),
    );
    const verified = verifications.flatMap(({ program: accepted }): VerifiedProgram[] => (accepted ? [accepted] : []));
    const recorded = head?.maps
      ? parseInitialMaps(JSON.stringify(head.maps), `${request.events}, maps of line 1`)
      : null;
    if (typeof recorded === 'string') throw new Error(recorded);
    const session = createRunSession(object, programs, {
      engine: request.engine,
      verified,
      world: request.world ? await this.#world(request.world) : null,
      maps: request.maps ? await this.#maps(request.maps) : recorded,
      now: () => this.#host.now(),
      ...(this.#host.stop === undefined ? {} : { stop: this.#host.stop }),
      coverage: request.count === true,
    });
    if (typeof session === 'string') throw new Error(`${program.name} cannot be run: ${session}.`);
    for (const note of notes) session.machine.notes.add(note);
    this.#object = object;
    this.#session = session;
    this.#store = new EventStore();
    const started = this.#host.now();
    const counting = new Counting(session, this.#store);
    const reader = await this.#readEvents(request.events, counting);
    const ran = programs.map((one) => verifications[object.programs.indexOf(one)]);
    // Of several the one that says least speaks for all.
    const verification = ran.find((one) => one?.outcome !== 'accepted') ?? ran[0];
    return reportOf(request, programs, verification, session, counting, reader, this.#host.now() - started);
  }

  /** What a recording says of itself; it is read for that from its beginning. */
  async #headOf(path: string): Promise<RecordingHead | null> {
    const reader = createReader();
    let bytes = 0;
    for await (const chunk of this.#host.readStream(path).chunks) {
      reader.push(chunk, () => {});
      bytes += chunk.length;
      const perhaps = reader.format === 'unknown' || reader.format.startsWith('JSON');
      if (reader.head !== null || !perhaps || reader.problems.length > 0 || bytes > MOST_HEAD_BYTES) break;
    }
    return reader.head;
  }

  async #world(path: string): Promise<GivenWorld> {
    const world = parseWorldFile(new TextDecoder().decode(await this.#host.readFile(path)));
    if (isWorld(world)) return world;
    throw new Error(world.map((line) => `${path}:${line}`).join('\n'));
  }

  async #maps(path: string): Promise<MapsFile> {
    const maps = parseInitialMaps(new TextDecoder().decode(await this.#host.readFile(path)), path);
    if (typeof maps === 'string') throw new Error(maps);
    return maps;
  }

  async #readEvents(path: string, counting: Counting): Promise<EventReader> {
    const reader = createReader();
    const { bytes, chunks } = this.#host.readStream(path);
    const size = await bytes;
    let read = 0;
    let reported = this.#host.now();
    const report = (): void => {
      if (this.#host.now() - reported < PROGRESS_EVERY_MS) return;
      reported = this.#host.now();
      const fraction = size === null ? null : Math.min(1, read / size);
      this.#host.reply({ kind: 'progress', events: counting.events, fraction });
    };
    const each = (event: Event): void => {
      counting.take(event);
      read += bytesOf(event).length;
      if (counting.events % LOOK_EVERY_EVENTS === 0) report();
    };
    for await (const chunk of chunks) {
      reader.push(chunk, each);
      counting.flush();
      if (
        counting.session.difference !== null ||
        counting.session.stopped !== null ||
        reader.problems.some(({ recoverable }) => !recoverable)
      )
        break;
    }
    // Of a stopped run the rest of the recording was not read, so nothing can be said of its end.
    if (counting.session.stopped === null) reader.end(each);
    counting.flush();
    return reader;
  }

  #row(index: number): EventRow[] {
    const event = this.#store.get(index);
    return event === null ? [] : [rowOf(event)];
  }

  #detail(index: number): EventDetail | null {
    const event = this.#store.get(index);
    if (event === null) return null;
    const { before, after, text, hook } = event;
    const several = (this.#session?.programs.length ?? 0) > 1;
    return {
      row: rowOf(event),
      summary: event.status === 'skipped' ? rowOf(event).summary : summaryText(event),
      context: hook === null ? null : contextLines(this.#programOf(hook), hook),
      program: hook !== null && several ? hook.program : null,
      before: before && toHex(before),
      after: event.changed ? after && toHex(after) : before && toHex(before),
      output: text?.output ?? [],
      notes: text?.notes ?? [],
      trap: event.status === 'trap' ? this.#trap(event) : null,
    };
  }

  #programOf({ program }: StoredHook): Program | null {
    return this.#object?.programs.find(({ name }) => name === program) ?? null;
  }

  #trap({ text }: StoredEvent): EventDetail['trap'] {
    const program = this.#object?.programs.find(({ name }) => name === text?.trapProgram) ?? this.#session?.program;
    const pc = text?.trapPc ?? null;
    const line = program === undefined || pc === null ? null : lineAt(program, pc);
    return { message: text?.reason ?? 'the program faulted', pc, path: line?.path ?? null, line: line?.line ?? 0 };
  }
}

/** Runs events as they come and adds up what came of them. */
class Counting {
  readonly session: RunSession;
  readonly verdicts = new Map<string, number>();
  events = 0;
  kept = true;
  readonly #store: EventStore;

  constructor(session: RunSession, store: EventStore) {
    this.session = session;
    this.#store = store;
  }

  take(event: Event): void {
    if (this.session.difference === null) this.session.feed(event, this.#add);
  }

  /** Must come before the bytes of the events go. */
  flush(): void {
    this.session.flush(this.#add);
  }

  readonly #add = (result: EventResult, event: Event): void => {
    this.events++;
    const verdict = verdictOf(result);
    this.verdicts.set(verdict, (this.verdicts.get(verdict) ?? 0) + 1);
    if (!this.#store.add(event, result, result.output.map(outputText))) this.kept = false;
  };
}

/** One program, or all of a file where the recording says which event is for which. */
function choosePrograms(object: BpfObject, name: string | null, several: boolean): readonly Program[] {
  if (name === null && several && object.programs.length > 1) return object.programs;
  return [chooseProgram(object, name)];
}

function chooseProgram(object: BpfObject, name: string | null): Program {
  const program = name === null ? object.programs[0] : object.programs.find((one) => one.name === name);
  if (program !== undefined) return program;
  const error = object.diagnostics.find(({ severity }) => severity === 'error');
  throw new Error(
    error?.message ?? (name === null ? 'The file holds no eBPF program.' : `The file holds no program ${name}.`),
  );
}

function listingOf({ name, type, section, insns, lines }: Program): ProgramListing {
  const packets = takesPackets(type);
  return { name, type, packets, section, insns: insns.length, line: lines[0]?.line ?? 0 };
}

function reportOf(
  request: Extract<RunRequest, { kind: 'run' }>,
  programs: readonly Program[],
  verification: Verification | undefined,
  session: RunSession,
  counting: Counting,
  reader: EventReader,
  milliseconds: number,
): RunReport {
  const summary = session.summary(MAP_ENTRIES);
  const notes = [...summary.notes, ...reader.problems.map(({ message }) => message)];
  if (session.difference !== null) notes.unshift(`The two engines differ: ${session.difference}`);
  const stopped = stoppedPlace(session);
  if (stopped !== null) notes.unshift(stopped.message);
  if (!counting.kept) notes.push(`Only the first ${session.summary(0).events} events are listed below.`);
  return {
    program: listingOf(session.program),
    programs: programs.map(listingOf),
    hooks: reader.head !== null,
    path: request.file.path,
    events: request.events,
    engine: request.engine === 'both' ? 'JIT and interpreter' : request.engine === 'jit' ? 'JIT' : 'interpreter',
    verification: verificationOf(verification),
    total: summary.events,
    skipped: summary.skipped,
    traps: summary.traps,
    verdicts: [...counting.verdicts]
      .map(([name, count]) => ({ name, count }))
      .sort((one, other) => other.count - one.count || one.name.localeCompare(other.name)),
    maps: summary.maps.map((map) => listMap(session.machine, session.program, map)),
    notes: notes.slice(0, 50),
    milliseconds,
    nsPerEvent: nsPerEvent(session, summary.events - summary.skipped),
    stopped,
    counts: runCounts(session, summary.insns),
  };
}

function nsPerEvent({ engineMs }: RunSession, ran: number): number {
  return engineMs === null || ran === 0 ? 0 : (engineMs * 1e6) / ran;
}

function verificationOf(verification: Verification | undefined): RunReport['verification'] {
  if (verification === undefined) return { outcome: 'unsupported', message: null };
  const { outcome, finding } = verification;
  if (finding === null) return { outcome, message: null };
  const start = outcome === 'rejected' ? 'The kernel would not load this program' : 'The program was not checked';
  return { outcome, message: `${start}: ${finding.message} It ran with every access checked.` };
}

function rowOf(event: StoredEvent): EventRow {
  const { index, timeNs, lengthBefore, lengthAfter, verdict, status, changed, text } = event;
  const packet = summaryText(event);
  // Of a hook without data the context is what it has bytes of.
  const contextBytes = event.hook?.summary ? (event.hook.context?.length ?? 0) : 0;
  const [bytesBefore, bytesAfter] = lengthBefore === 0 ? [contextBytes, contextBytes] : [lengthBefore, lengthAfter];
  return {
    index,
    timeNs: timeNs === null ? null : String(timeNs),
    lengthBefore: bytesBefore,
    lengthAfter: bytesAfter,
    verdict,
    status,
    summary: status === 'ok' ? packet : [text?.reason, packet].filter(Boolean).join(' · '),
    changed,
    outputs: text?.output.length ?? 0,
  };
}

function summaryText({ before, linkType, hook }: StoredEvent): string {
  if (hook !== null && hook.summary !== '') return hook.summary;
  return before === null ? '' : summarize(before, LINK_ETHERNET.has(linkType) ? 'ethernet' : 'ip');
}

/** LINKTYPE_ETHERNET: all else that a run takes begins with IP or gets a header of its own. */
const LINK_ETHERNET = new Set([1]);

function outputText({ kind, text, bytes, map }: OutputRecord): string {
  if (kind === 'printk' || bytes.length === 0) return text.trimEnd();
  return `${map ?? (text === '' ? kind : text)}: ${toHex(bytes.subarray(0, 256))}${bytes.length > 256 ? '…' : ''}`;
}
