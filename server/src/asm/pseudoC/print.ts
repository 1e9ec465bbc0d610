import type { Insn } from '../../isa/insn.ts';
import { opcodeOf } from '../../isa/encode.ts';
import { printDistance, printInsnWith } from '../../isa/print.ts';
import { helperById } from '../../kernel/helpers.ts';
import { labelOf, printAddress, type PrintContext } from '../assembler/printContext.ts';

/** One instruction as pseudo-C, with the names its surroundings give. */
export function printInsn(insn: Insn, context: PrintContext = {}): string {
  const text = printInsnWith(insn, {
    helper: (id) => helperById(id)?.name ?? 'unknown',
    kfunc: (btfId) => context.kfuncs?.get(btfId) ?? 'kernel_function',
    target: (off) => labelOf(off, context) ?? printDistance(off),
    address: (load) => printAddress(load, context),
    invalid: ({ reason }) => `invalid: ${reason}`,
    decimal: context.decimal === true,
  });
  return context.opcode === true ? `(${opcodeOf(insn).toString(16).padStart(2, '0')}) ${text}` : text;
}
