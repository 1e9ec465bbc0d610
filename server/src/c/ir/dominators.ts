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
  const preds = order.map((block) => block.preds.flatMap((pred) => index.get(pred) ?? []));
  const { idom, dominates: dominatesAt } = dominatorTree(preds);
  const children: Block[][] = order.map(() => []);
  for (let i = 1; i < order.length; i++) children[idom[i] ?? 0]?.push(order[i] as Block);
  const dominates = (above: Block, below: Block): boolean => {
    const a = index.get(above);
    const b = index.get(below);
    if (a === undefined || b === undefined) return false;
    return dominatesAt(a, b);
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

export interface DominatorTree {
  /** By position: position of the immediate dominator; the first one's own for the first. */
  readonly idom: Int32Array;
  /** Whether every way to `below` leads through `above`, by their positions. */
  readonly dominates: (above: number, below: number) => boolean;
}

/** Of any graph whose nodes are in reverse postorder, given by the positions of their predecessors. */
export function dominatorTree(preds: readonly (readonly number[])[]): DominatorTree {
  const idom = new Int32Array(preds.length).fill(-1);
  idom[0] = 0;
  for (let changed = true; changed;) {
    changed = false;
    for (let i = 1; i < preds.length; i++) {
      const found = commonDominator(preds[i] ?? [], idom);
      changed ||= found !== idom[i];
      idom[i] = found;
    }
  }
  const { enter, leave } = treeTimes(idom);
  const dominates = (above: number, below: number): boolean =>
    (enter[above] ?? 0) <= (enter[below] ?? 0) && (leave[below] ?? 0) <= (leave[above] ?? 0);
  return { idom, dominates };
}

function commonDominator(preds: readonly number[], idom: Int32Array): number {
  let found = -1;
  for (const pred of preds) {
    if ((idom[pred] ?? -1) === -1) continue;
    found = found === -1 ? pred : intersect(found, pred, idom);
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
function treeTimes(idom: Int32Array): { enter: Int32Array; leave: Int32Array } {
  const children: number[][] = Array.from(idom, () => []);
  for (let i = 1; i < idom.length; i++) children[idom[i] ?? 0]?.push(i);
  const enter = new Int32Array(idom.length);
  const leave = new Int32Array(idom.length);
  let time = 0;
  const stack: { at: number; next: number }[] = idom.length > 0 ? [{ at: 0, next: 0 }] : [];
  for (let top = stack.at(-1); top !== undefined; top = stack.at(-1)) {
    if (top.next === 0) enter[top.at] = time++;
    const child = children[top.at]?.[top.next++];
    if (child !== undefined) stack.push({ at: child, next: 0 });
    else {
      leave[top.at] = time++;
      stack.pop();
    }
  }
  return { enter, leave };
}
