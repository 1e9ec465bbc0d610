import type { Diagnostic } from '../base/diagnostic.ts';
import type { Span } from '../base/source.ts';
import type { Btf } from '../btf/btf.ts';
import type { CoreRelocation } from '../btf/ext.ts';
import type { ClassicInsn } from '../isa/classic.ts';
import type { Insn } from '../isa/insn.ts';
import type { MapType } from '../kernel/mapTypes.ts';
import type { AttachType, ProgramType } from '../kernel/programTypes.ts';

/** A map as its declaration asks for it. Sizes in bytes. */
export interface MapSpec {
  readonly name: string;
  readonly type: MapType;
  readonly keySize: number;
  readonly valueSize: number;
  readonly maxEntries: number;
  /** BPF_F_* of include/uapi/linux/bpf.h. */
  readonly flags: number;
  /** map_extra: hash functions of a Bloom filter, address of an arena; absent for 0. */
  readonly extra?: number;
  /** BTF type ids in the object's BTF; 0 when there are none. */
  readonly keyTypeId: number;
  readonly valueTypeId: number;
  /** Contents of the only value of .rodata, .data and .bss maps; null for ordinary maps. */
  readonly initial: Uint8Array | null;
  /** Frozen after load: the verifier reads it as constants (.rodata). */
  readonly frozen: boolean;
  /** The template of the inner map, for array_of_maps and hash_of_maps. */
  readonly inner: MapSpec | null;
  /** What prog_array and map-in-map slots hold at load: by slot, the name of a program or map of the same object. */
  readonly slots: readonly { readonly index: number; readonly name: string }[];
  /** Where it is declared in the source text; null for objects. */
  readonly span: Span | null;
}

/**
 * Where an instruction comes from. One shape for assembly, C and `.BTF.ext`. Sorted by pc; an entry holds until the
 * next one begins. Lines and columns are one-based; column 0 is unknown.
 */
export interface LineInfo {
  readonly pc: number;
  readonly path: string;
  readonly line: number;
  readonly column: number;
  /** The statement's extent in the file's text, when the front end knows it (assembly, our C). */
  readonly span: Span | null;
  /** The line's text as the object carries it; null when it carries none. */
  readonly text: string | null;
}

/** A function of a program. subprogs[0] is the entry and begins at pc 0. */
export interface Subprog {
  readonly name: string;
  /** First slot. */
  readonly start: number;
  /** One past the last slot. */
  readonly end: number;
  /** Verified on its own, with unknown arguments, as the kernel does with BTF_FUNC_GLOBAL functions. */
  readonly global: boolean;
  /** BTF id of its FUNC; 0 when there is none. */
  readonly typeId: number;
}

/**
 * What only a running kernel can settle before the program's instructions are final (CO-RE, kernel symbols). Until then
 * any verdict or run of the program would be a guess, so it is `unsupported`.
 */
export interface Need {
  readonly pc: number;
  /** `core-relocation`, `kernel-symbol`, `kernel-config`, `big-endian`. */
  readonly code: string;
  /** In plain words: "the byte offset of a field, task_struct.pid". */
  readonly what: string;
  /** What a run may take for granted instead: "struct trace_entry is laid out as the program declares it". */
  readonly assumed?: string;
}

/** An instruction that a loader adapts to the kernel (CO-RE). */
export interface CorePlace {
  readonly pc: number;
  /** One of the object's. */
  readonly relocation: CoreRelocation;
}

/** A stretch of a function's code, [from, to) in slots from the function's first one. */
export interface PcRange {
  readonly from: number;
  readonly to: number;
}

/** A local variable of a function, or of what was inlined there. */
export interface LocalVariable {
  readonly name: string;
  /** In the types of `Locals`. */
  readonly typeId: number;
  readonly parameter: boolean;
  /** 0 for the function whose code it is, 1 for one that was inlined there, 2 for one that was inlined in that. */
  readonly depth: number;
  /** Where its block is alive. */
  readonly scope: readonly PcRange[];
  /** Blocks of its function around it: of two variables of one name, the one with more around it is meant. */
  readonly blocks: number;
  /** Where it is declared; one-based, 0 when unknown. */
  readonly path: string;
  readonly line: number;
  /** Where it lives, piece by piece; nowhere where it is optimised out. */
  readonly places: readonly VariablePlace[];
}

