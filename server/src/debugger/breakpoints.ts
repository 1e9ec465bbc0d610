import type { Interpreter } from '../vm/interpreter.ts';
import type { CodePlace, DebugTarget } from './target.ts';

export interface Breakpoint {
  readonly id: number;
  readonly places: readonly CodePlace[];
}

/** The breakpoints of a session, grouped by where they were set, because DAP replaces a group as a whole. */
export class Breakpoints {
  readonly #target: DebugTarget;
  readonly #groups = new Map<string, readonly Breakpoint[]>();
  /** By program and pc: which breakpoints stop there. */
  readonly #byPlace = new Map<string, number[]>();
  #nextId = 1;

  constructor(target: DebugTarget) {
    this.#target = target;
  }

  /** Replaces a group; answers the new breakpoints in the order of `places`. */
  replace(group: string, places: readonly (readonly CodePlace[])[]): Breakpoint[] {
    const made = places.map((one) => ({ id: this.#nextId++, places: one }));
    this.#groups.set(group, made);
    this.#byPlace.clear();
    for (const breakpoints of this.#groups.values())
      for (const { id, places: where } of breakpoints)
        for (const place of where) {
          const ids = this.#byPlace.get(key(place));
          if (ids === undefined) this.#byPlace.set(key(place), [id]);
          else ids.push(id);
        }
    return made;
  }

  /** Breakpoints on the instruction that an interpreter stands on. */
  at(interpreter: Interpreter): readonly number[] {
    if (this.#byPlace.size === 0) return [];
    const program = this.#target.object.programs.indexOf(interpreter.currentProgram);
    return this.#byPlace.get(key({ program, pc: interpreter.pc })) ?? [];
  }

  /** Makes an interpreter's fast run stop at all of them. */
  arm(interpreter: Interpreter): void {
    this.#target.object.programs.forEach((program, index) => {
      const pcs = new Set<number>();
      for (const breakpoints of this.#groups.values())
        for (const { places } of breakpoints)
          for (const place of places) if (place.program === index) pcs.add(place.pc);
      interpreter.setBreakpoints(program, pcs);
    });
  }
}

function key({ program, pc }: CodePlace): string {
  return `${program}:${pc}`;
}
