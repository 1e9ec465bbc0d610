/**
 * May this load or store be done, and what does a load give? Mirrors `check_mem_access` and what it calls, v6.18.
 */
import { unreachable } from '../base/assert.ts';
import { findByName } from '../btf/query.ts';
import { ctxAccess } from '../kernel/contextAccess.ts';
import { CONTEXTS } from '../kernel/contexts.ts';
import type { CtxField, CtxFieldKind } from '../kernel/contexts.ts';
import { kernelPointerAccess, mapPointerAccess } from './btfPointer.ts';
import { checkBuffer } from './buffers.ts';
import type { Env } from './env.ts';
import { nextId } from './env.ts';
import { checkKernelContext } from './kernelContext.ts';
import { kernelTypes } from './kernelTypes.ts';
import { checkStackAccess } from './checkStack.ts';
import { allocatedAccess } from './allocatedObjects.ts';
import { constantAt, isConstant as isConstantMap, programMayRead, programMayWrite } from './maps.ts';
import { mayReadSocket } from './socketAccess.ts';
import type { SpecialField } from './fields/specialField.ts';
import { kptrAccess } from './kptrAccess.ts';
import { checkFieldsOfMap, pointerFieldAt, typesOfMap } from './specialFields.ts';
import { hasField } from './olderKernels.ts';
import type { MemoryAccess } from './memoryAccess.ts';
import { checkDirectPacketWrite } from './require.ts';
import { getReg, setReg } from './registers.ts';
import { isSecret } from './rights.ts';
import { reject, rejectReg, unsupported } from './rejection.ts';
import type { Bounds } from './state/bounds.ts';
import { signExtendBounds, truncateBounds } from './state/bounds.ts';
import type { RegisterState } from './state/register.ts';
import {
  ALLOC,
  constScalar,
  isConstant,
  MAYBE_NULL,
  mayBeNull,
  pointer,
  RDONLY,
  TRUSTED,
  typeText,
  UNKNOWN_SCALAR,
  UNTRUSTED,
  withBounds,
  ZERO_BOUNDS,
} from './state/register.ts';
import { tnumAdd, tnumConst, tnumIsAligned, tnumText } from './state/tnum.ts';

const MAX_VAR_OFF = 1n << 29n;

export function checkMemoryAccess(env: Env, access: MemoryAccess): void {
  const reg = getReg(env, access.regno);
  checkAlignment(env, reg, access.off, access.size, access.strict);
  accessByKind(env, reg, access, access.off + reg.off);
  if (!access.write && access.valueReg >= 0) narrow(env, access);
}

/** A narrow load gives a narrow number. */
function narrow(env: Env, access: MemoryAccess): void {
  const value = getReg(env, access.valueReg);
  if (access.size === 8 || value.kind !== 'scalar') return;
  const { bounds } = value;
  const to = access.signed ? signExtendBounds(bounds, access.size, true) : truncateBounds(bounds, access.size);
  setReg(env, access.valueReg, withBounds(value, to));
}

