import { inlinedIn, type InlinedFunction, type Program } from '../program/program.ts';

/** One inlined call, whose code may lie in several pieces. Where two instructions came of the same call, it is one object. */
export interface InlinedCall {
  readonly name: string;
  /** Where the call is written. */
  readonly path: string;
  readonly line: number;
  /** Slot where its code begins. */
  readonly first: number;
}

/** By slot: the calls that the instruction came of, from the outermost inwards. */
export function inlinedCalls(program: Program): (readonly InlinedCall[])[] {
  const bySlot: InlinedCall[][] = [];
  const known = new Map<InlinedCall | null, Map<string, InlinedCall>>();
  // Outer calls first, so that they are there when inner ones look for them.
  const pieces = inlinedIn(program).toSorted((a, b) => a.depth - b.depth || a.from - b.from);
  for (const piece of pieces)
    for (let pc = piece.from; pc < piece.to; pc++) {
      const calls = (bySlot[pc] ??= []);
      if (calls.length === piece.depth - 1) calls.push(callOf(piece, pc, calls.at(-1) ?? null, known));
    }
  return bySlot;
}

/** The call, as it was met before or for the first time. */
function callOf(
  { name, path, line, column }: InlinedFunction,
  pc: number,
  outer: InlinedCall | null,
  known: Map<InlinedCall | null, Map<string, InlinedCall>>,
): InlinedCall {
  const within = known.get(outer) ?? new Map<string, InlinedCall>();
  known.set(outer, within);
  const key = `${name} ${path}:${line}:${column}`;
  const call = within.get(key) ?? { name, path, line, first: pc };
  within.set(key, call);
  return call;
}
