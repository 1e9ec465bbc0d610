/** Loads and stores of pointers that map values hold. Mirrors `check_map_kptr_access`, v6.18. */
import { nameOf, sizeOf, typeAt } from '../btf/query.ts';
import { checkUnmodified } from './checkMemory.ts';
import type { Env } from './env.ts';
import { nextId } from './env.ts';
import type { FieldRecord, SpecialField, StructType } from './fields/specialField.ts';
import { matchStructs } from './structWalk.ts';
import { recordOfStruct } from './specialFields.ts';
import type { MemoryAccess } from './memoryAccess.ts';
import { inRcu } from './regions.ts';
import { getReg, setReg } from './registers.ts';
import { KernelTypesNeeded, rejectReg } from './rejection.ts';
import type { RegisterState } from './state/register.ts';
import {
  ALLOC,
  isZeroScalar,
  MAYBE_NULL,
  NON_OWN_REF,
  PERCPU,
  pointer,
  RCU,
  registerTypeText,
  TRUSTED,
  typeText,
  UNTRUSTED,
} from './state/register.ts';

/** Offset, size and that the offset is known have been checked. */
export function kptrAccess(env: Env, access: MemoryAccess, field: SpecialField): void {
  const { regno } = access;
  if (env.program.insns[env.pc]?.kind === 'atomic' || access.signed)
    rejectReg(regno, 'kptr in map can only be accessed using BPF_MEM instruction mode');
  if (!access.write) {
    setReg(env, access.valueReg, loadedPointer(env, field));
    return;
  }
  if (field.kind === 'kptrRef' || field.kind === 'kptrPercpu') rejectReg(regno, 'store to referenced kptr disallowed');
  if (field.kind === 'uptr') rejectReg(regno, 'store to uptr disallowed');
  if (access.valueReg >= 0) {
    if (!isZeroScalar(getReg(env, access.valueReg))) checkKptrMatch(env, access.valueReg, field);
  } else if (access.imm !== 0) rejectReg(regno, `BPF_ST imm must be 0 when storing to kptr at off=${field.off}`);
}

/** What the pointer points to; the types of the kernel may be needed to tell. */
export function targetOf(field: SpecialField): StructType {
  if (field.target === null || field.target === 'unknown') throw new KernelTypesNeeded('pointers kept in map values');
  return field.target;
}

function loadedPointer(env: Env, field: SpecialField): RegisterState {
  const target = targetOf(field);
  const id = nextId(env);
  if (field.kind === 'uptr')
    return pointer('mem', { flags: MAYBE_NULL, memSize: sizeOf(target.btf, target.id) ?? 0, id });
  return pointer('btfId', { flags: loadedFlags(env, field, target), btf: target.btf, btfId: target.id, id });
}

/** `rcu_protected_types`: freed only when no reader is left. */
const RCU_PROTECTED: ReadonlySet<string> = new Set([
  'prog_test_ref_kfunc', 'cgroup', 'bpf_cpumask', 'task_struct', 'bpf_crypto_ctx',
]); // prettier-ignore

/** Mirrors `btf_ld_kptr_type`. */
function loadedFlags(env: Env, field: SpecialField, target: StructType): number {
  const isSafe = field.kind === 'kptrPercpu' || (field.kind === 'kptrRef' && isRcuProtected(target));
  if (!isSafe || !inRcu(env)) return MAYBE_NULL | UNTRUSTED;
  const memory = field.kind === 'kptrPercpu' ? PERCPU : target.ofKernel ? 0 : ALLOC;
  const linked = isGraphNode(recordOfTarget(env, target)) ? NON_OWN_REF : 0;
  return MAYBE_NULL | RCU | memory | linked;
}

/** Mirrors `rcu_protected_object`: all that programs allocate is. */
export function isRcuProtected({ btf, id, ofKernel }: StructType): boolean {
  return !ofKernel || RCU_PROTECTED.has(nameOf(typeAt(btf, id)));
}

/** Mirrors `kptr_pointee_btf_record`. */
export function recordOfTarget(env: Env, target: StructType): FieldRecord | null {
  return target.ofKernel ? null : recordOfStruct(env, target.id);
}

export function isGraphNode(record: FieldRecord | null): boolean {
  return record?.fields.some(({ kind }) => kind === 'listNode' || kind === 'rbNode') ?? false;
}

/** Mirrors `map_kptr_match_type`: whether the pointer may be kept in that field. */
export function checkKptrMatch(env: Env, regno: number, field: SpecialField): void {
  const reg = getReg(env, regno);
  const target = targetOf(field);
  const ofKernel = reg.btf !== null && reg.btf !== env.program.btf;
  if (reg.kind !== 'btfId' || !mayBeKept(reg, field, ofKernel)) refuseKept(regno, reg, field, target, null);
  checkUnmodified(reg, regno, true);
  if (reg.btf !== target.btf) refuseKept(regno, reg, field, target);
  const { same, lines } = matchStructs(target.btf, reg.btfId, reg.off, target.id, field.kind !== 'kptrUnref');
  if (!same) refuseKept(regno, reg, field, target, lines);
}

function mayBeKept(reg: RegisterState, field: SpecialField, ofKernel: boolean): boolean {
  let allowed = MAYBE_NULL;
  if (ofKernel) allowed |= TRUSTED | RCU | (field.kind === 'kptrUnref' ? UNTRUSTED : 0);
  else allowed |= ALLOC | (field.kind === 'kptrPercpu' ? PERCPU : 0);
  return (reg.flags & ~allowed) === 0;
}

function refuseKept(
  regno: number,
  reg: RegisterState,
  field: SpecialField,
  target: StructType,
  /** What was said of the structures; null where they were not looked at. */
  lines: readonly string[] | null = [],
): never {
  const name = nameOf(typeAt(target.btf, target.id));
  // The structure is named only once flags and kind have been found right.
  const own = lines !== null && reg.btf !== null ? nameOf(typeAt(reg.btf, reg.btfId)) : '';
  const also = field.kind === 'kptrUnref' ? ` or ${registerTypeText('btfId', UNTRUSTED)}${name}` : '';
  rejectReg(
    regno,
    ...(lines ?? []),
    `invalid kptr access, R${regno} type=${typeText(reg)}${own} expected=ptr_${name}${also}`,
  );
}
