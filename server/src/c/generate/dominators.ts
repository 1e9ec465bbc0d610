import { dominatorTree } from '../ir/dominators.ts';
import type { CodeBlock } from './code.ts';

/** Whether every way to `below` leads through `above`, by their indices. `blocks` are in reverse postorder. */
export function dominatorsOf(blocks: readonly CodeBlock[]): (above: number, below: number) => boolean {
  const index = new Map(blocks.map((block, i) => [block, i]));
  return dominatorTree(blocks.map((block) => block.preds.flatMap((pred) => index.get(pred) ?? []))).dominates;
}
