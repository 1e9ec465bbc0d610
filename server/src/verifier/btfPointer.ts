/**
 * Loads and stores through pointers to kernel structures. Mirrors `check_ptr_to_btf_access` and
 * `check_ptr_to_map_access` of kernel/bpf/verifier.c, v6.18.
 */
import type { Btf } from '../btf/btf.ts';
import { findByName, nameOf, typeAt } from '../btf/query.ts';
import type { MapType } from '../kernel/mapTypes.ts';
import { inRcu } from './regions.ts';
import type { Env } from './env.ts';
import { nextId } from './env.ts';
import { kernelTypes } from './kernelTypes.ts';
import { isGplCompatible } from './license.ts';
import type { MemoryAccess } from './memoryAccess.ts';
import { getReg, setReg } from './registers.ts';
import { rejectReg, unsupported } from './rejection.ts';
import type { RegisterState } from './state/register.ts';
import {
  ALLOC,
  isConstant,
  MAYBE_NULL,
  mayBeNull,
  PERCPU,
  pointer,
  RCU,
  RDONLY,
  TRUSTED,
  UNKNOWN_SCALAR,
  UNTRUSTED,
  USER,
} from './state/register.ts';
import { tnumText } from './state/tnum.ts';
import { fieldIsTrusted, walkStruct, type Walked } from './structWalk.ts';
import { checkStructWrite } from './structWrites.ts';
import { isTrusted } from './kfuncs/argObject.ts';

export function kernelPointerAccess(env: Env, access: MemoryAccess, off: number): void {
  const { regno, size, write, valueReg } = access;
  env.readsKernel = true;
  const reg = getReg(env, regno);
  const { btf } = reg;
  if (btf === null) return unsupported('pointers to structures of unknown type');
  const name = nameOf(typeAt(btf, reg.btfId));
  checkPerfmon(env, regno, name);
  if (env.can.licensesStructures && !isGplCompatible(env.program.license))
    rejectReg(regno, `Cannot access kernel 'struct ${name}' from non-GPL compatible program`);
  if (off < 0) rejectReg(regno, `R${regno} is ptr_${name} invalid negative access: off=${off}`);
  if (!isConstant(reg) || reg.bounds.varOff.value !== 0n)
    rejectReg(
      regno,
      `R${regno} is ptr_${name} invalid variable offset: off=${off}, var_off=${tnumText(reg.bounds.varOff)}`,
    );
  if (reg.flags & USER) rejectReg(regno, `R${regno} is ptr_${name} access user memory: off=${off}`);
  if (reg.flags & PERCPU) rejectReg(regno, `R${regno} is ptr_${name} access percpu memory: off=${off}`);
  if (write) {
    if (reg.flags & UNTRUSTED) rejectReg(regno, 'only read is supported');
    checkStructWrite(env, reg, regno, off, size);
    return;
  }
  const found = walkStruct(btf, reg.btfId, off, size);
  if (found.found === 'nothing') return refuseWalk(regno, found.complaint);
  const value = loaded(env, reg, btf, found);
  if (valueReg >= 0) setReg(env, valueReg, value);
}

function checkPerfmon({ rights }: Env, regno: number, name: string): void {
  if (!rights.perfmon) rejectReg(regno, `'struct ${name}' access is allowed only to CAP_PERFMON and CAP_SYS_ADMIN`);
}

function refuseWalk(regno: number, complaint: string): never {
  return rejectReg(regno, complaint);
}

function loaded(env: Env, reg: RegisterState, btf: Btf, found: Exclude<Walked, { found: 'nothing' }>): RegisterState {
  switch (found.found) {
    case 'untrustedMemory':
      return pointer('mem', { flags: RDONLY | UNTRUSTED });
    case 'pointer': {
      const flags = trustOf(env, reg, btf, found);
      return pointer('btfId', { flags, btf, btfId: found.id, id: flags & MAYBE_NULL ? nextId(env) : 0 });
    }
    default:
      return UNKNOWN_SCALAR;
  }
}

