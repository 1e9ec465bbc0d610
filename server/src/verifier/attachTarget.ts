/**
 * What a program is attached to. Mirrors `check_attach_btf_id` and `bpf_check_attach_target` of kernel/bpf/verifier.c,
 * v6.18, as far as the types of the kernel tell.
 */
import type { Btf, BtfType } from '../btf/btf.ts';
import { findByName, typeAt } from '../btf/query.ts';
import { maySleepAt, mayModifyReturn, NEVER_RETURNING, UNTRACEABLE } from '../kernel/errorInjection.ts';
import { iteratorNamed } from '../kernel/iteratorTargets.ts';
import type { IteratorArgument } from '../kernel/iteratorTargets.ts';
import { hookName, isDisabledHook, isSleepableHook } from '../kernel/lsmHooks.ts';
import type { Program } from '../program/program.ts';
import type { Env } from './env.ts';
import { checkSignature } from './functionSignature.ts';
import { kernelTypes } from './kernelTypes.ts';
import { isGplCompatible } from './license.ts';
import { rejectProgram, unsupported } from './rejection.ts';
import { structOpsTarget } from './structOpsTarget.ts';

export type FuncProto = Extract<BtfType, { kind: 'funcProto' }>;

export interface AttachTarget {
  /** As messages name it: `tcp_v4_connect`, `sched_switch`, `bpf_lsm_file_open`, `init`. */
  readonly name: string;
  readonly btf: Btf;
  readonly proto: FuncProto;
  /** A tracepoint, whose first argument programs do not see. */
  readonly traced: boolean;
  /** What the hook knows of some arguments, by their number, beyond their types. */
  readonly args: Readonly<Record<number, IteratorArgument | 'referenced'>>;
  /** Of struct_ops: the structure that the function is a member of. */
  readonly struct: string | null;
}

/** The target of programs that have one; null for all others. Refuses what cannot be attached. */
export function attachTargetOf(env: Env): AttachTarget | null {
  const { program } = env;
  checkSleepable(program);
  if (program.type === 'struct_ops') return structOpsTarget(env);
  if (program.type === 'ext') return unsupported('programs that replace functions of other programs (freplace)');
  if (program.type !== 'tracing' && program.type !== 'lsm') return null;
  const name = targetName(program);
  const btf = kernelTypes(env, `programs of type ${program.type}`);
  switch (program.attachType) {
    case 'trace_raw_tp':
      return tracepoint(btf, name);
    case 'trace_iter':
      return iterator(btf, name);
    case 'trace_fentry':
    case 'trace_fexit':
    case 'modify_return':
      return tracedFunction(program, btf, name);
    case 'lsm_mac':
    case 'lsm_cgroup':
      return hook(program, btf, name);
    default:
      return unsupported(`programs of type ${program.type} that are attached as ${program.attachType ?? 'nothing'}`);
  }
}

const MAY_SLEEP: ReadonlySet<string> = new Set(['trace_fentry', 'trace_fexit', 'modify_return', 'trace_iter']);

/** Mirrors `can_be_sleepable`. */
function checkSleepable({ type, attachType, sleepable }: Program): void {
  if (type === 'syscall') {
    if (!sleepable) rejectProgram('Syscall programs can only be sleepable');
    return;
  }
  const may =
    type === 'tracing'
      ? MAY_SLEEP.has(attachType ?? '')
      : type === 'lsm'
        ? attachType !== 'lsm_cgroup'
        : type === 'kprobe' || type === 'struct_ops';
  if (sleepable && !may)
    rejectProgram('Only fentry/fexit/fmod_ret, lsm, iter, uprobe, and struct_ops programs can be sleepable');
}

function targetName({ attachTarget }: Program): string {
  if (attachTarget === undefined || attachTarget === null)
    return unsupported('programs that are told what they are attached to only when they are loaded');
  if (attachTarget === '') rejectProgram('Tracing programs must provide btf_id');
  return attachTarget;
}

