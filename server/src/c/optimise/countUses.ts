import type { IrFunction, IrModule } from '../ir/ir.ts';
import { calleeOf } from './callGraph.ts';

/** Calls and other uses of each function in code and data. */
export function countUses(module: IrModule): Map<IrFunction, number> {
  const uses = new Map<IrFunction, number>();
  const count = (fn: IrFunction | null | undefined): void => {
    if (fn) uses.set(fn, (uses.get(fn) ?? 0) + 1);
  };
  for (const fn of module.functions.values()) {
    for (const block of fn.blocks) {
      for (const instr of block.instrs) {
        if (instr.op === 'address') count(module.functions.get(instr.symbol.name));
        else count(calleeOf(instr, module));
      }
    }
  }
  for (const { relocations } of module.data.values()) {
    for (const { symbol } of relocations) count(module.functions.get(symbol.name));
  }
  return uses;
}
