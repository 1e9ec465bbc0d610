/** The control-flow graph of one function: basic blocks in reverse postorder, their dominators, reducibility. */
import { type Insn, jumpTarget, slots } from '../isa/insn.ts';

/** How a block ends. `stop` never goes on: an exit, or an instruction that always traps. */
export type BlockEnd =
  | { readonly kind: 'stop' }
  | { readonly kind: 'next'; readonly to: number }
  /** The block's last instruction decides: `to` when it jumps, `next` when it does not. */
  | { readonly kind: 'branch'; readonly to: number; readonly next: number };

export interface Block {
  /** First slot. Outside the program, or inside a wide instruction, for a jump to nowhere. */
  readonly start: number;
  /** One past the last slot; equal to `start` for a jump to nowhere. */
  readonly end: number;
  /** Targets are block numbers. */
  readonly exit: BlockEnd;
}

/** Blocks are numbered in reverse postorder, so an edge to an equal or smaller number goes backwards. */
export interface FlowGraph {
  readonly blocks: readonly Block[];
  /** By block: the target of an edge that goes backwards. */
  readonly loops: readonly boolean[];
  /** By block: how many edges enter it forwards. */
  readonly entries: Int32Array;
  /** By block: its immediate dominator; the entry's is itself. Meaningful only when the graph is reducible. */
  readonly dominator: Int32Array;
  /** Whether every edge backwards goes to a block that dominates its source. */
  readonly reducible: boolean;
}

/** Marks by slot, shared by a program's functions so that no function costs memory for the whole program. */
export class FlowMarks {
  readonly visited: Int32Array;
  /** Where blocks begin, and which blocks. */
  readonly leader: Int32Array;
  readonly block: Int32Array;
  generation = 0;
  constructor(slotCount: number) {
    this.visited = new Int32Array(slotCount);
    this.leader = new Int32Array(slotCount);
    this.block = new Int32Array(slotCount);
  }
}

/** The blocks that can be reached from `entry` without calls. */
export function flowGraph(insns: readonly Insn[], entry: number, marks: FlowMarks): FlowGraph {
  const raw = rawBlocks(insns, leaders(insns, entry, marks), marks);
  const order = reversePostorder(
    raw,
    raw.findIndex((block) => block.start === entry),
  );
  const number = new Int32Array(raw.length);
  order.forEach((old, index) => (number[old] = index));
  const blocks = order.map((old) => renumber(raw[old] as Block, number));
  return { blocks, ...edgesOf(blocks) };
}

export function successors(exit: BlockEnd): readonly number[] {
  if (exit.kind === 'stop') return [];
  return exit.kind === 'next' ? [exit.to] : [exit.next, exit.to];
}

/** Whether control cannot reach the next slot from `insn`. */
function endsBlock(insn: Insn): boolean {
  return insn.kind === 'exit' || insn.kind === 'invalid' || insn.kind === 'goto';
}

function isBadPc(insns: readonly Insn[], pc: number): boolean {
  const insn = insns[pc];
  return insn === undefined || insn.kind === 'wideSlot';
}

/** Slots at which a block begins, ascending. */
function leaders(insns: readonly Insn[], entry: number, marks: FlowMarks): Int32Array {
  const found = new LeaderSet(insns.length, marks);
  found.add(entry);
  const work = [entry];
  const { visited, generation } = marks;
  for (let start = work.pop(); start !== undefined; start = work.pop()) {
    for (let pc = start; ;) {
      const insn = insns[pc];
      if (insn === undefined || insn.kind === 'wideSlot' || visited[pc] === generation) {
        found.add(pc);
        break;
      }
      visited[pc] = generation;
      const target = jumpTarget(insn, pc);
      if (target !== null) {
        found.add(target);
        work.push(target);
      }
      if (endsBlock(insn)) break;
      pc += slots(insn);
      if (target !== null) found.add(pc);
    }
  }
  return Int32Array.from(found.slots).sort();
}

class LeaderSet {
  readonly slots: number[] = [];
  private readonly outside = new Set<number>();
  private readonly count: number;
  private readonly marks: FlowMarks;

  constructor(slotCount: number, marks: FlowMarks) {
    this.count = slotCount;
    this.marks = marks;
    marks.generation++;
  }

  add(pc: number): void {
    const { leader, generation } = this.marks;
    if (pc < 0 || pc >= this.count) {
      if (this.outside.has(pc)) return;
      this.outside.add(pc);
    } else if (leader[pc] === generation) return;
    else leader[pc] = generation;
    this.slots.push(pc);
  }
}

