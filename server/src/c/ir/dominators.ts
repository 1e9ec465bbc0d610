/** Dominators of a function's blocks. Algorithm: Cooper, Harvey, Kennedy, "A Simple, Fast Dominance Algorithm" (2001). */
import { successorsOf } from './edit.ts';
import type { Block, IrFunction } from './ir.ts';

export interface Dominators {
  /** The blocks that can be reached, in reverse postorder. */
  readonly order: readonly Block[];
  /** Position in `order`; undefined for what cannot be reached. */
  readonly index: ReadonlyMap<Block, number>;
  /** By position: position of the immediate dominator; the entry's own for the entry. */
  readonly idom: Int32Array;
  /** By position: the blocks that it immediately dominates, in reverse postorder. */
  readonly children: readonly (readonly Block[])[];
  /** Whether every path to `below` leads through `above`; a block dominates itself. */
  readonly dominates: (above: Block, below: Block) => boolean;
}

export function dominatorsOf(fn: IrFunction): Dominators {
  const order = reversePostorder(fn);
  const index = new Map(order.map((block, i) => [block, i]));
  const idom = immediateDominators(order, index);
  const children: Block[][] = order.map(() => []);
  for (let i = 1; i < order.length; i++) children[idom[i] ?? 0]?.push(order[i] as Block);
  const [enter, leave] = numberTree(children, index);
  const dominates = (above: Block, below: Block): boolean => {
    const a = index.get(above);
    const b = index.get(below);
    if (a === undefined || b === undefined) return false;
    return (enter[a] ?? 0) <= (enter[b] ?? 0) && (leave[b] ?? 0) <= (leave[a] ?? 0);
  };
  return { order, index, idom, children, dominates };
}

/** The blocks that can be reached from the entry, each before its successors but for loops. */
export function reversePostorder(fn: IrFunction): Block[] {
  const entry = fn.blocks[0];
  if (!entry) return [];
  const order: Block[] = [];
  const seen = new Set<Block>([entry]);
  const stack: { block: Block; next: Block[] }[] = [{ block: entry, next: successorsOf(entry) }];
  for (let top = stack.at(-1); top; top = stack.at(-1)) {
    const to = top.next.pop();
    if (!to) {
      order.push(top.block);
      stack.pop();
    } else if (!seen.has(to)) {
      seen.add(to);
      stack.push({ block: to, next: successorsOf(to) });
    }
  }
  return order.reverse();
}

function immediateDominators(order: readonly Block[], index: ReadonlyMap<Block, number>): Int32Array {
  const idom = new Int32Array(order.length).fill(-1);
  idom[0] = 0;
  for (let changed = true; changed;) {
    changed = false;
    for (let i = 1; i < order.length; i++) {
      const found = commonDominator(order[i] as Block, index, idom);
      if (found !== idom[i]) {
        idom[i] = found;
        changed = true;
      }
    }
  }
  return idom;
}

function commonDominator(block: Block, index: ReadonlyMap<Block, number>, idom: Int32Array): number {
  let found = -1;
  for (const pred of block.preds) {
    const at = index.get(pred);
    if (at === undefined || idom[at] === -1) continue;
    found = found === -1 ? at : intersect(found, at, idom);
  }
  return found;
}

function intersect(first: number, second: number, idom: Int32Array): number {
  let a = first;
  let b = second;
  while (a !== b) {
    while (a > b) a = idom[a] ?? 0;
    while (b > a) b = idom[b] ?? 0;
  }
  return a;
}

/** Times of entering and leaving each position in a walk over the tree. */
function numberTree(
  children: readonly (readonly Block[])[],
  index: ReadonlyMap<Block, number>,
): [enter: Int32Array, leave: Int32Array] {
  const enter = new Int32Array(children.length);
  const leave = new Int32Array(children.length);
  let time = 0;
  const stack: { at: number; next: number }[] = children.length > 0 ? [{ at: 0, next: 0 }] : [];
  for (let top = stack.at(-1); top; top = stack.at(-1)) {
    if (top.next === 0) enter[top.at] = time++;
    const child = children[top.at]?.[top.next++];
    if (child) stack.push({ at: index.get(child) ?? 0, next: 0 });
    else {
      leave[top.at] = time++;
      stack.pop();
    }
  }
  return [enter, leave];
}
