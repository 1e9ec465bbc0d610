/** Natural loops of a reducible control-flow graph: which loop a block is in, and how deep. */
import { type FlowGraph, successors } from './controlFlow.ts';

export interface LoopNest {
  /** By block: the head of the innermost loop around it, or -1. */
  readonly innermost: Int32Array;
  /** By block: the number of loops around it. */
  readonly depth: Int32Array;
}

/** Deeply nested loops are walked once per level; hostile programs end the walk, and then loops stay unknown. */
const WORK_PER_BLOCK = 64;

/** Loops are a matter of speed only: where the graph is irreducible or too much work, none are found. */
export function loopNest(flow: FlowGraph): LoopNest {
  const count = flow.blocks.length;
  const nest = { innermost: new Int32Array(count).fill(-1), depth: new Int32Array(count) };
  if (!flow.reducible || !flow.loops.includes(true)) return nest;
  const predecessors = predecessorsOf(flow);
  let work = WORK_PER_BLOCK * count + 1000;
  // Outer heads have smaller numbers, so inner loops are entered later and win.
  for (let head = 0; head < count && work > 0; head++)
    if (flow.loops[head] === true) work -= addLoop(nest, head, predecessors);
  return work > 0 ? nest : { innermost: new Int32Array(count).fill(-1), depth: new Int32Array(count) };
}

/** Returns the number of blocks that were looked at. */
function addLoop(nest: LoopNest, head: number, predecessors: readonly (readonly number[])[]): number {
  const seen = new Set([head]);
  const work = (predecessors[head] ?? []).filter((from) => from >= head);
  for (let block = work.pop(); block !== undefined; block = work.pop()) {
    if (seen.has(block)) continue;
    seen.add(block);
    work.push(...(predecessors[block] ?? []));
  }
  for (const block of seen) {
    nest.innermost[block] = head;
    nest.depth[block] = (nest.depth[block] ?? 0) + 1;
  }
  return seen.size;
}

function predecessorsOf(flow: FlowGraph): number[][] {
  const predecessors: number[][] = flow.blocks.map(() => []);
  flow.blocks.forEach((block, from) => {
    for (const to of successors(block.exit)) predecessors[to]?.push(from);
  });
  return predecessors;
}
