/** What a pointer argument points to, what a number argument is. Mirrors the second half of `check_func_arg`, v6.18. */
import type { HelperArg } from '../kernel/helpers.ts';
import type { Argument, CallFacts } from './callFacts.ts';
import { checkDynptr } from './checkDynptr.ts';
import { checkHelperMemory, checkMemorySize } from './checkHelperMemory.ts';
import { checkAlignment, checkMapValue } from './checkMemory.ts';
import type { Env } from './env.ts';
import { frameOfPointer } from './env.ts';
import { checkExchanged } from './kptrExchange.ts';
import { checkSpinLock } from './locks.ts';
import { checkMapFieldPointer } from './mapFields.ts';
import { constantAt, hasDirectValue, isConstant as isConstantMap } from './maps.ts';
import { markPrecise, markSlotPrecise } from './precision.ts';
import { getReg } from './registers.ts';
import { rejectReg, unsupported } from './rejection.ts';
import { slotAt } from './state/frame.ts';
import { isConstant, isZeroScalar, RCU } from './state/register.ts';
import { byteType, isSpilledScalar, SPILL, ZERO } from './state/stack.ts';

/** Number of bpf_spin_lock. */
const SPIN_LOCK = 93;

export function checkContents(env: Env, { helper, regno, arg, facts }: Argument): void {
  const reg = getReg(env, regno);
  switch (arg.type) {
    case 'timer':
      checkMapFieldPointer(env, regno, 'timer');
      facts.map = reg.map;
      facts.mapUid = reg.mapUid;
      return;
    case 'constMapPtr':
      if (facts.map !== null && (facts.map !== reg.map || facts.mapUid !== reg.mapUid))
        rejectReg(
          regno,
          `timer pointer in R1 map_uid=${facts.mapUid} doesn't match map pointer in R2 map_uid=${reg.mapUid}`,
        );
      facts.map = reg.map;
      facts.mapUid = reg.mapUid;
      return;
    case 'mapKey':
      checkKey(env, regno, facts);
      return;
    case 'mapValue':
      if (arg.orNull && isZeroScalar(reg)) return;
      facts.raw = arg.uninit;
      checkHelperMemory(env, { regno, size: facts.map?.valueSize ?? 0, write: arg.write, zeroAllowed: false }, facts);
      return;
    case 'mem':
      checkFixedMemory(env, regno, arg, facts);
      return;
    case 'constSize':
    case 'constSizeOrZero':
      checkMemorySize(env, regno, {
        write: helper.proto.args[regno - 2]?.write ?? false,
        zeroAllowed: arg.type === 'constSizeOrZero',
        facts,
      });
      return;
    case 'constAllocSizeOrZero':
      if (!isConstant(reg)) rejectReg(regno, `R${regno} is not a known constant'`);
      facts.memSize = Number(BigInt.asUintN(32, reg.bounds.varOff.value));
      markPrecise(env, regno);
      return;
    case 'func':
      if (reg.detail?.what === 'func') facts.subprog = reg.detail.subprog;
      return;
    case 'kptrXchgDest':
      checkExchanged(env, regno, facts);
      return;
    case 'spinLock':
      checkSpinLock(env, regno, helper.id === SPIN_LOCK);
      return;
    case 'constStr':
      checkString(env, regno);
      return;
    case 'percpuBtfId':
      if (reg.btf !== null) facts.typed = { btf: reg.btf, id: reg.btfId, allocated: (reg.flags & RCU) !== 0 };
      return;
    case 'dynptr':
      checkDynptr(env, regno, {
        creates: arg.uninit ? arg.dynptr : null,
        readOnly: arg.readOnly,
        wants: arg.dynptr,
        cloneOf: 0,
      });
      return;
    case 'ctx':
    case 'socket':
    case 'sockCommon':
    case 'btfIdSockCommon':
    case 'btfId':
    case 'ringbufMem':
    case 'stack':
    case 'scalar':
      return;
    default:
      unsupported(`helper ${helper.name}`);
  }
}

function checkFixedMemory(env: Env, regno: number, arg: HelperArg, facts: CallFacts): void {
  facts.raw = arg.uninit;
  if (arg.size === null) return;
  checkHelperMemory(env, { regno, size: arg.size, write: arg.write, zeroAllowed: false }, facts);
  if (arg.aligned) checkAlignment(env, getReg(env, regno), 0, arg.size, true);
}

function checkKey(env: Env, regno: number, facts: CallFacts): void {
  const { map } = facts;
  if (map === null) return;
  checkHelperMemory(env, { regno, size: map.keySize, write: false, zeroAllowed: false }, null);
  if (map.type === 'array' || map.type === 'percpu_array') facts.constantKey = constantKey(env, regno, map.keySize);
}

/** A key spilled as a constant. Mirrors `get_constant_map_key`: -1 when it is none. */
function constantKey(env: Env, regno: number, size: number): bigint {
  const key = getReg(env, regno);
  if (key.kind !== 'stack' || !isConstant(key)) return -1n;
  const off = key.off + Number(BigInt.asIntN(64, key.bounds.varOff.value));
  const byte = -off - 1;
  const spi = Math.floor(byte / 8);
  const slot = slotAt(frameOfPointer(env, key), spi);
  if (runOf(slot.types, byte % 8, ZERO) >= size) return 0n;
  if (!isSpilledScalar(slot) || runOf(slot.types, byte % 8, SPILL) !== size || !isConstant(slot.reg)) return -1n;
  markSlotPrecise(env, key.frameno, spi);
  return BigInt.asIntN(64, slot.reg.bounds.varOff.value);
}

/** Bytes of one type from `index` downwards. */
function runOf(types: number, index: number, type: number): number {
  let count = 0;
  for (let i = index; i >= 0 && byteType(types, i) === type; i--) count++;
  return count;
}

/** Mirrors `check_reg_const_str`. */
export function checkString(env: Env, regno: number): void {
  const reg = getReg(env, regno);
  const { map } = reg;
  if (map === null || !isConstantMap(map)) rejectReg(regno, `R${regno} does not point to a readonly map'`);
  if (!isConstant(reg)) rejectReg(regno, `R${regno} is not a constant address'`);
  if (!hasDirectValue(map)) rejectReg(regno, 'no direct value access support for this map type');
  checkMapValue(env, regno, reg.off, map.valueSize - reg.off, false);
  const from = reg.off + Number(BigInt.asIntN(64, reg.bounds.varOff.value));
  for (let at = from; at < map.valueSize; at++) if (constantAt(map, at, 1, false) === 0n) return;
  rejectReg(regno, 'string is not zero-terminated');
}
