/** `may_goto`: a loop whose end the kernel guarantees. Mirrors `check_cond_jmp_op`, v6.18. */
import type { MayGotoInsn } from '../isa/insn.ts';
import type { Env } from './env.ts';
import { pushPath } from './paths.ts';
import { previousEntry } from './visited.ts';
import { widen } from './widening.ts';

export function doMayGoto(env: Env, insn: MayGotoInsn): void {
  const { parent } = env.state;
  const previous = parent === null ? null : previousEntry(env, parent);
  const queued = pushPath(env, env.pc + 1, env.pc);
  queued.mayGotoDepth++;
  if (previous !== null) widen(env, previous, queued);
  env.pc += insn.off + 1;
}
