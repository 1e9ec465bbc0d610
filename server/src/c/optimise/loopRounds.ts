/** Copies of a loop's blocks: what unrolling and rotating loops have in common. */
import { cloneBlocks } from '../ir/clone.ts';
import { phisOf, phiValue, retarget } from '../ir/edit.ts';
import type { Block, IrFunction, Value } from '../ir/ir.ts';
import { exitsOf, type Loop } from './loops.ts';

/** What stands for the loop's values and blocks in a copy. */
export interface Round {
  readonly values: Map<Value, Value>;
  readonly blocks: Map<Block, Block>;
}

export function copyRound(fn: IrFunction, blocks: readonly Block[]): Round {
  const round: Round = { values: new Map(), blocks: new Map() };
  cloneBlocks(fn, blocks, { ...round, inlinedAt: (call) => call });
  const header = round.blocks.get(blocks[0] as Block);
  if (header) header.unroll = null;
  return round;
}

/** What led into the loop leads into the copy. */
export function enterFirst(fn: IrFunction, header: Block, before: Block, { blocks }: Round): void {
  const starts = phisOf(header).map((phi) => phiValue(phi, before));
  const to = blocks.get(header) as Block;
  const phis = phisOf(to);
  retarget(fn, before, header, to, (phi) => starts[phis.indexOf(phi)] as Value);
}

/** Where the loop led out, every round does. */
export function addExits(loop: Loop, blocks: readonly Block[], rounds: readonly Round[]): void {
  const inside = new Set(blocks);
  for (const { from, to } of exitsOf({ ...loop, blocks, inside })) {
    const at = to.preds.indexOf(from);
    for (const { values, blocks: copies } of rounds) {
      to.preds.push(copies.get(from) as Block);
      for (const phi of phisOf(to)) {
        const value = phi.args[at] as Value;
        phi.args.push(values.get(value) ?? value);
      }
    }
  }
}
