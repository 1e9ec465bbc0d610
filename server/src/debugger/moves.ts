import type { Job } from '../base/job.ts';
import type { Trap } from '../vm/machine.ts';
import type { Breakpoints, Hit } from './breakpoints.ts';
import type { Coordinate } from './moments.ts';
import type { Replay } from './replay.ts';
import type { CodePlace, DebugTarget } from './target.ts';

/** Why the program stands still. */
export type Stop =
  | { readonly kind: 'entry' | 'step' | 'pause' | 'event' | 'end' | 'start' }
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

/** The line on which the interpreter stands, as a number that no other line has. */
export function lineHere({ replay, target }: MoveWorld): number {
  const { interpreter } = replay;
  return target.lineNumber({ program: target.indexOf(interpreter.currentProgram), pc: interpreter.pc });
}

/** Where the function in the frame of that depth returns to; the last frame of the list is the entry's, depth 1. */
export function returnPlace({ replay, target }: MoveWorld, depth: number): CodePlace[] {
  const caller = replay.interpreter.frames().at(1 - depth);
  return caller === undefined ? [] : [{ program: target.indexOf(caller.program), pc: caller.pc + 1 }];
}
