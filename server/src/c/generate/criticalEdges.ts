/** Gives every edge a place for copies: between a block with several successors and one with several predecessors. */
import { linkBlocks, newBlock, newOp, type Code, type CodeBlock } from './code.ts';
import { GOTO } from './insns.ts';
import { NOWHERE } from '../places.ts';

export function splitCriticalEdges(code: Code): void {
  for (const block of code.blocks) {
    if (block.succs.length < 2) continue;
    const made = new Map<CodeBlock, CodeBlock>();
    block.succs = block.succs.map((succ) => (succ.preds.length < 2 ? succ : between(code, block, succ, made)));
  }
  linkBlocks(code.blocks);
}

function between(code: Code, block: CodeBlock, succ: CodeBlock, made: Map<CodeBlock, CodeBlock>): CodeBlock {
  const known = made.get(succ);
  if (known !== undefined) return known;
  const edge = newBlock(code);
  const last = block.ops.at(-1);
  edge.ops.push(newOp(GOTO, last?.place ?? NOWHERE, last?.inlinedAt ?? null));
  edge.succs = [succ];
  made.set(succ, edge);
  return edge;
}
