/** Copies of blocks, for inlining and for unrolling loops. */
import { newBlock, newInstr } from './edit.ts';
import type { Block, InlinedCall, Instr, IrFunction, Value } from './ir.ts';

export interface CloneOptions {
  /** What stands for a value or a block that is not copied; itself where nothing is said. */
  readonly values: Map<Value, Value>;
  readonly blocks: Map<Block, Block>;
  readonly inlinedAt: (call: InlinedCall | null) => InlinedCall | null;
}

/**
 * Adds copies of the blocks at the end of the function and notes them, and their values, in `values` and `blocks`. Edges
 * among the copies are theirs; predecessors that are not copied are left out, and so are their values in phis. Edges that
 * lead out of the copied blocks are not yet known to where they lead.
 */
export function cloneBlocks(fn: IrFunction, source: readonly Block[], options: CloneOptions): Block[] {
  const copies = source.map((block) => {
    const copy = newBlock(fn, block.label);
    copy.unroll = block.unroll;
    options.blocks.set(block, copy);
    return copy;
  });
  const inside = new Set(source);
  for (const [i, block] of source.entries()) {
    const copy = copies[i] as Block;
    for (const pred of block.preds) if (inside.has(pred)) copy.preds.push(options.blocks.get(pred) as Block);
    for (const instr of block.instrs) copy.instrs.push(cloneInstr(fn, instr, copy, options));
  }
  for (const [i, block] of source.entries()) mapArgs(block, copies[i] as Block, inside, options.values);
  return copies;
}

function cloneInstr(fn: IrFunction, instr: Instr, block: Block, options: CloneOptions): Instr {
  const copy = newInstr(fn, { ...instr, inlinedAt: options.inlinedAt(instr.inlinedAt) }) as Instr;
  copy.block = block;
  options.values.set(instr, copy);
  const target = (to: Block): Block => options.blocks.get(to) ?? to;
  switch (copy.op) {
    case 'jump':
      copy.to = target(copy.to);
      break;
    case 'branch':
      copy.then = target(copy.then);
      copy.otherwise = target(copy.otherwise);
      break;
    case 'switch':
      copy.cases = copy.cases.map((one) => ({ ...one, to: target(one.to) }));
      copy.otherwise = target(copy.otherwise);
      break;
    case 'asmGoto':
      copy.next = target(copy.next);
      copy.labels = copy.labels.map(target);
      break;
    default:
      break;
  }
  return copy;
}

function mapArgs(block: Block, copy: Block, inside: ReadonlySet<Block>, values: ReadonlyMap<Value, Value>): void {
  for (const [i, instr] of block.instrs.entries()) {
    const kept = instr.op === 'phi' ? instr.args.filter((_, n) => inside.has(block.preds[n] as Block)) : instr.args;
    (copy.instrs[i] as Instr).args = kept.map((arg) => values.get(arg) ?? arg);
  }
}