function accessByKind(env: Env, reg: RegisterState, access: MemoryAccess, off: number): void {
  switch (reg.kind) {
    case 'stack':
      checkStackAccess(env, access, off);
      return;
    case 'packet':
    case 'packetMeta':
      packetAccess(env, access, off);
      return;
    case 'ctx':
      refuseLeak(env, access, 'ctx');
      contextAccess(env, reg, access, off);
      return;
    case 'mapValue':
      if (mayBeNull(reg)) break;
      refuseLeak(env, access, 'map');
      mapValueAccess(env, reg, access, off);
      return;
    case 'mem':
      if (mayBeNull(reg)) break;
      memAccess(env, reg, access, off);
      return;
    case 'socket':
    case 'sockCommon':
    case 'tcpSock':
    case 'xdpSock':
      if (mayBeNull(reg)) break;
      socketAccess(reg, access, off);
      loadUnknown(env, access);
      return;
    case 'mapKey':
      if (access.write) rejectReg(access.regno, `write to change key R${access.regno} not allowed`);
      checkRegion(env, access.regno, off, access.size, reg.map?.keySize ?? 0, false);
      loadUnknown(env, access);
      return;
    case 'arena':
      loadUnknown(env, access);
      return;
    case 'mapPtr':
      return mapPointerAccess(env, access, off);
    case 'btfId':
      if (mayBeNull(reg)) break;
      if (reg.flags & ALLOC) return allocatedAccess(env, access, off);
      kernelPointerAccess(env, access, off);
      return;
    case 'buf':
      if (mayBeNull(reg)) break;
      if (access.write && reg.flags & RDONLY)
        rejectReg(access.regno, `R${access.regno} cannot write into ${typeText(reg)}`);
      checkBuffer(reg, access.regno, off, access.size);
      loadUnknown(env, access);
      return;
    case 'tpBuffer':
      checkBuffer(reg, access.regno, off, access.size);
      loadUnknown(env, access);
      return;
    case 'flowKeys':
      refuseLeak(env, access, 'flow keys');
      if (off < 0 || off + access.size > CONTEXTS.bpf_flow_keys.size)
        rejectReg(access.regno, `invalid access to flow keys off=${off} size=${access.size}`);
      loadUnknown(env, access);
      return;
    case 'notInit':
    case 'scalar':
    case 'packetEnd':
    case 'func':
    case 'dynptr':
      break;
    default:
      unreachable(reg.kind);
  }
  rejectReg(access.regno, `R${access.regno} invalid mem access '${typeText(reg)}'`);
}

/** Users without CAP_PERFMON must not store addresses where they or others may read them. */
function refuseLeak(env: Env, { write, valueReg }: MemoryAccess, into: string): void {
  if (write && valueReg >= 0 && isSecret(env, getReg(env, valueReg)))
    rejectReg(valueReg, `R${valueReg} leaks addr into ${into}`);
}

/** Mirrors `check_sock_access`. */
function socketAccess(reg: RegisterState, access: MemoryAccess, off: number): void {
  const { regno, size, write } = access;
  if (write) rejectReg(regno, `R${regno} cannot write into ${typeText(reg)}`);
  if (reg.bounds.smin < 0n) rejectReg(regno, negativeText(regno));
  if (!mayReadSocket(reg.kind, off, size))
    rejectReg(regno, `R${regno} invalid ${typeText(reg)} access off=${off} size=${size}`);
}

function loadUnknown(env: Env, access: MemoryAccess): void {
  if (!access.write && access.valueReg >= 0) setReg(env, access.valueReg, UNKNOWN_SCALAR);
}

function mapValueAccess(env: Env, reg: RegisterState, access: MemoryAccess, off: number): void {
  checkMapAccessType(env, access.regno, off, access.size, access.write);
  checkMapValue(env, access.regno, off, access.size, false);
  checkFieldsOfMap(env, access.regno, off, access.size, true);
  const field = pointerFieldOf(env, reg, off);
  if (field !== null) return kptrAccess(env, access, field);
  if (access.write || access.valueReg < 0) return;
  const { map } = reg;
  if (map !== null && env.can.constantMaps && isConstantMap(map) && isConstant(reg)) {
    const at = off + (reg.bounds === ZERO_BOUNDS ? 0 : Number(BigInt.asIntN(64, reg.bounds.varOff.value)));
    setReg(env, access.valueReg, constScalar(constantAt(map, at, access.size, access.signed)));
  } else setReg(env, access.valueReg, UNKNOWN_SCALAR);
}

function pointerFieldOf(env: Env, reg: RegisterState, off: number): SpecialField | null {
  if (reg.map === null || !isConstant(reg)) return null;
  const at = off + Number(BigInt.asIntN(64, reg.bounds.varOff.value));
  return pointerFieldAt(typesOfMap(env, reg.map).record, at);
}

/** Mirrors `check_map_access_type`. */
export function checkMapAccessType(env: Env, regno: number, off: number, size: number, write: boolean): void {
  const { map } = getReg(env, regno);
  if (map === null) return;
  if (write && !programMayWrite(map))
    rejectReg(regno, `write into map forbidden, value_size=${map.valueSize} off=${off} size=${size}`);
  if (!write && !programMayRead(map))
    rejectReg(regno, `read from map forbidden, value_size=${map.valueSize} off=${off} size=${size}`);
}

export function checkMapValue(env: Env, regno: number, off: number, size: number, zeroAllowed: boolean): void {
  const reg = getReg(env, regno);
  checkRegion(env, regno, off, size, reg.map?.valueSize ?? 0, zeroAllowed);
}

