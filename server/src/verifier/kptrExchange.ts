/** bpf_kptr_xchg: a pointer is put into a map value or an object, the old one comes out. Mirrors `process_kptr_func`, v6.18. */
import type { CallFacts } from './callFacts.ts';
import type { Env } from './env.ts';
import { nextId } from './env.ts';
import { KPTRS } from './fields/specialField.ts';
import { targetOf } from './kptrAccess.ts';
import { acquireReference, dropReference, forgottenPointer } from './references.ts';
import { inRcu } from './regions.ts';
import { getReg } from './registers.ts';
import { rejectReg } from './rejection.ts';
import { recordOfRegister, typesOfMap } from './specialFields.ts';
import type { RegisterState } from './state/register.ts';
import { ALLOC, change, isConstant, MAYBE_NULL, PERCPU, pointer, RCU } from './state/register.ts';
import { replaceRegisters } from './walkState.ts';

export const KPTR_XCHG = 194;

/** Leaves the field in `facts.kptr`. */
export function checkExchanged(env: Env, regno: number, facts: CallFacts): void {
  const reg = getReg(env, regno);
  if (reg.kind === 'mapValue' && reg.map !== null) {
    if (!typesOfMap(env, reg.map).typed)
      rejectReg(regno, `map '${reg.map.name}' has to have BTF in order to use bpf_kptr_xchg`);
    facts.map = reg.map;
  }
  if (!isConstant(reg))
    rejectReg(regno, `R${regno} doesn't have constant offset. kptr has to be at the constant offset`);
  const fields = recordOfRegister(env, reg)?.fields.filter(({ kind }) => KPTRS.has(kind)) ?? [];
  if (fields.length === 0) rejectReg(regno, `R${regno} has no valid kptr`);
  const off = reg.off + Number(BigInt.asIntN(64, reg.bounds.varOff.value));
  const field = fields.find((one) => one.off === off);
  if (field === undefined) return rejectReg(regno, `off=${off} doesn't point to kptr`);
  if (field.kind === 'kptrUnref') rejectReg(regno, `off=${off} kptr isn't referenced kptr`);
  facts.kptr = field;
}

/** What was put in belongs to the map now; per-CPU objects may be read on while nobody can free them. */
export function releaseExchanged(env: Env, refObjId: number): boolean {
  if (!dropReference(env.state, refObjId)) return false;
  const stays = inRcu(env);
  const forgotten = forgottenPointer(env);
  replaceRegisters(env.state, (reg) => {
    if (reg.refObjId !== refObjId) return reg;
    const isPercpu = (reg.flags & (ALLOC | PERCPU)) === (ALLOC | PERCPU);
    return stays && isPercpu ? change(reg, { refObjId: 0, flags: (reg.flags & ~ALLOC) | RCU }) : forgotten;
  });
  return true;
}

/** The pointer that came out must be given back, or put into a map again. */
export function exchangedPointer(env: Env, { kptr }: CallFacts): RegisterState | null {
  if (kptr === null) return null;
  const target = targetOf(kptr);
  const own = target.ofKernel ? 0 : kptr.kind === 'kptrPercpu' ? ALLOC | PERCPU : ALLOC;
  nextId(env);
  const reference = acquireReference(env);
  const flags = MAYBE_NULL | own;
  return pointer('btfId', { flags, btf: target.btf, btfId: target.id, id: reference, refObjId: reference });
}
