/** Answers every `__builtin_constant_p` that is still open: what is not constant by now is not. */
import { constant, replaceAll, setInstrs } from '../ir/edit.ts';
import type { Constant, IrFunction, Value } from '../ir/ir.ts';

/** True when one was open. */
export function settleConstantP(fn: IrFunction): boolean {
  const answers = new Map<Value, Value>();
  for (const block of fn.blocks) {
    const before = answers.size;
    for (const instr of block.instrs) {
      if (instr.op !== 'late' || instr.kind !== 'constantP') continue;
      const isConstant = instr.args[0]?.op === 'const';
      answers.set(instr, constant(fn, instr.type as Constant['type'], isConstant ? 1n : 0n));
    }
    if (answers.size > before) setInstrs(block, block.instrs.filter((instr) => !answers.has(instr))); // prettier-ignore
  }
  replaceAll(fn, answers);
  return answers.size > 0;
}
