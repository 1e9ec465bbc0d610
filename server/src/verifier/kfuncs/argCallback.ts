/** Functions of the program that kernel functions call. Mirrors the callback parts of `check_kfunc_call`, v6.18. */
import { pushCallback } from '../callbacks.ts';
import type { Env } from '../env.ts';
import { rejectReg } from '../rejection.ts';
import { getReg } from '../registers.ts';
import { borrowedNode, graphNode } from './argGraph.ts';
import type { KfuncArgument, KfuncCall } from './kfuncCall.ts';
import { isNamed } from './kfuncCall.ts';
import { walkDeferred } from './deferred.ts';
import { setRegister } from '../state/frame.ts';

/** Leaves the function in `call.callback`. */
export function checkCallbackArgument(env: Env, { call, regno }: KfuncArgument): void {
  const { kind, detail } = getReg(env, regno);
  if (kind !== 'func' || detail?.what !== 'func') return rejectReg(regno, `arg${regno - 1} expected pointer to func`);
  call.callback = detail.subprog;
}

/** bpf_rbtree_add, bpf_wq_set_callback and bpf_task_work_schedule_*: walks the function, too. */
export function walkCallback(env: Env, call: KfuncCall): void {
  if (isNamed(call, 'bpf_rbtree_add_impl')) walkOrder(env, call);
  else walkDeferred(env, call);
}

/** The function that orders a tree gets two of its nodes. Mirrors `set_rbtree_add_callback_state`. */
function walkOrder(env: Env, call: KfuncCall): void {
  const node = borrowedNode(env, call, graphNode(env, call));
  pushCallback(env, call.callback, (_caller, callee) => {
    setRegister(callee, 1, node);
    setRegister(callee, 2, node);
  });
}
