/** Calls that run functions of the program. Mirrors `is_sync_callback_calling_insn` and its async sibling, v6.18. */
import type { Insn } from '../isa/insn.ts';
import type { Program } from '../program/program.ts';

/** Within the call, any number of times, or later on its own. */
export type CallbackSort = 'sync' | 'async';

export const FOR_EACH_MAP_ELEM = 164;
export const TIMER_SET_CALLBACK = 170;
export const FIND_VMA = 180;
export const LOOP = 181;
export const USER_RINGBUF_DRAIN = 209;

const SYNC_HELPERS: ReadonlySet<number> = new Set([FOR_EACH_MAP_ELEM, FIND_VMA, LOOP, USER_RINGBUF_DRAIN]);
const SYNC_KFUNCS: ReadonlySet<string> = new Set(['bpf_rbtree_add_impl']);
const ASYNC_KFUNCS: ReadonlySet<string> = new Set([
  'bpf_wq_set_callback_impl', 'bpf_task_work_schedule_signal', 'bpf_task_work_schedule_resume',
  'bpf_task_work_schedule_signal_impl', 'bpf_task_work_schedule_resume_impl',
]); // prettier-ignore

export function callbackSort(program: Program, insn: Insn): CallbackSort | null {
  if (insn.kind !== 'call') return null;
  if (insn.target === 'helper') {
    if (SYNC_HELPERS.has(insn.imm)) return 'sync';
    return insn.imm === TIMER_SET_CALLBACK ? 'async' : null;
  }
  if (insn.target !== 'kfunc') return null;
  const name = program.kfuncs?.get(insn.imm) ?? '';
  if (SYNC_KFUNCS.has(name)) return 'sync';
  return ASYNC_KFUNCS.has(name) ? 'async' : null;
}
