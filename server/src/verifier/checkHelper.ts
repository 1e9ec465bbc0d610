/** May this helper be called here? Mirrors the first half of `check_helper_call` and `check_func_arg`, v6.18. */
import type { Helper, HelperArg, HelperProto } from '../kernel/helpers.ts';
import { helperAvailable, helperNeedsGpl, helperOf, helpersKnown, HELPERS } from '../kernel/helpers.ts';
import type { MapSpec } from '../program/program.ts';
import { frameOfPointer } from './checkStack.ts';
import { checkAlignment, checkMapValue, checkUnmodified } from './checkMemory.ts';
import { checkHelperMemory, checkMemorySize } from './checkHelperMemory.ts';
import type { HelperMemory } from './checkHelperMemory.ts';
import type { Env } from './env.ts';
import { helperName } from './helperNames.ts';
import { constantAt, hasDirectValue, isConstant as isConstantMap } from './maps.ts';
import { markPrecise, markSlotPrecise } from './precision.ts';
import { checkRead, getReg } from './registers.ts';
import { reject, rejectReg, unsupported } from './rejection.ts';
import type { Accepted } from './require.ts';
import { ACCEPTED, mayPassPacket } from './require.ts';
import { slotAt } from './state/frame.ts';
import type { RegisterState } from './state/register.ts';
import {
  isConstant,
  isPacketPointer,
  isZeroScalar,
  MAYBE_NULL,
  mayBeNull,
  RDONLY,
  registerTypeText,
  typeText,
} from './state/register.ts';
import { byteType, isSpilledScalar, SPILL, ZERO } from './state/stack.ts';

/** What the arguments of one call told. Mirrors `struct bpf_call_arg_meta`. */
export interface CallFacts extends HelperMemory {
  map: MapSpec | null;
  /** Constant key of an array lookup; -1 when unknown. */
  constantKey: bigint;
  /** Size a reservation asks for. */
  memSize: number;
  refObjId: number;
  releaseReg: number;
}

export function newCallFacts(proto: HelperProto): CallFacts {
  return {
    packetAccess: proto.packetAccess,
    raw: false,
    rawSize: 0,
    rawReg: 0,
    maxSize: 0n,
    map: null,
    constantKey: 0n,
    memSize: 0,
    refObjId: 0,
    releaseReg: 0,
  };
}

/** The helper's prototype for this program, or a refusal. */
export function requireHelper(env: Env, id: number): KnownHelper {
  const { program } = env;
  if (id < 0 || id > HELPERS.length) reject(`invalid func ${helperName(id)}#${id}`);
  if (!helpersKnown(program.type)) unsupported(`helpers of ${program.type} programs`);
  const helper = helperOf(program.type, id);
  // Whether the license allows it is a later question.
  if (helper === null || !helperAvailable(program.type, id, true))
    reject(`program of this type cannot use helper ${helperName(id)}#${id}`);
  const { proto } = helper;
  if (proto === null) return unsupported(`helper ${helper.name}`);
  if (helperNeedsGpl(program.type, id) && !isGplCompatible(program.license))
    reject('cannot call GPL-restricted function from non-GPL compatible program');
  if (proto.sleeps && !program.sleepable) reject('helper call might sleep in a non-sleepable prog');
  return { ...helper, proto };
}

/** Mirrors `license_is_gpl_compatible` of include/linux/license.h. */
function isGplCompatible(license: string): boolean {
  return ['GPL', 'GPL v2', 'GPL and additional rights', 'Dual BSD/GPL', 'Dual MIT/GPL', 'Dual MPL/GPL'].includes(
    license,
  );
}

/** A helper whose prototype is known. */
type KnownHelper = Helper & { readonly proto: HelperProto };

/** One argument of the call that is being checked. */
interface Argument {
  readonly helper: KnownHelper;
  readonly regno: number;
  readonly arg: HelperArg;
  readonly facts: CallFacts;
}

export function checkArguments(env: Env, helper: KnownHelper, facts: CallFacts): void {
  helper.proto.args.forEach((arg, i) => {
    checkArgument(env, { helper, regno: i + 1, arg, facts });
  });
}

function checkArgument(env: Env, argument: Argument): void {
  const { helper, regno, arg, facts } = argument;
  const reg = checkRead(env, regno);
  if (arg.type === 'anything') return;
  if (isPacketPointer(reg) && !mayPassPacket(env.program.type, facts.packetAccess))
    rejectReg(regno, 'helper access to the packet is not allowed');
  if (!(isZeroScalar(reg) && arg.orNull)) {
    checkType(regno, reg, arg, helper.name);
    checkOffset(reg, regno, arg);
  }
  noteReference(reg, regno, arg, facts);
  checkContents(env, argument);
}

/** Mirrors `check_reg_type`. */
function checkType(regno: number, reg: RegisterState, arg: HelperArg, helper: string): void {
  const accepted = ACCEPTED[arg.type];
  if (accepted === undefined) unsupported(`helper ${helper}`);
  let { flags } = reg;
  if (arg.readOnly) flags &= ~RDONLY;
  if (arg.orNull) flags &= ~MAYBE_NULL;
  if (accepted.some((one) => one.kind === reg.kind && one.flags === flags)) {
    if (reg.kind === 'btfId') unsupported('pointers to kernel objects as helper arguments');
    return;
  }
  rejectReg(regno, `R${regno} type=${typeText(reg)} expected=${listText(accepted)}`);
}

function listText(accepted: readonly Accepted[]): string {
  return accepted.map((one) => registerTypeText(one.kind, one.flags)).join(', ');
}

const OFFSET_FREE: ReadonlySet<string> = new Set([
  'stack', 'packet', 'packetMeta', 'mapKey', 'mapValue', 'mem', 'buf', 'arena', 'scalar',
]); // prettier-ignore

/** Mirrors `check_func_arg_reg_off`: objects that are passed as a whole must not be offset. */
function checkOffset(reg: RegisterState, regno: number, arg: HelperArg): void {
  if (arg.release) {
    if (reg.off !== 0)
      rejectReg(regno, `R${regno} must have zero offset when passed to release func or trusted arg to kfunc`);
    checkUnmodified(reg, regno, false);
    return;
  }
  // A pointer that may be null is none of the kinds that may have an offset.
  if (OFFSET_FREE.has(reg.kind) && !mayBeNull(reg)) return;
  checkUnmodified(reg, regno, reg.kind === 'btfId');
}

function noteReference(reg: RegisterState, regno: number, arg: HelperArg, facts: CallFacts): void {
  if (arg.release) {
    if (reg.refObjId === 0 && !isZeroScalar(reg))
      rejectReg(regno, `R${regno} must be referenced when passed to release function`);
    facts.releaseReg = regno;
  }
  if (reg.refObjId === 0) return;
  if (facts.refObjId !== 0)
    rejectReg(regno, `more than one arg with ref_obj_id R${regno} ${reg.refObjId} ${facts.refObjId}`);
  facts.refObjId = reg.refObjId;
}

/** The second half of `check_func_arg`: what the pointer points to, what the number is. */
function checkContents(env: Env, { helper, regno, arg, facts }: Argument): void {
  const reg = getReg(env, regno);
  switch (arg.type) {
    case 'constMapPtr':
      facts.map = reg.map;
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
    case 'constStr':
      checkString(env, regno);
      return;
    case 'ctx':
    case 'socket':
    case 'sockCommon':
    case 'btfIdSockCommon':
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
function checkString(env: Env, regno: number): void {
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
