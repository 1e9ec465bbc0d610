/** All that one verification works with. Mirrors `struct bpf_verifier_env` of include/linux/bpf_verifier.h, v6.18. */
import type { Abilities } from '../kernel/releases.ts';
import type { MapSpec, Program } from '../program/program.ts';
import type { Fastcalls } from './fastcall.ts';
import type { AttachTarget } from './attachTarget.ts';
import type { KnownHelper } from './callFacts.ts';
import type { Argument } from './globalFunctions.ts';
import type { StackLiveness } from './liveness.ts';
import type { Log, LogPlace } from './log.ts';
import type { Loops } from './loops.ts';
import type { IdMap } from './prune.ts';
import type { Rights } from './rights.ts';
import type { Masking } from './speculation.ts';
import type { RegisterKind, RegisterState } from './state/register.ts';
import type { AbstractState, VerifyOptions } from './verification.ts';
import type { Memo } from './memo.ts';
import type { MemoryAccess } from './memoryAccess.ts';
import type { Bounds } from './state/bounds.ts';
import type { RefinedBranch } from './state/branchBounds.ts';
import type { Frame } from './state/frame.ts';
import type { PointerMove } from './transferPointer.ts';
import type { Wanted } from './wanted.ts';
import { currentFrame } from './walkState.ts';
import type { HistoryEntry, StoredState, WalkState } from './walkState.ts';

/** A subprogram as the calls delimit it. Mirrors `struct bpf_subprog_info`. */
export interface SubprogInfo {
  readonly start: number;
  end: number;
  name: string;
  global: boolean;
  /** BTF id of its type; 0 for none. */
  typeId: number;
  hasTailCall: boolean;
  /** Seen as a callback; as one that runs on its own, later; as what bpf_throw enters. */
  isCallback: boolean;
  isAsyncCallback: boolean;
  isExceptionCallback: boolean;
  hasPacketInsn: boolean;
  stackDepth: number;
  /** It or what it calls may move the packet. */
  changesPacket: boolean;
  /** It or what it calls may sleep. */
  maySleep: boolean;
  /** Global functions: called by what was verified, verified themselves, and what they take. */
  called: boolean;
  verified: boolean;
  args: readonly Argument[] | null;
  /** Extent of its instructions in `Cfg.postorder`. */
  postorderStart: number;
  postorderEnd: number;
}

/** Facts about each instruction, by pc. Mirrors `struct bpf_insn_aux_data`. */
export interface InsnFacts {
  readonly prunePoint: Uint8Array;
  readonly jumpPoint: Uint8Array;
  readonly forceCheckpoint: Uint8Array;
  /** Calls that step an iterator. */
  readonly stepsIterator: Uint8Array;
  /** The call runs functions of the program before it returns. */
  readonly callsCallback: Uint8Array;
  /** Calls of bpf_loop: 0 until seen, then the callback's number + 1, or -1 when the call stays a call. */
  readonly loopCallback: Int32Array;
  readonly liveRegs: Uint16Array;
  /** Strongly connected component (loop) of the instruction; 0 is none. */
  readonly scc: Int32Array;
  /** A barrier lies before the instruction, or behind it: no wrong guess gets past. */
  readonly barrier: Uint8Array;
  readonly barrierBehind: Uint8Array;
  /** How additions to pointers are masked, by pc. */
  readonly masking: Map<number, Masking>;
  /** The map each tail call looks into, by pc; null where paths differ. */
  readonly tailCallMaps: Map<number, MapSpec | null>;
  /** Kind of pointer a load or store was first seen with. */
  readonly pointerKind: (RegisterKind | null)[];
}

/** A path that waits to be walked. Mirrors `struct bpf_verifier_stack_elem`. */
export interface PendingPath {
  readonly state: WalkState;
  readonly pc: number;
  readonly prevPc: number;
  readonly logPlace: LogPlace;
}

