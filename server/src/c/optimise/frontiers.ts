/** Dominance frontiers: where a definition in a block meets others. Algorithm: Cooper, Harvey, Kennedy (2001). */
import type { Dominators } from '../ir/dominators.ts';
import type { Block } from '../ir/ir.ts';

export function dominanceFrontiers({ order, index, idom }: Dominators): Map<Block, Set<Block>> {
  const frontiers = new Map<Block, Set<Block>>();
  for (const [at, block] of order.entries()) {
    if (block.preds.length < 2) continue;
    const stop = idom[at] ?? 0;
    for (const pred of block.preds) {
      for (let up = index.get(pred); up !== undefined && up !== stop; up = idom[up]) {
        const above = order[up] as Block;
        const known = frontiers.get(above) ?? new Set<Block>();
        if (known.has(block)) break;
        frontiers.set(above, known.add(block));
        if (up === 0) break;
      }
    }
  }
  return frontiers;
}