function tracepoint(btf: Btf, name: string): AttachTarget {
  const id = findByName(btf, 'typedef', name);
  const type = id === null ? null : typeAt(btf, id);
  if (id === null || type?.kind !== 'typedef') return notFound('tracepoint', name.replace(/^btf_trace_/, ''));
  if (!name.startsWith('btf_trace_')) return rejectProgram(`attach_btf_id ${id} points to wrong type name ${name}`);
  const tracepointName = name.slice('btf_trace_'.length);
  const pointer = typeAt(btf, type.type);
  const proto = pointer.kind === 'ptr' ? typeAt(btf, pointer.type) : pointer;
  if (proto.kind !== 'funcProto') return unsupported(`the types of tracepoint ${tracepointName}`);
  const named = namedProto(btf, tracepointName, proto);
  return { name: tracepointName, btf, proto: named, traced: true, args: {}, struct: null };
}

/** The typedef's prototype has no argument names; that of the function which the tracepoint calls has. */
function namedProto(btf: Btf, tracepointName: string, proto: FuncProto): FuncProto {
  const id = findByName(btf, 'func', `__bpf_trace_${tracepointName}`);
  const func = id === null ? null : typeAt(btf, id);
  const named = func?.kind === 'func' ? typeAt(btf, func.type) : null;
  return named?.kind === 'funcProto' && sameParameters(named, proto) ? named : proto;
}

function sameParameters(one: FuncProto, other: FuncProto): boolean {
  return one.params.length === other.params.length && one.params.every(({ type }, i) => type === other.params[i]?.type);
}

function iterator(btf: Btf, name: string): AttachTarget {
  const { proto } = functionNamed(btf, name, 'iterator');
  checkSignature(btf, name, proto);
  const known = name.startsWith('bpf_iter_') ? iteratorNamed(name.slice('bpf_iter_'.length)) : null;
  if (known === null) return unsupported(`iterator ${name}`);
  return { name, btf, proto, traced: false, args: known.args, struct: null };
}

function tracedFunction(program: Program, btf: Btf, name: string): AttachTarget {
  const { proto } = functionNamed(btf, name, 'function');
  checkSignature(btf, name, proto);
  if (program.sleepable) {
    const may = maySleepAt(name);
    if (may === null) unsupported(`whether the kernel lets programs sleep at ${name}()`);
    if (!may) rejectProgram(`${name} is not sleepable`);
  } else if (program.attachType === 'modify_return' && mayModifyReturn(name) === null)
    unsupported(`whether the kernel lets programs decide what ${name}() returns`);
  if (UNTRACEABLE.has(name)) unsupported(`programs at ${name}()`);
  if (program.attachType !== 'trace_fentry' && NEVER_RETURNING.has(name))
    rejectProgram('Attaching fexit/fmod_ret to __noreturn functions is rejected.');
  return { name, btf, proto, traced: false, args: {}, struct: null };
}

/** Mirrors `bpf_lsm_verify_prog`. */
function hook(program: Program, btf: Btf, name: string): AttachTarget {
  const { id, proto } = functionNamed(btf, name, 'security hook');
  checkSignature(btf, name, proto);
  if (program.sleepable && !isSleepableHook(name)) rejectProgram(`${name} is not sleepable`);
  if (!isGplCompatible(program.license)) rejectProgram('LSM programs must have a GPL compatible license');
  if (isDisabledHook(name)) rejectProgram(`attach_btf_id ${id} points to disabled hook ${name}`);
  if (!isHook(btf, name)) rejectProgram(`attach_btf_id ${id} points to wrong type name ${name}`);
  return { name, btf, proto, traced: false, args: {}, struct: null };
}

/** The kernel keeps a list of all hooks: a union with one pointer for each. */
function isHook(btf: Btf, name: string): boolean {
  const own = hookName(name);
  const id = findByName(btf, 'union', 'security_list_options');
  const list = id === null ? null : typeAt(btf, id);
  if (list?.kind !== 'union') return unsupported('security hooks of kernels without a list of them');
  return list.members.some((member) => member.name === own);
}

function functionNamed(btf: Btf, name: string, what: string): { id: number; proto: FuncProto } {
  const id = findByName(btf, 'func', name);
  const func = id === null ? null : typeAt(btf, id);
  if (id === null || func?.kind !== 'func') return notFound(what, name);
  const proto = typeAt(btf, func.type);
  return proto.kind === 'funcProto' ? { id, proto } : unsupported(`the type of ${name}()`);
}

/** Functions of modules are not among the types of the kernel itself, so the program need not be wrong. */
function notFound(what: string, name: string): never {
  return unsupported(`the ${what} ${name}, which is not among the types of the kernel`);
}