/** Blocks in the order of their slots; targets are indices into the same list. */
function rawBlocks(insns: readonly Insn[], starts: Int32Array, marks: FlowMarks): Block[] {
  const { leader, generation, block } = marks;
  const outside = new Map<number, number>();
  starts.forEach((start, i) => {
    if (start < 0 || start >= insns.length) outside.set(start, i);
    else block[start] = i;
  });
  const at = (pc: number): number => (leader[pc] === generation ? block[pc]! : (outside.get(pc) ?? 0));
  return Array.from(starts, (start) => {
    if (isBadPc(insns, start)) return { start, end: start, exit: { kind: 'stop' } };
    for (let pc = start; ;) {
      const insn = insns[pc] as Insn;
      const next = pc + slots(insn);
      const target = jumpTarget(insn, pc);
      if (insn.kind === 'goto') return { start, end: next, exit: { kind: 'next', to: at(pc + 1 + insn.off) } };
      if (endsBlock(insn)) return { start, end: next, exit: { kind: 'stop' } };
      if (target !== null) return { start, end: next, exit: { kind: 'branch', to: at(target), next: at(next) } };
      if (leader[next] === generation || next >= insns.length)
        return { start, end: next, exit: { kind: 'next', to: at(next) } };
      pc = next;
    }
  });
}

function renumber(block: Block, number: Int32Array): Block {
  const { start, end, exit } = block;
  const at = (old: number): number => number[old] ?? 0;
  if (exit.kind === 'stop') return block;
  if (exit.kind === 'next') return { start, end, exit: { kind: 'next', to: at(exit.to) } };
  return { start, end, exit: { kind: 'branch', to: at(exit.to), next: at(exit.next) } };
}

/** Depth-first from the entry with a stack of our own: programs have many thousands of blocks in a row. */
function reversePostorder(blocks: readonly Block[], entry: number): number[] {
  const order: number[] = [];
  const seen = new Uint8Array(blocks.length);
  const path: { block: number; targets: readonly number[]; next: number }[] = [];
  const visit = (block: number): void => {
    seen[block] = 1;
    path.push({ block, targets: successors((blocks[block] as Block).exit), next: 0 });
  };
  visit(entry);
  for (let top = path.at(-1); top !== undefined; top = path.at(-1)) {
    // The jump's target is walked first, so the fall-through comes first in the reversed order.
    const target = top.targets[top.targets.length - 1 - top.next++];
    if (target === undefined) order.push((path.pop() as { block: number }).block);
    else if (seen[target] === 0) visit(target);
  }
  return order.reverse();
}

function edgesOf(blocks: readonly Block[]): Omit<FlowGraph, 'blocks'> {
  const loops = blocks.map(() => false);
  const entries = new Int32Array(blocks.length);
  const tree = new DominatorTree(blocks.length);
  const backEdges: [number, number][] = [];
  blocks.forEach((block, from) => {
    for (const to of successors(block.exit)) {
      if (to <= from) {
        loops[to] = true;
        backEdges.push([from, to]);
      } else {
        entries[to] = (entries[to] ?? 0) + 1;
        tree.addEdge(from, to);
      }
    }
    if (from + 1 < blocks.length) tree.place(from + 1);
  });
  const reducible = backEdges.every(([from, to]) => tree.common(from, to) === to);
  return { loops, entries, dominator: tree.parent, reducible };
}

/**
 * Dominators over the forward edges, built in one pass in reverse postorder: a block's immediate dominator is the
 * nearest common ancestor of its predecessors. Where all edges backwards go to dominators, they change nothing, so this
 * is the whole truth for reducible graphs, and one that is not dominated shows that the graph is irreducible. Ancestors
 * are found in logarithmic time by skip links (Myers, "An applicative random-access stack").
 */
class DominatorTree {
  readonly parent: Int32Array;
  private readonly skip: Int32Array;
  private readonly depth: Int32Array;
  private readonly candidate: Int32Array;

  constructor(count: number) {
    this.parent = new Int32Array(count);
    this.skip = new Int32Array(count);
    this.depth = new Int32Array(count);
    this.candidate = new Int32Array(count).fill(-1);
  }

  /** An edge forwards from a placed block. */
  addEdge(from: number, to: number): void {
    const known = this.candidate[to] as number;
    this.candidate[to] = known < 0 ? from : this.common(known, from);
  }

  /** All forward edges into `block` are known: hangs it into the tree. */
  place(block: number): void {
    const up = Math.max(0, this.candidate[block] as number);
    const far = this.skip[up] as number;
    this.parent[block] = up;
    this.depth[block] = this.depthOf(up) + 1;
    const even = this.depthOf(up) - this.depthOf(far) === this.depthOf(far) - this.depthOf(this.skip[far] as number);
    this.skip[block] = even ? (this.skip[far] as number) : up;
  }

  /** The nearest common ancestor of two placed blocks. */
  common(a: number, b: number): number {
    let [x, y] = this.depthOf(a) >= this.depthOf(b) ? [a, b] : [b, a];
    while (this.depthOf(x) > this.depthOf(y)) {
      const far = this.skip[x] as number;
      x = this.depthOf(far) >= this.depthOf(y) ? far : (this.parent[x] as number);
    }
    while (x !== y) {
      const apart = this.skip[x] !== this.skip[y];
      x = (apart ? this.skip[x] : this.parent[x]) as number;
      y = (apart ? this.skip[y] : this.parent[y]) as number;
    }
    return x;
  }

  private depthOf(block: number): number {
    return this.depth[block] as number;
  }
}
