/** What sort of argument a kernel function takes. Mirrors `get_kfunc_ptr_arg_type`, v6.18. */
import { contextStructOf, isProjectionOf } from '../../kernel/contextStructs.ts';
import type { Env } from '../env.ts';
import { kernelTypes } from '../kernelTypes.ts';
import { getReg } from '../registers.ts';
import { rejectReg } from '../rejection.ts';
import type { RegisterState } from '../state/register.ts';
import { isZeroScalar } from '../state/register.ts';
import type { KfuncArgument, KfuncCall } from './kfuncCall.ts';
import { endsIn, hasFlag, isNamed, titleOf } from './kfuncCall.ts';
import type { KfuncType } from './proto.ts';
import { isScalarStruct, kindWord, nameOfType } from './proto.ts';

export type PointerSort =
  | 'context' | 'null' | 'allocated' | 'refcounted' | 'dynptr' | 'iterator' | 'listHead' | 'listNode' | 'treeRoot'
  | 'treeNode' | 'string' | 'map' | 'workqueue' | 'timer' | 'taskWork' | 'irqFlag' | 'resLock' | 'kernelObject'
  | 'callback' | 'memory' | 'memoryWithSize'; // prettier-ignore

type Pointer = Extract<KfuncType, { kind: 'ptr' }>;

/** The sort of a pointer argument, by the parameter's name and type and, for a few, by what the register holds. */
export function pointerSort(env: Env, argument: KfuncArgument, type: Pointer): PointerSort {
  const { call, regno, param } = argument;
  const reg = getReg(env, regno);
  if (isNamed(call, 'bpf_cast_to_kern_ctx') || isContext(env, type)) return 'context';
  if (endsIn(param, '__nullable') && isZeroScalar(reg)) return 'null';
  if (endsIn(param, '__alloc')) return 'allocated';
  if (endsIn(param, '__refcounted_kptr')) return 'refcounted';
  const byName = STRUCT_SORTS[nameOfType(type.to)];
  if (byName === 'dynptr') return 'dynptr';
  if (isIterator(call, regno, argument)) return 'iterator';
  if (byName !== undefined && !LATE_SORTS.has(byName)) return byName;
  if (endsIn(param, '__str')) return 'string';
  if (endsIn(param, '__map')) return 'map';
  if (byName !== undefined) return byName;
  if (endsIn(param, '__irq_flag')) return 'irqFlag';
  if (standsForObject(reg)) return objectSort(argument, type.to);
  if (type.to.kind === 'func') return 'callback';
  return memorySort(env, argument, type.to);
}

const STRUCT_SORTS: Readonly<Record<string, PointerSort>> = {
  bpf_dynptr: 'dynptr',
  bpf_list_head: 'listHead',
  bpf_list_node: 'listNode',
  bpf_rb_root: 'treeRoot',
  bpf_rb_node: 'treeNode',
  bpf_wq: 'workqueue',
  bpf_task_work: 'taskWork',
  bpf_res_spin_lock: 'resLock',
};
/** Asked for only behind strings and maps. */
const LATE_SORTS: ReadonlySet<PointerSort> = new Set<PointerSort>(['workqueue', 'taskWork', 'resLock']);

/** Mirrors `btf_is_prog_ctx_type`. */
function isContext(env: Env, { to, typedef }: Pointer): boolean {
  const { type } = env.program;
  if (type === 'kprobe' && typedef === 'bpf_user_pt_regs_t') return true;
  const context = contextStructOf(type);
  if (context === null || to.kind !== 'struct') return false;
  return isProjectionOf(context, to.name) || to.name === context;
}

function isIterator(call: KfuncCall, regno: number, { param }: KfuncArgument): boolean {
  if (hasFlag(call, 'iterNew') || hasFlag(call, 'iterNext') || hasFlag(call, 'iterDestroy')) return regno === 1;
  return endsIn(param, '__iter');
}

/** Kinds of registers that stand for an object of the kernel of a known type. Mirrors `reg2btf_ids`. */
export function structBehind(reg: RegisterState): string | null {
  switch (reg.kind) {
    case 'socket':
      return 'sock';
    case 'sockCommon':
      return 'sock_common';
    case 'tcpSock':
      return 'tcp_sock';
    case 'mapPtr':
      return 'bpf_map';
    default:
      return null;
  }
}

function standsForObject(reg: RegisterState): boolean {
  return reg.kind === 'btfId' || structBehind(reg) !== null;
}

function objectSort({ call, regno }: KfuncArgument, to: KfuncType): PointerSort {
  if (to.kind === 'struct') return 'kernelObject';
  const what = `${kindWord(to)} ${nameOfType(to)}`;
  return rejectReg(regno, `kernel function ${call.kfunc.name} args#${regno - 1} pointer type ${what} is not supported`);
}

/** Memory of the size that the next argument gives, or that the type has. */
function memorySort(env: Env, argument: KfuncArgument, to: KfuncType): PointerSort {
  const { regno } = argument;
  const sized = hasSize(env, argument);
  const lines: string[] = [];
  if (isPlain(env, argument, to, lines) || (sized && to.kind === 'void')) return sized ? 'memoryWithSize' : 'memory';
  const what = `${kindWord(to)} ${nameOfType(to)}`;
  const allowed = `${sized ? 'void, ' : ''}scalar, or struct with scalar`;
  return rejectReg(regno, ...lines, `arg#${regno - 1} pointer type ${what} must point to ${allowed}`);
}

function isPlain(env: Env, { call }: KfuncArgument, to: KfuncType, lines: string[]): boolean {
  if (to.kind === 'scalar') return true;
  if (to.kind !== 'struct') return false;
  const btf = call.proto.btf ?? kernelTypes(env, titleOf(call));
  return isScalarStruct(btf, to.id, () => lines.push('max struct nesting depth exceeded'));
}

/** Whether the next argument gives the size of the memory. */
function hasSize(env: Env, { call, regno }: KfuncArgument): boolean {
  const next = call.proto.params[regno];
  if (next?.type.kind !== 'scalar' || getReg(env, regno + 1).kind !== 'scalar') return false;
  return endsIn(next, '__sz') || endsIn(next, '__szk');
}
