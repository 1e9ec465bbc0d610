/**
 * What the verifier knows of one register or spilled value. Values are immutable and shared between states.
 * Mirrors `struct bpf_reg_state` of include/linux/bpf_verifier.h, v6.18.
 */
import { unreachable } from '../../base/assert.ts';
import type { Btf } from '../../btf/btf.ts';
import type { MapSpec } from '../../program/program.ts';
import type { Bounds } from './bounds.ts';
import { constBounds, UNKNOWN_BOUNDS } from './bounds.ts';

export type RegisterKind =
  | 'notInit' | 'scalar' | 'ctx' | 'mapPtr' | 'mapValue' | 'mapKey' | 'stack' | 'packet' | 'packetMeta' | 'packetEnd'
  | 'flowKeys' | 'socket' | 'sockCommon' | 'tcpSock' | 'xdpSock' | 'tpBuffer' | 'btfId' | 'mem' | 'buf' | 'arena'
  | 'func' | 'dynptr'; // prettier-ignore

/** Bits of `flags`: what is known of a pointer besides its kind. */
export const MAYBE_NULL = 1;
export const RDONLY = 2;
export const RINGBUF = 4;
export const UNTRUSTED = 8;
export const TRUSTED = 16;
export const RCU = 32;
export const ALLOC = 64;
export const USER = 128;
export const PERCPU = 256;
/** An owned object that a list or tree of the program holds: it may be read, not given away. */
export const NON_OWN_REF = 512;

/** A linked scalar that differs from its partners by the constant in `off`: added with 64 or with 32 bits. */
export const ADD_CONST64 = 0x8000_0000;
export const ADD_CONST32 = 0x4000_0000;
const ADD_CONST = ADD_CONST64 | ADD_CONST32;

/** What dynptrs and iterators refer to. Mirrors `enum bpf_dynptr_type`. */
export type DynptrType = 'local' | 'ringbuf' | 'skb' | 'xdp' | 'skbMeta' | 'file';

/** What only some kinds of registers and stack slots have. Immutable; compared part by part. */
export type Detail =
  /** The dynptr on the stack (its two slots) or the pointer to a constant one. */
  | { readonly what: 'dynptr'; readonly type: DynptrType; readonly first: boolean }
  /** An open-coded iterator on the stack: a structure `bpf_iter_…`, and how often it has been stepped. */
  | { readonly what: 'iter'; readonly name: string; readonly state: 'active' | 'drained'; readonly depth: number }
  /** Saved interrupt flags on the stack, by what saved them. */
  | { readonly what: 'irq'; readonly by: 'native' | 'lock' }
  /** Memory that is part of a dynptr's; bpf_dynptr_data gives it without the dynptr's type. */
  | { readonly what: 'slice'; readonly dynptrId: number; readonly type: DynptrType | null }
  /** A function of the program. */
  | { readonly what: 'func'; readonly subprog: number };

export interface RegisterState {
  readonly kind: RegisterKind;
  readonly flags: number;
  /** Constant part of a pointer's offset; for a linked scalar the constant that was added. */
  readonly off: number;
  /** Packet pointers: bytes known to be there. -1: at the packet's end, -2: beyond it. */
  readonly range: number;
  readonly map: MapSpec | null;
  readonly memSize: number;
  /** A scalar's value, or the variable part of a pointer's offset. */
  readonly bounds: Bounds;
  /** Values with the same id (0 is none) are the same value or come from the same lookup. */
  readonly id: number;
  /** Id of the acquired reference the pointer belongs to; 0 is none. */
  readonly refObjId: number;
  /** Stack pointers: whose frame. */
  readonly frameno: number;
  /** The scalar's value matters for safety: pruning must compare its range. */
  readonly precise: boolean;
  /** Type of the object a `btfId` pointer points to, and the BTF that has it; 0 and null for none. */
  readonly btfId: number;
  readonly btf: Btf | null;
  /** Tells values of different inner maps apart; 0 is none. */
  readonly mapUid: number;
  readonly detail: Detail | null;
}

type Changes = { -readonly [Field in keyof RegisterState]?: RegisterState[Field] };

export const ZERO_BOUNDS: Bounds = constBounds(0n);

/** All registers are built here, so that the engine sees one object shape. */
function build(
  kind: RegisterKind,
  flags: number,
  off: number,
  range: number,
  map: MapSpec | null,
  memSize: number,
  bounds: Bounds,
  id: number,
  refObjId: number,
  frameno: number,
  precise: boolean,
  btfId: number,
  btf: Btf | null,
  mapUid: number,
  detail: Detail | null,
): RegisterState {
  return {
    kind, flags, off, range, map, memSize, bounds, id, refObjId, frameno, precise, btfId, btf, mapUid, detail,
  }; // prettier-ignore
}

