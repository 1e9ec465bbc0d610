import type { Event } from '../events/event.ts';
import type { BpfObject, Program } from '../program/program.ts';
import { verdictName } from '../program/verdictName.ts';
import type { VerifiedProgram } from '../verifier/verification.ts';
import type { Machine } from '../vm/createMachine.ts';
import type { GivenWorld } from '../vm/given.ts';
import type { Trap } from '../vm/machine.ts';
import { runDeferred } from '../vm/runDeferred.ts';
import type { StopSignal } from '../vm/stopSignal.ts';
import { BATCH_EVENTS } from '../jit/batch.ts';
import type { Batch, BatchOutcome } from './batch.ts';
import { BatchResult } from './batchResult.ts';
import { Comparison, type Outcome } from './compareRunners.ts';
import { NOTHING_LEFT } from './contexts/enter.ts';
import { programFor } from './hooks.ts';
import { NO_MAPS, resolveInitialMaps, type InitialMaps, type MapsFile } from './initialMaps.ts';
import type { EventResult, RunSummary } from './result.ts';
import { createSide, type Part, type Side } from './side.ts';
import { snapshotMaps } from './snapshotMaps.ts';

export interface RunOptions {
  /** `both` runs every event in the two and compares them. */
  readonly engine: 'jit' | 'interpreter' | 'both';
  /** Programs of the object that the verifier accepted: the JIT runs them without checks. */
  readonly verified?: readonly VerifiedProgram[];
  readonly seed?: number;
  readonly cpus?: number;
  /** Contents of maps before the first event. */
  readonly maps?: MapsFile | null;
  /** What the user's world file says. */
  readonly world?: GivenWorld | null;
  /** Socket filters see packets from the link header on, as on a packet socket, not as in the kernel's test run. */
  readonly attached?: boolean;
  /** Count how often each instruction runs. */
  readonly coverage?: boolean;
  /** Count the instructions of each event, and spend `budget` to the very instruction. `coverage` implies it. */
  readonly exact?: boolean;
  /** Most instructions of one event; where the JIT does not count exactly, it is near. Accepted programs have none then. */
  readonly budget?: number;
  /** Milliseconds of a clock that never jumps; with it the time spent in the engine is measured. */
  readonly now?: () => number;
  /** Asked again and again; once it says yes, no more events run, and the one that runs ends where it stands. */
  readonly stop?: StopSignal;
}

/** Where a run was when somebody stopped it. */
export interface StoppedAt {
  /** The event that was next or was running. */
  readonly event: number;
  readonly program: string;
  /** The instruction, and in plain words where it is; null when the event had not begun. */
  readonly trap: Trap | null;
}

/** Gets the result of an event, which is gone with the next one. */
export type EachResult = (result: EventResult, event: Event) => void;

/** Programs over the events of one recording. */
export interface RunSession {
  /** The program, or the first of several. */
  readonly program: Program;
  readonly programs: readonly Program[];
  /** Runs one event. What it returns is valid until the next one. */
  run(event: Event): EventResult;
  /** Runs an event now or together with later ones, and hands on what comes of it, in order. */
  feed(event: Event, each: EachResult): void;
  /** Runs what waits. Must come before the bytes of fed events go, and at the end. */
  flush(each: EachResult): void;
  /** Counts so far and the maps as they are now. */
  summary(mapLimit?: number): RunSummary;
  /** With engine `both`: the first difference; nothing more is run after it. */
  readonly difference: string | null;
  /** Set when the run was stopped: nothing more is run after it. */
  readonly stopped: StoppedAt | null;
  /** How often each instruction was begun, if asked for. */
  readonly coverage: ReadonlyMap<Program, Float64Array> | null;
  /** Milliseconds that the program itself took, the clock's own time taken off; null without a clock. */
  readonly engineMs: number | null;
  /** The machine whose results count. */
  readonly machine: Machine;
}

/** Distinct return values that are counted one by one; the others together. */
const MOST_RETURNS = 1000;
/** Events that are kept for a batch at most; those that cannot be run take no room in it. */
const MOST_WAITING = 2 * BATCH_EVENTS;
/** Entries of one map in a summary unless told otherwise. */
const ALL_ENTRIES = 1 << 20;