/** Memory of a known size at a partly known offset. Mirrors `check_mem_region_access`. */
export function checkRegion(
  env: Env,
  regno: number,
  off: number,
  size: number,
  limit: number,
  zeroAllowed: boolean,
): void {
  const reg = getReg(env, regno);
  const { smin, umax } = reg.bounds;
  if (isSurelyInside(reg.bounds, off, size, limit)) return;
  const lowest = BigInt(off) + smin;
  if (smin < 0n && (BigInt.asIntN(32, lowest) !== lowest || lowest < 0n)) rejectReg(regno, negativeText(regno));
  const low = outside(reg, regno, int32(lowest), size, limit, zeroAllowed);
  if (low !== null) rejectReg(regno, low, `R${regno} min value is outside of the allowed memory range`);
  if (umax >= MAX_VAR_OFF)
    rejectReg(regno, `R${regno} unbounded memory access, make sure to bounds check any such access`);
  const high = outside(reg, regno, int32(BigInt(off) + umax), size, limit, zeroAllowed);
  if (high !== null) rejectReg(regno, high, `R${regno} max value is outside of the allowed memory range`);
}

/** The plain case, told without large numbers: an offset that is neither negative nor huge. */
function isSurelyInside(bounds: Bounds, off: number, size: number, limit: number): boolean {
  if (size <= 0 || off < 0) return false;
  if (bounds === ZERO_BOUNDS) return off + size <= limit;
  return bounds.smin >= 0n && bounds.umax < MAX_VAR_OFF && off + Number(bounds.umax) + size <= limit;
}

function int32(off: bigint): number {
  return Number(BigInt.asIntN(32, off));
}

function negativeText(regno: number): string {
  return `R${regno} min value is negative, either use unsigned index or do a if (index >=0) check.`;
}

/** The kernel's complaint, or null when all is inside. Mirrors `__check_mem_access`. */
function outside(
  reg: RegisterState,
  regno: number,
  at: number,
  size: number,
  limit: number,
  zeroAllowed: boolean,
): string | null {
  if (at >= 0 && (size > 0 || (size === 0 && zeroAllowed)) && at + size <= limit) return null;
  switch (reg.kind) {
    case 'mapKey':
      return `invalid access to map key, key_size=${limit} off=${at} size=${size}`;
    case 'mapValue':
      // What may be null goes by the general name.
      if (mayBeNull(reg)) return `invalid access to memory, mem_size=${limit} off=${at} size=${size}`;
      return `invalid access to map value, value_size=${limit} off=${at} size=${size}`;
    case 'packet':
    case 'packetMeta':
    case 'packetEnd':
      return `invalid access to packet, off=${at} size=${size}, R${regno}(id=${reg.id},off=${at},r=${limit})`;
    default:
      return `invalid access to memory, mem_size=${limit} off=${at} size=${size}`;
  }
}

function packetAccess(env: Env, access: MemoryAccess, off: number): void {
  if (access.write) checkDirectPacketWrite(env, access.regno);
  refuseLeak(env, access, 'packet');
  checkPacket(env, access.regno, off, access.size, false);
  loadUnknown(env, access);
}

/** Mirrors `check_packet_access`. */
export function checkPacket(env: Env, regno: number, off: number, size: number, zeroAllowed: boolean): void {
  const reg = getReg(env, regno);
  if (reg.bounds.smin < 0n) rejectReg(regno, negativeText(regno));
  const after = `R${regno} offset is outside of the packet`;
  if (reg.range < 0) rejectReg(regno, after);
  const complaint = outside(reg, regno, off | 0, size, reg.range, zeroAllowed);
  if (complaint !== null) rejectReg(regno, complaint, after);
}

function memAccess(env: Env, reg: RegisterState, access: MemoryAccess, off: number): void {
  if (access.write && reg.flags & RDONLY)
    rejectReg(access.regno, `R${access.regno} cannot write into ${typeText(reg)}`);
  refuseLeak(env, access, 'mem');
  // What nothing is known of is read so that a fault gives zero.
  if ((reg.flags & (RDONLY | UNTRUSTED)) !== (RDONLY | UNTRUSTED))
    checkRegion(env, access.regno, off, access.size, reg.memSize, false);
  loadUnknown(env, access);
}