export interface Env {
  readonly program: Program;
  readonly options: VerifyOptions;
  readonly rights: Rights;
  /** What the verifier of the kernel in question is able to. */
  readonly can: Abilities;
  readonly strictAlignment: boolean;
  readonly testStateFreq: boolean;
  /** The arena the program refers to. */
  readonly arena: MapSpec | null;
  /** What the program is attached to; null for types that have no target of that kind. */
  target: AttachTarget | null;
  subprogs: SubprogInfo[];
  /** The function being verified: 0, or a global one. */
  current: number;
  facts: InsnFacts;
  successors: readonly (readonly number[])[];
  /** Instructions of each subprogram, successors first. */
  postorder: Int32Array;
  /** Stores and loads around calls that the kernel drops; null where there are none. */
  fastcalls: Fastcalls | null;
  liveness: StackLiveness;
  loops: Loops;
  log: Log;

  state: WalkState;
  pc: number;
  prevPc: number;
  pending: PendingPath[];
  idGen: number;
  /** The next instruction is told with the whole state: a path was taken up. */
  printsState: boolean;
  /** The trail has an entry of the instruction under check: its last one. */
  hasTrail: boolean;

  /** Buckets; made when first used. Dense from the start: growing it here and there would make it a slow table. */
  explored: (StoredState[] | undefined)[];
  evictedStates: number;
  exploredStates: number;
  backedges: number;
  totalStates: number;
  peakStates: number;
  maxStatesPerInsn: number;
  processed: number;
  jumps: number;
  prevProcessed: number;
  prevJumps: number;

  /** Some path reads structures of the kernel itself, which only a kernel has. */
  readsKernel: boolean;
  /** Masks depend on ranges: only states that are quite the same prune each other. Mirrors `explore_alu_limits`. */
  comparesExactly: boolean;

  /** For walks back, and for comparisons of states, one after the other; null before the first. */
  wanted: Wanted | null;
  ids: IdMap | null;

  /** Results of arithmetic and moves, of comparisons, and the constants in instructions. */
  readonly aluMemo: Memo<Bounds>;
  readonly jumpMemo: Memo<RefinedBranch>;
  /** Additions to pointers, by pc. */
  readonly moves: (PointerMove | undefined)[];
  /** Helpers that the program may call, as far as it did. */
  readonly helpers: (KnownHelper | undefined)[];
  readonly constants: (RegisterState | null)[];
  /** Loads and stores, as they are checked, and the trail entries made last, by pc. */
  readonly accesses: (MemoryAccess | undefined)[];
  readonly trails: (HistoryEntry | undefined)[];

  readonly samples: (AbstractState[] | undefined)[];
  readonly visits: Uint32Array;
}

export function frameOf(env: Env): Frame {
  return currentFrame(env.state);
}

/** The frame a stack pointer points into. Mirrors `func` of kernel/bpf/verifier.c, v6.18. */
export function frameOfPointer(env: Env, reg: RegisterState): Frame {
  return env.state.frames[reg.frameno] ?? frameOf(env);
}

/** Mirrors `update_peak_states`, v6.18. */
export function updatePeakStates(env: Env): void {
  env.peakStates = Math.max(env.peakStates, env.exploredStates + env.evictedStates + env.backedges);
}

/** Index of the subprogram that holds `pc`. Mirrors `bpf_find_containing_subprog`, v6.18. */
export function subprogIndex(env: Pick<Env, 'subprogs'>, pc: number): number {
  for (let i = env.subprogs.length - 1; i > 0; i--) if ((env.subprogs[i]?.start ?? 0) <= pc) return i;
  return 0;
}

export function subprogOf(env: Pick<Env, 'subprogs'>, pc: number): SubprogInfo {
  const found = env.subprogs[subprogIndex(env, pc)];
  if (found === undefined) throw new RangeError('no subprogram');
  return found;
}

export function nextId(env: Env): number {
  return ++env.idGen;
}