/** How far a pointer that was read through another may be trusted. */
function trustOf(env: Env, reg: RegisterState, btf: Btf, found: Extract<Walked, { found: 'pointer' }>): number {
  const { id, flags, field } = found;
  if (reg.flags & UNTRUSTED) return UNTRUSTED;
  if (!isTrusted(reg) && !(reg.flags & RCU)) return flags & ~(TRUSTED | ALLOC | RCU);
  const struct = typeAt(btf, reg.btfId);
  const declared = (suffix: string): boolean => fieldIsTrusted(btf, struct, field, id, suffix);
  if (declared('__safe_trusted')) return flags | TRUSTED;
  if (declared('__safe_trusted_or_null')) return flags | TRUSTED | MAYBE_NULL;
  if (!inRcu(env) || mayBeNull(reg)) return UNTRUSTED;
  if (declared('__safe_rcu')) return flags | RCU;
  const rcuOrNull = declared('__safe_rcu_or_null');
  if (flags & RCU || rcuOrNull) return (flags | RCU | MAYBE_NULL) & (rcuOrNull ? ~UNTRUSTED : ~0);
  if (flags & (PERCPU | USER)) return flags;
  return flags & ~(TRUSTED | ALLOC | RCU);
}

/** The kernel's structure behind each map type; programs may only read it. */
const MAP_STRUCTS: Partial<Record<MapType, string>> = {
  array: 'bpf_array',
  percpu_array: 'bpf_array',
  prog_array: 'bpf_array',
  perf_event_array: 'bpf_array',
  cgroup_array: 'bpf_array',
  array_of_maps: 'bpf_array',
  hash: 'bpf_htab',
  percpu_hash: 'bpf_htab',
  lru_hash: 'bpf_htab',
  lru_percpu_hash: 'bpf_htab',
  hash_of_maps: 'bpf_htab',
  lpm_trie: 'lpm_trie',
  stack_trace: 'bpf_stack_map',
  queue: 'bpf_queue_stack',
  stack: 'bpf_queue_stack',
  devmap: 'bpf_dtab',
  devmap_hash: 'bpf_dtab',
  cpumap: 'bpf_cpu_map',
  xskmap: 'xsk_map',
  sockmap: 'bpf_stab',
  sockhash: 'bpf_shtab',
  ringbuf: 'bpf_ringbuf_map',
  user_ringbuf: 'bpf_ringbuf_map',
  bloom_filter: 'bpf_bloom_filter',
  reuseport_sockarray: 'reuseport_array',
  sk_storage: 'bpf_local_storage_map',
  inode_storage: 'bpf_local_storage_map',
  task_storage: 'bpf_local_storage_map',
  cgrp_storage: 'bpf_local_storage_map',
  cgroup_storage: 'bpf_cgroup_storage_map',
  percpu_cgroup_storage: 'bpf_cgroup_storage_map',
  struct_ops: 'bpf_struct_ops_map',
  arena: 'bpf_arena',
};

/** Fields of a map itself. */
export function mapPointerAccess(env: Env, access: MemoryAccess, off: number): void {
  const { regno, size, write, valueReg } = access;
  env.readsKernel = true;
  const { map } = getReg(env, regno);
  const name = map === null ? undefined : MAP_STRUCTS[map.type];
  if (name === undefined) return unsupported('reading fields of a map itself');
  checkPerfmon(env, regno, name);
  if (off < 0) rejectReg(regno, `R${regno} is ${name} invalid negative access: off=${off}`);
  if (write) rejectReg(regno, `only read from ${name} is supported`);
  const btf = kernelTypes(env, 'reading fields of a map itself');
  const id = findByName(btf, 'struct', name);
  if (id === null) return unsupported(`struct ${name}, which is not among the types of the kernel`);
  const found = walkStruct(btf, id, off, size);
  if (found.found === 'nothing') return refuseWalk(regno, found.complaint);
  if (valueReg < 0) return;
  if (found.found === 'pointer') setReg(env, valueReg, pointer('btfId', { flags: found.flags, btf, btfId: found.id }));
  else setReg(env, valueReg, found.found === 'scalar' ? UNKNOWN_SCALAR : pointer('mem', { flags: RDONLY | UNTRUSTED }));
}
