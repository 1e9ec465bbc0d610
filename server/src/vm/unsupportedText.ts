import type { Program } from '../program/program.ts';

/** Why no engine executes the instruction at `pc`. */
export function unsupportedText(program: Program, pc: number): string {
  const insn = program.insns[pc];
  if (insn?.kind === 'call') {
    const name = program.kfuncs?.get(insn.imm) ?? `number ${insn.imm}`;
    return `${name} is a function of the kernel (kfunc) that is not known here`;
  }
  if (insn?.kind === 'loadBtfId') return 'addresses of kernel variables (ksyms) are not supported yet';
  return 'addr_space_cast makes a pointer into an arena, which a replay does not have';
}
