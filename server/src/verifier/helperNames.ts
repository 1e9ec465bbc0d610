import { helperById } from '../kernel/helpers.ts';

/** A helper as messages name it. Mirrors `func_id_name` of kernel/bpf/disasm.c, v6.18. */
export function helperName(id: number): string {
  if (id === 0) return 'bpf_unspec';
  return id < 0 ? 'unknown' : (helperById(id)?.name ?? 'unknown');
}
