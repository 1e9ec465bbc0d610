import type { Event } from '../events/event.ts';
import type { BpfObject, Program } from '../program/program.ts';
import { verdictName } from '../program/verdictName.ts';
import type { VerifiedProgram } from '../verifier/verification.ts';
import { createMachine } from '../vm/createMachine.ts';
import type { Machine } from '../vm/createMachine.ts';
import type { GivenWorld } from '../vm/given.ts';
import { Comparison } from './compareRunners.ts';
import { contextBuilder } from './contexts/enter.ts';
import type { ContextBuilder } from './contexts/enter.ts';
import { VisitCounts } from '../vm/visitCounts.ts';
import { interpreterRunner, jitRunner } from './engines.ts';
import type { Runner } from './engines.ts';
import { fillMaps } from './initialMaps.ts';
import type { InitialMaps } from './initialMaps.ts';
import type { EventResult, RunSummary } from './result.ts';
import { snapshotMaps } from './snapshotMaps.ts';

export interface RunOptions {
  /** `both` runs every event in the two and compares them. */
  readonly engine: 'jit' | 'interpreter' | 'both';
  /** Programs of the object that the verifier accepted: the JIT runs them without checks. */
  readonly verified?: readonly VerifiedProgram[];
  readonly seed?: number;
  readonly cpus?: number;
  readonly maps?: InitialMaps | null;
  /** What the user's world file says. */
  readonly world?: GivenWorld | null;
  /** Count how often each instruction runs. */
  readonly coverage?: boolean;
  /** Count the instructions of each event, and spend `budget` to the very instruction. `coverage` implies it. */
  readonly exact?: boolean;
  /** Most instructions of one event; where the JIT does not count exactly, it is near. Accepted programs have none then. */
  readonly budget?: number;
  /** Milliseconds of a clock that never jumps; with it the time spent in the engine is measured. */
  readonly now?: () => number;
}

/** One program over the events of one recording. */
export interface RunSession {
  readonly program: Program;
  /** Runs one event. What it returns is valid until the next one. */
  run(event: Event): EventResult;
  /** Counts so far and the maps as they are now. */
  summary(mapLimit?: number): RunSummary;
  /** With engine `both`: the first difference; nothing more is run after it. */
  readonly difference: string | null;
  /** How often each instruction was begun, if asked for. */
  readonly coverage: ReadonlyMap<Program, Float64Array> | null;
  /** Milliseconds that the program itself took, the clock's own time taken off; null without a clock. */
  readonly engineMs: number | null;
  /** The machine whose results count. */
  readonly machine: Machine;
}

const DEFAULT_BUDGET = 100_000_000;
/** Distinct return values that are counted one by one; the others together. */
const MOST_RETURNS = 1000;
/** Entries of one map in a summary unless told otherwise. */
const ALL_ENTRIES = 1 << 20;

/** Prepares a run; a string says in plain words why there can be none. */
export function createRunSession(object: BpfObject, program: Program, options: RunOptions): RunSession | string {
  const builders: ContextBuilder[] = [];
  const runners: Runner[] = [];
  const coverage = options.coverage ?? false;
  const exact = coverage || (options.exact ?? false);
  const kinds = options.engine === 'both' ? (['jit', 'interpreter'] as const) : [options.engine];
  for (const kind of kinds) {
    const builder = contextBuilder(program);
    if (typeof builder === 'string') return builder;
    const machine = createMachine(object, {
      ...(options.seed === undefined ? {} : { seed: options.seed }),
      ...(options.cpus === undefined ? {} : { cpus: options.cpus }),
      ...(options.world ? { given: options.world } : {}),
    });
    const problem = fillMaps(machine, options.maps ?? new Map());
    if (problem !== null) return problem;
    const budget = options.budget ?? DEFAULT_BUDGET;
    builders.push(builder);
    runners.push(
      kind === 'jit'
        ? jitRunner(machine, program, options.verified ?? [], budget, exact)
        : interpreterRunner(machine, program, budget, coverage ? new VisitCounts() : null),
    );
  }
  return new Session(program, builders, runners, coverage, options.now ?? null);
}

