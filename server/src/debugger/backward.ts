import type { Job } from '../base/job.ts';
import type { Hit } from './breakpoints.ts';
import { LineBeginnings } from './lineBeginnings.ts';
import { type Coordinate, isBefore } from './moments.ts';
import type { InlinedCall } from './inlinedCalls.ts';
import { callsHere, type Granularity, lineHere, type MoveWorld, returnPlace, type Stop } from './moves.ts';
import { COST } from './replay.ts';

/** Back to the last breakpoint before here, or to the recording's beginning. */
export function moveBackToBreakpoint(world: MoveWorld): Job<Stop> {
  return new BackToBreakpoint(world);
}

/** One step back, over calls. */
export function stepBack(world: MoveWorld, granularity: Granularity): Job<Stop> {
  return new StepBack(world, granularity);
}

/** What both ways back share: they look for a place in slices, and then go there. */
abstract class Backward implements Job<Stop> {
  protected readonly world: MoveWorld;
  /** Where to go, once it is found. */
  #found: { readonly to: Coordinate; readonly stop: Stop } | null = null;

  constructor(world: MoveWorld) {
    this.world = world;
  }

  advance(budget: number): boolean {
    let left = budget;
    while (this.#found === null && left > 0) left -= Math.max(1, this.search(left));
    return this.#found !== null && left > 0 && this.world.replay.approach(this.#found.to, left);
  }

  result(): Stop {
    return this.#found?.stop ?? { kind: 'pause' };
  }

  protected found(to: Coordinate, stop: Stop): void {
    this.#found = { to, stop };
  }

  /** Looks on; answers how much work it was. */
  protected abstract search(budget: number): number;
}

/** Runs from one kept moment to the next and remembers the last hit; from an earlier moment when there was none. */
class BackToBreakpoint extends Backward {
  /** Hits at this moment or behind it do not count. */
  #limit: Coordinate;
  #from: Coordinate | null = null;
  #last: { readonly to: Coordinate; readonly hit: Hit } | null = null;

  constructor(world: MoveWorld) {
    super(world);
    this.#limit = world.replay.coordinate;
    world.breakpoints.stopAlsoAt([]);
  }

  protected search(budget: number): number {
    const { replay } = this.world;
    const { interpreter } = replay;
    if (this.#from === null) return this.#begin();
    const here = { event: replay.event, insns: interpreter.insns };
    if (!isBefore(here, this.#limit)) return this.#end(this.#from);
    if (replay.over) return replay.nextEvent() ? COST.event + this.#look() : this.#end(this.#from);
    const most = here.event === this.#limit.event ? this.#limit.insns - here.insns : budget;
    return replay.resume(Math.min(budget, most)) + this.#look();
  }

  #begin(): number {
    const { event, insns } = this.#limit;
    // The moment just before the limit, so that this stretch is not empty.
    const before = insns > 0 ? { event, insns: insns - 1 } : { event: event - 1, insns: Number.POSITIVE_INFINITY };
    this.#last = null;
    this.#from = event === 0 && insns === 0 ? this.#limit : this.world.replay.restore(before);
    return this.#look();
  }

  #look(): number {
    const { replay, breakpoints } = this.world;
    const to = { event: replay.event, insns: replay.interpreter.insns };
    if (replay.over || !isBefore(to, this.#limit)) return COST.step;
    const hit = breakpoints.at(replay.interpreter);
    if (hit !== null) this.#last = { to, hit };
    return COST.step;
  }

  #end(from: Coordinate): number {
    if (this.#last !== null) this.found(this.#last.to, { kind: 'breakpoint', ...this.#last.hit });
    else if (from.event === 0 && from.insns === 0) this.found(from, { kind: 'start' });
    this.#limit = from;
    this.#from = null;
    return 1;
  }
}

/** Instructions that are looked through one by one at first; when that is not enough, four times as many. */
const WINDOW = 2048;
const GROWTH = 4;

/** Looks through the instructions before here for the one where the line before began, in windows that grow. */
class StepBack extends Backward {
  readonly #granularity: Granularity;
  #event: number;
  /** Instructions of that event from here on do not count; null until its end is known. */
  #limit: number | null;
  #depth: number;
  /** The inlined calls that were entered where the step began, while it looks through the same frame; null for all. */
  #calls: readonly InlinedCall[] | null;
  #window: number;
  #lines: LineBeginnings | null = null;
  /** Something is armed where the functions that are run over return to. */
  #runsOver = false;

  constructor(world: MoveWorld, granularity: Granularity) {
    super(world);
    this.#granularity = granularity;
    this.#window = world.window ?? WINDOW;
    const { event, insns } = world.replay.coordinate;
    this.#event = event;
    this.#limit = insns;
    this.#depth = world.replay.interpreter.depth;
    this.#calls = callsHere(world).slice(0, world.level);
  }

  protected search(budget: number): number {
    const { replay } = this.world;
    if (this.#limit === null) return this.#findEnd(budget);
    const from = Math.max(0, this.#limit - this.#window);
    if (this.#lines === null) {
      if (!replay.approach({ event: this.#event, insns: from }, budget)) return budget;
      this.#lines = new LineBeginnings(from === 0);
    }
    for (let work = 0; work < budget;) {
      const left = this.#limit - replay.interpreter.insns;
      if (replay.over || left <= 0) return this.#end(this.#lines, from);
      work += COST.step + this.#look(this.#lines, Math.min(left, budget));
    }
    return budget;
  }

  /** Functions called from the frame that matters are run at full speed. */
  #look(lines: LineBeginnings, most: number): number {
    const { replay, breakpoints } = this.world;
    const { insns, depth } = replay.interpreter;
    if (depth > this.#depth) {
      if (!this.#runsOver) breakpoints.stopAlsoAt(returnPlace(this.world, this.#depth + 1));
      this.#runsOver = true;
      return replay.resume(most);
    }
    this.#runsOver = false;
    lines.note(insns, depth, this.#granularity === 'instruction' ? insns : this.#lineIn(depth));
    replay.step();
    return 1;
  }

  /** Frames above that of the step are of no interest but for where their lines begin. */
  #lineIn(depth: number): number {
    return lineHere(this.world, depth === this.#depth ? this.#calls : null);
  }

  /** The event before is looked through from its end, whatever function it ended in. */
  #findEnd(budget: number): number {
    const { replay } = this.world;
    if (!replay.approach({ event: this.#event, insns: Number.POSITIVE_INFINITY }, budget)) return budget;
    const { insns } = replay.coordinate;
    this.#limit = replay.interpreter.outcome?.kind === 'trap' ? insns + 1 : insns;
    return 1;
  }

  #end(lines: LineBeginnings, from: number): number {
    const begin = lines.latest();
    this.#lines = null;
    this.#runsOver = false;
    this.world.breakpoints.stopAlsoAt([]);
    if (begin !== null && begin.certain) this.found({ event: this.#event, insns: begin.insns }, { kind: 'step' });
    else if (from > 0) this.#window *= GROWTH;
    else if (this.#event === 0) this.found({ event: 0, insns: 0 }, { kind: 'start' });
    else {
      this.#event--;
      this.#limit = null;
      this.#depth = Number.POSITIVE_INFINITY;
      this.#calls = null;
      this.#window = this.world.window ?? WINDOW;
    }
    return 1;
  }
}