/** Where a variable, or a piece of it, lives while pc is in [from, to). */
export interface VariablePlace extends PcRange {
  /** Bytes of the variable that this piece holds. */
  readonly off: number;
  readonly size: number;
  readonly where: ValuePlace;
}

export type ValuePlace =
  | { readonly kind: 'register'; readonly reg: number }
  /** Offsets on the stack count from r10. */
  | { readonly kind: 'stack'; readonly off: number }
  /** In the value of one of the object's maps: a variable that is static. */
  | { readonly kind: 'global'; readonly map: number; readonly off: number }
  | { readonly kind: 'constant'; readonly value: bigint }
  | { readonly kind: 'bytes'; readonly bytes: Uint8Array }
  /** Steps on a stack of numbers end with the value, or with its address in memory. */
  | { readonly kind: 'computed'; readonly steps: readonly ValueStep[]; readonly memory: boolean };

/** Numbers have 64 bits and a sign. `pick` 0 is the number on top. */
export type ValueStep =
  | { readonly op: 'number'; readonly value: bigint }
  | { readonly op: 'register'; readonly reg: number; readonly add: bigint }
  | { readonly op: 'load'; readonly size: number }
  | { readonly op: 'pick'; readonly index: number }
  | { readonly op: 'convert'; readonly bits: number; readonly signed: boolean }
  | { readonly op: 'drop' | 'swap' | 'rot' }
  | { readonly op: 'abs' | 'neg' | 'not' }
  | { readonly op: BinaryStep };

export type BinaryStep =
  'and' | 'div' | 'minus' | 'mod' | 'mul' | 'or' | 'plus' | 'shl' | 'shr' | 'shra' | 'xor' | 'eq' | 'ge' | 'gt' | 'le' | 'lt' | 'ne'; // prettier-ignore

/** A piece of code that came of an inlined call, and where the call is written. */
export interface InlinedFunction extends PcRange {
  readonly name: string;
  /** 1 for a call in the function whose code it is, 2 for a call in what was inlined there. */
  readonly depth: number;
  readonly path: string;
  /** One-based, 0 when unknown. */
  readonly line: number;
  readonly column: number;
}

/** The local variables of a program, with their types, and the calls that were inlined. */
export interface Locals {
  readonly btf: Btf;
  /** By number of the subprogram; null where nothing is known. */
  readonly functions: readonly (FunctionLocals | null)[];
}

/** Places count from the function's first slot. */
export interface FunctionLocals {
  readonly variables: readonly LocalVariable[];
  readonly inlined: readonly InlinedFunction[];
}

/** The classic BPF that a program was converted from. */
export interface ClassicForm {
  readonly insns: readonly ClassicInsn[];
  /** By classic instruction: the slot where its eBPF begins; -1 for one that is never reached, which has none. */
  readonly starts: readonly number[];
}

