/** One path's state: its call frames and where it came from. Mirrors `struct bpf_verifier_state`, v6.18. */
import type { Frame } from './state/frame.ts';
import { copyFrame, newFrame } from './state/frame.ts';
import type { RegisterState } from './state/register.ts';
import { isSpilled } from './state/stack.ts';

/** An acquired object that must be released. */
export interface Reference {
  readonly id: number;
  /** Pc of the call that acquired it. */
  readonly pc: number;
}

/** A register or stack slot whose value is tied to others by an id. */
export interface LinkedPlace {
  readonly frameno: number;
  readonly isReg: boolean;
  /** Register number or slot index. */
  readonly index: number;
}

/** What walking back needs of an executed instruction. Mirrors `struct bpf_jmp_history_entry`. */
export interface HistoryEntry {
  readonly pc: number;
  readonly prevPc: number;
  /** Frame and slot of a stack access; -1 for none. */
  stackFrame: number;
  stackSlot: number;
  dstIsStack: boolean;
  srcIsStack: boolean;
  linked: readonly LinkedPlace[];
}

export interface WalkState {
  frames: Frame[];
  refs: readonly Reference[];
  /** Paths that still depend on this state. */
  branches: number;
  /** Pc this state stands at. */
  pc: number;
  /** First pc of the stretch `history` covers, and the pc executed before `pc`. */
  firstPc: number;
  lastPc: number;
  parent: StoredState | null;
  history: HistoryEntry[];
  mayGotoDepth: number;
  /** Stored states on the way here. */
  depth: number;
}

/** A state kept for pruning. Mirrors `struct bpf_verifier_state_list`. */
export interface StoredState extends WalkState {
  misses: number;
  hits: number;
  evicted: boolean;
  cleaned: boolean;
}

export function initialState(pc: number, subprog: number): WalkState {
  return {
    frames: [newFrame(-1, 0, subprog)],
    refs: [],
    branches: 1,
    pc,
    firstPc: pc,
    lastPc: -1,
    parent: null,
    history: [],
    mayGotoDepth: 0,
    depth: 0,
  };
}

export function copyState(state: WalkState): WalkState {
  return {
    frames: state.frames.map(copyFrame),
    refs: state.refs,
    branches: state.branches,
    pc: state.pc,
    firstPc: state.firstPc,
    lastPc: state.lastPc,
    parent: state.parent,
    history: state.history.map((entry) => ({ ...entry })),
    mayGotoDepth: state.mayGotoDepth,
    depth: state.depth,
  };
}

export function storedCopy(state: WalkState): StoredState {
  return { ...copyState(state), misses: 0, hits: 0, evicted: false, cleaned: false };
}

export function currentFrame(state: WalkState): Frame {
  const frame = state.frames[state.frames.length - 1];
  if (frame === undefined) throw new RangeError('a state without frames');
  return frame;
}

/** Pc a frame stands at: the call's for outer frames. Mirrors `frame_insn_idx`, v6.18. */
export function framePc(state: WalkState, frameno: number): number {
  return state.frames[frameno + 1]?.callsite ?? state.pc;
}

/** Mirrors `bpf_for_each_reg_in_vstate`: replaces registers and spilled registers for which `to` gives a new one. */
export function replaceRegisters(state: WalkState, to: (reg: RegisterState) => RegisterState): void {
  for (const { regs, stack } of state.frames) {
    for (let i = 0; i < regs.length; i++) {
      const reg = regs[i];
      if (reg === undefined) continue;
      const changed = to(reg);
      if (changed !== reg) regs[i] = changed;
    }
    for (let i = 0; i < stack.length; i++) {
      const slot = stack[i];
      if (slot === undefined || !isSpilled(slot)) continue;
      const changed = to(slot.reg);
      if (changed !== slot.reg) stack[i] = { types: slot.types, reg: changed };
    }
  }
}
