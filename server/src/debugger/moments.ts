import type { Machine } from '../vm/createMachine.ts';
import type { Interpreter, InterpreterState } from '../vm/interpreter.ts';
import { type Checkpoint, Timeline } from '../vm/timeline.ts';

/** A moment of the recording: before the `insns`-th instruction of an event. */
export interface Coordinate {
  readonly event: number;
  readonly insns: number;
}

export function isBefore(one: Coordinate, other: Coordinate): boolean {
  return one.event < other.event || (one.event === other.event && one.insns < other.insns);
}

/** A moment one can go back to. */
interface Moment {
  readonly coordinate: Coordinate;
  readonly checkpoint: Checkpoint;
  /** null for the beginning of an event, which is to be given to the program again. */
  readonly state: InterpreterState | null;
  readonly nullFrom: Machine['nullFrom'];
  /** How many records the event had put out. */
  readonly output: number;
}

/** Which moments are kept. */
export interface Keeping {
  /** Instructions of one event between two moments. */
  readonly insns: number;
  /** Events whose beginnings are kept, so that going back starts near; besides these one of every `stride`. */
  readonly near: number;
  readonly stride: number;
  /** Pages kept for all moments together; beyond it every second moment is forgotten, which only costs time. */
  readonly bytes: number;
}

export const KEEPING: Keeping = { insns: 128 * 1024, near: 64, stride: 256, bytes: 128 * 1024 * 1024 };

/** Moments between two looks at their size. */
const CHECK_EVERY = 32;

/** The moments of a replay that are kept to go back to, in their order. The first is the recording's beginning. */
export class KeptMoments {
  readonly #keeping: Keeping;
  readonly #machine: Machine;
  readonly #interpreter: Interpreter;
  readonly #timeline: Timeline;
  #moments: Moment[] = [];
  #sinceCheck = 0;

  constructor(machine: Machine, interpreter: Interpreter, keeping: Keeping) {
    this.#keeping = keeping;
    this.#machine = machine;
    this.#interpreter = interpreter;
    this.#timeline = new Timeline(machine);
  }

  get size(): { readonly moments: number; readonly bytes: number } {
    return { moments: this.#moments.length, bytes: this.#timeline.bytes };
  }

  /** Keeps the present moment, which must be the latest so far. */
  keep(coordinate: Coordinate, output: number): void {
    const { nullFrom } = this.#machine;
    const beginning = coordinate.insns === 0;
    if (beginning) this.#forgetOld(coordinate.event);
    const state = beginning ? null : this.#interpreter.save();
    this.#moments.push({ coordinate, checkpoint: this.#timeline.checkpoint(), state, nullFrom, output });
    if (++this.#sinceCheck < CHECK_EVERY) return;
    this.#sinceCheck = 0;
    while (this.#timeline.bytes > this.#keeping.bytes && this.#moments.length > 4) this.#thin();
  }

  /** Goes to the latest kept moment not behind `target`; those after it are forgotten: running makes them again. */
  restore(target: Coordinate): Moment {
    let last = this.#moments.length - 1;
    while (last > 0 && isBefore(target, (this.#moments[last] as Moment).coordinate)) last--;
    const moment = this.#moments[last] as Moment;
    this.#moments.length = last + 1;
    this.#timeline.restore(moment.checkpoint);
    if (moment.state !== null) this.#interpreter.restore(moment.state);
    this.#machine.nullFrom = moment.nullFrom;
    return moment;
  }

  /** What lies inside the events before `event` is forgotten, and the beginnings that are no longer near. */
  #forgetOld(event: number): void {
    const { near, stride } = this.#keeping;
    const old = event - near;
    const dropped = (at: Coordinate): boolean => at.insns > 0 || (at.event === old && old % stride !== 0);
    let first = this.#moments.length;
    while (first > 0 && (this.#moments[first - 1] as Moment).coordinate.event >= old) first--;
    const kept = this.#moments.slice(first).filter((moment) => this.#keepUnless(dropped(moment.coordinate), moment));
    this.#moments.length = first;
    this.#moments.push(...kept);
  }

  /** Every second moment goes, but neither the first nor the last two. */
  #thin(): void {
    const last = this.#moments.length - 2;
    this.#moments = this.#moments.filter((moment, index) =>
      this.#keepUnless(index > 0 && index < last && index % 2 === 1, moment),
    );
  }

  #keepUnless(dropped: boolean, { checkpoint }: Moment): boolean {
    if (dropped) this.#timeline.drop(checkpoint);
    return !dropped;
  }
}
