/**
 * Loads and stores in objects that programs allocate: all but special fields, and pointers to structures are mere
 * numbers. Mirrors
 * `check_ptr_to_btf_access` and `btf_struct_access` for MEM_ALLOC, v6.18.
 */
import { nameOf, typeAt } from '../btf/query.ts';
import type { Env } from './env.ts';
import { FIELD_FACTS } from './fields/specialField.ts';
import type { MemoryAccess } from './memoryAccess.ts';
import { getReg, setReg } from './registers.ts';
import { rejectReg, unsupported } from './rejection.ts';
import { recordOfRegister } from './specialFields.ts';
import { isConstant, PERCPU, pointer, RDONLY, UNKNOWN_SCALAR, UNTRUSTED } from './state/register.ts';
import type { RegisterState } from './state/register.ts';
import { tnumText } from './state/tnum.ts';
import { walkStruct } from './structWalk.ts';

export function allocatedAccess(env: Env, access: MemoryAccess, off: number): void {
  const { regno, size } = access;
  const reg = getReg(env, regno);
  const { btf } = reg;
  if (btf === null) return unsupported('objects of unknown type');
  checkPlain(reg, regno, `R${regno} is ptr_${nameOf(typeAt(btf, reg.btfId))}`, off);
  for (const field of recordOfRegister(env, reg)?.fields ?? [])
    if (off < field.off + field.size && field.off < off + size)
      rejectReg(regno, `direct access to ${FIELD_FACTS[field.kind].name} is disallowed`);
  const walked = walkStruct(btf, reg.btfId, off, size, false);
  if (walked.found === 'nothing') rejectReg(regno, walked.complaint);
  if (access.write || access.valueReg < 0) return;
  const isMemory = walked.found === 'untrustedMemory';
  setReg(env, access.valueReg, isMemory ? pointer('mem', { flags: RDONLY | UNTRUSTED }) : UNKNOWN_SCALAR);
}

/** `what` begins the kernel's sentence. */
function checkPlain(reg: RegisterState, regno: number, what: string, off: number): void {
  if (off < 0) rejectReg(regno, `${what} invalid negative access: off=${off}`);
  if (!isConstant(reg) || reg.bounds.varOff.value !== 0n)
    rejectReg(regno, `${what} invalid variable offset: off=${off}, var_off=${tnumText(reg.bounds.varOff)}`);
  if (reg.flags & PERCPU) rejectReg(regno, `${what} access percpu memory: off=${off}`);
}
