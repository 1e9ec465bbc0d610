/**
 * Counting executed instructions with few counters (Knuth and Stevenson, "Optimal measurement points for program
 * frequency counts", BIT 1973). A spanning tree over the control-flow graph, with the world outside the function as one
 * more node, needs no counters: only edges outside the tree count, and the others follow, because whatever enters a
 * block leaves it. In the same way only these edges pay for the instructions of the round they close.
 */
import { type Insn, slots } from '../isa/insn.ts';
import type { BlockEnd, FlowGraph } from './controlFlow.ts';
import { loopNest, type LoopNest } from './loopNest.ts';

export interface FlowEdge {
  /** Blocks; the number of blocks stands for the world outside. */
  readonly from: number;
  readonly to: number;
  /** Whether a counter counts it: it is not in the tree. */
  readonly counted: boolean;
  /** Instructions that taking it costs, so that at every block what was paid differs by a constant from what was due. */
  readonly charge: number;
}

export interface FlowCounts {
  /** The entry's edge first, then those of each block: `firstEdge[block]` is the fall-through (or only) one. */
  readonly edges: readonly FlowEdge[];
  readonly firstEdge: Int32Array;
  /** By block: instructions due at its start that no edge has charged. */
  readonly unpaid: Int32Array;
  /** By block: its instructions. */
  readonly insns: Int32Array;
  /** By block: at most so many instructions from its start to the end of the function or to the start of a loop. */
  readonly longest: Int32Array;
  readonly nest: LoopNest;
}

export function flowCounts(insns: readonly Insn[], flow: FlowGraph): FlowCounts {
  const counts = Int32Array.from(flow.blocks, (block) => insnsIn(insns, block.start, block.end));
  const nest = loopNest(flow);
  const { edges, firstEdge, weights } = listEdges(insns, flow, nest);
  const tree = spanningTree(edges, weights, flow.blocks.length + 1);
  const unpaid = sumsFromOutside(edges, tree, counts);
  const charged = edges.map(({ from, to }, i) => {
    const counted = tree[i] === 0;
    const charge = (unpaid[from] ?? 0) + (counts[from] ?? 0) - (unpaid[to] ?? 0);
    return { from, to, counted, charge: counted ? charge : 0 };
  });
  return { edges: charged, firstEdge, unpaid, insns: counts, longest: longestPaths(flow, counts), nest };
}

/** Instructions in the slots from `start` on; a jump to nowhere counts as the instruction it traps at. */
function insnsIn(insns: readonly Insn[], start: number, end: number): number {
  if (start === end) return 1;
  let count = 0;
  for (let pc = start; pc < end; count++) pc += slots(insns[pc] as Insn);
  return count;
}

/** How often an edge is taken is guessed: compilers let the likely path fall through. */
const FALLS_THROUGH = 0.6;
const GOES_ROUND = 0.9;
const ROUNDS = 8;
const DEEPEST = 8;

interface EdgeList {
  readonly edges: { readonly from: number; readonly to: number }[];
  readonly firstEdge: Int32Array;
  readonly weights: number[];
}

function listEdges(insns: readonly Insn[], flow: FlowGraph, nest: LoopNest): EdgeList {
  const outside = flow.blocks.length;
  const list: EdgeList = {
    edges: [{ from: outside, to: 0 }],
    firstEdge: new Int32Array(outside).fill(-1),
    weights: [1],
  };
  const likely = new Float64Array(outside + 1);
  likely[0] = 1;
  flow.blocks.forEach((block, from) => {
    list.firstEdge[from] = list.edges.length;
    const leaves = block.exit.kind === 'stop' && block.end > block.start && insns[block.end - 1]?.kind === 'exit';
    const shares = leaves ? [{ to: outside, share: 1 }] : sharesOf(block.exit, from);
    for (const { to, share } of shares) {
      const flowing = (likely[from] ?? 0) * share;
      const depth = Math.min(nest.depth[from] ?? 0, nest.depth[to] ?? 0, DEEPEST);
      list.edges.push({ from, to });
      list.weights.push(flowing * ROUNDS ** depth);
      if (to > from) likely[to] = (likely[to] ?? 0) + flowing;
    }
  });
  return list;
}

function sharesOf(exit: BlockEnd, from: number): { to: number; share: number }[] {
  if (exit.kind === 'stop') return [];
  if (exit.kind === 'next') return [{ to: exit.to, share: exit.to <= from ? GOES_ROUND : 1 }];
  const share = (to: number, other: number, usual: number): number =>
    to <= from ? GOES_ROUND : other <= from ? 1 : usual;
  return [
    { to: exit.next, share: share(exit.next, exit.to, FALLS_THROUGH) },
    { to: exit.to, share: share(exit.to, exit.next, 1 - FALLS_THROUGH) },
  ];
}

