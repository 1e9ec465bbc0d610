import type { Core } from './core.ts';
import type { Machine } from './createMachine.ts';
import { LAYOUT } from './machine.ts';

/** may_goto gives up after this many rounds of one frame: BPF_MAX_LOOPS of include/linux/bpf.h. */
export const MAY_GOTO_ROUNDS = 8 * 1024 * 1024;

/** r1-r5 lose their values in every call. */
export const CALLER_SAVED = 0b111110;

/**
 * How many frames may nest. The kernel counts those of each program that a function tail-calls anew; here they count
 * together once there was a tail call, against what the memory holds.
 */
export function frameLimit({ tailCalls }: Machine): number {
  return tailCalls === 0 ? LAYOUT.callFrames : LAYOUT.maxFrames;
}

/** Calls the function at `target`; the caller waits at `pc`. */
export function enter(core: Core, target: number, pc: number, callback: boolean): boolean {
  const { machine, loaded } = core;
  const depth = core.callers.length + 1;
  const most = frameLimit(machine);
  if (depth >= most) return core.end('callDepth', `calls nest deeper than ${most} frames`);
  core.callers.push({
    program: core.current,
    pc,
    initialized: core.initialized,
    low: loaded.low.slice(6, 10),
    high: loaded.high.slice(6, 10),
    rounds: core.rounds,
    isCallback: core.isCallback,
    callback: callback ? machine.callback : null,
  });
  machine.regions.depth = depth + 1;
  core.isCallback = callback;
  core.rounds = MAY_GOTO_ROUNDS;
  loaded.low[10] = LAYOUT.stack + depth * LAYOUT.frameStride + LAYOUT.frameBytes;
  clearFrame(core, loaded.low[10]);
  core.initialized = (core.initialized & CALLER_SAVED) | (1 << 10);
  core.pc = target;
  return false;
}

/** Nothing on the stack of a frame that begins counts as written. */
export function clearFrame(core: Core, framePointer: number): void {
  const end = framePointer - LAYOUT.stack;
  core.machine.memory.stackWritten.fill(0, end - LAYOUT.frameBytes, end);
}

/** The slot a function's address stands for; null when it stands for none. */
export function functionAt(core: Core, address: bigint): number | null {
  const offset = Number(address) - LAYOUT.code;
  const { length } = core.loaded.lowered.program.insns;
  return offset >= 0 && offset % 8 === 0 && offset / 8 < length ? offset / 8 : null;
}
