import type { Job } from '../base/job.ts';
import type { InlinedCall } from './inlinedCalls.ts';
import {
  callsHere,
  type Granularity,
  lineHere,
  type MoveWorld,
  placeHere,
  returnPlace,
  sharedCalls,
  type Stop,
} from './moves.ts';
import { COST } from './replay.ts';
import type { CodePlace } from './target.ts';

/** What a forward move is after besides breakpoints and faults. */
export type Goal = 'continue' | 'into' | 'over' | 'out';

/** A move forward, event after event, until its goal, a breakpoint, a fault or the recording's end. */
export function moveForward(world: MoveWorld, goal: Goal, granularity: Granularity): Job<Stop> {
  return new Forward(world, goal, granularity);
}

class Forward implements Job<Stop> {
  readonly #world: MoveWorld;
  readonly #goal: Goal;
  readonly #granularity: Granularity;
  readonly #depth: number;
  /** The inlined calls that were entered where the move began. */
  readonly #calls: readonly InlinedCall[];
  readonly #line: number;
  /** Depth of the frames that run at full speed because something is armed where they return to; Infinity for none. */
  #fastBelow = Number.POSITIVE_INFINITY;
  #stop: Stop | null = null;

  constructor(world: MoveWorld, goal: Goal, granularity: Granularity) {
    this.#world = world;
    this.#goal = goal;
    this.#granularity = granularity;
    this.#depth = world.replay.interpreter.depth;
    const calls = callsHere(world);
    this.#calls = calls.slice(0, world.level);
    this.#line = lineHere(world, this.#calls);
    const entered = this.#calls.length;
    // A call that begins here is entered without that anything runs.
    if (
      goal === 'into' &&
      granularity === 'line' &&
      entered < calls.length &&
      calls[entered]?.first === placeHere(world).pc
    )
      this.#stop = { kind: 'step', level: entered + 1 };
    else if (goal === 'continue') this.#runFast(0, []);
    else if (goal === 'out' && entered === 0)
      this.#runFast(0, this.#depth === 1 ? world.target.exits : returnPlace(world, this.#depth));
  }

  advance(budget: number): boolean {
    for (let left = budget; this.#stop === null && left > 0;)
      left -= this.#world.replay.over ? this.#nextEvent() : this.#run(left);
    if (this.#stop !== null) this.#world.breakpoints.stopAlsoAt([]);
    return this.#stop !== null;
  }

  result(): Stop {
    return this.#stop ?? { kind: 'pause' };
  }

  /** Answers how much work it was. */
  #run(budget: number): number {
    const { replay, stopOnTrap } = this.#world;
    const { interpreter } = replay;
    const before = interpreter.insns;
    if (interpreter.depth > this.#fastBelow) replay.resume(budget);
    else replay.step();
    if (interpreter.outcome === null) this.#look();
    else if (interpreter.outcome.kind === 'trap' && stopOnTrap)
      this.#stop = { kind: 'trap', trap: interpreter.outcome.trap };
    return interpreter.insns - before + COST.step;
  }

  /** Whether to stop before the instruction that the interpreter now stands on. */
  #look(): void {
    const hit = this.#world.breakpoints.at(this.#world.replay.interpreter);
    if (hit !== null) this.#stop = { kind: 'breakpoint', ...hit };
    else if (this.#atGoal()) this.#stop = this.#arrived();
  }

  #atGoal(): boolean {
    const { interpreter } = this.#world.replay;
    const { depth } = interpreter;
    if (this.#goal === 'continue') return false;
    if (this.#goal === 'out' && this.#calls.length === 0)
      return depth < this.#depth || (this.#depth === 1 && depth === 1 && interpreter.currentInsn?.kind === 'exit');
    if (this.#goal !== 'into' && depth > this.#depth) {
      if (this.#fastBelow > depth) this.#runFast(this.#depth, returnPlace(this.#world, this.#depth + 1));
      return false;
    }
    this.#fastBelow = Number.POSITIVE_INFINITY;
    if (depth !== this.#depth) return true;
    return this.#granularity === 'instruction' && this.#goal !== 'out' ? true : this.#atOtherLine();
  }

  /** In the frame where the move began: whether the user sees another line there, or has left what was inlined. */
  #atOtherLine(): boolean {
    const calls = callsHere(this.#world);
    const entered = this.#calls.length;
    if (sharedCalls(calls, this.#calls) < entered) return true;
    if (this.#goal === 'out') return false;
    const next = calls[entered];
    const otherLine = lineHere(this.#world, this.#calls) !== this.#line;
    if (next === undefined) return otherLine;
    // In what is inlined further: a step into it goes there, one over it stops only before it.
    return this.#goal === 'into' || (otherLine && next.first === placeHere(this.#world).pc);
  }

  /** A step into a call of the line that it began on has entered that call. */
  #arrived(): Stop {
    const entered = this.#calls.length;
    const inside =
      this.#goal === 'into' &&
      this.#granularity === 'line' &&
      this.#world.replay.interpreter.depth === this.#depth &&
      callsHere(this.#world).length > entered &&
      sharedCalls(callsHere(this.#world), this.#calls) === entered &&
      lineHere(this.#world, this.#calls) === this.#line;
    return inside ? { kind: 'step', level: entered + 1 } : { kind: 'step' };
  }

  #runFast(below: number, places: readonly CodePlace[]): void {
    this.#fastBelow = below;
    this.#world.breakpoints.stopAlsoAt(places);
  }

  #nextEvent(): number {
    const { replay } = this.#world;
    if (!replay.nextEvent()) {
      // Standing before the last instruction there is something to see, and a way back.
      replay.goTo({ event: replay.event, insns: Math.max(0, replay.interpreter.insns - 1) });
      this.#stop = { kind: 'end' };
    } else if (!replay.over) this.#atBeginning();
    return COST.event;
  }

  #atBeginning(): void {
    const hit = this.#world.breakpoints.at(this.#world.replay.interpreter);
    if (hit !== null) this.#stop = { kind: 'breakpoint', ...hit };
    else if (this.#goal !== 'continue') this.#stop = { kind: 'event' };
  }
}
