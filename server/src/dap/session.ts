import type { Job } from '../base/job.ts';
import type { Goal } from '../debugger/forward.ts';
import type { Granularity, Stop } from '../debugger/moves.ts';
import type { ReplaySession, SessionFrame } from '../debugger/session.ts';
import { type LaunchArguments, type Launched, openLaunch } from './launch.ts';
import { References } from './references.ts';
import type { DapHost } from './server.ts';
import type { Sources } from './sources.ts';
import { stopBody } from './stopBody.ts';
import { explain, UserError } from './userError.ts';

type SendEvent = (event: string, body?: object) => void;

/** A program has one thread: its events follow one another. */
export const THREAD = 1;

/** Work between two looks at the client's messages, in instructions at full speed: a few milliseconds. */
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
  #phase: 'new' | 'launching' | 'configuring' | 'started' | 'over' = 'new';
  #launched: Launched | null = null;
  #announced = false;
  #job: Job<Stop> | null = null;
  #frames: SessionFrame[] | null = null;

  constructor(host: DapHost, event: SendEvent) {
    this.#host = host;
    this.#event = event;
  }

  get replay(): ReplaySession {
    return this.#ready.replay;
  }

  get sources(): Sources {
    return this.#ready.sources;
  }

  get #ready(): Launched {
    if (this.#phase === 'over') throw new UserError('The debug session is over.');
    if (this.#launched === null) throw new UserError('No program is being debugged yet.');
    return this.#launched;
  }

  /** Frames of the present stop, innermost first. */
  get frames(): readonly SessionFrame[] {
    this.mustStand();
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
    if (this.#phase === 'over') throw new UserError('The debug session is over.');
    if (this.#phase !== 'new') throw new UserError('The session has been started already.');
    this.#phase = 'launching';
    try {
      const launched = await openLaunch(this.#host, args);
      if (this.#isOver()) throw new UserError('The debug session is over.');
      this.#launched = launched;
      this.#phase = 'configuring';
      for (const note of launched.notes) this.output(note, 'important');
      // Other requests may come in between, so this does not hang on the next response but on the next turn.
      this.#host.defer(() => this.#announce());
    } catch (error) {
      if (!this.#isOver()) this.#phase = 'new';
      throw error;
    }
  }

  /** Everything is configured: begin. */
  start(): void {
    const { replay, startAt, stopOnEntry, noDebug } = this.#ready;
    if (this.#phase === 'started') throw new UserError('The session has been started already.');
    this.#phase = 'started';
    if (noDebug) {
      replay.stopOnTrap = false;
      replay.breakpoints.clear();
    }
    this.after(() => this.#announce());
    this.move(replay.start(startAt, stopOnEntry));
  }

  forward(goal: Goal, granularity: Granularity): void {
    this.mustStand();
    this.move(this.replay.forward(goal, granularity));
  }

  back(goal: 'over' | 'continue', granularity: Granularity): void {
    this.mustStand();
    this.move(this.replay.back(goal, granularity));
  }

  /** Lets a move run in slices; the client hears of its end. */
  move(job: Job<Stop>): void {
    this.mustStand();
    this.#job = job;
    this.#forget();
    this.after(() => this.#advance(job));
  }

  /** Goes to an event, which no client knows to be a move. */
  moveToEvent(event: number): void {
    this.mustStand();
    // Without this, clients go on showing the description of the stop before.
    this.after(() => this.#event('continued', { threadId: THREAD, allThreadsContinued: true }));
    this.move(this.replay.toEvent(event));
  }

  pause(): void {
    const { replay } = this.#ready;
    if (this.#job === null) return;
    this.#job = null;
    replay.breakpoints.stopAlsoAt([]);
    this.after(() => this.#stopped({ kind: 'pause' }));
  }

  end(): void {
    this.#job = null;
    this.after(() => this.#terminated());
  }

  output(text: string, category: 'console' | 'important' | 'stdout'): void {
    this.#event('output', { category, output: `${text.trimEnd()}\n` });
  }

  /** Refuses what makes no sense while the program runs, or before it does. */
  mustStand(): void {
    if (this.#ready !== null && this.#phase !== 'started') throw new UserError('The program has not been started yet.');
    if (this.#job !== null) throw new UserError('The program is running: pause it first.');
  }

  /** Says once that breakpoints may come. */
  #announce(): void {
    if (!this.#announced && !this.#isOver()) this.#event('initialized');
    this.#announced = true;
  }

  #isOver(): boolean {
    return this.#phase === 'over';
  }

  #advance(job: Job<Stop>): void {
    if (this.#job !== job) return; // paused or ended meanwhile
    try {
      const done = job.advance(SLICE);
      this.#flushOutput();
      if (done) this.#arrive(job.result());
      else this.#host.defer(() => this.#advance(job));
    } catch (error) {
      // Nobody waits for an answer here, so it is told and the program stands where it is.
      this.output(explain(error), 'important');
      this.#arrive({ kind: 'pause' });
    }
  }

  #arrive(stop: Stop): void {
    this.#job = null;
    this.#stopped(stop);
  }

  #flushOutput(): void {
    const lines = this.replay.takeOutput();
    if (lines.length > 0) this.output(lines.join('\n'), 'stdout');
    for (const note of this.replay.takeNotes()) this.output(note, 'console');
  }

  #stopped(stop: Stop): void {
    if (this.#isOver()) return;
    const { replay, noDebug } = this.#ready;
    if (stop.kind === 'end' && noDebug) {
      this.output(`${replay.eventCount} events done.`, 'console');
      this.#terminated();
      return;
    }
    this.#forget();
    this.#event('stopped', { ...stopBody(stop, replay), threadId: THREAD, allThreadsStopped: true });
    this.#event('ebpf/position', { event: replay.event, insns: replay.insns, total: replay.eventCount });
  }

  #terminated(): void {
    if (this.#isOver()) return;
    this.#phase = 'over';
    this.#forget();
    this.#event('terminated');
  }

  #forget(): void {
    this.#frames = null;
    this.references.clear();
  }
}
