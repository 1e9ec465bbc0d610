/** What a helper call does to the state. Mirrors the second half of `check_helper_call`, v6.18. */
import type { MapSpec } from '../program/program.ts';
import { callCallbacks } from './callbacks.ts';
import { leaveSubprogram } from './calls.ts';
import { newCallFacts, type CallFacts, type KnownHelper } from './callFacts.ts';
import type { KnownDynptr } from './checkDynptr.ts';
import { dynptrOf, placeOfDynptr } from './checkDynptr.ts';
import { checkArguments, requireHelper } from './checkHelper.ts';
import { checkMemoryAccess } from './checkMemory.ts';
import { isPacketSlice, releaseDynptr } from './dynptrs.ts';
import type { Env } from './env.ts';
import { frameOf, nextId } from './env.ts';
import { checkCallRules, checkPlaceRules } from './helperRules.ts';
import { exchangedPointer, KPTR_XCHG, releaseExchanged } from './kptrExchange.ts';
import { markRegChanged } from './log.ts';
import { programMayWrite } from './maps.ts';
import { pushPath } from './paths.ts';
import { markPrecise } from './precision.ts';
import {
  acquireReference,
  checkNothingHeld,
  forgottenPointer,
  refuseUnacquired,
  releaseReference,
} from './references.ts';
import { clobberCallerSaved, getReg, setReg } from './registers.ts';
import { reject, unsupported } from './rejection.ts';
import { syncBounds, UNKNOWN_BOUNDS } from './state/bounds.ts';
import type { RegisterState } from './state/register.ts';
import {
  change,
  isAnyPacketPointer,
  isConstant,
  isZeroScalar,
  MAYBE_NULL,
  mayBeNull,
  NOT_INIT,
  pointer,
  RINGBUF,
  scalar,
  TRUSTED,
  typeText,
  UNKNOWN_SCALAR,
} from './state/register.ts';
import { checkMapFits, holdsSockets } from './socketMaps.ts';
import { hasLock } from './specialFields.ts';
import { returnedStruct, returnedVariable } from './typedReturn.ts';
import { replaceRegisters } from './walkState.ts';

const MAP_LOOKUP = 1;
const TAIL_CALL = 12;
const RINGBUF_RESERVE = 131;
/** Update, delete, push and pop change a map. */
const MAP_WRITERS: ReadonlySet<number> = new Set([2, 3, 87, 88]);
/** get_stack, get_task_stack, probe_read_str and its two successors: never more than the size given. */
const SIZE_RETURNING: ReadonlySet<number> = new Set([67, 141, 45, 114, 115]);
const DYNPTR_FROM_MEM = 197;
const DYNPTR_WRITE = 202;
const DYNPTR_DATA = 203;
const GET_SMP_PROCESSOR_ID = 8;
/** sk_lookup_tcp, sk_lookup_udp and skc_lookup_tcp. */
const SOCKET_LOOKUPS: ReadonlySet<number> = new Set([84, 85, 99]);
/** sk_fullsock and tcp_sock. */
const SOCKET_VIEWS: ReadonlySet<number> = new Set([95, 96]);

export function callHelper(env: Env, id: number): void {
  const helper = requireHelper(env, id);
  const facts = newCallFacts(helper.proto);
  checkArguments(env, helper, facts);
  checkMapUse(env, helper, facts);
  writeRawMemory(env, facts);
  release(env, helper, facts);
  useDynptr(env, helper, facts);
  if (id === TAIL_CALL) checkNothingHeld(env, 'tail_call');
  checkCallRules(env, id);
  callCallbacks(env, id, facts);
  clobberCallerSaved(env, frameOf(env));
  setReg(env, 0, returned(env, helper, facts));
  if (facts.map !== null) checkMapFits(env, facts.map, id);
  checkPlaceRules(env, id);
  finishCall(env, helper, facts);
}

/** Mirrors `record_func_map` and `record_func_key`. */
function checkMapUse(env: Env, helper: KnownHelper, facts: CallFacts): void {
  const { map } = facts;
  if (map !== null && MAP_WRITERS.has(helper.id) && !programMayWrite(map)) reject('write into map forbidden');
  if (helper.id !== TAIL_CALL) return;
  if (map === null || map.type !== 'prog_array') reject('expected prog array map for tail call');
  noteTailCallMap(env, map);
  const index = getReg(env, 3);
  if (index.kind === 'scalar' && isConstant(index) && index.bounds.varOff.value < BigInt(map.maxEntries))
    markPrecise(env, 3);
}

function noteTailCallMap(env: Env, map: MapSpec): void {
  const { tailCallMaps } = env.facts;
  tailCallMaps.set(env.pc, tailCallMaps.has(env.pc) && tailCallMaps.get(env.pc) !== map ? null : map);
}

