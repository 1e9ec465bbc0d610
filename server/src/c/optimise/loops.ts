/** The natural loops of a function: what a back edge leads round. */
import { dominatorsOf } from '../ir/dominators.ts';
import { successorsOf } from '../ir/edit.ts';
import type { Block, IrFunction } from '../ir/ir.ts';

export interface Loop {
  readonly header: Block;
  /** The header first. */
  readonly blocks: readonly Block[];
  readonly inside: ReadonlySet<Block>;
  /** Where it goes back to the header from. */
  readonly latches: readonly Block[];
}

/** Inner loops before those around them. */
export function loopsOf(fn: IrFunction): Loop[] {
  const dominators = dominatorsOf(fn);
  const loops: Loop[] = [];
  for (const header of dominators.order) {
    const latches = header.preds.filter((pred) => dominators.dominates(header, pred));
    if (latches.length === 0) continue;
    const inside = new Set<Block>([header]);
    const work = latches.slice();
    for (let block = work.pop(); block; block = work.pop()) {
      if (inside.has(block)) continue;
      inside.add(block);
      work.push(...block.preds.filter((pred) => dominators.index.has(pred)));
    }
    const blocks = dominators.order.filter((block) => inside.has(block));
    loops.push({ header, blocks, inside, latches });
  }
  return loops.sort((a, b) => a.blocks.length - b.blocks.length);
}

/** The edges out of the loop. */
export function exitsOf(loop: Loop): { readonly from: Block; readonly to: Block }[] {
  return loop.blocks.flatMap((from) =>
    successorsOf(from)
      .filter((to) => !loop.inside.has(to))
      .map((to) => ({ from, to })),
  );
}
