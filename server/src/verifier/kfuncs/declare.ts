/** What a program must meet to call functions of the kernel at all. Mirrors `add_kfunc_call`, v6.18. */
import { typeAt } from '../../btf/query.ts';
import type { CallInsn, Insn } from '../../isa/insn.ts';
import { PROGRAM_FLAGS } from '../../kernel/programFlags.ts';
import { isGplCompatible } from '../license.ts';
import type { Env } from '../env.ts';
import { rejectProgram, unsupported } from '../rejection.ts';
import { kfuncName } from './find.ts';

const MAX_FUNCTIONS = 256;

/** A check for the instructions that call the kernel, in the order of the program. */
export function kfuncCheck(env: Env): (insn: Insn) => void {
  const seen = new Set<number>();
  return (insn) => {
    if (!isGplCompatible(env.program.license))
      rejectProgram('cannot call kernel function from non-GPL compatible program');
    const call = callOf(insn);
    if (call === null || (call.imm === 0 && call.off === 0) || seen.has(call.imm)) return;
    if (seen.size === MAX_FUNCTIONS) rejectProgram('too many different kernel function calls');
    seen.add(call.imm);
    checkKnown(env, call);
  };
}

/** Unused fields that are not zero are looked at only where a path gets there. */
function callOf(insn: Insn): CallInsn | null {
  if (insn.kind === 'call') return insn;
  return insn.kind === 'invalid' ? { kind: 'call', target: 'kfunc', imm: insn.imm, off: insn.off } : null;
}

function checkKnown(env: Env, insn: CallInsn): void {
  const name = kfuncName(env, insn);
  if (name === null) return refuseNameless(env, insn);
  const deviceBound = (env.program.flags & PROGRAM_FLAGS.xdpDeviceBoundOnly) !== 0;
  if (name.startsWith('bpf_xdp_metadata_') && !deviceBound)
    rejectProgram('metadata kfuncs require device-bound program');
}

function refuseNameless({ options }: Env, insn: CallInsn): void {
  const btf = options.kernelBtf ?? null;
  if (btf === null || insn.off !== 0)
    return unsupported('calls of kernel functions (kfuncs) whose names are not known');
  if (typeAt(btf, insn.imm).kind !== 'func') rejectProgram(`kernel btf_id ${insn.imm} is not a function`);
}

/** Calls of number 0 stand for functions the kernel does not have: no path may lead to one. Mirrors `fixup_kfunc_call`. */
export function refuseMissing({ program, visits }: Env): void {
  const called = program.insns.some(
    (insn, pc) => insn.kind === 'call' && insn.target === 'kfunc' && insn.imm === 0 && (visits[pc] ?? 0) > 0,
  );
  if (called) rejectProgram('invalid kernel function call not eliminated in verifier pass');
}
