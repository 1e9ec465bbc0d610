import type { Event } from '../events/event.ts';
import type { Program } from '../program/program.ts';
import type { Machine, OutputRecord } from '../vm/createMachine.ts';
import { createInterpreter, type Interpreter } from '../vm/interpreter.ts';
import { LAYOUT } from '../vm/machine.ts';
import { type Coordinate, isBefore, KEEPING, KeptMoments } from './moments.ts';
import { OutputLog } from './outputLog.ts';

/** Gives an event to the program: packet, context, clock. Answers why it cannot, or null. */
export type Feed = (machine: Machine, event: Event) => string | null;

/** An event never runs longer than this; the kernel itself allows a program a million verified instructions. */
export const EVENT_BUDGET = 64_000_000;

/** Different reasons for leaving out events that are remembered. */
const MOST_REASONS = 50;

/** What other work costs beside instructions at full speed, for slices of about the same time. */
export const COST = { event: 500, step: 16 } as const;

/**
 * A program over a recording, at one coordinate. Going back is going to an earlier moment that was kept and running
 * forward again, which yields the same state because nothing but the recording decides what happens.
 */
export class Replay {
  readonly machine: Machine;
  readonly program: Program;
  readonly interpreter: Interpreter;
  readonly events: readonly Event[];
  readonly #feed: Feed;
  /** Instructions of one event between two moments that are kept. */
  readonly #stride: number;
  readonly #moments: KeptMoments;
  readonly #output: OutputLog;
  /** Reasons why events were not given to the program, with the first event of each. */
  readonly skips = new Map<string, number>();
  #event = 0;
  #skipped: string | null = null;

  constructor(machine: Machine, program: Program, events: readonly Event[], feed: Feed, keeping = KEEPING) {
    this.machine = machine;
    this.program = program;
    this.events = events;
    this.interpreter = createInterpreter(machine, program);
    this.#feed = feed;
    this.#stride = keeping.insns;
    this.#output = new OutputLog(machine);
    this.#moments = new KeptMoments(machine, this.interpreter, keeping);
    this.#begin(0);
  }

  get event(): number {
    return this.#event;
  }

  /** The instruction that the program stands on; after a fault that is the one which faulted. */
  get coordinate(): Coordinate {
    const { insns, outcome } = this.interpreter;
    // The interpreter counts an instruction before it runs, but these two faults stop it from running at all.
    const counted = outcome?.kind === 'trap' && !['uninitialized', 'budget'].includes(outcome.trap.kind);
    return { event: this.#event, insns: counted ? insns - 1 : insns };
  }

  /** Why the event was not given to the program; null when it was. */
  get skipped(): string | null {
    return this.#skipped;
  }

  /** The event is over: the program has returned or faulted, or never ran. */
  get over(): boolean {
    return this.#skipped !== null || this.interpreter.outcome !== null;
  }

  /** How many moments are kept to go back to, and the bytes they take. */
  get kept(): { readonly moments: number; readonly bytes: number } {
    return this.#moments.size;
  }

  /** Executes one instruction. */
  step(): void {
    this.interpreter.step();
    this.#output.collect(this.#event);
  }

  /** Runs to an armed breakpoint, the event's end, or until `most` instructions are done. Answers how many it did. */
  resume(most: number): number {
    const { interpreter } = this;
    const before = interpreter.insns;
    const untilMark = this.#stride - (before % this.#stride);
    interpreter.resume(Math.min(most, untilMark));
    this.#output.collect(this.#event);
    if (interpreter.outcome === null && interpreter.insns - before === untilMark)
      this.#moments.keep({ event: this.#event, insns: interpreter.insns }, this.#output.position);
    return interpreter.insns - before;
  }

  /** Goes on to the beginning of the next event; false at the recording's end. The present event must be over. */
  nextEvent(): boolean {
    if (this.#event + 1 >= this.events.length) return false;
    this.#begin(this.#event + 1);
    return true;
  }

  /** Goes to the latest kept moment that is not behind `target`, and answers which that is. */
  restore(target: Coordinate): Coordinate {
    const { coordinate, state, output } = this.#moments.restore(target);
    this.#event = coordinate.event;
    if (state === null) this.#load();
    else {
      this.#skipped = null;
      this.#output.restart(output);
    }
    return coordinate;
  }

  /**
   * Goes to `target`, or to the end of its event when that comes first, in slices: true once it stands there. Goes on
   * from where it stands if that is on the way.
   */
  approach(target: Coordinate, budget: number): boolean {
    if (this.#isPast(target)) this.restore(target);
    for (let left = budget; left > 0;) {
      const { event, interpreter } = this;
      if (event === target.event && (this.over || interpreter.insns >= target.insns)) return true;
      const most = event === target.event ? Math.min(left, target.insns - interpreter.insns) : left;
      if (!this.over) left -= Math.max(1, this.resume(most));
      else if (this.nextEvent()) left -= COST.event;
      else return true;
    }
    return false;
  }

  /** Goes to `target` in one go. */
  goTo(target: Coordinate): void {
    while (!this.approach(target, EVENT_BUDGET));
  }

  /** What the program has put out since this was last asked; what it puts out again after going back is left out. */
  takeOutput(): { readonly records: readonly OutputRecord[]; readonly lost: number } {
    return this.#output.take();
  }

  #isPast(target: Coordinate): boolean {
    const here = { event: this.#event, insns: this.interpreter.insns };
    // After a fault the same count stands for two moments; only the one before it can be meant.
    return isBefore(target, here) || (this.interpreter.outcome?.kind === 'trap' && this.#event === target.event);
  }

  #begin(event: number): void {
    this.#event = event;
    this.#moments.keep({ event, insns: 0 }, 0);
    this.#load();
  }

  #load(): void {
    const recorded = this.events[this.#event];
    this.#output.restart(0);
    this.#skipped = recorded === undefined ? 'there are no events' : this.#feed(this.machine, recorded);
    if (this.#skipped !== null && this.skips.size < MOST_REASONS && !this.skips.has(this.#skipped))
      this.skips.set(this.#skipped, this.#event);
    this.interpreter.reset(LAYOUT.ctx, EVENT_BUDGET);
  }
}
