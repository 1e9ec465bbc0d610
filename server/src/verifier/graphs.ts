/** Lists and trees that programs keep. */
import type { Env } from './env.ts';

/** Functions that call back with the tree's lock held: `is_rbtree_lock_required_kfunc`. */
const TREE_FUNCTIONS: ReadonlySet<string> = new Set([
  'bpf_rbtree_add_impl', 'bpf_rbtree_remove', 'bpf_rbtree_first', 'bpf_rbtree_root', 'bpf_rbtree_left',
  'bpf_rbtree_right',
]); // prettier-ignore

/** Mirrors `in_rbtree_lock_required_cb`, v6.18: the path is in the callback that orders a tree. */
export function insideAddCallback({ program, state }: Env): boolean {
  return state.frames.some(({ callback, callsite }) => {
    const insn = callback.sort === 'none' ? undefined : program.insns[callsite];
    if (insn?.kind !== 'call' || insn.target !== 'kfunc') return false;
    return TREE_FUNCTIONS.has(program.kfuncs?.get(insn.imm) ?? '');
  });
}
