import type { Insn } from '../isa/insn.ts';
import { helperById } from '../kernel/helpers.ts';
import { followsKernelPointers } from '../kernel/programTypes.ts';
import type { Program } from './program.ts';

/** Kernel functions that make any pointer one to a structure of the kernel. */
const CASTS: ReadonlySet<string> = new Set(['bpf_cast_to_kern_ctx', 'bpf_rdonly_cast']);

/** Whether the program may load through pointers to structures of the kernel: its arguments, or what it is handed. */
export function mayFollowKernelPointers(program: Program): boolean {
  return followsKernelPointers(program.type) || program.insns.some((insn) => handsOutPointer(program, insn));
}

function handsOutPointer({ kfuncs }: Program, insn: Insn): boolean {
  if (insn.kind !== 'call') return false;
  if (insn.target === 'kfunc') return CASTS.has(kfuncs?.get(insn.imm) ?? '');
  return insn.target === 'helper' && /btfId/i.test(helperById(insn.imm)?.proto?.returns ?? '');
}
