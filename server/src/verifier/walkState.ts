/** One path's state: its call frames and where it came from. Mirrors `struct bpf_verifier_state`, v6.18. */
import type { Frame } from './state/frame.ts';
import { copyFrame, newFrame, setRegister, setSlot } from './state/frame.ts';
import type { RegisterState } from './state/register.ts';
import { isSpilled } from './state/stack.ts';
import type { LoopVisit } from './loops.ts';

/** An acquired object that must be released, or a lock or saved interrupt flags. Mirrors `struct bpf_reference_state`. */
export interface Reference {
  readonly kind: 'object' | 'irq' | 'lock' | 'resLock' | 'resLockIrq';
  readonly id: number;
  /** Pc of the call that acquired it. */
  readonly pc: number;
  /** What a lock lies in: a map or a BTF; null for objects. */
  readonly owner: object | null;
}

/** Locks and regions a path is in. Immutable, so that states share it. Mirrors the `active_*` of `bpf_verifier_state`. */
export interface Regions {
  readonly locks: number;
  readonly preemptOff: number;
  readonly rcu: number;
  /** Ids of the last interrupt flags saved and the last lock taken, and what that lock lies in. */
  readonly irqId: number;
  readonly lockId: number;
  readonly lockOwner: object | null;
  /** The path may sleep: a sleepable program's or an asynchronous callback's that may. */
  readonly sleepable: boolean;
  /** Only the processor's guess leads here: the path must be safe and ends quietly. */
  readonly speculative: boolean;
}

export const NO_REGIONS: Regions = {
  locks: 0, preemptOff: 0, rcu: 0, irqId: 0, lockId: 0, lockOwner: null, sleepable: false, speculative: false,
}; // prettier-ignore

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
  readonly stackFrame: number;
  readonly stackSlot: number;
  readonly dstIsStack: boolean;
  readonly srcIsStack: boolean;
  readonly linked: readonly LinkedPlace[];
}

export interface WalkState {
  frames: Frame[];
  refs: readonly Reference[];
  regions: Regions;
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
  /** How often a callback's call has been walked anew. */
  callbackUnrollDepth: number;
  /** Stored states on the way here. */
  depth: number;
}

/** A state kept for pruning. Mirrors `struct bpf_verifier_state_list`. */
export interface StoredState extends WalkState {
  misses: number;
  hits: number;
  evicted: boolean;
  cleaned: boolean;
  /** Where the last state that it did not cover differed (prune.ts); -1 where none did. */
  differsAt: number;
  /** The loop it lies in, along its calls; null outside of loops. */
  loop: LoopVisit | null;
}

const MAY_SLEEP: Regions = { ...NO_REGIONS, sleepable: true };

export function initialState(pc: number, subprog: number, sleepable: boolean): WalkState {
  return {
    frames: [newFrame(-1, 0, subprog)],
    refs: [],
    regions: sleepable ? MAY_SLEEP : NO_REGIONS,
    branches: 1,
    pc,
    firstPc: pc,
    lastPc: -1,
    parent: null,
    history: [],
    mayGotoDepth: 0,
    callbackUnrollDepth: 0,
    depth: 0,
  };
}

export function copyFrames(frames: readonly Frame[]): Frame[] {
  const copies = frames.slice();
  for (let i = 0; i < frames.length; i++) copies[i] = copyFrame(frames[i] as Frame);
  return copies;
}

export function copyState(state: WalkState): WalkState {
  return {
    frames: copyFrames(state.frames),
    refs: state.refs,
    regions: state.regions,
    branches: state.branches,
    pc: state.pc,
    firstPc: state.firstPc,
    lastPc: state.lastPc,
    parent: state.parent,
    history: state.history.slice(),
    mayGotoDepth: state.mayGotoDepth,
    callbackUnrollDepth: state.callbackUnrollDepth,
    depth: state.depth,
  };
}

export function storedCopy(state: WalkState): StoredState {
  return {
    frames: copyFrames(state.frames),
    refs: state.refs,
    regions: state.regions,
    branches: state.branches,
    pc: state.pc,
    firstPc: state.firstPc,
    lastPc: state.lastPc,
    parent: state.parent,
    history: state.history.slice(),
    mayGotoDepth: state.mayGotoDepth,
    callbackUnrollDepth: state.callbackUnrollDepth,
    depth: state.depth,
    misses: 0,
    hits: 0,
    evicted: false,
    cleaned: false,
    differsAt: -1,
    loop: null,
  };
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
  for (const frame of state.frames) {
    const { regs, stack } = frame;
    for (let i = 0; i < regs.length; i++) {
      const reg = regs[i];
      if (reg === undefined) continue;
      const changed = to(reg);
      if (changed !== reg) setRegister(frame, i, changed);
    }
    for (let i = 0; i < stack.length; i++) {
      const slot = stack[i];
      if (slot === undefined || !isSpilled(slot)) continue;
      const changed = to(slot.reg);
      if (changed !== slot.reg) setSlot(frame, i, { types: slot.types, reg: changed });
    }
  }
}