/** The helper fills memory that need not be initialised before. */
function writeRawMemory(env: Env, facts: CallFacts): void {
  if (facts.rawSize === 0) return;
  const byte = {
    regno: facts.rawReg,
    off: 0,
    size: 1,
    write: true,
    valueReg: -1,
    imm: null,
    strict: false,
    signed: false,
  };
  for (; byte.off < facts.rawSize; byte.off++) checkMemoryAccess(env, byte);
}

function release(env: Env, helper: KnownHelper, facts: CallFacts): void {
  if (facts.releaseReg === 0) return;
  if (helper.proto.args[facts.releaseReg - 1]?.type === 'dynptr') {
    const { frame, spi } = placeOfDynptr(env, facts.releaseReg);
    releaseDynptr(env, frame, spi);
    return;
  }
  if (facts.refObjId !== 0) {
    const give = helper.id === KPTR_XCHG ? releaseExchanged : releaseReference;
    if (!give(env, facts.refObjId)) refuseUnacquired(helper.name, helper.id);
  } else if (!isZeroScalar(getReg(env, facts.releaseReg))) refuseUnacquired(helper.name, helper.id);
}

/** What the helpers that read and write through dynptrs need of them. */
function useDynptr(env: Env, { id, proto }: KnownHelper, facts: CallFacts): void {
  if (id === DYNPTR_FROM_MEM && (getReg(env, 1).kind !== 'mapValue' || mayBeNull(getReg(env, 1))))
    reject(`Unsupported reg type ${typeText(getReg(env, 1))} for bpf_dynptr_from_mem data`);
  if (id !== DYNPTR_DATA && id !== DYNPTR_WRITE) return;
  facts.dynptr = dynptrOf(env, proto.args.findIndex(({ type }) => type === 'dynptr') + 1);
  if (id === DYNPTR_DATA) facts.refObjId = facts.dynptr.refObjId;
}

/** What is known of r0 after the call. */
function returned(env: Env, helper: KnownHelper, facts: CallFacts): RegisterState {
  const { returns } = helper.proto;
  switch (returns) {
    case 'socketOrNull':
      return socket(env, helper.id, 'socket', facts);
    case 'sockCommonOrNull':
      return socket(env, helper.id, 'sockCommon', facts);
    case 'tcpSockOrNull':
      return socket(env, helper.id, 'tcpSock', facts);
    case 'btfId':
      return returnedStruct(env, helper, facts, 0);
    case 'btfIdOrNull':
      return exchangedPointer(env, facts) ?? returnedStruct(env, helper, facts, MAYBE_NULL);
    case 'btfIdTrusted':
      return returnedStruct(env, helper, facts, TRUSTED);
    case 'memOrBtfId':
    case 'memOrBtfIdOrNull':
      return returnedVariable(env, helper, facts, returns === 'memOrBtfIdOrNull');
    case 'integer':
      return returnedNumber(env, helper.id, facts);
    case 'void':
      return NOT_INIT;
    case 'mapValue':
      return withLockId(env, pointer('mapValue', { map: facts.map, mapUid: facts.mapUid }));
    case 'mapValueOrNull':
      return lookedUp(env, helper.id, facts);
    case 'ringbufMemOrNull': {
      const id = nextId(env);
      const flags = MAYBE_NULL | RINGBUF;
      const reserved = helper.id === RINGBUF_RESERVE ? acquireReference(env) : 0;
      return pointer('mem', { flags, memSize: facts.memSize, id: reserved === 0 ? id : reserved, refObjId: reserved });
    }
    case 'dynptrMemOrNull':
      return dynptrMemory(env, facts);
    default:
      return unsupported(`helper ${helper.name}`);
  }
}

function dynptrMemory(env: Env, { dynptr, memSize }: CallFacts): RegisterState {
  const { id = 0, refObjId = 0 } = dynptr ?? {};
  const detail = { what: 'slice', dynptrId: id, type: null } as const;
  return pointer('mem', { flags: MAYBE_NULL, memSize, id: nextId(env), refObjId, detail });
}

/** A socket that was looked up must be released; another view of one goes with it. */
function socket(env: Env, id: number, kind: 'socket' | 'sockCommon' | 'tcpSock', facts: CallFacts): RegisterState {
  const own = nextId(env);
  if (SOCKET_VIEWS.has(id)) return pointer(kind, { flags: MAYBE_NULL, id: own, refObjId: facts.refObjId });
  if (!SOCKET_LOOKUPS.has(id)) return pointer(kind, { flags: MAYBE_NULL, id: own });
  const reference = acquireReference(env);
  return pointer(kind, { flags: MAYBE_NULL, id: reference, refObjId: reference });
}

