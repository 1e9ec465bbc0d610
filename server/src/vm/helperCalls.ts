import type { Core } from './core.ts';
import { enterExceptionCallback, unwind } from './exceptions.ts';
import { CALLER_SAVED, MAY_GOTO_ROUNDS, clearFrame, enter, functionAt } from './frames.ts';
import { HELPER_STATUS, LAYOUT } from './machine.ts';

/** Hands r1-r5 to a helper. True when that ended the run. */
export function callHelper(core: Core, id: number): boolean {
  const { machine, pc } = core;
  if (core.onHelper !== null) core.onHelper(pc, id);
  const { i32 } = machine.memory;
  const { low, high } = core.loaded;
  for (let r = 1, word = LAYOUT.helperFrame >> 2; r <= 5; r++, word += 2) {
    i32[word] = low[r]!;
    i32[word + 1] = high[r]!;
  }
  machine.pc = pc;
  machine.runningProgram = core.loaded.lowered.program;
  return afterHelper(core, machine.callHelper(id));
}

/** Goes on as the helper's status says: with its result, in another program, or in a callback. */
function afterHelper(core: Core, status: number): boolean {
  const { machine, pc } = core;
  if (status === HELPER_STATUS.trap) return core.endWith(machine.fault);
  if (status === HELPER_STATUS.tailCall) return tailCall(core, machine.tailProgram);
  if (status === HELPER_STATUS.callback) return enterCallback(core);
  if (status === HELPER_STATUS.exception) return raise(core);
  const word = (LAYOUT.helperFrame + 40) >> 2;
  core.loaded.low[0] = machine.memory.i32[word]!;
  core.loaded.high[0] = machine.memory.i32[word + 1]!;
  core.initialized = (core.initialized & ~CALLER_SAVED) | 1;
  core.pc = pc + 1;
  return false;
}

/** Goes back to the caller, or to the helper that wanted the result of a callback. True when the program has ended. */
export function leave(core: Core): boolean {
  const caller = core.callers.pop();
  if (caller === undefined) {
    core.done = { kind: 'exit', r0: core.initialized & 1 ? core.value(0) : 0n, insns: core.insns };
    return true;
  }
  const { machine } = core;
  const wasCallback = core.isCallback;
  if (caller.program !== core.current) core.select(caller.program);
  const { low, high } = core.loaded;
  low.set(caller.low, 6);
  high.set(caller.high, 6);
  low[10] = LAYOUT.stack + core.callers.length * LAYOUT.frameStride + LAYOUT.frameBytes;
  high[10] = 0;
  machine.regions.depth = core.callers.length + 1;
  core.rounds = caller.rounds;
  core.isCallback = caller.isCallback;
  core.initialized = (caller.initialized & ~CALLER_SAVED) | 1;
  core.pc = caller.pc;
  if (!wasCallback) core.pc++;
  else {
    machine.callback = caller.callback;
    machine.pc = core.pc;
    return afterHelper(core, machine.resumeCallback(low[0]!, high[0]!));
  }
  return false;
}

function raise(core: Core): boolean {
  unwind(core);
  core.thrown = core.takenOver === core.current && core.callers.length === core.callersElsewhere;
  if (core.thrown) return true;
  const callback = core.loaded.lowered.program.exceptionCallback ?? null;
  if (callback === null) return leave(core);
  enterExceptionCallback(core, callback);
  return false;
}

function tailCall(core: Core, program: number): boolean {
  const framePointer = core.loaded.low[10]!;
  core.select(program);
  core.loaded.low[1] = LAYOUT.ctx;
  core.loaded.high[1] = 0;
  core.loaded.low[10] = framePointer;
  core.loaded.high[10] = 0;
  core.initialized = (1 << 1) | (1 << 10);
  core.rounds = MAY_GOTO_ROUNDS;
  clearFrame(core, framePointer);
  core.pc = 0;
  return false;
}

function enterCallback(core: Core): boolean {
  const { machine } = core;
  const pc = functionAt(core, BigInt(machine.callback?.target ?? 0));
  if (pc === null)
    return core.end('badPc', `the callback at ${machine.callback?.target ?? 0} is not a function of the program`);
  const { i32 } = machine.memory;
  if (enter(core, pc, core.pc, true)) return true;
  const { low, high } = core.loaded;
  for (let r = 1, word = LAYOUT.helperFrame >> 2; r <= 5; r++, word += 2) {
    low[r] = i32[word]!;
    high[r] = i32[word + 1]!;
  }
  const args = machine.callback?.args ?? 0;
  core.initialized = (1 << 10) | (((1 << args) - 1) << 1);
  return false;
}
