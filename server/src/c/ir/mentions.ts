import type { IrFunction, IrSymbol } from './ir.ts';

/** Code that speaks of a symbol: it takes its address, or calls it. */
export interface Mention {
  readonly symbol: IrSymbol;
  readonly isCall: boolean;
}

/** What a function's code speaks of, in its order. */
export function mentionsOf({ blocks }: IrFunction): Mention[] {
  const mentions: Mention[] = [];
  for (const { instrs } of blocks)
    for (const instr of instrs) {
      if (instr.op === 'address') mentions.push({ symbol: instr.symbol, isCall: false });
      else if (instr.op === 'call' && instr.callee.kind === 'function')
        mentions.push({ symbol: instr.callee.symbol, isCall: true });
    }
  return mentions;
}