class Session implements RunSession {
  readonly program: Program;
  difference: string | null = null;
  private readonly builders: readonly ContextBuilder[];
  private readonly runners: readonly Runner[];
  private readonly counts: boolean;
  private readonly comparison: Comparison | null;
  private readonly names = new Map<number, string | null>();
  private readonly returns = new Map<string, number>();
  private readonly now: (() => number) | null;
  /** What reading the clock twice costs. */
  private readonly clockMs: number;
  private spentMs = 0;
  private events = 0;
  private skipped = 0;
  private traps = 0;
  private lastIndex = 0;
  private readonly insns = { total: 0, least: Infinity, most: 0, mostIndex: 0 };

  constructor(
    program: Program,
    builders: readonly ContextBuilder[],
    runners: readonly Runner[],
    counts: boolean,
    now: (() => number) | null,
  ) {
    this.now = now;
    this.clockMs = now === null ? 0 : costOf(now);
    this.program = program;
    this.builders = builders;
    this.runners = runners;
    this.counts = counts;
    const [first, second] = runners;
    this.comparison = first !== undefined && second !== undefined ? new Comparison(first, second) : null;
  }

  get machine(): Machine {
    return this.runner.machine;
  }

  get coverage(): ReadonlyMap<Program, Float64Array> | null {
    return this.counts ? this.runner.visits : null;
  }

  get engineMs(): number | null {
    const ran = this.events - this.skipped;
    return this.now === null ? null : Math.max(0, this.spentMs - ran * this.clockMs);
  }

  run(event: Event): EventResult {
    this.events++;
    this.lastIndex = event.index;
    for (let i = 0; i < this.runners.length; i++) {
      const reason = this.runOne(i, event);
      if (reason !== null) return this.skip(event, reason);
    }
    return this.finish(event);
  }

  summary(mapLimit = ALL_ENTRIES): RunSummary {
    const { machine, builder, events, skipped, returns, traps } = this;
    // The last comparison of large maps was put off until now.
    if (this.comparison !== null && this.difference === null) this.difference = this.comparison.maps(this.lastIndex);
    const notes = [...builder.notes(), ...machine.notes, ...machine.diagnostics.map(({ message }) => message)];
    const insns = this.insns.total === 0 ? null : { ...this.insns };
    return { events, skipped, returns, traps, insns, notes, maps: snapshotMaps(machine, mapLimit) };
  }

  private get runner(): Runner {
    return this.runners[0] as Runner;
  }

  private get builder(): ContextBuilder {
    return this.builders[0] as ContextBuilder;
  }

  /** A string says why the event was not run. */
  private runOne(i: number, event: Event): string | null {
    const runner = this.runners[i] as Runner;
    const { machine } = runner;
    machine.output = [];
    machine.world.timeNs = event.timeNs ?? 0n;
    const reason = this.builders[i]?.enter(machine, event) ?? null;
    if (reason !== null) return reason;
    const before = i === 0 ? (this.now?.() ?? 0) : 0;
    runner.run();
    if (i === 0 && this.now !== null) this.spentMs += this.now() - before;
    return null;
  }

  private skip({ index, timeNs }: Event, reason: string): EventResult {
    this.skipped++;
    const nothing = { returnValue: null, verdict: null, trap: null, insns: null, packet: null, metaBytes: 0 };
    const left = { packetChanged: false, output: [], redirect: null, notes: [] };
    return { index, timeNs, ...nothing, ...left, skipped: reason };
  }

  private finish({ index, timeNs }: Event): EventResult {
    const { runner, machine } = this;
    const after = this.builder.leave(machine);
    const [, other] = this.runners;
    if (this.comparison !== null && other !== undefined && this.difference === null) {
      const otherAfter = this.builders[1]?.leave(other.machine) ?? after;
      this.difference = this.comparison.after(index, after, otherAfter);
    }
    const { trap } = runner;
    const returnValue = trap === null ? runner.low >>> 0 : null;
    const verdict = returnValue === null ? null : this.nameOf(returnValue);
    this.count(returnValue, verdict);
    this.addInsns(index, (other ?? runner).insns);
    return {
      index,
      timeNs,
      returnValue,
      verdict,
      trap,
      insns: (other ?? runner).insns,
      packet: after.bytes,
      metaBytes: after.metaBytes,
      packetChanged: after.changed,
      output: machine.output,
      redirect: trap === null ? machine.redirect : null,
      notes: machine.runNotes,
      skipped: null,
    };
  }

  private nameOf(value: number): string | null {
    const known = this.names.get(value);
    if (known !== undefined) return known;
    const name = verdictName(this.program, value);
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
