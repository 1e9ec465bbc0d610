import type { Core } from './core.ts';
import { clearFrame, MAY_GOTO_ROUNDS } from './frames.ts';
import { LAYOUT } from './machine.ts';

/**
 * Leaves all frames of the running program for the lowest of them: that of its entry, or the one a tail call took over.
 * r0 and r1 become the cookie of bpf_throw. Mirrors `bpf_throw` of kernel/bpf/helpers.c, v6.18.
 */
export function unwind(core: Core): void {
  while (core.callers.length > core.callersElsewhere && core.callers.at(-1)?.program === core.current)
    core.isCallback = core.callers.pop()?.isCallback ?? false;
  const { low, high } = core.loaded;
  const { i32 } = core.machine.memory;
  const cookie = LAYOUT.helperFrame >> 2;
  low[0] = low[1] = i32[cookie]!;
  high[0] = high[1] = i32[cookie + 1]!;
  core.machine.callback = null;
  core.initialized |= 1;
}

/** The function that handles exceptions takes over the frame; what it returns, the program returns. */
export function enterExceptionCallback(core: Core, target: number): void {
  const { low, high } = core.loaded;
  const depth = core.callers.length;
  low[10] = LAYOUT.stack + depth * LAYOUT.frameStride + LAYOUT.frameBytes;
  high[10] = 0;
  core.machine.regions.depth = depth + 1;
  core.rounds = MAY_GOTO_ROUNDS;
  core.initialized = (1 << 1) | (1 << 10);
  clearFrame(core, low[10]);
  core.pc = target;
}
