import type { Goal } from '../../server/src/debugger/forward.ts';
import type { Coordinate } from '../../server/src/debugger/moments.ts';
import type { Granularity } from '../../server/src/debugger/moves.ts';
import type { OracleEvent, OracleState } from './oracle.ts';

/** Where a move must end, by looking through the whole trace without any cleverness. */
export interface Expected extends Coordinate {
  readonly kind: string;
}

export interface Position extends Coordinate {
  /** The program stands at a fault that has happened. */
  readonly trapped: boolean;
}

export interface Recording {
  readonly events: readonly OracleEvent[];
  /** Places with breakpoints. */
  readonly breakpoints: ReadonlySet<string>;
  readonly stopOnTrap: boolean;
}

export function expectForward(recording: Recording, at: Position, goal: Goal, granularity: Granularity): Expected {
  const { events, breakpoints, stopOnTrap } = recording;
  const first = events[at.event] as OracleEvent;
  const from = first.states[at.insns];
  if (from !== undefined && !at.trapped) {
    for (let insns = at.insns + 1; insns < first.states.length; insns++) {
      const state = first.states[insns] as OracleState;
      if (breakpoints.has(state.place)) return { event: at.event, insns, kind: 'breakpoint' };
      if (isGoal(from, state, goal, granularity)) return { event: at.event, insns, kind: 'step' };
    }
    if (first.trapped && stopOnTrap) return { event: at.event, insns: first.states.length - 1, kind: 'trap' };
  }
  return nextEvents(recording, at.event + 1, goal);
}

function nextEvents({ events, breakpoints, stopOnTrap }: Recording, start: number, goal: Goal): Expected {
  for (let event = start; event < events.length; event++) {
    const { states, trapped } = events[event] as OracleEvent;
    if (states.length === 0) continue;
    if (goal !== 'continue')
      return { event, insns: 0, kind: breakpoints.has(states[0]?.place ?? '') ? 'breakpoint' : 'event' };
    const insns = states.findIndex(({ place }) => breakpoints.has(place));
    if (insns !== -1) return { event, insns, kind: 'breakpoint' };
    if (trapped && stopOnTrap) return { event, insns: states.length - 1, kind: 'trap' };
  }
  const event = events.length - 1;
  return { event, insns: Math.max(0, (events[event]?.states.length ?? 0) - 1), kind: 'end' };
}

function isGoal(from: OracleState, state: OracleState, goal: Goal, granularity: Granularity): boolean {
  if (goal === 'continue') return false;
  if (goal === 'out') return state.depth < from.depth || (from.depth === 1 && state.depth === 1 && state.isExit);
  if (goal === 'over' && state.depth > from.depth) return false;
  return granularity === 'instruction' || state.depth !== from.depth || state.line !== from.line;
}

export function expectStepBack({ events }: Recording, at: Position, granularity: Granularity): Expected {
  let depth = events[at.event]?.states[at.insns]?.depth ?? 1;
  let end = at.insns;
  for (let event = at.event; event >= 0; event--) {
    const { states } = events[event] as OracleEvent;
    if (event < at.event) [depth, end] = [Number.POSITIVE_INFINITY, states.length];
    const last = latest(states, end, depth);
    if (last === -1) continue;
    return { event, insns: granularity === 'instruction' ? last : beginning(states, last), kind: 'step' };
  }
  return { event: 0, insns: 0, kind: 'start' };
}

function latest(states: readonly OracleState[], end: number, depth: number): number {
  for (let insns = end - 1; insns >= 0; insns--) if ((states[insns]?.depth ?? 0) <= depth) return insns;
  return -1;
}

/** Where the line of that instruction was entered in its frame. */
function beginning(states: readonly OracleState[], insns: number): number {
  const { depth, line } = states[insns] as OracleState;
  for (let begin = insns; ;) {
    const before = latest(states, begin, depth);
    const state = states[before];
    if (state === undefined || state.depth !== depth || state.line !== line) return begin;
    begin = before;
  }
}

export function expectReverseContinue({ events, breakpoints }: Recording, at: Position): Expected {
  for (let event = at.event; event >= 0; event--) {
    const { states } = events[event] as OracleEvent;
    for (let insns = (event === at.event ? at.insns : states.length) - 1; insns >= 0; insns--)
      if (breakpoints.has(states[insns]?.place ?? '')) return { event, insns, kind: 'breakpoint' };
  }
  return { event: 0, insns: 0, kind: 'start' };
}
