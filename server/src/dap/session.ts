import type { DebugProtocol } from '@vscode/debugprotocol';
import type { Job } from '../base/job.ts';
import type { Stop } from '../debugger/moves.ts';
import { ReplaySession, type SessionFrame } from '../debugger/session.ts';
import { openObject } from '../ide/openObject.ts';
import { loadEvents, madeUpEvent } from './loadEvents.ts';
import { References } from './references.ts';
import type { DapHost } from './server.ts';
import { Sources } from './sources.ts';
import { UserError } from './userError.ts';

export interface LaunchArguments extends DebugProtocol.LaunchRequestArguments {
  readonly program?: unknown;
  readonly entry?: unknown;
  readonly events?: unknown;
  readonly startAt?: unknown;
  readonly stopOnEntry?: unknown;
  readonly seed?: unknown;
}

type SendEvent = (event: string, body?: object) => void;

/** A program has one thread: its events follow one another. */
export const THREAD = 1;

/** Instructions between two looks at the client's messages: some milliseconds. */
const SLICE = 200_000;

/** What one client has started: the program, where it stands, and what the client was told. */
export class DapSession {
  readonly references = new References();
  /** Client counts lines and columns from one, as we do, unless it said otherwise. */
  lineBase = 1;
  columnBase = 1;
  readonly #host: DapHost;
  readonly #event: SendEvent;
  readonly #after: (() => void)[] = [];
  #replay: ReplaySession | null = null;
  #sources: Sources | null = null;
  #launch: LaunchArguments | null = null;
  #job: Job<Stop> | null = null;
  #frames: SessionFrame[] | null = null;

  constructor(host: DapHost, event: SendEvent) {
    this.#host = host;
    this.#event = event;
  }