/**
 * Prepares a run; a string says in plain words why there can be none. Of several programs each event goes to the one
 * whose section names its hook.
 */
export function createRunSession(
  object: BpfObject,
  program: Program | readonly Program[],
  options: RunOptions,
): RunSession | string {
  const programs = 'insns' in program ? [program] : program;
  const initial = initialMaps(object, options);
  if (typeof initial === 'string') return initial;
  const kinds = options.engine === 'both' ? (['jit', 'interpreter'] as const) : [options.engine];
  const sides: Side[] = [];
  for (const kind of kinds) {
    const side = createSide(object, programs, kind, options, initial);
    if (typeof side === 'string') return side;
    sides.push(side);
  }
  return new Session(programs, sides, options.coverage ?? false, options.now ?? null);
}

function initialMaps(object: BpfObject, { maps, world }: RunOptions): InitialMaps | string {
  if (!maps) return NO_MAPS;
  return resolveInitialMaps(maps, { object, world: world ?? null });
}

class Session implements RunSession {
  readonly program: Program;
  difference: string | null = null;
  stopped: StoppedAt | null = null;
  readonly programs: readonly Program[];
  private readonly sides: readonly Side[];
  private readonly counts: boolean;
  private readonly comparison: Comparison | null;
  private readonly names = new Map<number, string | null>();
  private readonly returns = new Map<string, number>();
  private readonly now: (() => number) | null;
  /** What reading the clock twice costs. */
  private readonly clockMs: number;
  private clockReadings = 0;
  private readonly batch: Batch | null;
  /** Events that wait in the batch, and the reasons of those that cannot be run. */
  private readonly waiting: Event[] = [];
  private readonly refused: (string | null)[] = [];
  private spentMs = 0;
  private events = 0;
  private skipped = 0;
  private traps = 0;
  private lastIndex = 0;
  private readonly insns = { total: 0, least: Infinity, most: 0, mostIndex: 0 };

  constructor(programs: readonly Program[], sides: readonly Side[], counts: boolean, now: (() => number) | null) {
    this.now = now;
    this.clockMs = now === null ? 0 : costOf(now);
    this.programs = programs;
    this.program = programs[0] as Program;
    this.sides = sides;
    this.batch = sides[0]?.batch ?? null;
    this.counts = counts;
    const [first, second] = sides;
    this.comparison = first !== undefined && second !== undefined ? new Comparison(first, second) : null;
  }

  get machine(): Machine {
    return (this.sides[0] as Side).machine;
  }

  get coverage(): ReadonlyMap<Program, Float64Array> | null {
    if (!this.counts) return null;
    return mergedVisits([...(this.sides[0]?.parts.values() ?? [])].map(({ runner }) => runner.visits));
  }

  get engineMs(): number | null {
    return this.now === null ? null : Math.max(0, this.spentMs - this.clockReadings * this.clockMs);
  }

  run(event: Event): EventResult {
    this.events++;
    this.lastIndex = event.index;
    for (const { machine, surroundings } of this.sides) {
      machine.output = [];
      runDeferred(machine, event.timeNs ?? 0n);
      surroundings.enter(event);
    }
    const program = programFor(this.programs, event);
    if (typeof program === 'string') return this.skip(event, this.program, program);
    for (let i = 0; i < this.sides.length; i++) {
      const reason = this.runOne(i, program, event);
      if (reason !== null) return this.skip(event, program, reason);
    }
    return this.finish(event, program);
  }

  feed(event: Event, each: EachResult): void {
    const { batch } = this;
    if (this.stopped !== null) return;
    if (batch === null || !batch.ready || event.kind !== 'packet' || event.recorded !== undefined) {
      this.flush(each);
      if (this.isStopped(event)) return;
      const result = this.run(event);
      if (this.stopped === null) each(result, event);
      else this.uncount();
      return;
    }
    if (!batch.hasRoom(event.data.length) || this.waiting.length >= MOST_WAITING) this.flush(each);
    this.sides[0]?.surroundings.enter(event);
    this.waiting.push(event);
    this.refused.push(batch.add(event));
  }

