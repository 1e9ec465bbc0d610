/** Members of map values that the kernel guards: locks, timers, lists, kernel pointers. Mirrors `btf_find_field`. */
import type { Btf } from '../btf/btf.ts';
import { resolve, typeAt } from '../btf/query.ts';

const GUARDED: ReadonlySet<string> = new Set([
  'bpf_spin_lock', 'bpf_res_spin_lock', 'bpf_timer', 'bpf_wq', 'bpf_task_work', 'bpf_list_head', 'bpf_list_node',
  'bpf_rb_root', 'bpf_rb_node', 'bpf_refcount',
]); // prettier-ignore

const MAX_DEPTH = 8;

/** The name of a guarded member of the type, or null. */
export function guardedField(btf: Btf, typeId: number, depth = 0): string | null {
  if (depth > MAX_DEPTH) return null;
  const type = resolve(btf, typeId);
  switch (type.kind) {
    case 'struct':
    case 'union':
      if (GUARDED.has(type.name)) return type.name;
      return firstOf(
        type.members.map((member) => member.type),
        btf,
        depth,
      );
    case 'datasec':
      return firstOf(
        type.vars.map((entry) => entry.type),
        btf,
        depth,
      );
    case 'var':
    case 'array':
      return guardedField(btf, type.type, depth + 1);
    case 'ptr':
      return hasKernelTag(btf, type.type) ? 'kptr' : null;
    default:
      return null;
  }
}

function firstOf(types: readonly number[], btf: Btf, depth: number): string | null {
  for (const type of types) {
    const found = guardedField(btf, type, depth + 1);
    if (found !== null) return found;
  }
  return null;
}

function hasKernelTag(btf: Btf, typeId: number): boolean {
  const type = typeAt(btf, typeId);
  return type.kind === 'typeTag' && /^(kptr|kptr_untrusted|percpu_kptr|uptr)$/.test(type.name);
}
