import type { Event } from '../events/event.ts';
import type { Program } from '../program/program.ts';
import type { Machine } from '../vm/createMachine.ts';
import { createInterpreter, type Interpreter } from '../vm/interpreter.ts';
import { LAYOUT } from '../vm/machine.ts';
import { type Checkpoint, Timeline } from '../vm/timeline.ts';

/** Gives an event to the program: packet, context, clock. Answers why it cannot, or null. */
export type Feed = (machine: Machine, event: Event) => string | null;

/** A moment of the recording: before the `insns`-th instruction of an event. */
export interface Coordinate {
  readonly event: number;
  readonly insns: number;
}

/** An event never runs longer than this; the kernel itself allows a program a million verified instructions. */
export const EVENT_BUDGET = 64_000_000;

/** Events whose beginnings are kept, so that going back starts near. Besides these every 256th is kept. */
const NEAR = 64;
const STRIDE = 256;

/**
 * A program over a recording, at one coordinate. Going back is going to an earlier beginning and running forward again,
 * which yields the same state because nothing but the recording decides what happens.
 */
export class Replay {
  readonly machine: Machine;
  readonly program: Program;
  readonly interpreter: Interpreter;
  readonly events: readonly Event[];
  readonly #feed: Feed;
  readonly #timeline: Timeline;
  readonly #beginnings = new Map<number, Checkpoint>();
  #event = 0;
  #skipped: string | null = null;

  constructor(machine: Machine, program: Program, events: readonly Event[], feed: Feed) {
    this.machine = machine;
    this.program = program;
    this.events = events;
    this.interpreter = createInterpreter(machine, program);
    this.#feed = feed;
    this.#timeline = new Timeline(machine);
    this.#begin(0);
  }

  get event(): number {
    return this.#event;
  }

  get coordinate(): Coordinate {
    return { event: this.#event, insns: this.interpreter.insns };
  }

  /** Why the event was not given to the program; null when it was. */
  get skipped(): string | null {
    return this.#skipped;
  }

  /** The event is over: the program has returned or faulted, or never ran. */
  get over(): boolean {
    return this.#skipped !== null || this.interpreter.outcome !== null;
  }

  /** Goes on to the beginning of the next event; false at the recording's end. The present event must be over. */
  nextEvent(): boolean {
    if (this.#event + 1 >= this.events.length) return false;
    this.#begin(this.#event + 1);
    return true;
  }

  /** Goes to the beginning of an event, running those between the nearest kept beginning and it. */
  goToEvent(event: number): void {
    const start = this.#nearestBeginning(event);
    this.#restore(start);
    while (this.#event < event) {
      this.runToEnd();
      if (!this.nextEvent()) break;
    }
  }

  goTo({ event, insns }: Coordinate): void {
    if (event !== this.#event || insns < this.interpreter.insns) this.goToEvent(event);
    while (this.interpreter.insns < insns && !this.over) this.interpreter.step();
  }

  /** Runs the present event to its end without stopping. */
  runToEnd(): void {
    while (!this.over) this.interpreter.resume(EVENT_BUDGET);
  }

  #begin(event: number): void {
    this.#event = event;
    this.#beginnings.set(event, this.#timeline.checkpoint());
    const old = event - NEAR;
    if (old > 0 && old % STRIDE !== 0) this.#drop(old);
    this.#load();
  }

  #restore(event: number): void {
    const checkpoint = this.#beginnings.get(event);
    if (checkpoint === undefined) throw new RangeError(`the beginning of event ${event} is not kept`);
    this.#timeline.restore(checkpoint);
    // The timeline has forgotten what came after; running forward makes the same beginnings again.
    for (const later of this.#beginnings.keys()) if (later > event) this.#beginnings.delete(later);
    this.#event = event;
    this.#load();
  }

  #load(): void {
    const recorded = this.events[this.#event];
    this.machine.output = [];
    this.#skipped = recorded === undefined ? 'there are no events' : this.#feed(this.machine, recorded);
    this.interpreter.reset(LAYOUT.ctx, EVENT_BUDGET);
  }

  #nearestBeginning(event: number): number {
    let nearest = 0;
    for (const kept of this.#beginnings.keys()) if (kept <= event && kept > nearest) nearest = kept;
    return nearest;
  }

  #drop(event: number): void {
    const checkpoint = this.#beginnings.get(event);
    if (checkpoint === undefined) return;
    this.#timeline.drop(checkpoint);
    this.#beginnings.delete(event);
  }
}
