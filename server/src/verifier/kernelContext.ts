/**
 * Arguments of hooks whose types the kernel's BTF describes. Mirrors `btf_ctx_access` of kernel/bpf/btf.c and
 * `bpf_tracing_btf_ctx_access`, v6.18.
 */
import type { BtfType } from '../btf/btf.ts';
import { kindName } from '../btf/kindName.ts';
import { findByName, nameOf, resolve, resolveId } from '../btf/query.ts';
import { hookIsTrusted, hookRange } from '../kernel/lsmHooks.ts';
import { rawTracepointArgument } from '../kernel/rawTracepoints.ts';
import { structOpsNamed } from '../kernel/structOps.ts';
import type { AttachTarget } from './attachTarget.ts';
import type { Env } from './env.ts';
import { nextId } from './env.ts';
import { sizeOfArgument } from './functionSignature.ts';
import { say } from './log.ts';
import type { MemoryAccess } from './memoryAccess.ts';
import { setReg } from './registers.ts';
import { rejectReg, unsupported } from './rejection.ts';
import { syncBounds, UNKNOWN_BOUNDS } from './state/bounds.ts';
import type { RegisterState } from './state/register.ts';
import {
  MAYBE_NULL,
  PERCPU,
  pointer,
  RDONLY,
  scalar,
  TRUSTED,
  UNKNOWN_SCALAR,
  UNTRUSTED,
  USER,
} from './state/register.ts';
import { shown, tagFlags } from './structWalk.ts';

/** Bytes of the arguments that a trampoline keeps: MAX_BPF_FUNC_ARGS of include/linux/bpf.h, eight bytes each. */
const CONTEXT_BYTES = 12 * 8;

export function checkKernelContext(env: Env, target: AttachTarget, access: MemoryAccess, off: number): void {
  const { regno, size, write, valueReg } = access;
  const refuse = (...lines: string[]): never =>
    rejectReg(regno, ...lines, `invalid bpf_context access off=${off} size=${size}`);
  if (write && env.program.type === 'lsm') unsupported('programs of type lsm that write to their context');
  if (env.program.type !== 'lsm' && (off < 0 || off >= CONTEXT_BYTES || write || off % size !== 0)) refuse();
  const value = argument(env, target, off, size, access.signed, refuse);
  if (!write && valueReg >= 0) setReg(env, valueReg, value);
}

type Refuse = (...lines: string[]) => never;

function argument(
  env: Env,
  target: AttachTarget,
  off: number,
  size: number,
  signed: boolean,
  refuse: Refuse,
): RegisterState {
  const { name, btf, proto } = target;
  if (off % 8 !== 0) refuse(`func '${name}' offset ${off} is not multiple of 8`);
  const index = argumentIndex(target, off >>> 0);
  const params = target.traced ? proto.params.slice(1) : proto.params;
  const missing = `func '${name}' doesn't have ${index + 1}-th argument`;
  if (index > params.length) refuse(missing);
  const isReturned = index === params.length;
  if (isReturned) checkReturned(env, target, missing, refuse);
  const param = params[index];
  const typeId = isReturned || param === undefined ? proto.returns : param.type;
  const type = resolve(btf, typeId);
  if (isNumber(type)) return isReturned ? returnedNumber(env, target) : UNKNOWN_SCALAR;
  if (type.kind !== 'ptr')
    return refuse(
      `func '${name}' arg${index} '${shown(nameOf(type))}' has type ${kindName(type)}. Only pointer access is allowed`,
    );
  if (size !== 8) refuse(`func '${name}' size ${size} must be 8`);
  if (signed) unsupported('pointers loaded with their sign extended');
  return pointerArgument(env, target, { index, type, param: param?.name ?? '', isReturned }, refuse);
}

/** Which argument lies at the offset; one more than there are for the returned value, two more beyond it. */
function argumentIndex({ btf, proto }: AttachTarget, off: number): number {
  let end = 0;
  for (const [i, param] of proto.params.entries()) {
    end += roundedSize(resolve(btf, param.type));
    if (off < end) return i;
  }
  end += roundedSize(resolve(btf, proto.returns));
  return off < end ? proto.params.length : proto.params.length + 1;
}

function roundedSize(type: BtfType): number {
  return Math.ceil((sizeOfArgument(type) ?? 0) / 8) * 8;
}

function isNumber(type: BtfType): boolean {
  return (
    (type.kind === 'int' && type.size <= 8) || type.kind === 'enum' || type.kind === 'struct' || type.kind === 'union'
  );
}

