/** Dominators of blocks of code. Algorithm: Cooper, Harvey, Kennedy, "A Simple, Fast Dominance Algorithm" (2001). */
import type { CodeBlock } from './code.ts';

/** Whether every way to `below` leads through `above`, by their indices. `blocks` are in reverse postorder. */
export function dominatorsOf(blocks: readonly CodeBlock[]): (above: number, below: number) => boolean {
  const index = new Map(blocks.map((block, i) => [block, i]));
  const preds = blocks.map((block) => block.preds.map((pred) => index.get(pred) ?? -1));
  const idom = new Int32Array(blocks.length).fill(-1);
  idom[0] = 0;
  for (let changed = true; changed;) {
    changed = false;
    for (let i = 1; i < blocks.length; i++) {
      const found = common(preds[i] ?? [], idom);
      changed ||= found !== idom[i];
      idom[i] = found;
    }
  }
  const { enter, leave } = numbered(idom);
  return (above, below) => (enter[above] ?? 0) <= (enter[below] ?? 0) && (leave[below] ?? 0) <= (leave[above] ?? 0);
}

/** Times of entering and leaving in a walk over the tree. */
function numbered(idom: Int32Array): { enter: Int32Array; leave: Int32Array } {
  const children: number[][] = Array.from(idom, () => []);
  for (let i = 1; i < idom.length; i++) children[idom[i] ?? 0]?.push(i);
  const enter = new Int32Array(idom.length);
  const leave = new Int32Array(idom.length);
  let time = 0;
  const stack = [{ at: 0, next: 0 }];
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

function common(preds: readonly number[], idom: Int32Array): number {
  let found = -1;
  for (const pred of preds) {
    if ((idom[pred] ?? -1) === -1) continue;
    found = found === -1 ? pred : meet(found, pred, idom);
  }
  return found;
}

function meet(first: number, second: number, idom: Int32Array): number {
  let a = first;
  let b = second;
  while (a !== b) {
    while (a > b) a = idom[a] ?? 0;
    while (b > a) b = idom[b] ?? 0;
  }
  return a;
}