  flush(each: EachResult): void {
    const { batch, waiting, program } = this;
    if (batch === null || waiting.length === 0) return;
    if (batch.rows > 0) this.timed(() => batch.run());
    this.machine.output = [];
    let row = 0;
    for (let i = 0; i < waiting.length && this.stopped === null; i++) {
      const event = waiting[i] as Event;
      const reason = this.refused[i] ?? null;
      if (reason === null && row >= batch.ran && this.isStopped(event)) break;
      const trap = reason === null ? batch.outcome(row).trap : null;
      if (trap?.kind === 'stopped') {
        this.stopped = { event: event.index, program: trap.program, trap };
        break;
      }
      this.events++;
      this.lastIndex = event.index;
      const result =
        reason === null ? this.batchResult(event, program, batch.outcome(row++)) : this.skip(event, program, reason);
      each(result, event);
    }
    this.refused.length = 0;
    waiting.length = 0;
    batch.clear();
  }

  /** The event that was stopped is none that ran. */
  private uncount(): void {
    this.events--;
    this.traps--;
  }

  /** Whether the run ends before this event. */
  private isStopped(event: Event): boolean {
    if (this.stopped !== null) return true;
    if (this.machine.stop?.() !== true) return false;
    this.stopped = { event: event.index, program: this.program.name, trap: null };
    return true;
  }

  summary(mapLimit = ALL_ENTRIES): RunSummary {
    const { machine, events, skipped, returns, traps } = this;
    // Work queues need no later event; timers that are due later never expire.
    for (const { machine: one } of this.sides) runDeferred(one, one.world.timeNs);
    // The last comparison of large maps was put off until now.
    if (this.comparison !== null && this.difference === null && this.stopped === null)
      this.difference = this.comparison.maps(this.lastIndex);
    const built = [...(this.sides[0]?.parts.values() ?? [])].flatMap(({ builder }) => builder?.notes() ?? []);
    const made = [...built, ...machine.notes, ...machine.diagnostics.map(({ message }) => message)];
    const notes = [...this.assumptions(), ...made, ...waitingNote(machine)];
    const insns = this.insns.total === 0 ? null : { ...this.insns };
    return { events, skipped, returns, traps, insns, notes, maps: snapshotMaps(machine, mapLimit) };
  }

  /** What was taken for granted although only a kernel could tell. */
  private assumptions(): string[] {
    const ran = this.programs.filter((program) => this.part(0, program).builder !== null);
    return [...new Set(ran.flatMap(({ needs }) => (needs ?? []).flatMap(({ assumed }) => assumed ?? [])))];
  }

  private part(i: number, program: Program): Part {
    return this.sides[i]?.parts.get(program) as Part;
  }

  /** A string says why the event was not run. */
  private runOne(i: number, program: Program, event: Event): string | null {
    const { machine } = this.sides[i] as Side;
    const { builder, runner, reason } = this.part(i, program);
    if (builder === null) return reason;
    const refused = builder.enter(machine, event);
    if (refused !== null) return refused;
    if (i === 0) this.timed(() => runner.run());
    else runner.run();
    return null;
  }

  private timed(work: () => void): void {
    if (this.now === null) {
      work();
      return;
    }
    const before = this.now();
    work();
    this.spentMs += this.now() - before;
    this.clockReadings++;
  }

  private skip({ index, timeNs, recorded }: Event, { name }: Program, reason: string): EventResult {
    this.skipped++;
    const about = { index, timeNs, program: name, hook: recorded?.hook ?? null };
    const nothing = { returnValue: null, verdict: null, trap: null, insns: null, packet: null, metaBytes: 0 };
    const { output, callbackRuns: callbacks } = this.machine;
    const left = {
      packetChanged: false,
      context: null,
      output,
      callbacks,
      redirect: null,
      notes: [],
    };
    return { ...about, ...nothing, ...left, skipped: reason };
  }