export const NOT_INIT: RegisterState = build(
  'notInit',
  0,
  0,
  0,
  null,
  0,
  UNKNOWN_BOUNDS,
  0,
  0,
  0,
  false,
  0,
  null,
  0,
  null,
);
export const UNKNOWN_SCALAR: RegisterState = build(
  'scalar',
  0,
  0,
  0,
  null,
  0,
  UNKNOWN_BOUNDS,
  0,
  0,
  0,
  false,
  0,
  null,
  0,
  null,
);
export const ZERO_SCALAR: RegisterState = build(
  'scalar',
  0,
  0,
  0,
  null,
  0,
  ZERO_BOUNDS,
  0,
  0,
  0,
  false,
  0,
  null,
  0,
  null,
);

export function scalar(bounds: Bounds): RegisterState {
  return build('scalar', 0, 0, 0, null, 0, bounds, 0, 0, 0, false, 0, null, 0, null);
}

/** A scalar of the known unsigned 64-bit value. */
export function constScalar(value: bigint): RegisterState {
  return value === 0n ? ZERO_SCALAR : scalar(constBounds(value));
}

/** A pointer to the beginning of its object. */
export function pointer(kind: RegisterKind, changes: Changes = {}): RegisterState {
  return change(build(kind, 0, 0, 0, null, 0, ZERO_BOUNDS, 0, 0, 0, false, 0, null, 0, null), changes);
}

export function change(reg: RegisterState, to: Changes): RegisterState {
  return build(
    to.kind ?? reg.kind,
    to.flags ?? reg.flags,
    to.off ?? reg.off,
    to.range ?? reg.range,
    to.map === undefined ? reg.map : to.map,
    to.memSize ?? reg.memSize,
    to.bounds ?? reg.bounds,
    to.id ?? reg.id,
    to.refObjId ?? reg.refObjId,
    to.frameno ?? reg.frameno,
    to.precise ?? reg.precise,
    to.btfId ?? reg.btfId,
    to.btf === undefined ? reg.btf : to.btf,
    to.mapUid ?? reg.mapUid,
    to.detail === undefined ? reg.detail : to.detail,
  );
}

export function withBounds(reg: RegisterState, bounds: Bounds): RegisterState {
  if (bounds === reg.bounds) return reg;
  return build(
    reg.kind, reg.flags, reg.off, reg.range, reg.map, reg.memSize, bounds, reg.id, reg.refObjId, reg.frameno,
    reg.precise, reg.btfId, reg.btf, reg.mapUid, reg.detail,
  ); // prettier-ignore
}

/** A number of its own, linked to none; whatever else the register had stays. */
export function withOwnBounds(reg: RegisterState, bounds: Bounds): RegisterState {
  if (bounds === reg.bounds && reg.id === 0 && reg.off === 0) return reg;
  return build(
    reg.kind, reg.flags, 0, reg.range, reg.map, reg.memSize, bounds, 0, reg.refObjId, reg.frameno,
    reg.precise, reg.btfId, reg.btf, reg.mapUid, reg.detail,
  ); // prettier-ignore
}

export function withId(reg: RegisterState, id: number): RegisterState {
  return build(
    reg.kind, reg.flags, reg.off, reg.range, reg.map, reg.memSize, reg.bounds, id, reg.refObjId, reg.frameno,
    reg.precise, reg.btfId, reg.btf, reg.mapUid, reg.detail,
  ); // prettier-ignore
}

/** A scalar that is no longer linked to others: what differed from them is forgotten, too. */
export function unlinked(reg: RegisterState): RegisterState {
  return reg.id === 0 && reg.off === 0 ? reg : change(reg, { id: 0, off: 0 });
}

export function withPrecise(reg: RegisterState, precise: boolean): RegisterState {
  return build(
    reg.kind, reg.flags, reg.off, reg.range, reg.map, reg.memSize, reg.bounds, reg.id, reg.refObjId, reg.frameno,
    precise, reg.btfId, reg.btf, reg.mapUid, reg.detail,
  ); // prettier-ignore
}

/** The id without the marks of a constant difference. */
export function baseId(id: number): number {
  return id & ~ADD_CONST;
}

/** The marks of a constant difference, for comparing them. */
export function linkMarks(id: number): number {
  return id & ADD_CONST;
}

export function isPointer(reg: RegisterState): boolean {
  return reg.kind !== 'scalar';
}

export function mayBeNull(reg: RegisterState): boolean {
  return (reg.flags & MAYBE_NULL) !== 0;
}

export function isPacketPointer(reg: RegisterState): boolean {
  return reg.kind === 'packet' || reg.kind === 'packetMeta';
}

