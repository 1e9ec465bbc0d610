/**
 * Functions of the program that helpers call. The walk enters them from the call as often as it takes until nothing
 * new is found. Mirrors `push_callback_call` and the functions that set the callee's state, v6.18.
 */
import type { LoadFuncInsn } from '../isa/insn.ts';
import { findByName } from '../btf/query.ts';
import type { MapType } from '../kernel/mapTypes.ts';
import type { CallFacts } from './callFacts.ts';
import { FIND_VMA, FOR_EACH_MAP_ELEM, LOOP, TIMER_SET_CALLBACK, USER_RINGBUF_DRAIN } from './callbackCalls.ts';
import { pushAsyncCallback, setMapCallback } from './asyncCallbacks.ts';
import { constDynptr } from './dynptrs.ts';
import type { Env } from './env.ts';
import { frameOf, subprogIndex } from './env.ts';
import { kernelTypes } from './kernelTypes.ts';
import { markAllChanged, say } from './log.ts';
import { pushPath } from './paths.ts';
import { markPrecise } from './precision.ts';
import { getReg, setReg, writeUnknown } from './registers.ts';
import { reject } from './rejection.ts';
import type { Frame, FrameState } from './state/frame.ts';
import { newFrame, NO_CALLBACK, regAt, setRegister } from './state/frame.ts';
import { isZeroScalar, pointer, UNKNOWN_SCALAR } from './state/register.ts';
import { hasFunctionTypes, isStaticFunction } from './subprograms.ts';
import { MAX_FRAMES } from './wanted.ts';

/** Gives the callee its arguments from the caller's registers. */
export type SetArguments = (caller: FrameState, callee: Frame) => void;

/** Mirrors the part of `check_ld_imm` for BPF_PSEUDO_FUNC. */
export function loadFunction(env: Env, insn: LoadFuncInsn): void {
  writeUnknown(env, insn.dst);
  const subprog = subprogIndex(env, env.pc + 1 + insn.off);
  if (!hasFunctionTypes(env.program)) reject('missing btf func_info');
  if (!isStaticFunction(env, subprog)) reject('callback function not static');
  setReg(env, insn.dst, pointer('func', { detail: { what: 'func', subprog } }));
}

/** What the helpers that take functions do with them; nothing for all others. */
export function callCallbacks(env: Env, helperId: number, facts: CallFacts): void {
  switch (helperId) {
    case FOR_EACH_MAP_ELEM:
      forEachElement(env, facts);
      return;
    case LOOP:
      loop(env, facts.subprog);
      return;
    case FIND_VMA:
      findVma(env, facts.subprog);
      return;
    case USER_RINGBUF_DRAIN:
      pushCallback(env, facts.subprog, (caller, callee) => {
        setRegister(callee, 1, constDynptr(env, 'local'));
        setRegister(callee, 2, regAt(caller, 3));
      });
      return;
    case TIMER_SET_CALLBACK: {
      const { map, mapUid } = getReg(env, 1);
      const callee = pushAsyncCallback(env, facts.subprog, false);
      setMapCallback(callee, map, mapUid, { min: 0, max: 0 });
      return;
    }
    default:
  }
}

/** Puts the callback's first round aside; the path at hand goes on as if it were never called again. */
export function pushCallback(env: Env, subprog: number, setArguments: SetArguments): void {
  noteCallback(env, subprog);
  const queued = pushPath(env, env.subprogs[subprog]?.start ?? 0, env.pc);
  const { frames } = queued;
  if (frames.length >= MAX_FRAMES) reject(`the call stack of ${frames.length + 1} frames is too deep`);
  const caller = frames[frames.length - 1];
  if (caller === undefined) return;
  markAllChanged(env.log);
  const callee = newFrame(env.pc, frames.length, subprog);
  callee.callback = { ...NO_CALLBACK, sort: 'sync', range: { min: 0, max: 1 } };
  setArguments(caller, callee);
  frames.push(callee);
  queued.callbackUnrollDepth++;
  caller.callback = { ...caller.callback, depth: caller.callback.depth + 1 };
  forgetRounds(frameOf(env));
}

function noteCallback(env: Env, subprog: number): void {
  const info = env.subprogs[subprog];
  if (info !== undefined) info.isCallback = true;
}

function forgetRounds(frame: Frame): void {
  if (frame.callback.depth !== 0) frame.callback = { ...frame.callback, depth: 0 };
}

const WITH_ELEMENTS: ReadonlySet<MapType> = new Set<MapType>([
  'array', 'percpu_array', 'hash', 'percpu_hash', 'lru_hash', 'lru_percpu_hash',
]); // prettier-ignore

function forEachElement(env: Env, { map, subprog }: CallFacts): void {
  pushCallback(env, subprog, (caller, callee) => {
    if (map === null || !WITH_ELEMENTS.has(map.type)) reject('callback function not allowed for map');
    const given = regAt(caller, 1);
    const element = { map: given.map, mapUid: given.mapUid };
    setRegister(callee, 1, given);
    setRegister(callee, 2, pointer('mapKey', element));
    setRegister(callee, 3, pointer('mapValue', element));
    setRegister(callee, 4, regAt(caller, 3));
  });
}

/** The callback gets the task, the area that holds the address, and the context. */
function findVma(env: Env, subprog: number): void {
  const btf = kernelTypes(env, 'bpf_find_vma');
  const btfId = findByName(btf, 'struct', 'vm_area_struct') ?? 0;
  pushCallback(env, subprog, (caller, callee) => {
    setRegister(callee, 1, regAt(caller, 1));
    setRegister(callee, 2, pointer('btfId', { btf, btfId }));
    setRegister(callee, 3, regAt(caller, 4));
  });
}

/** The number of rounds is known to matter, so that a loop of few of them ends by itself. */
function loop(env: Env, subprog: number): void {
  noteInlining(env, subprog);
  markPrecise(env, 1);
  const frame = frameOf(env);
  if (BigInt(frame.callback.depth) >= getReg(env, 1).bounds.umax) {
    forgetRounds(frame);
    if (env.log.level === 2) say(env.log, `frame${frame.frameno} bpf_loop iteration limit reached\n`);
    return;
  }
  pushCallback(env, subprog, (caller, callee) => {
    setRegister(callee, 1, UNKNOWN_SCALAR);
    setRegister(callee, 2, regAt(caller, 3));
  });
}

const NOT_INLINED = -1;

/**
 * A call with one callback and no flags is replaced by a loop later; for that the flags must be what they are here, so
 * they are precise. Mirrors `update_loop_inline_state`.
 */
function noteInlining(env: Env, subprog: number): void {
  const { loopCallback } = env.facts;
  const before = loopCallback[env.pc] ?? 0;
  if (before === NOT_INLINED) return;
  const fits = flagsAreZero(env) && (before === 0 || before === subprog + 1);
  loopCallback[env.pc] = fits ? subprog + 1 : NOT_INLINED;
}

function flagsAreZero(env: Env): boolean {
  const isZero = isZeroScalar(getReg(env, 4));
  if (isZero) markPrecise(env, 4);
  return isZero;
}
