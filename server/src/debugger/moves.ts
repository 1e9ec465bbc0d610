import type { Job } from '../base/job.ts';
import type { Trap } from '../vm/machine.ts';
import type { Breakpoints, Hit } from './breakpoints.ts';
import type { Coordinate } from './moments.ts';
import type { Replay } from './replay.ts';
import type { CodePlace, DebugTarget } from './target.ts';
import type { InlinedCall } from './inlinedCalls.ts';

/** Why the program stands still. */
export type Stop =
  | { readonly kind: 'entry' | 'pause' | 'event' | 'end' | 'start' }
  /** `level`: how many of the inlined calls at the instruction are shown as entered, where that is not plain. */
  | { readonly kind: 'step'; readonly level?: number }
  | ({ readonly kind: 'breakpoint' } & Hit)
  | { readonly kind: 'trap'; readonly trap: Trap };

/** How far a step goes: to another instruction, or to another line of the text. */
export type Granularity = 'instruction' | 'line';

export interface MoveWorld {
  readonly replay: Replay;
  readonly target: DebugTarget;
  readonly breakpoints: Breakpoints;
  /** Faults end a move; otherwise the event just ends. */
  readonly stopOnTrap: boolean;
  /** Instructions that a step back looks through at first; 2048 unless told otherwise. */
  readonly window?: number;
  /** How many of the inlined calls at the instruction the user sees as entered; all unless told otherwise. */
  readonly level?: number;
}

/** A move to the beginning of an event, or as near as the recording reaches. */
export function moveToEvent({ replay }: MoveWorld, event: number): Job<Stop> {
  const wanted = Math.max(0, Math.min(replay.events.length - 1, event));
  const kind = wanted === event ? 'event' : event < 0 ? 'start' : 'end';
  return moveTo(replay, { event: wanted, insns: 0 }, { kind });
}

export function moveTo(replay: Replay, to: Coordinate, stop: Stop): Job<Stop> {
  return { advance: (budget) => replay.approach(to, budget), result: () => stop };
}

/** One move after the other: `next` is made when the first is done. */
export function moveThen(first: Job<Stop>, next: () => Job<Stop>): Job<Stop> {
  let job = first;
  let second = false;
  return {
    advance(budget) {
      if (!job.advance(budget)) return false;
      if (second) return true;
      second = true;
      job = next();
      return false;
    },
    result: () => job.result(),
  };
}

/** The instruction on which the interpreter stands. */
export function placeHere({ replay, target }: MoveWorld): CodePlace {
  const { interpreter } = replay;
  return { program: target.indexOf(interpreter.currentProgram), pc: interpreter.pc };
}

/** The inlined calls that the instruction came of, from the outermost inwards. */
export function callsHere(world: MoveWorld): readonly InlinedCall[] {
  return world.target.callsAt(placeHere(world));
}

/** How many inlined calls are entered at an instruction; one whose code begins there is still to be entered. */
export function enteredAt(target: DebugTarget, place: CodePlace): number {
  const calls = target.callsAt(place);
  const beginning = calls.findIndex(({ first }) => first === place.pc);
  return beginning === -1 ? calls.length : beginning;
}

/**
 * The line on which the interpreter stands, as a number that no other line has: in the function that the calls lead to.
 * For code of calls further in, it is the line of the first of those.
 */
export function lineHere(world: MoveWorld, calls: readonly InlinedCall[] | null = null): number {
  const place = placeHere(world);
  if (calls === null) return world.target.lineNumber(place);
  return world.target.lineNumberIn(place, sharedCalls(callsHere(world), calls));
}

/** How many calls two ways have in common. */
export function sharedCalls(a: readonly InlinedCall[], b: readonly InlinedCall[]): number {
  let count = 0;
  while (count < a.length && a[count] === b[count]) count++;
  return count;
}

/** Where the function in the frame of that depth returns to; the last frame of the list is the entry's, depth 1. */
export function returnPlace({ replay, target }: MoveWorld, depth: number): CodePlace[] {
  const caller = replay.interpreter.frames().at(1 - depth);
  return caller === undefined ? [] : [{ program: target.indexOf(caller.program), pc: caller.pc + 1 }];
}
