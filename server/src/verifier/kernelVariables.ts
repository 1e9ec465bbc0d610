/** Addresses of variables and functions of the kernel. Mirrors `check_pseudo_btf_id` and a part of `check_ld_imm`, v6.18. */
import type { Btf } from '../btf/btf.ts';
import { findByName, nameOf, resolve, sizeOf, typeAt } from '../btf/query.ts';
import type { LoadBtfIdInsn } from '../isa/insn.ts';
import type { Env } from './env.ts';
import { kernelTypes } from './kernelTypes.ts';
import { rejectProgram, unsupported } from './rejection.ts';
import type { RegisterState } from './state/register.ts';
import { PERCPU, pointer, RDONLY } from './state/register.ts';

/** What a register holds that got the address; refuses what has none. */
export function kernelAddress(env: Env, { btfId, module }: LoadBtfIdInsn): RegisterState {
  if (module !== 0) return unsupported('addresses of variables of kernel modules');
  const btf = kernelTypes(env, 'the address of a kernel variable');
  const type = typeAt(btf, btfId);
  if (type.kind === 'void' && btfId !== 0) rejectProgram(`ldimm64 insn specifies invalid btf_id ${btfId}.`);
  if (type.kind === 'func') return pointer('mem', { flags: RDONLY });
  if (type.kind !== 'var') rejectProgram(`pseudo btf_id ${btfId} in ldimm64 isn't KIND_VAR or KIND_FUNC`);
  if (isPerCpu(btf, btfId)) return pointer('btfId', { flags: PERCPU, btf, btfId: type.type });
  const target = resolve(btf, type.type);
  if (target.kind === 'struct' || target.kind === 'union') return pointer('btfId', { btf, btfId: type.type });
  const memSize = sizeOf(btf, type.type);
  if (memSize === null) rejectProgram(`ldimm64 unable to resolve the size of type '${nameOf(target)}': -22`);
  return pointer('mem', { flags: RDONLY, memSize });
}

/** Such variables are listed in a section of the kernel's. */
function isPerCpu(btf: Btf, id: number): boolean {
  const section = findByName(btf, 'datasec', '.data..percpu');
  const type = section === null ? null : typeAt(btf, section);
  return type?.kind === 'datasec' && type.vars.some((variable) => variable.type === id);
}
