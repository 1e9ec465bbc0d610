/** What may be called while a spin lock is held. Mirrors `do_check` and `kfunc_spin_allowed`, v6.18. */
import type { CallInsn } from '../isa/insn.ts';
import type { Env } from './env.ts';
import { reject } from './rejection.ts';

/** bpf_spin_unlock and bpf_kptr_xchg. */
const HELPERS_UNDER_LOCK: ReadonlySet<number> = new Set([94, 194]);

const KFUNCS_UNDER_LOCK: ReadonlySet<string> = new Set([
  'bpf_list_push_front_impl', 'bpf_list_push_back_impl', 'bpf_list_pop_front', 'bpf_list_pop_back', 'bpf_list_front',
  'bpf_list_back', 'bpf_rbtree_add_impl', 'bpf_rbtree_remove', 'bpf_rbtree_first', 'bpf_rbtree_root',
  'bpf_rbtree_left', 'bpf_rbtree_right', 'bpf_refcount_acquire_impl', 'bpf_iter_num_new', 'bpf_iter_num_next',
  'bpf_iter_num_destroy', 'bpf_res_spin_lock', 'bpf_res_spin_unlock', 'bpf_res_spin_lock_irqsave',
  'bpf_res_spin_unlock_irqrestore',
]); // prettier-ignore

export function checkCallUnderLock(env: Env, insn: CallInsn): void {
  if (env.state.regions.locks === 0 || insn.target === 'subprog') return;
  const allowed =
    insn.target === 'helper'
      ? HELPERS_UNDER_LOCK.has(insn.imm)
      : insn.off === 0 && KFUNCS_UNDER_LOCK.has(env.program.kfuncs?.get(insn.imm) ?? '');
  if (!allowed) reject('function calls are not allowed while holding a lock');
}

/** Functions that are verified by themselves know nothing of their callers' locks. */
export function refuseGlobalUnderLock(env: Env): void {
  if (env.state.regions.locks > 0)
    reject('global function calls are not allowed while holding a lock,', 'use static function instead');
}
