import type { Btf } from '../../btf/btf.ts';
import { resolve, sizeOf, typeAt } from '../../btf/query.ts';

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

/** BTF_FIELDS_MAX and the depth of `btf_find_nested_struct`, which bound what a value may hold. */
const MOST_FIELDS = 11;
const MAX_DEPTH = 15;

/**
 * Locks, timers and kernel pointers in a value or in a section of variables: updates leave them alone, and a new entry
 * has zeros there. Mirrors what `btf_find_field` of kernel/bpf/btf.c, v6.18, finds.
 */
export function guardedFields(btf: Btf | null, typeId: number): readonly GuardedField[] {
  if (btf === null || typeId === 0) return [];
  const fields: GuardedField[] = [];
  collect(btf, typeId, 0, 0, fields);
  return fields;
}

function collect(btf: Btf, typeId: number, at: number, depth: number, fields: GuardedField[]): void {
  if (fields.length >= MOST_FIELDS || depth > MAX_DEPTH) return;
  const name = guardOf(btf, typeId);
  if (name !== null && depth > 0) {
    fields.push({ name, offset: at, size: SIZES[name] ?? POINTER_BYTES });
    return;
  }
  const type = resolve(btf, typeId);
  if (type.kind === 'struct')
    for (const member of type.members) collect(btf, member.type, at + member.offsetBits / 8, depth + 1, fields);
  if (type.kind === 'datasec')
    for (const { type: variable, offset } of type.vars) collect(btf, variable, at + offset, depth + 1, fields);
  if (type.kind === 'var') collect(btf, type.type, at, depth, fields);
  if (type.kind === 'array') collectElements(btf, type, at, depth, fields);
}

type ArrayType = Extract<Btf['types'][number], { kind: 'array' }>;

function collectElements(
  btf: Btf,
  { type, length }: ArrayType,
  at: number,
  depth: number,
  fields: GuardedField[],
): void {
  const size = sizeOf(btf, type) ?? 0;
  if (size === 0) return;
  // An element without guarded fields need not be looked at again and again.
  for (let i = 0; i < Math.min(length, MOST_FIELDS); i++) {
    const before = fields.length;
    collect(btf, type, at + i * size, depth + 1, fields);
    if (fields.length === before) return;
  }
}

function guardOf(btf: Btf, typeId: number): string | null {
  const type = resolve(btf, typeId);
  if (type.kind === 'struct') return type.name in SIZES ? type.name : null;
  if (type.kind !== 'ptr') return null;
  const target = typeAt(btf, type.type);
  return target.kind === 'typeTag' && /^(kptr|kptr_untrusted|percpu_kptr|uptr)$/.test(target.name) ? 'kptr' : null;
}