  private finish({ index, timeNs, recorded }: Event, program: Program): EventResult {
    const { machine } = this;
    const { runner, after } = this.outcome(0, program);
    const other = this.sides.length > 1 ? this.outcome(1, program) : null;
    const end = [runner.trap, other?.runner.trap].find((one) => one?.kind === 'stopped') ?? null;
    if (end !== null) this.stopped = { event: index, program: end.program, trap: end };
    if (this.comparison !== null && other !== null && this.difference === null && end === null)
      this.difference = this.comparison.after(index, { runner, after }, other);
    const { trap } = runner;
    const returnValue = trap === null ? runner.low >>> 0 : null;
    const verdict = this.verdictOf(program, returnValue);
    this.addInsns(index, (other?.runner ?? runner).insns);
    return {
      index,
      timeNs,
      program: program.name,
      hook: recorded?.hook ?? null,
      returnValue,
      verdict,
      trap,
      insns: (other?.runner ?? runner).insns,
      packet: after.packet,
      metaBytes: after.metaBytes,
      packetChanged: after.packetChanged,
      context: after.context,
      output: machine.output,
      callbacks: machine.callbackRuns,
      redirect: trap === null ? machine.redirect : null,
      notes: machine.runNotes,
      skipped: null,
    };
  }

  private batchResult(event: Event, program: Program, outcome: BatchOutcome): EventResult {
    const returnValue = outcome.trap === null ? outcome.low >>> 0 : null;
    return new BatchResult(event, program.name, outcome, returnValue, this.verdictOf(program, returnValue));
  }

  /** Also counts it. */
  private verdictOf(program: Program, returnValue: number | null): string | null {
    const verdict = returnValue === null ? null : this.nameOf(program, returnValue);
    this.count(returnValue, verdict);
    return verdict;
  }

  private outcome(i: number, program: Program): Outcome {
    const { runner, builder } = this.part(i, program);
    return { runner, after: builder?.leave(runner.machine) ?? NOTHING_LEFT };
  }

  private nameOf(program: Program, value: number): string | null {
    if (this.programs.length > 1) return verdictName(program, value);
    const known = this.names.get(value);
    if (known !== undefined) return known;
    const name = verdictName(program, value);
    if (this.names.size < MOST_RETURNS) this.names.set(value, name);
    return name;
  }

  private addInsns(index: number, count: number | null): void {
    const { insns } = this;
    if (count === null) return;
    insns.total += count;
    insns.least = Math.min(insns.least, count);
    if (count <= insns.most) return;
    insns.most = count;
    insns.mostIndex = index;
  }

  private count(value: number | null, verdict: string | null): void {
    if (value === null) {
      this.traps++;
      return;
    }
    const name = verdict ?? String(value);
    const key = this.returns.has(name) || this.returns.size < MOST_RETURNS ? name : 'other';
    this.returns.set(key, (this.returns.get(key) ?? 0) + 1);
  }
}

type Visits = ReadonlyMap<Program, Float64Array>;

/** Programs may reach each other by tail calls, so that several runners count the same instructions. */
function mergedVisits(all: readonly (Visits | null)[]): Visits {
  const [first = null, ...rest] = [...new Set(all)];
  const merged = new Map(first ?? []);
  for (const visits of rest)
    for (const [program, counts] of visits ?? [])
      merged.set(
        program,
        counts.map((count, pc) => count + (merged.get(program)?.[pc] ?? 0)),
      );
  return merged;
}

function waitingNote(machine: Machine): string[] {
  const waiting = machine.deferred.filter(({ dueNs }) => dueNs !== null).length;
  if (waiting === 0) return [];
  return [`${waiting === 1 ? 'a timer was' : `${waiting} timers were`} still waiting when the recording ended`];
}

/** Milliseconds that measuring nothing seems to take: the best of a few averages, as the machine may be busy. */
function costOf(now: () => number): number {
  const rounds = 64;
  let best = Number.POSITIVE_INFINITY;
  for (let batch = 0; batch < 16; batch++) {
    let sum = 0;
    for (let i = 0; i < rounds; i++) {
      const before = now();
      sum += now() - before;
    }
    best = Math.min(best, sum / rounds);
  }
  return best;
}
