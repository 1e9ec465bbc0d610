import type { Btf } from '../../btf/btf.ts';
import { resolve, typeAt } from '../../btf/query.ts';

/** A part of a value that only helpers of its own change. */
export interface GuardedField {
  readonly name: string;
  readonly offset: number;
  readonly size: number;
}

/** Bytes of the kernel's structures that may stand in a value (include/uapi/linux/bpf.h, v6.18). */
const SIZES: Readonly<Record<string, number>> = {
  bpf_spin_lock: 4, bpf_res_spin_lock: 4, bpf_timer: 16, bpf_wq: 16, bpf_task_work: 8, bpf_list_head: 16,
  bpf_list_node: 24, bpf_rb_root: 16, bpf_rb_node: 32, bpf_refcount: 4,
}; // prettier-ignore

const POINTER_BYTES = 8;

/**
 * Locks, timers and kernel pointers among the members of a value: updates leave them alone, and a new entry has zeros
 * there. Mirrors what `btf_parse_fields` of kernel/bpf/btf.c, v6.18, finds in the value itself.
 */
export function guardedFields(btf: Btf | null, typeId: number): readonly GuardedField[] {
  if (btf === null || typeId === 0) return [];
  const value = resolve(btf, typeId);
  if (value.kind !== 'struct') return [];
  return value.members.flatMap((member) => {
    const name = guardOf(btf, member.type);
    if (name === null) return [];
    return [{ name, offset: member.offsetBits / 8, size: SIZES[name] ?? POINTER_BYTES }];
  });
}

function guardOf(btf: Btf, typeId: number): string | null {
  const type = resolve(btf, typeId);
  if (type.kind === 'struct') return type.name in SIZES ? type.name : null;
  if (type.kind !== 'ptr') return null;
  const target = typeAt(btf, type.type);
  return target.kind === 'typeTag' && /^(kptr|kptr_untrusted|percpu_kptr|uptr)$/.test(target.name) ? 'kptr' : null;
}
