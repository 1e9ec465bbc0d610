/** Which kernel function a call means, and whether this program may call it. Mirrors `fetch_kfunc_meta`, v6.18. */
import type { Btf } from '../../btf/btf.ts';
import { findByName, typeAt } from '../../btf/query.ts';
import type { CallInsn } from '../../isa/insn.ts';
import { kfuncAllowed } from '../../kernel/kfuncAvailability.ts';
import type { Kfunc } from '../../kernel/kfuncs.ts';
import { kfuncByName } from '../../kernel/kfuncs.ts';
import type { Env } from '../env.ts';
import { reject, unsupported } from '../rejection.ts';
import type { KfuncProto } from './proto.ts';
import { protoFromBtf, protoFromTable } from './proto.ts';

/** The name of the function that is called; null where nobody knows. */
export function kfuncName({ program, options }: Pick<Env, 'program' | 'options'>, insn: CallInsn): string | null {
  const named = program.kfuncs?.get(insn.imm);
  if (named !== undefined) return named;
  const btf = options.kernelBtf ?? null;
  const func = btf === null || insn.off !== 0 ? null : typeAt(btf, insn.imm);
  return func?.kind === 'func' ? func.name : null;
}

/** A row of the table; `unsupported` where the call means another function. */
export function findKfunc(env: Env, insn: CallInsn): Kfunc {
  const name = kfuncName(env, insn);
  if (name === null) return unsupported('calls of kernel functions (kfuncs) whose names are not known');
  return kfuncByName(name) ?? unsupported(`kernel function ${name}`);
}

/** The number that messages give the function. */
export function kfuncNumber(env: Pick<Env, 'options'>, insn: CallInsn, name: string): number {
  const btf = env.options.kernelBtf ?? null;
  return btf === null ? insn.imm : (findByName(btf, 'func', name) ?? insn.imm);
}

export function checkAllowed({ program, options }: Env, kfunc: Kfunc): void {
  const { name } = kfunc;
  const allowed = kfuncAllowed(kfunc, program.type, program.attachType);
  if (allowed === null) unsupported(`kernel function ${name} in ${program.type} programs`);
  if (!allowed || isUnregistered(options.kernelBtf ?? null, name))
    reject(`calling kernel function ${name} is not allowed`);
}

/** Kernels mark the functions that programs may call; how a kernel is configured may leave out some. */
export function isUnregistered(btf: Btf | null, name: string): boolean {
  return btf !== null && !isMarked(btf, name) && isMarked(btf, 'bpf_rcu_read_lock');
}

function isMarked(btf: Btf, name: string): boolean {
  const id = findByName(btf, 'func', name);
  // Types that were read all at once have no index of their marks.
  return id !== null && (btf.lazy?.tagsOn(id).some((tag) => tag.name === 'bpf_kfunc') ?? false);
}

/** What is called, as far as this program may call it; else null. Mirrors `fetch_kfunc_meta` before the walk. */
export function callableKfunc({ program, options }: Pick<Env, 'program' | 'options'>, insn: CallInsn): Kfunc | null {
  const name = kfuncName({ program, options }, insn);
  const kfunc = name === null ? null : kfuncByName(name);
  return kfunc !== null && kfuncAllowed(kfunc, program.type, program.attachType) === true ? kfunc : null;
}

/** Whether the call steps an iterator and this program may call it. */
export function stepsIterator({ program, options }: Pick<Env, 'program' | 'options'>, insn: CallInsn): boolean {
  const name = kfuncName({ program, options }, insn);
  const kfunc = name === null ? null : kfuncByName(name);
  return (
    kfunc !== null && kfunc.flags.has('iterNext') && kfuncAllowed(kfunc, program.type, program.attachType) === true
  );
}

/** By the kernel's BTF where it is known. */
export function prototypeOf(env: Env, kfunc: Kfunc): KfuncProto {
  const { name } = kfunc;
  const btf = env.options.kernelBtf ?? null;
  if (btf === null) return protoFromTable(kfunc);
  const known = PROTOTYPES.get(btf) ?? new Map<string, KfuncProto | null>();
  PROTOTYPES.set(btf, known);
  const proto = known.get(name) ?? protoFromBtf(btf, name);
  known.set(name, proto);
  return proto ?? unsupported(`kernel function ${name}, which the kernel at hand does not have`);
}

/** Calls are checked over and over, their prototypes stay. */
const PROTOTYPES = new WeakMap<Btf, Map<string, KfuncProto | null>>();
