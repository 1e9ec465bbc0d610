/**
 * What programs may return whose hook the kernel's types describe. Mirrors the parts of `check_return_code` about
 * tracing, security hooks and struct_ops, v6.18.
 */
import { resolve, resolveId } from '../btf/query.ts';
import { hookRange } from '../kernel/lsmHooks.ts';
import type { ReturnRange } from '../kernel/returnValues.ts';
import type { AttachTarget } from './attachTarget.ts';
import { checkUnmodified } from './checkMemory.ts';
import type { Env } from './env.ts';
import type { RegisterState } from './state/register.ts';

/** The hook returns nothing, so r0 need not even be set. */
export function returnsNothing({ program, target, state }: Env): boolean {
  if (target === null || target.proto.returns !== 0 || (state.frames[0]?.subprog ?? 0) > 0) return false;
  return program.type === 'struct_ops' || (program.type === 'lsm' && program.attachType === 'lsm_mac');
}

interface TargetReturn {
  /** null: any number, or what else it may be has been checked. */
  readonly range: ReturnRange | null;
  /** Only the lower 32 bits count. */
  readonly narrow: boolean;
  readonly note: string | null;
}

const ANY: TargetReturn = { range: null, narrow: false, note: null };

export function targetReturn(env: Env, target: AttachTarget, reg: RegisterState): TargetReturn {
  const { type, attachType } = env.program;
  switch (type) {
    case 'tracing':
      return ofTracing(attachType);
    case 'lsm':
      return ofHook(target, attachType);
    default:
      return ofStructOps(target, reg);
  }
}

function ofTracing(attachType: string | null): TargetReturn {
  if (attachType === 'trace_fentry' || attachType === 'trace_fexit') return { ...ANY, range: { min: 0, max: 0 } };
  return attachType === 'trace_iter' ? { ...ANY, range: { min: 0, max: 1 } } : ANY;
}

const NOTE = "Note, BPF_LSM_CGROUP that attach to void LSM hooks can't modify return value!";

function ofHook({ name, proto }: AttachTarget, attachType: string | null): TargetReturn {
  if (attachType !== 'lsm_cgroup') return { range: hookRange(name), narrow: true, note: null };
  return proto.returns === 0
    ? { range: { min: 1, max: 1 }, narrow: false, note: NOTE }
    : { ...ANY, range: { min: 0, max: 1 } };
}

/** A function that returns a structure may return an object that the program holds, or null. */
function ofStructOps({ btf, proto }: AttachTarget, reg: RegisterState): TargetReturn {
  const type = resolve(btf, proto.returns);
  if (type.kind !== 'ptr') return ANY;
  const wanted = resolveId(btf, type.type);
  if (reg.kind === 'btfId' && reg.refObjId !== 0 && reg.btf === btf && reg.btfId === wanted) {
    checkUnmodified(reg, 0, false);
    return ANY;
  }
  return { ...ANY, range: { min: 0, max: 0 } };
}
