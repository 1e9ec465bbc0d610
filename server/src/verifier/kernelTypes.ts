/** Which programs need the types of the kernel, and where those come from. */
import type { Btf } from '../btf/btf.ts';
import { helperById } from '../kernel/helpers.ts';
import type { Insn } from '../isa/insn.ts';
import { followsKernelPointers } from '../kernel/programTypes.ts';
import type { Program } from '../program/program.ts';
import type { Env } from './env.ts';
import { KernelTypesNeeded } from './rejection.ts';

/** Whether the verdict on the program may depend on the types of the kernel. */
export function wantsKernelTypes(program: Program): boolean {
  if (program.needs?.some(({ code }) => code === 'core-relocation') === true) return true;
  return followsKernelPointers(program.type) || program.type === 'ext' || program.insns.some(usesTypes);
}

function usesTypes(insn: Insn): boolean {
  if (insn.kind === 'loadBtfId') return true;
  if (insn.kind !== 'call') return false;
  return insn.target === 'kfunc' || (insn.target === 'helper' && namesTypes(insn.imm));
}

function namesTypes(helper: number): boolean {
  const proto = helperById(helper)?.proto;
  if (proto === null || proto === undefined) return true;
  return /btfId/i.test(proto.returns) || proto.args.some(({ type }) => type === 'btfId' || type === 'percpuBtfId');
}

/** The types of the kernel; `what` needs them, in the user's terms: "programs of type lsm". */
export function kernelTypes(env: Pick<Env, 'options'>, what: string): Btf {
  const { kernelBtf } = env.options;
  if (kernelBtf === undefined || kernelBtf === null) throw new KernelTypesNeeded(what);
  return kernelBtf;
}