  get replay(): ReplaySession {
    if (this.#replay === null) throw new UserError('No program is being debugged yet.');
    return this.#replay;
  }

  get sources(): Sources {
    if (this.#sources === null) throw new UserError('No program is being debugged yet.');
    return this.#sources;
  }

  /** Frames of the present stop, innermost first. */
  get frames(): readonly SessionFrame[] {
    this.#mustStand();
    this.#frames ??= this.replay.idle ? [] : this.replay.frames();
    return this.#frames;
  }

  frame(id: number | undefined): SessionFrame {
    const frame = this.frames[(id ?? 1) - 1];
    if (frame === undefined) throw new UserError('That frame is gone: the program has moved on.');
    return frame;
  }

  /** Does something once the response to the present request is out, as the protocol wants it. */
  after(action: () => void): void {
    this.#after.push(action);
  }

  afterResponse(): void {
    for (let action = this.#after.shift(); action !== undefined; action = this.#after.shift()) action();
  }

  async launch(args: LaunchArguments): Promise<void> {
    if (this.#launch !== null) throw new UserError('The session has been started already.');
    const path = textArgument(args.program, 'program');
    if (path === null) throw new UserError('The launch configuration names no "program".');
    const object = await this.#openProgram(path);
    const recording = textArgument(args.events, 'events');
    const { events, notes } =
      recording === null ? { events: [madeUpEvent()], notes: [NO_RECORDING] } : await loadEvents(this.#host, recording);
    const entry = textArgument(args.entry, 'entry');
    const replay = ReplaySession.open(object, { entry, events, seed: numberArgument(args.seed, 'seed', 1) });
    if (typeof replay === 'string') throw new UserError(`The program cannot be debugged: ${replay}.`);
    const startAt = numberArgument(args.startAt, 'startAt', 1);
    if (startAt < 1 || startAt > events.length)
      throw new UserError(`"startAt" is ${startAt}, but the recording has events 1 to ${events.length}.`);
    if (startAt > 1) replay.goToEvent(startAt - 1);
    this.#replay = replay;
    this.#sources = new Sources(replay.target, await this.#filesOf(replay, path));
    this.#launch = args;
    for (const note of notes) this.output(note, 'important');
    this.after(() => this.#event('initialized'));
  }

  /** Everything is configured: begin. */
  start(): void {
    const replay = this.replay;
    if (this.#launch?.noDebug === true) {
      replay.stopOnTrap = false;
      this.move(replay.forward('continue', 'line'));
    } else if (this.#launch?.stopOnEntry !== false && !replay.idle) this.#stopped({ kind: 'entry' });
    else this.move(replay.start());
  }

  /** Lets a move run in slices; the client hears of its end. */
  move(job: Job<Stop>): void {
    this.#mustStand();
    this.#job = job;
    this.#frames = null;
    this.references.clear();
    this.after(() => this.#advance(job));
  }

  goToEvent(event: number): void {
    this.#mustStand();
    this.#frames = null;
    this.references.clear();
    const stop = this.replay.goToEvent(event);
    this.after(() => {
      // Without this, clients go on showing the description of the stop before.
      this.#event('continued', { threadId: THREAD, allThreadsContinued: true });
      this.#stopped(stop);
    });
  }

  pause(): void {
    if (this.#job === null) return;
    this.#job = null;
    this.after(() => this.#stopped({ kind: 'pause' }));
  }

  end(): void {
    this.#job = null;
    this.after(() => this.#event('terminated'));
  }

  output(text: string, category: 'console' | 'important' | 'stdout'): void {
    this.#event('output', { category, output: `${text.trimEnd()}\n` });
  }

  #mustStand(): void {
    if (this.#job !== null) throw new UserError('The program is running: pause it first.');
  }

  #advance(job: Job<Stop>): void {
    if (this.#job !== job) return; // paused or ended meanwhile
    const done = job.advance(SLICE);
    for (const line of this.replay.takeOutput()) this.output(line, 'stdout');
    if (!done) this.#host.defer(() => this.#advance(job));
    else {
      this.#job = null;
      this.#stopped(job.result());
    }
  }

  #stopped(stop: Stop): void {
    const { replay } = this;
    if (stop.kind === 'end' && this.#launch?.noDebug === true) {
      this.output(`${replay.eventCount} events done.`, 'console');
      this.#event('terminated');
      return;
    }
    this.#frames = null;
    this.references.clear();
    this.#event('stopped', { ...stopBody(stop, replay), threadId: THREAD, allThreadsStopped: true });
    this.#event('ebpf/position', { event: replay.event, insns: replay.insns, total: replay.eventCount });
  }

  async #openProgram(path: string): Promise<Parameters<typeof ReplaySession.open>[0]> {
    const bytes = await this.#host.readFile(path).catch((error: unknown) => {
      throw new UserError(
        `The program ${path} cannot be read: ${error instanceof Error ? error.message : String(error)}`,
      );
    });
    const opened = openObject(path, bytes);
    if ('problem' in opened) throw new UserError(opened.problem);
    return opened.object;
  }

  /** Which of the texts that line information names are really there. Relative ones are looked for beside the object. */
  async #filesOf(replay: ReplaySession, program: string): Promise<Map<string, string>> {
    const folder = /^(.*[\\/])?/.exec(program)?.[0] ?? '';
    const files = new Map<string, string>();
    for (const path of replay.target.paths().slice(0, 200)) {
      if (path === program) files.set(path, path);
      for (const candidate of files.has(path) ? [] : [path, folder + path])
        if (await this.#exists(candidate)) {
          files.set(path, candidate);
          break;
        }
    }
    return files;
  }

  async #exists(path: string): Promise<boolean> {
    try {
      await this.#host.readFile(path);
      return true;
    } catch {
      return false;
    }
  }
}

const NO_RECORDING = 'No recording was given: the program runs on one made-up TCP packet. Name a capture in "events".';

function stopBody(stop: Stop, replay: ReplaySession): object {
  const verdict = replay.describeVerdict();
  const event = `event ${replay.event + 1}/${replay.eventCount}`;
  const where = verdict === '' ? event : `${event} · ${verdict}`;
  switch (stop.kind) {
    case 'breakpoint':
      return { reason: 'breakpoint', description: `breakpoint, ${where}`, hitBreakpointIds: stop.ids };
    case 'trap':
      return { reason: 'exception', description: `fault in ${event}`, text: stop.trap.message };
    case 'end':
      return { reason: 'step', description: `end of recording, ${where}` };
    case 'start':
      return { reason: 'step', description: `start of recording, ${where}` };
    case 'event':
      return { reason: 'step', description: where };
    case 'entry':
    case 'step':
    case 'pause':
      return { reason: stop.kind, description: where };
  }
}

function textArgument(value: unknown, name: string): string | null {
  if (value === undefined || value === null || value === '') return null;
  if (typeof value === 'string') return value;
  throw new UserError(`"${name}" in the launch configuration must be a text.`);
}

function numberArgument(value: unknown, name: string, otherwise: number): number {
  if (value === undefined || value === null) return otherwise;
  if (typeof value === 'number' && Number.isSafeInteger(value)) return value;
  throw new UserError(`"${name}" in the launch configuration must be a whole number.`);
}