/** Values with a lock are told from each other. */
function withLockId(env: Env, reg: RegisterState): RegisterState {
  return hasLock(env, reg) ? change(reg, { id: nextId(env) }) : reg;
}

/** An array's existing element is never null: the kernel knows when the key is constant and in range. */
function lookedUp(env: Env, id: number, facts: CallFacts): RegisterState {
  const { map, mapUid } = facts;
  if (map === null) return unsupported('a lookup without a map');
  const isArray = map.type === 'array' || map.type === 'percpu_array';
  if (
    id === MAP_LOOKUP &&
    env.can.arrayElementsExist &&
    isArray &&
    facts.constantKey >= 0n &&
    facts.constantKey < BigInt(map.maxEntries)
  )
    return withLockId(env, pointer('mapValue', { map, mapUid }));
  const found = pointer('mapValue', { map, mapUid, flags: MAYBE_NULL, id: nextId(env) });
  if (id !== MAP_LOOKUP || !holdsSockets(map)) return found;
  const reference = acquireReference(env);
  return change(found, { id: reference, refObjId: reference });
}

/** Mirrors `do_refine_retval_range`. */
function returnedNumber(env: Env, id: number, facts: CallFacts): RegisterState {
  if (SIZE_RETURNING.has(id)) {
    const smax = BigInt.asIntN(64, facts.maxSize);
    const s32Max = Number(BigInt.asIntN(32, facts.maxSize));
    return scalar(syncBounds({ ...UNKNOWN_BOUNDS, smin: -4095n, s32Min: -4095, smax, s32Max }));
  }
  if (id === GET_SMP_PROCESSOR_ID && env.can.processorNumber) return processorNumber(env);
  return UNKNOWN_SCALAR;
}

/** What kernels are built for at most; the kernel at hand knows how many processors it has. */
const MAX_PROCESSORS = 8192;

function processorNumber(env: Env): RegisterState {
  const last = Math.max(1, env.options.processors ?? MAX_PROCESSORS) - 1;
  const range = { smin: 0n, smax: BigInt(last), umin: 0n, umax: BigInt(last) };
  const low = { s32Min: 0, s32Max: last, u32Min: 0, u32Max: last };
  return scalar(syncBounds({ ...UNKNOWN_BOUNDS, ...range, ...low }));
}

/** Only bpf_dynptr_write moves what its dynptr refers to. */
function movesPacket(id: number, dynptr: KnownDynptr | null): boolean {
  return id === DYNPTR_WRITE && (dynptr?.type === 'skb' || dynptr?.type === 'skbMeta');
}

function finishCall(env: Env, helper: KnownHelper, facts: CallFacts): void {
  if (helper.id !== TAIL_CALL) {
    if (helper.proto.changesPacket || movesPacket(helper.id, facts.dynptr)) forgetPackets(env);
    return;
  }
  if (env.state.frames.length > 1) tailCallInSubprogram(env);
}

/** Either the call fails and goes on, or another program runs and its end is the subprogram's. */
function tailCallInSubprogram(env: Env): void {
  markRegChanged(env.log, 0);
  pushPath(env, env.pc + 1, env.pc);
  forgetPackets(env);
  setReg(env, 0, UNKNOWN_SCALAR);
  leaveSubprogram(env);
  env.pc--;
  forgetPackets(env);
}

/** The packet may have moved: no pointer into it holds any more. Mirrors `clear_all_pkt_pointers`. */
export function forgetPackets(env: Env): void {
  const forgotten = forgottenPointer(env);
  replaceRegisters(env.state, (reg) => (isAnyPacketPointer(reg) || isPacketSlice(reg) ? forgotten : reg));
}

export function markNotNull(reg: RegisterState): RegisterState {
  const { map } = reg;
  if (reg.kind !== 'mapValue' || map === null) return change(reg, { flags: reg.flags & ~MAYBE_NULL });
  if (map.inner !== null) return change(reg, { kind: 'mapPtr', flags: 0, map: namelessInner(map, map.inner) });
  if (map.type === 'xskmap') return change(reg, { kind: 'xdpSock', flags: 0 });
  if (holdsSockets(map)) return change(reg, { kind: 'socket', flags: 0 });
  return change(reg, { flags: 0 });
}

/** What a lookup in a map of maps gives is known by its template alone, which has no name. One object per outer map. */
function namelessInner(outer: MapSpec, inner: MapSpec): MapSpec {
  const known = TEMPLATES.get(outer);
  if (known !== undefined) return known;
  const template = { ...inner, name: '' };
  TEMPLATES.set(outer, template);
  return template;
}

const TEMPLATES = new WeakMap<MapSpec, MapSpec>();
