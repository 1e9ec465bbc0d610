import type { Job } from '../base/job.ts';
import type { Trap } from '../vm/machine.ts';
import type { Breakpoints } from './breakpoints.ts';
import type { Replay } from './replay.ts';
import type { DebugTarget } from './target.ts';

/** Why the program stands still. */
export type Stop =
  | { readonly kind: 'entry' | 'step' | 'pause' | 'event' | 'end' | 'start' }
  | { readonly kind: 'breakpoint'; readonly ids: readonly number[] }
  | { readonly kind: 'trap'; readonly trap: Trap };

/** How far a step goes: to another instruction, or to another line of the text. */
export type Granularity = 'instruction' | 'line';

/** What a forward move is after besides breakpoints and faults. */
export type Goal = 'continue' | 'into' | 'over' | 'out';

export interface MoveWorld {
  readonly replay: Replay;
  readonly target: DebugTarget;
  readonly breakpoints: Breakpoints;
  /** Faults end a move; otherwise the event just ends. */
  readonly stopOnTrap: boolean;
}

/** A move forward, event after event, until its goal, a breakpoint, a fault or the recording's end. */
export function moveForward(world: MoveWorld, goal: Goal, granularity: Granularity): Job<Stop> {
  return new Forward(world, goal, granularity);
}

/** One step back over calls, or back to the last breakpoint. */
export function moveBack(world: MoveWorld, goal: 'over' | 'continue', granularity: Granularity): Job<Stop> {
  return new Backward(world, goal, granularity);
}

class Forward implements Job<Stop> {
  readonly #world: MoveWorld;
  readonly #goal: Goal;
  readonly #granularity: Granularity;
  readonly #depth: number;
  readonly #line: string;
  #moved = false;
  #stop: Stop | null = null;

  constructor(world: MoveWorld, goal: Goal, granularity: Granularity) {
    this.#world = world;
    this.#goal = goal;
    this.#granularity = granularity;
    this.#depth = world.replay.interpreter.depth;
    this.#line = lineKey(world);
  }

  advance(budget: number): boolean {
    let left = budget;
    while (this.#stop === null && left > 0) left -= this.#world.replay.over ? this.#nextEvent() : this.#run(left);
    return this.#stop !== null;
  }

  result(): Stop {
    return this.#stop ?? { kind: 'pause' };
  }

  /** Answers how much work it was. */
  #run(budget: number): number {
    const { interpreter } = this.#world.replay;
    const before = interpreter.insns;
    if (!this.#moved || this.#goal !== 'continue') interpreter.step();
    else interpreter.resume(budget);
    this.#moved = true;
    if (interpreter.outcome?.kind === 'trap' && this.#world.stopOnTrap) {
      this.#stop = { kind: 'trap', trap: interpreter.outcome.trap };
    } else if (interpreter.outcome === null) this.#look();
    return Math.max(1, interpreter.insns - before);
  }

  /** Whether to stop before the instruction that the interpreter now stands on. */
  #look(): void {
    const ids = this.#world.breakpoints.at(this.#world.replay.interpreter);
    if (ids.length > 0) this.#stop = { kind: 'breakpoint', ids };
    else if (this.#atGoal()) this.#stop = { kind: 'step' };
  }

  #atGoal(): boolean {
    const { interpreter } = this.#world.replay;
    const { depth } = interpreter;
    if (this.#goal === 'continue') return false;
    if (this.#goal === 'out')
      return depth < this.#depth || (this.#depth === 1 && depth === 1 && interpreter.currentInsn?.kind === 'exit');
    if (this.#goal === 'over' && depth > this.#depth) return false;
    return this.#granularity === 'instruction' || depth !== this.#depth || lineKey(this.#world) !== this.#line;
  }

  #nextEvent(): number {
    const { replay } = this.#world;
    if (!replay.nextEvent()) {
      // Standing before the last instruction there is something to see, and a way back.
      replay.goTo({ event: replay.event, insns: Math.max(0, replay.interpreter.insns - 1) });
      this.#stop = { kind: 'end' };
      return 1;
    }
    this.#moved = true;
    if (!replay.over) this.#atBeginning();
    return 1;
  }

  #atBeginning(): void {
    const ids = this.#world.breakpoints.at(this.#world.replay.interpreter);
    if (ids.length > 0) this.#stop = { kind: 'breakpoint', ids };
    else if (this.#goal !== 'continue') this.#stop = { kind: 'event' };
    else this.#moved = true;
  }
}

class Backward implements Job<Stop> {
  readonly #world: MoveWorld;
  readonly #goal: 'over' | 'continue';
  readonly #granularity: Granularity;
  #depth: number;
  /** The event that is being looked through, and where to stop looking. */
  #event: number;
  #limit: number;
  #found: { readonly insns: number; readonly ids: readonly number[] } | null = null;
  #scanning = false;
  /** Line of the last coordinate in this frame or a caller. */
  #line = '';
  #stop: Stop | null = null;

  constructor(world: MoveWorld, goal: 'over' | 'continue', granularity: Granularity) {
    this.#world = world;
    this.#goal = goal;
    this.#granularity = granularity;
    this.#depth = world.replay.interpreter.depth;
    const { event, insns } = world.replay.coordinate;
    this.#event = event;
    // A fault's instruction counts as executed, but the program still stands on it.
    this.#limit = world.replay.interpreter.outcome?.kind === 'trap' ? insns - 1 : insns;
  }

  advance(budget: number): boolean {
    const { replay } = this.#world;
    for (let left = budget; this.#stop === null && left > 0; left--) {
      if (!this.#scanning) this.#beginScan();
      else if (replay.over || replay.interpreter.insns >= this.#limit) this.#endScan();
      else {
        this.#consider();
        replay.interpreter.step();
      }
    }
    return this.#stop !== null;
  }

  result(): Stop {
    return this.#stop ?? { kind: 'pause' };
  }

  #beginScan(): void {
    this.#world.replay.goToEvent(this.#event);
    this.#found = null;
    this.#line = '';
    this.#scanning = true;
  }

  /** Whether the present coordinate is one that the move could end at. */
  #consider(): void {
    const { replay, breakpoints } = this.#world;
    const { insns, depth } = replay.interpreter;
    if (this.#goal === 'continue') {
      const ids = breakpoints.at(replay.interpreter);
      if (ids.length > 0) this.#found = { insns, ids };
      return;
    }
    if (depth > this.#depth) return;
    const line = `${depth}:${lineKey(this.#world)}`;
    if (this.#granularity === 'instruction' || line !== this.#line) this.#found = { insns, ids: [] };
    this.#line = line;
  }

  #endScan(): void {
    const { replay } = this.#world;
    this.#scanning = false;
    if (this.#found !== null) {
      const { insns, ids } = this.#found;
      replay.goTo({ event: this.#event, insns });
      this.#stop = ids.length > 0 ? { kind: 'breakpoint', ids } : { kind: 'step' };
    } else if (this.#event === 0) {
      replay.goTo({ event: 0, insns: 0 });
      this.#stop = { kind: 'start' };
    } else {
      this.#event--;
      this.#limit = Number.POSITIVE_INFINITY;
      this.#depth = 1;
    }
  }
}

/** The line the interpreter stands on; the instruction where there are no lines. */
function lineKey({ replay, target }: MoveWorld): string {
  const { interpreter } = replay;
  const program = target.object.programs.indexOf(interpreter.currentProgram);
  const line = target.lineOf({ program, pc: interpreter.pc });
  return line === null ? `${program}@${interpreter.pc}` : `${line.path}:${line.line}`;
}