/** By edge: 1 when it is in a spanning tree of the greatest weight (Kruskal). */
function spanningTree(edges: EdgeList['edges'], weights: readonly number[], nodes: number): Uint8Array {
  const parent = Int32Array.from({ length: nodes }, (_, i) => i);
  const root = (node: number): number => {
    let at = node;
    while (parent[at] !== at) at = parent[at] = parent[parent[at] as number] as number;
    return at;
  };
  const tree = new Uint8Array(edges.length);
  const order = edges.map((_, i) => i).sort((a, b) => (weights[b] ?? 0) - (weights[a] ?? 0) || a - b);
  for (const i of order) {
    const { from, to } = edges[i] as { from: number; to: number };
    const [a, b] = [root(from), root(to)];
    if (a === b) continue;
    parent[a] = b;
    tree[i] = 1;
  }
  return tree;
}

/** By node: the instructions of the blocks that the tree's path from outside leaves, those it enters backwards taken off. */
function sumsFromOutside(edges: EdgeList['edges'], tree: Uint8Array, insns: Int32Array): Int32Array {
  const around = neighbours(edges, tree, insns.length + 1);
  const sums = new Int32Array(insns.length + 1);
  const seen = new Uint8Array(insns.length + 1);
  const work = [insns.length];
  seen[insns.length] = 1;
  for (let node = work.pop(); node !== undefined; node = work.pop())
    for (const i of around[node] ?? []) {
      const { from, to } = edges[i] as { from: number; to: number };
      const next = from === node ? to : from;
      if (seen[next] === 1) continue;
      seen[next] = 1;
      const cost = insns[from] ?? 0;
      sums[next] = (sums[node] ?? 0) + (from === node ? cost : -cost);
      work.push(next);
    }
  return sums;
}

/** By node: the tree's edges at it. */
function neighbours(edges: EdgeList['edges'], tree: Uint8Array, nodes: number): number[][] {
  const around: number[][] = Array.from({ length: nodes }, () => []);
  edges.forEach(({ from, to }, i) => {
    if (tree[i] === 0) return;
    around[from]?.push(i);
    if (to !== from) around[to]?.push(i);
  });
  return around;
}

function longestPaths(flow: FlowGraph, insns: Int32Array): Int32Array {
  const longest = new Int32Array(flow.blocks.length);
  for (let block = flow.blocks.length - 1; block >= 0; block--) {
    const exit = flow.blocks[block]?.exit;
    let beyond = 0;
    const look = (to: number): void => {
      if (flow.loops[to] !== true) beyond = Math.max(beyond, longest[to] ?? 0);
    };
    if (exit?.kind === 'next' || exit?.kind === 'branch') look(exit.to);
    if (exit?.kind === 'branch') look(exit.next);
    longest[block] = (insns[block] ?? 0) + beyond;
  }
  return longest;
}

/**
 * How often each block began. `counted` tells how often each counted edge was taken; `stops`, by block, how many runs
 * of the function ended in the block without leaving it by an edge.
 */
export function blockCounts(counts: FlowCounts, counted: (edge: number) => number, stops: Float64Array): Float64Array {
  const { edges, insns } = counts;
  const outside = insns.length;
  const tree = Uint8Array.from(edges, (edge) => (edge.counted ? 0 : 1));
  const taken = Float64Array.from(edges, (edge, i) => (edge.counted ? counted(i) : 0));
  const surplus = surpluses(edges, taken, stops);
  for (const [node, edge] of leavesFirst(edges, tree, outside)) {
    const { from, to } = edges[edge] as FlowEdge;
    const missing = from === node ? (surplus[node] ?? 0) : -(surplus[node] ?? 0);
    taken[edge] = missing;
    surplus[from] = (surplus[from] ?? 0) - missing;
    surplus[to] = (surplus[to] ?? 0) + missing;
  }
  const began = new Float64Array(outside + 1);
  edges.forEach(({ to }, i) => (began[to] = (began[to] ?? 0) + (taken[i] ?? 0)));
  return began.subarray(0, outside);
}

/** By node: what is known to have entered it, what is known to have left or stopped there taken off. */
function surpluses(edges: readonly FlowEdge[], taken: Float64Array, stops: Float64Array): Float64Array {
  const surplus = new Float64Array(stops.length + 1);
  edges.forEach(({ from, to }, i) => {
    surplus[from] = (surplus[from] ?? 0) - (taken[i] ?? 0);
    surplus[to] = (surplus[to] ?? 0) + (taken[i] ?? 0);
  });
  stops.forEach((count, block) => {
    surplus[block] = (surplus[block] ?? 0) - count;
    surplus[stops.length] = (surplus[stops.length] ?? 0) + count;
  });
  return surplus;
}

/** Every node but the root with the tree's edge towards the root, leaves before what they hang on. */
function leavesFirst(edges: readonly FlowEdge[], tree: Uint8Array, root: number): [number, number][] {
  const around = neighbours([...edges], tree, root + 1);
  const order: [number, number][] = [];
  const seen = new Uint8Array(root + 1);
  const work = [root];
  seen[root] = 1;
  for (let node = work.pop(); node !== undefined; node = work.pop())
    for (const i of around[node] ?? []) {
      const { from, to } = edges[i] as FlowEdge;
      const next = from === node ? to : from;
      if (seen[next] === 1) continue;
      seen[next] = 1;
      order.push([next, i]);
      work.push(next);
    }
  return order.reverse();
}
