import type { Interpreter } from '../vm/interpreter.ts';
import type { CodePlace, DebugTarget } from './target.ts';

/** What the user set a breakpoint on. */
export type BreakpointKind = 'source' | 'function' | 'instruction';

export interface Breakpoint {
  readonly id: number;
  readonly kind: BreakpointKind;
  readonly places: readonly CodePlace[];
}

/** The breakpoints on one instruction. */
export interface Hit {
  readonly ids: readonly number[];
  readonly kinds: readonly BreakpointKind[];
  /** How many of the inlined calls there are entered, where one of them says. */
  readonly level?: number;
}

/** The breakpoints of a session, grouped by where they were set, because DAP replaces a group as a whole. */
export class Breakpoints {
  readonly #target: DebugTarget;
  readonly #interpreter: Interpreter;
  readonly #groups = new Map<string, readonly Breakpoint[]>();
  /** By program, then by pc: which breakpoints stop there. */
  #byProgram = new Map<number, Map<number, Breakpoint[]>>();
  /** Programs in which the interpreter stops somewhere. */
  #armed = new Set<number>();
  /** Where the present move wants to look, too. */
  #also: readonly CodePlace[] = [];
  #nextId = 1;

  constructor(target: DebugTarget, interpreter: Interpreter) {
    this.#target = target;
    this.#interpreter = interpreter;
  }

  /** Replaces a group, also while the program runs; answers the new breakpoints in the order of `places`. */
  replace(group: string, kind: BreakpointKind, places: readonly (readonly CodePlace[])[]): Breakpoint[] {
    const made = places.map((one): Breakpoint => ({ id: this.#nextId++, kind, places: one }));
    this.#groups.set(group, made);
    this.#index();
    this.#arm();
    return made;
  }

  clear(): void {
    this.#groups.clear();
    this.#index();
    this.#arm();
  }

  /** Breakpoints on the instruction that an interpreter stands on. */
  at(interpreter: Interpreter): Hit | null {
    if (this.#byProgram.size === 0) return null;
    const program = this.#target.indexOf(interpreter.currentProgram);
    const { pc } = interpreter;
    const found = this.#byProgram.get(program)?.get(pc);
    if (found === undefined) return null;
    const places = found.flatMap((one) => one.places.filter((place) => place.program === program && place.pc === pc));
    const levels = places.flatMap(({ level }) => level ?? []);
    const hit = { ids: found.map(({ id }) => id), kinds: found.map(({ kind }) => kind) };
    return levels.length === 0 ? hit : { ...hit, level: Math.min(...levels) };
  }

  /** Makes the interpreter's fast run stop at these places besides the breakpoints; replaces what was asked before. */
  stopAlsoAt(places: readonly CodePlace[]): void {
    if (places.length === 0 && this.#also.length === 0) return;
    this.#also = places;
    this.#arm();
  }

  #index(): void {
    this.#byProgram = new Map();
    for (const breakpoints of this.#groups.values())
      for (const breakpoint of breakpoints)
        for (const { program, pc } of breakpoint.places) {
          const pcs = this.#byProgram.get(program) ?? new Map<number, Breakpoint[]>();
          pcs.set(pc, [...(pcs.get(pc) ?? []), breakpoint]);
          this.#byProgram.set(program, pcs);
        }
  }

  #arm(): void {
    const wanted = new Map([...this.#armed].map((program) => [program, new Set<number>()]));
    for (const [program, pcs] of this.#byProgram) wanted.set(program, new Set(pcs.keys()));
    for (const { program, pc } of this.#also) wanted.set(program, (wanted.get(program) ?? new Set()).add(pc));
    for (const [program, pcs] of wanted) this.#interpreter.setBreakpoints(this.#target.program(program), pcs);
    this.#armed = new Set([...wanted].filter(([, pcs]) => pcs.size > 0).map(([program]) => program));
  }
}
