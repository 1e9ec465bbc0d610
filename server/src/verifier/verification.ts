import type { Btf } from '../btf/btf.ts';
import type { Capability } from '../kernel/capabilities.ts';
import type { Certainty } from '../kernel/releases.ts';
import type { Program } from '../program/program.ts';
import type { FrameState } from './state/frame.ts';

declare const verified: unique symbol;

/** A program the verifier accepted. Only `verify` makes one. */
export type VerifiedProgram = Program & { readonly [verified]: true };

export interface VerifyOptions {
  /** "6.18": the kernel whose verdict is asked for. */
  readonly kernel: string;
  /** All capabilities (CAP_BPF, CAP_PERFMON, …), as root has them. */
  readonly privileged: boolean;
  /** What an unprivileged user has nevertheless. */
  readonly capabilities?: readonly Capability[];
  /** 0 none, 1 the path to the error, 2 every state, as the kernel's log_level. */
  readonly logLevel: 0 | 1 | 2;
  /** Processors the kernel may have (nr_cpu_ids): the limit of bpf_get_smp_processor_id. 8192 when not told. */
  readonly processors?: number;
  /** Numbers of helpers that the kernel was built or locked down without (bpf_probe_write_user, bpf_override_return). */
  readonly absentHelpers?: readonly number[];
  /** Types of that kernel; null or absent where nobody gave them. */
  readonly kernelBtf?: Btf | null;
}

/** One step of the path that leads to a finding, oldest first. */
export interface PathStep {
  readonly pc: number;
  /** In plain words: "here r2 became a packet pointer", "taken when r1 > 14". */
  readonly note: string;
}

/** Why a program is refused, or what it needs that we do not model. */
export interface Finding {
  /** Kebab-case noun with a section in docs/diagnostics.md. */
  readonly code: string;
  /** The kernel's text without register dump, e.g. "invalid access to packet, off=12 size=1, R1(id=0,off=12,r=0)". */
  readonly kernelMessage: string;
  /** All the kernel says of it, line by line; the first is `kernelMessage`. */
  readonly kernelLines: readonly string[];
  /** What is wrong in plain words, in the terms of the user's program. */
  readonly message: string;
  /** What to do about it; null when we do not know. */
  readonly suggestion: string | null;
  /** The instruction where the kernel stops; null for a finding about the program as a whole. */
  readonly pc: number | null;
  readonly path: readonly PathStep[];
}

/** What the verifier knows before an instruction on one path: call frames, outermost first. */
export interface AbstractState {
  readonly frames: readonly FrameState[];
}

export interface Verification {
  /** The kernel it is the verdict of, and how sure that is. */
  readonly kernel: string;
  readonly certainty: Certainty;
  readonly outcome: 'accepted' | 'rejected' | 'unsupported';
  /** Set when accepted, unless it reads structures of the kernel itself: outside of one its accesses need checks. */
  readonly program: VerifiedProgram | null;
  /** Set when rejected or unsupported. */
  readonly finding: Finding | null;
  /** The kernel's closing statistics: "processed N insns … total_states N peak_states N". */
  readonly processed: number;
  readonly totalStates: number;
  readonly peakStates: number;
  /** Stack depth in bytes of each subprogram, as the kernel prints it. */
  readonly stackBytes: readonly number[];
  /** By pc: up to a handful of states seen before the instruction, first seen first; empty where it was never reached. */
  readonly states: readonly (readonly AbstractState[])[];
  /** By pc: how often the walk processed the instruction. */
  readonly visits: Uint32Array;
  /** The kernel's log of the chosen level; "" at level 0. */
  readonly log: string;
}