function contextAccess(env: Env, reg: RegisterState, access: MemoryAccess, off: number): void {
  checkUnmodified(reg, access.regno, false);
  const { program, options, target } = env;
  if (target !== null) {
    checkKernelContext(env, target, access, off);
    return;
  }
  const how = { signed: access.signed, privileged: options.privileged };
  const field = ctxAccess(program.type, program.attachType, off, access.size, access.write, how);
  if (!field.ok || !hasField(env, off))
    rejectReg(access.regno, `invalid bpf_context access off=${off} size=${access.size}`);
  if (access.write || access.valueReg < 0) return;
  setReg(env, access.valueReg, fieldValue(env, field.kind, field.field));
}

function fieldValue(env: Env, kind: CtxFieldKind, field: CtxField): RegisterState {
  switch (kind) {
    case 'scalar':
      return UNKNOWN_SCALAR;
    case 'sockCommonOrNull':
      return pointer('sockCommon', { flags: MAYBE_NULL, id: nextId(env) });
    case 'socketOrNull':
      return pointer('socket', { flags: MAYBE_NULL, id: nextId(env) });
    case 'btf':
      return structField(env, field);
    default:
      return pointer(kind);
  }
}

/** A pointer to a structure of the kernel: `struct sk_buff *`. Mirrors `nf_is_valid_access`. */
function structField(env: Env, { name, type }: CtxField): RegisterState {
  const btf = kernelTypes(env, `the context's field ${name}`);
  const struct = /struct (\w+) \*$/.exec(type)?.[1] ?? '';
  const btfId = findByName(btf, 'struct', struct);
  if (btfId === null) return unsupported(`struct ${struct}, which is not among the types of the kernel`);
  return pointer('btfId', { flags: TRUSTED, btf, btfId });
}

/** The pointer must point to the beginning of its object. Mirrors `__check_ptr_off_reg`. */
export function checkUnmodified(reg: RegisterState, regno: number, fixedOffAllowed: boolean): void {
  const type = typeText(reg);
  if (reg.off < 0) rejectReg(regno, `negative offset ${type} ptr R${regno} off=${reg.off} disallowed`);
  if (!fixedOffAllowed && reg.off !== 0)
    rejectReg(regno, `dereference of modified ${type} ptr R${regno} off=${reg.off} disallowed`);
  if (!isConstant(reg) || reg.bounds.varOff.value !== 0n)
    rejectReg(regno, `variable ${type} access var_off=${tnumText(reg.bounds.varOff)} disallowed`);
}

const POINTER_WORDS: Partial<Record<RegisterState['kind'], string>> = {
  flowKeys: 'flow keys ',
  mapKey: 'key ',
  mapValue: 'value ',
  ctx: 'context ',
  stack: 'stack ',
  socket: 'sock ',
  sockCommon: 'sock_common ',
  tcpSock: 'tcp_sock ',
  xdpSock: 'xdp_sock ',
};

/** Mirrors `check_ptr_alignment`: the stack must always be aligned, other memory where the program asks for it. */
export function checkAlignment(env: Env, reg: RegisterState, off: number, size: number, strictOnce: boolean): void {
  const strict = env.strictAlignment || strictOnce || reg.kind === 'stack';
  if (!strict || size === 1 || reg.kind === 'arena') return;
  if (reg.bounds === ZERO_BOUNDS && reg.kind === 'stack' && (reg.off + off) % size === 0) return;
  const packet = reg.kind === 'packet' || reg.kind === 'packetMeta';
  // Packets begin two bytes off alignment, so that the network header is aligned.
  const base = reg.off + off + (packet ? 2 : 0);
  const total = tnumAdd(reg.bounds.varOff, tnumConst(BigInt.asUintN(64, BigInt(base))));
  if (tnumIsAligned(total, BigInt(size))) return;
  const variable = tnumText(reg.bounds.varOff);
  if (packet) reject(`misaligned packet access off 2+${variable}+${reg.off}+${off} size ${size}`);
  const words = mayBeNull(reg) ? '' : (POINTER_WORDS[reg.kind] ?? '');
  reject(`misaligned ${words}access off ${variable}+${reg.off}+${off} size ${size}`);
}
