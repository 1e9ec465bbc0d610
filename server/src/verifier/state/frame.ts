/** One call frame of a path: registers and stack. */
import type { RegisterState } from './register.ts';
import { NOT_INIT, pointer } from './register.ts';
import type { StackSlot } from './stack.ts';
import { EMPTY_SLOT } from './stack.ts';

/** What is known in one call frame. `stack[i]` holds the bytes fp-8(i+1) .. fp-8i-1. */
export interface FrameState {
  readonly regs: readonly RegisterState[];
  readonly stack: readonly StackSlot[];
  /** Pc of the call that made this frame; -1 for the outermost. */
  readonly callsite: number;
  /** Depth: 0 is the outermost. */
  readonly frameno: number;
  /** Index of the running subprogram in the order of their first instructions. */
  readonly subprog: number;
  readonly callback: CallbackFacts;
}

/** What makes a frame one of a callback. Immutable; null range: what it returns is not looked at. */
export interface CallbackFacts {
  /** Runs within the helper that takes it, later on its own (a timer), or for an exception. */
  readonly sort: 'none' | 'sync' | 'async' | 'exception';
  readonly range: { readonly min: number; readonly max: number } | null;
  /** How often the walk has entered it from this call. */
  readonly depth: number;
  /** Tells runs of asynchronous callbacks apart. */
  readonly asyncEntries: number;
}

export const NO_CALLBACK: CallbackFacts = { sort: 'none', range: null, depth: 0, asyncEntries: 0 };

/** A frame while the walk works on it. It changes by `setRegister` and `setSlot` only: copies share what they can. */
export interface Frame extends FrameState {
  regs: readonly RegisterState[];
  stack: readonly StackSlot[];
  /** These are another frame's, too: they are copied before they change. */
  sharesRegs: boolean;
  sharesStack: boolean;
  callback: CallbackFacts;
}

/** Mirrors `init_func_state`, v6.18. */
export function newFrame(callsite: number, frameno: number, subprog: number): Frame {
  const regs: RegisterState[] = Array.from({ length: 11 }, () => NOT_INIT);
  regs[10] = pointer('stack', { frameno });
  return { regs, stack: [], sharesRegs: false, sharesStack: false, callsite, frameno, subprog, callback: NO_CALLBACK };
}

/** Both go on with the same registers and stack until one of them changes its own. */
export function copyFrame(frame: Frame): Frame {
  frame.sharesRegs = true;
  frame.sharesStack = true;
  const { regs, stack, callsite, frameno, subprog, callback } = frame;
  return { regs, stack, sharesRegs: true, sharesStack: true, callsite, frameno, subprog, callback };
}

export function setRegister(frame: Frame, regno: number, reg: RegisterState): void {
  if (frame.sharesRegs) {
    frame.regs = frame.regs.slice();
    frame.sharesRegs = false;
  }
  (frame.regs as RegisterState[])[regno] = reg;
}

export function setSlot(frame: Frame, spi: number, slot: StackSlot): void {
  ownStack(frame)[spi] = slot;
}

/** Makes room for that many slots. */
export function growStack(frame: Frame, count: number): void {
  if (frame.stack.length >= count) return;
  const stack = ownStack(frame);
  while (stack.length < count) stack.push(EMPTY_SLOT);
}

function ownStack(frame: Frame): StackSlot[] {
  if (frame.sharesStack) {
    frame.stack = frame.stack.slice();
    frame.sharesStack = false;
  }
  return frame.stack as StackSlot[];
}

export function regAt(frame: FrameState, regno: number): RegisterState {
  return frame.regs[regno] ?? NOT_INIT;
}

export function slotAt(frame: FrameState, spi: number): StackSlot {
  return frame.stack[spi] ?? EMPTY_SLOT;
}