/** The returned value stands behind the last argument, for programs that run when it is known. */
function checkReturned({ program }: Env, { btf, proto }: AttachTarget, missing: string, refuse: Refuse): void {
  switch (program.attachType) {
    case 'lsm_mac':
    case 'lsm_cgroup':
    case 'trace_fexit':
      return;
    case 'modify_return': {
      const type = resolve(btf, proto.returns);
      if (type.kind !== 'int' || type.size > 8) refuse(`ret type ${kindName(type)} not allowed for fmod_ret`);
      return;
    }
    default:
      refuse(missing);
  }
}

/** Mirrors `get_func_retval_range` and `__mark_reg_s32_range`. */
function returnedNumber(env: Env, { name, proto }: AttachTarget): RegisterState {
  if (env.program.attachType !== 'lsm_mac' || proto.returns === 0) return UNKNOWN_SCALAR;
  const { min, max } = hookRange(name);
  const range = { smin: BigInt(min), smax: BigInt(max), s32Min: min, s32Max: max };
  return scalar(syncBounds({ ...UNKNOWN_BOUNDS, ...range }));
}

interface PointerArgument {
  readonly index: number;
  readonly type: Extract<BtfType, { kind: 'ptr' }>;
  readonly param: string;
  readonly isReturned: boolean;
}

function pointerArgument(
  env: Env,
  target: AttachTarget,
  { index, type, param, isReturned }: PointerArgument,
  refuse: Refuse,
): RegisterState {
  const { name, btf } = target;
  const known = isReturned ? undefined : target.args[index];
  if (known === 'buffer') return pointer('buf', { flags: MAYBE_NULL, id: nextId(env) });
  if (known === 'readOnlyBuffer') return pointer('buf', { flags: MAYBE_NULL | RDONLY, id: nextId(env) });
  const pointee = resolve(btf, type.type);
  if (pointee.kind === 'void' || pointee.kind === 'int') return UNKNOWN_SCALAR;
  if (known === 'referenced') return unsupported('arguments that come with a reference (__ref)');
  if (known !== undefined) {
    const flags = MAYBE_NULL | (known === 'trusted' ? TRUSTED : 0);
    return pointer('btfId', { flags, btf, btfId: resolveId(btf, type.type), id: nextId(env) });
  }
  if (pointee.kind !== 'struct' && pointee.kind !== 'union')
    refuse(`func '${name}' arg${index} type ${kindName(pointee)} is not a struct`);
  const raw = env.program.attachType === 'trace_raw_tp' ? rawTracepointArgument(name, index) : NOTHING;
  const id = resolveId(btf, type.type);
  say(env.log, `func '${name}' arg${index} has btf_id ${id} type ${kindName(pointee)} '${shown(nameOf(pointee))}'\n`);
  if (raw.mayBeError) {
    say(env.log, `marking pointer arg${index} as scalar as it may encode error`);
    return UNKNOWN_SCALAR;
  }
  const mayBeNull = raw.mayBeNull || (!isReturned && param.endsWith('__nullable'));
  const flags =
    (argumentsTrusted(env, target) ? TRUSTED : 0) | (mayBeNull ? MAYBE_NULL : 0) | userFlags(target, type.type);
  const btfId = promoted(target, id, flags);
  return pointer('btfId', { flags, btf, btfId, id: mayBeNull ? nextId(env) : 0 });
}

const NOTHING = { mayBeNull: false, mayBeError: false };

function userFlags({ btf }: AttachTarget, pointee: number): number {
  return tagFlags(btf, pointee) & (USER | PERCPU);
}

/** Mirrors `prog_args_trusted`. */
function argumentsTrusted({ program }: Env, { name }: AttachTarget): boolean {
  switch (program.type) {
    case 'tracing':
      return program.attachType === 'trace_raw_tp' || program.attachType === 'trace_iter';
    case 'lsm':
      return hookIsTrusted(name);
    default:
      return program.type === 'struct_ops';
  }
}

/** Mirrors the end of `bpf_tcp_ca_is_valid_access`: each of its sockets is a TCP socket. */
function promoted({ btf, struct }: AttachTarget, id: number, flags: number): number {
  const promotes = struct === null ? null : (structOpsNamed(struct)?.promotes ?? null);
  if (promotes === null || flags & (UNTRUSTED | MAYBE_NULL | USER | PERCPU)) return id;
  const from = findByName(btf, 'struct', promotes[0]);
  return id === from ? (findByName(btf, 'struct', promotes[1]) ?? id) : id;
}
