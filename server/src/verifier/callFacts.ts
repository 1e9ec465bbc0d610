import type { Btf } from '../btf/btf.ts';
import type { Helper, HelperArg, HelperProto } from '../kernel/helpers.ts';
import type { MapSpec } from '../program/program.ts';
import type { KnownDynptr } from './checkDynptr.ts';
import type { SpecialField } from './fields/specialField.ts';
import type { HelperMemory } from './checkHelperMemory.ts';

/** A helper whose prototype is known. */
export type KnownHelper = Helper & { readonly proto: HelperProto };

/** One argument of the call that is being checked. */
export interface Argument {
  readonly helper: KnownHelper;
  readonly regno: number;
  readonly arg: HelperArg;
  readonly facts: CallFacts;
}

/** What the arguments of one call told. Mirrors `struct bpf_call_arg_meta`. */
export interface CallFacts extends HelperMemory {
  map: MapSpec | null;
  /** Tells inner maps apart; 0 for others. */
  mapUid: number;
  /** Constant key of an array lookup; -1 when unknown. */
  constantKey: bigint;
  /** Size a reservation asks for. */
  memSize: number;
  refObjId: number;
  /** What the dynptr argument is, once it was checked. */
  dynptr: KnownDynptr | null;
  releaseReg: number;
  /** The function it is given; -1 for none. */
  subprog: number;
  /** The per-CPU variable that it is given: the kernel's, or an object that the program has allocated. */
  typed: { readonly btf: Btf; readonly id: number; readonly allocated: boolean } | null;
  /** The pointer in a map value or object that is exchanged. */
  kptr: SpecialField | null;
}

export function newCallFacts(proto: HelperProto): CallFacts {
  return {
    packetAccess: proto.packetAccess,
    raw: false,
    rawSize: 0,
    rawReg: 0,
    maxSize: 0n,
    map: null,
    mapUid: 0,
    constantKey: 0n,
    memSize: 0,
    refObjId: 0,
    dynptr: null,
    releaseReg: 0,
    subprog: -1,
    typed: null,
    kptr: null,
  };
}