export function isAnyPacketPointer(reg: RegisterState): boolean {
  return reg.kind === 'packet' || reg.kind === 'packetMeta' || reg.kind === 'packetEnd';
}

export function isSocketPointer(reg: RegisterState): boolean {
  const { kind } = reg;
  return kind === 'socket' || kind === 'sockCommon' || kind === 'tcpSock' || kind === 'xdpSock';
}

/** The value is one number. */
export function isConstant(reg: RegisterState): boolean {
  return reg.bounds.varOff.mask === 0n;
}

export function isZeroScalar(reg: RegisterState): boolean {
  return reg.kind === 'scalar' && reg.bounds.varOff.mask === 0n && reg.bounds.varOff.value === 0n;
}

/** Number of bits the value may need. Mirrors `get_reg_width`, v6.18. */
export function fitsBits(reg: RegisterState, bits: number): boolean {
  return bits >= 64 || reg.bounds.umax >> BigInt(bits) === 0n;
}

/** Mirrors `is_spillable_regtype`, v6.18: whether a spill to the stack keeps what is known. */
export function isSpillable(reg: RegisterState): boolean {
  return reg.kind !== 'notInit' && reg.kind !== 'scalar' && reg.kind !== 'tpBuffer' && reg.kind !== 'dynptr';
}

export function boundsEqual(a: Bounds, b: Bounds): boolean {
  return (
    a === b ||
    (a.varOff.value === b.varOff.value &&
      a.varOff.mask === b.varOff.mask &&
      a.smin === b.smin &&
      a.smax === b.smax &&
      a.umin === b.umin &&
      a.umax === b.umax &&
      a.s32Min === b.s32Min &&
      a.s32Max === b.s32Max &&
      a.u32Min === b.u32Min &&
      a.u32Max === b.u32Max)
  );
}

/** Same kind, offset and object: what the kernel compares up to `var_off`. */
export function sameObject(a: RegisterState, b: RegisterState): boolean {
  return (
    a === b ||
    (a.kind === b.kind &&
      a.flags === b.flags &&
      a.off === b.off &&
      a.range === b.range &&
      a.map === b.map &&
      a.memSize === b.memSize &&
      a.btfId === b.btfId &&
      a.btf === b.btf &&
      a.mapUid === b.mapUid &&
      sameDetail(a.detail, b.detail))
  );
}

export function sameDetail(a: Detail | null, b: Detail | null): boolean {
  if (a === b) return true;
  if (a === null || b === null) return false;
  switch (a.what) {
    case 'dynptr':
      return b.what === 'dynptr' && a.type === b.type && a.first === b.first;
    case 'iter':
      return b.what === 'iter' && a.name === b.name && a.state === b.state && a.depth === b.depth;
    case 'irq':
      return b.what === 'irq' && a.by === b.by;
    case 'slice':
      return b.what === 'slice' && a.dynptrId === b.dynptrId && a.type === b.type;
    case 'func':
      return b.what === 'func' && a.subprog === b.subprog;
    default:
      return unreachable(a);
  }
}

const KIND_NAMES: Record<RegisterKind, string> = {
  notInit: '?',
  scalar: 'scalar',
  ctx: 'ctx',
  mapPtr: 'map_ptr',
  mapValue: 'map_value',
  mapKey: 'map_key',
  stack: 'fp',
  packet: 'pkt',
  packetMeta: 'pkt_meta',
  packetEnd: 'pkt_end',
  flowKeys: 'flow_keys',
  socket: 'sock',
  sockCommon: 'sock_common',
  tcpSock: 'tcp_sock',
  xdpSock: 'xdp_sock',
  tpBuffer: 'tp_buffer',
  btfId: 'ptr_',
  mem: 'mem',
  buf: 'buf',
  arena: 'arena',
  func: 'func',
  dynptr: 'dynptr_ptr',
};

/** The type as the log names it. Mirrors `reg_type_str` of kernel/bpf/log.c, v6.18. */
export function registerTypeText(kind: RegisterKind, flags: number): string {
  const prefix =
    (flags & RDONLY ? 'rdonly_' : '') +
    (flags & RINGBUF ? 'ringbuf_' : '') +
    (flags & USER ? 'user_' : '') +
    (flags & PERCPU ? 'percpu_' : '') +
    (flags & RCU ? 'rcu_' : '') +
    (flags & UNTRUSTED ? 'untrusted_' : '') +
    (flags & TRUSTED ? 'trusted_' : '');
  const suffix = flags & MAYBE_NULL ? (kind === 'btfId' ? 'or_null_' : '_or_null') : '';
  return prefix + KIND_NAMES[kind] + suffix;
}

export function typeText(reg: RegisterState): string {
  return registerTypeText(reg.kind, reg.flags);
}
