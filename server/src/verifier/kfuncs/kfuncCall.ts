/** One call of a kernel function while it is checked. Mirrors `struct bpf_kfunc_call_arg_meta`, v6.18. */
import type { Btf } from '../../btf/btf.ts';
import type { Kfunc, KfuncFlag } from '../../kernel/kfuncs.ts';
import type { MapSpec } from '../../program/program.ts';
import type { SpecialField } from '../fields/specialField.ts';
import type { DeferredKind } from '../mapFields.ts';
import type { DynptrType } from '../state/register.ts';
import type { KfuncParameter, KfuncProto } from './proto.ts';

export interface KfuncCall {
  readonly kfunc: Kfunc;
  readonly proto: KfuncProto;
  /** Number of the function in messages: its id in the kernel's BTF, or what the call carries. */
  readonly id: number;
  /** Reference that an argument belongs to, and the register that gives it back; 0 for none. */
  refObjId: number;
  releaseReg: number;
  /** Value of the argument that must be a constant (`__k`, `__szk`); null before it was seen. */
  constant: bigint | null;
  /** Size of the memory that r0 points to, where an argument tells, and whether it may be read only. */
  r0Size: number;
  r0ReadOnly: boolean;
  /** Structure of the allocated object that was given. */
  argBtf: Btf | null;
  argBtfId: number;
  /** That object is owned, not only borrowed from a list or tree. */
  owningRef: boolean;
  /** The last dynptr that was given and must have been made before. */
  dynptr: { readonly id: number; readonly type: DynptrType; readonly refObjId: number } | null;
  /** Where the iterator lies that was given. */
  iterator: { readonly frameno: number; readonly spi: number } | null;
  /** Function of the program that was given; -1 for none. */
  callback: number;
  map: MapSpec | null;
  mapUid: number;
  /** What of the map's value was given before the map. */
  field: DeferredKind | null;
  /** The list head or tree root that was given. */
  root: SpecialField | null;
  /** Structure of the kernel that r0 points to, where an argument tells; 0 for none. */
  returnBtfId: number;
}

/** One argument of the call; `regno` begins at 1. */
export interface KfuncArgument {
  readonly call: KfuncCall;
  readonly regno: number;
  readonly param: KfuncParameter;
}

export function newKfuncCall(kfunc: Kfunc, proto: KfuncProto, id: number): KfuncCall {
  return {
    kfunc, proto, id, refObjId: 0, releaseReg: 0, constant: null, r0Size: 0, r0ReadOnly: false, argBtf: null, argBtfId: 0,
    owningRef: false, dynptr: null, iterator: null, callback: -1, map: null, mapUid: 0, field: null, root: null, returnBtfId: 0,
  }; // prettier-ignore
}

export function hasFlag(call: KfuncCall, flag: KfuncFlag): boolean {
  return call.kfunc.flags.has(flag);
}

export function isNamed(call: KfuncCall, ...names: readonly string[]): boolean {
  return names.includes(call.kfunc.name);
}

/** What to call the function where we cannot tell: "kernel function bpf_obj_new_impl". */
export function titleOf(call: KfuncCall): string {
  return `kernel function ${call.kfunc.name}`;
}

/** Whether the parameter's name ends like this and is longer. Mirrors `btf_param_match_suffix`. */
export function endsIn(param: KfuncParameter | undefined, suffix: string): boolean {
  return param !== undefined && param.name.length > suffix.length && param.name.endsWith(suffix);
}
