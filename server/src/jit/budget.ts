/** What safe mode takes from a run's budget where it does not count: rounds of loops, and calls of functions. */
import { LOOK_BACK } from '../vm/loopWatch.ts';
import { CELLS, type FunctionContext } from './context.ts';
import { type FlowGraph, successors } from './controlFlow.ts';
import { emitFinish } from './exits.ts';
import type { Bounds } from './linear.ts';
import { loopNest } from './loopNest.ts';
import { OP } from './opcodes.ts';

/** All rounds of a loop are paid for at once when that is no more than this, a part of what the interpreter is left. */
const MOST_AT_ENTRY = LOOK_BACK / 2;

export interface LoopCharges {
  /** By loop: the instructions of one round. */
  readonly perRound: Int32Array;
  /** By loop: the instructions of all its rounds where they are known before it begins, or 0. */
  readonly atEntry: Int32Array;
}

/** Only structured code has a place that a loop is entered by. */
export function loopCharges(f: FunctionContext, flow: FlowGraph, structured: boolean): LoopCharges {
  const perRound = loopCosts(flow);
  const atEntry = new Int32Array(flow.blocks.length);
  const bounds: Bounds = f.scene?.bounds ?? new Map<number, number>();
  if (!structured || f.budget === null || bounds.size === 0) return { perRound, atEntry };
  const exits = loopExits(flow);
  for (const [loop, rounds] of bounds) {
    const cost = (perRound[loop] ?? 1) * (rounds + 1);
    if (exits[loop] === 1 && cost <= MOST_AT_ENTRY) atEntry[loop] = cost;
  }
  return { perRound, atEntry };
}

/**
 * By loop: the ways out of its blocks outside inner loops, into which a way leads, too. A loop with only one goes round
 * as often as its bound says, and is not paid for in vain.
 */
function loopExits(flow: FlowGraph): Int32Array {
  const { innermost } = loopNest(flow);
  const exits = new Int32Array(flow.blocks.length);
  flow.blocks.forEach(({ exit }, from) => {
    const loop = innermost[from] ?? -1;
    if (loop < 0) return;
    for (const to of successors(exit)) if (innermost[to] !== loop) exits[loop] = (exits[loop] ?? 0) + 1;
  });
  return exits;
}

/** By block: the instructions of one round, taken from how far back the longest edge to it reaches. */
function loopCosts(flow: FlowGraph): Int32Array {
  const costs = new Int32Array(flow.blocks.length).fill(1);
  flow.blocks.forEach((block, from) => {
    for (const to of successors(block.exit))
      if (to <= from) costs[to] = Math.max(costs[to] ?? 1, block.end - (flow.blocks[to]?.start ?? 0));
  });
  return costs;
}

export function chargeCall(f: FunctionContext, pc: number): void {
  if (f.budget !== null) {
    chargeLoop(f, 1, pc);
    return;
  }
  const { code } = f;
  code.i32(CELLS.budget);
  code.i32(CELLS.budget);
  code.memory(OP.i64Load, 0);
  code.i64(1);
  code.u8(OP.i64Sub);
  code.tee(f.temp);
  code.memory(OP.i64Store, 0);
  code.get(f.temp);
  handOverAtEnd(f, pc);
}

/** Takes a round's instructions from the budget. */
export function chargeLoop(f: FunctionContext, cost: number, pc: number): void {
  if (f.budget === null) return;
  const { code } = f;
  code.get(f.budget);
  code.i64(cost);
  code.u8(OP.i64Sub);
  code.tee(f.budget);
  handOverAtEnd(f, pc);
}

/** The budget's last instructions are the interpreter's, which sees where they go round. */
function handOverAtEnd(f: FunctionContext, pc: number): void {
  f.code.i64(LOOK_BACK);
  f.code.u8(OP.i64LtS);
  f.code.unlikelyIf();
  f.saveBudget();
  emitFinish(f, { site: -1, pc, called: false });
  f.code.end();
}
