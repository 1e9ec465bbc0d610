import type { Job } from '../base/job.ts';
import { type Granularity, lineHere, type MoveWorld, returnPlace, type Stop } from './moves.ts';
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
  readonly #line: number;
  /** Depth of the frames that run at full speed because something is armed where they return to; Infinity for none. */
  #fastBelow = Number.POSITIVE_INFINITY;
  #stop: Stop | null = null;

  constructor(world: MoveWorld, goal: Goal, granularity: Granularity) {
    this.#world = world;
    this.#goal = goal;
    this.#granularity = granularity;
    this.#depth = world.replay.interpreter.depth;
    this.#line = lineHere(world);
    if (goal === 'continue') this.#runFast(0, []);
    else if (goal === 'out') this.#runFast(0, this.#depth === 1 ? world.target.exits : returnPlace(world, this.#depth));
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
    else if (this.#atGoal()) this.#stop = { kind: 'step' };
  }

  #atGoal(): boolean {
    const { interpreter } = this.#world.replay;
    const { depth } = interpreter;
    if (this.#goal === 'continue') return false;
    if (this.#goal === 'out')
      return depth < this.#depth || (this.#depth === 1 && depth === 1 && interpreter.currentInsn?.kind === 'exit');
    if (this.#goal === 'over' && depth > this.#depth) {
      if (this.#fastBelow > depth) this.#runFast(this.#depth, returnPlace(this.#world, this.#depth + 1));
      return false;
    }
    this.#fastBelow = Number.POSITIVE_INFINITY;
    return this.#granularity === 'instruction' || depth !== this.#depth || lineHere(this.#world) !== this.#line;
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