/** One loadable program. */
export interface Program {
  readonly name: string;
  readonly type: ProgramType;
  /** Expected attach type, where the section or user names one. */
  readonly attachType: AttachType | null;
  /**
   * What it is attached to, as the kernel's BTF calls it: `tcp_v4_connect`, `btf_trace_sched_switch`,
   * `bpf_lsm_file_open`, `bpf_iter_task`, `tcp_congestion_ops.init` (the member by name or number). Empty when the loader
   * gives none; absent or null when it is not known, or for types that have none.
   */
  readonly attachTarget?: string | null;
  /** As written: `xdp`, `tracepoint/syscalls/sys_enter_openat`. */
  readonly section: string;
  /** By slot: insns[pc]. The second slot of a wide instruction holds a `wideSlot`. */
  readonly insns: readonly Insn[];
  readonly subprogs: readonly Subprog[];
  /** All maps of the object; `loadMap` instructions index it. */
  readonly maps: readonly MapSpec[];
  readonly lines: readonly LineInfo[];
  /** Labels of assembly text by pc, for printing and breakpoints; empty for objects. */
  readonly labels: ReadonlyMap<number, string>;
  readonly license: string;
  readonly btf: Btf | null;
  /** Loaded with BPF_F_SLEEPABLE. */
  readonly sleepable: boolean;
  /** BPF_F_* program flags asked for by the source (BPF_F_XDP_HAS_FRAGS, BPF_F_STRICT_ALIGNMENT, …). */
  readonly flags: number;
  /** Names of the kernel functions it calls, by the immediate of the call (a BTF id); absent where it calls none. */
  readonly kfuncs?: ReadonlyMap<number, string> | undefined;
  /** Slot of the function that bpf_throw enters; absent or null where its cookie simply becomes the return value. */
  readonly exceptionCallback?: number | null;
  /** Absent or empty for a program that is complete. */
  readonly needs?: readonly Need[];
  /** Instructions as the compiler left them, which a kernel's types may still change; absent where there are none. */
  readonly core?: readonly CorePlace[];
  /** Instructions that the kernel's types have no answer for, so that they must never run, with the reasons by pc. */
  readonly missing?: ReadonlyMap<number, string>;
  /** Where compilers put local variables; absent where nobody tells. */
  readonly locals?: Locals;
  /** Absent for a program that was eBPF from the start. */
  readonly classic?: ClassicForm;
}

/** What one file holds (libbpf's bpf_object). Inert: nothing in it changes after a front end has made it. */
export interface BpfObject {
  readonly path: string;
  readonly programs: readonly Program[];
  readonly maps: readonly MapSpec[];
  readonly license: string;
  readonly btf: Btf | null;
  /** All that the object asks of a kernel's types, in the order in which loaders ask; absent where it asks nothing. */
  readonly coreRelocations?: readonly CoreRelocation[];
  /** What the front end had to say; programs with errors are left out or carry `invalid` instructions. */
  readonly diagnostics: readonly Diagnostic[];
}

/** The line-info entry that covers `pc`, or null. */
export function lineAt(program: Program, pc: number): LineInfo | null {
  const { lines } = program;
  let low = 0;
  let high = lines.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((lines[middle]?.pc ?? 0) <= pc) low = middle + 1;
    else high = middle;
  }
  return lines[low - 1] ?? null;
}

/** Index of the subprogram that holds `pc`; 0 when none does. */
export function subprogAt(program: Program, pc: number): number {
  for (let i = program.subprogs.length - 1; i > 0; i--) if ((program.subprogs[i]?.start ?? 0) <= pc) return i;
  return 0;
}

/** What is known of the variables of the function that holds `pc`, with its first slot; null where nothing is. */
export function localsAt(program: Program, pc: number): (FunctionLocals & { readonly start: number }) | null {
  const index = subprogAt(program, pc);
  const known = program.locals?.functions[index] ?? null;
  return known === null ? null : { ...known, start: program.subprogs[index]?.start ?? 0 };
}

/** The calls that were inlined around an instruction, from the outermost inwards. */
export function inlinedAround(program: Program, pc: number): InlinedFunction[] {
  const known = localsAt(program, pc);
  const at = pc - (known?.start ?? 0);
  const around = known?.inlined.filter(({ from, to }) => from <= at && at < to) ?? [];
  return around.toSorted((a, b) => a.depth - b.depth);
}

/** The pieces of the program's code that came of inlined calls; their pcs count from slot 0. */
export function inlinedIn({ subprogs, locals }: Program): InlinedFunction[] {
  return subprogs.flatMap(({ start }, index) =>
    (locals?.functions[index]?.inlined ?? []).map((one) => ({ ...one, from: start + one.from, to: start + one.to })),
  );
}
