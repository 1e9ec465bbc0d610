/**
 * The machine that both engines run on: one linear memory, maps, and the world that helpers see. Guest pointers are
 * offsets into the linear memory, so a 32-bit field such as `xdp_md.data` holds a whole pointer.
 */
import type { Program } from '../program/program.ts';

/** Byte offsets in the linear memory. Between regions lie unmapped gaps, so small overruns trap. */
export const LAYOUT = {
  /** Below this nothing is mapped: null and near-null pointers trap. */
  nullEnd: 0x1_0000,
  /** Arguments r1-r5 at +0..+39 and result r0 at +40 of a helper call, u64 each, written by the engine. */
  helperFrame: 0x1_0000,
  /** Call frames of 512 bytes, each followed by a gap of the same size; frame n's r10 is its end. */
  stack: 0x2_0000,
  frameBytes: 512,
  frameStride: 1024,
  /** Frames of functions that call each other, as the kernel's verifier allows (MAX_CALL_FRAMES). */
  callFrames: 8,
  /** Frames in all: a program that a function tail-calls may call as many functions again. */
  maxFrames: 64,
  /** The program's context, up to 4 KiB. */
  ctx: 0x3_0000,
  /** Kernel objects that helpers hand out (sockets, per-CPU data, ring-buffer records being built). */
  objects: 0x4_0000,
  /** What a `loadMap` by 'fd' puts into a register: handle + index * stride. A name for the map, not memory. */
  mapHandle: 0x8_0000,
  mapHandleStride: 64,
  /** Packet buffer: head room, data, tail room. */
  packet: 0x10_0000,
  packetBytes: 0x8_0000,
  /** Keys and values on their way between people and maps, arguments of callbacks; not open to programs. */
  scratch: 0x18_0000,
  scratchBytes: 0x8_0000,
  /** Maps' storage begins here and grows. */
  maps: 0x20_0000,
  /** Address of the function at pc is code + 8 * pc (`loadFunc`, `callx`); never mapped as memory. */
  code: 0x7000_0000,
} as const;

/** What `Machine.callHelper` answers; both engines and WebAssembly see it as an i32. */
export const HELPER_STATUS = {
  /** The result lies at LAYOUT.helperFrame + 40. */
  done: 0,
  /** `machine.fault` says what is wrong. */
  trap: 1,
  /** Continue at the entry of `machine.programs[machine.tailProgram]`, in the same frame, with r1 = the context. */
  tailCall: 2,
  /** Call `machine.callback.target` with r1-r5 from the helper frame, then pass r0 to `machine.resumeCallback`. */
  callback: 3,
  /** bpf_throw: leave all frames of the running program, then enter its exception callback with r1. */
  exception: 4,
} as const;

/** A value of HELPER_STATUS. */
export type HelperStatus = 0 | 1 | 2 | 3 | 4;

export type RegionKind = 'stack' | 'ctx' | 'packet' | 'packetMeta' | 'mapValue' | 'ringbuf' | 'rodata' | 'object';

/** A mapped range. Accesses must lie wholly inside one. */
export interface Region {
  readonly kind: RegionKind;
  /** For people: "packet", "value of map counts", "stack frame 0". */
  readonly name: string;
  readonly start: number;
  readonly end: number;
  readonly writable: boolean;
}

export type TrapKind =
  | 'memory' | 'uninitialized' | 'readOnly' | 'invalidInsn' | 'unknownHelper' | 'unsupported' | 'callDepth'
  | 'budget' | 'stopped' | 'badPc' | 'helper'; // prettier-ignore

/** A fault while running: a value, never an exception. */
export interface Trap {
  readonly kind: TrapKind;
  /** Slot of the faulting instruction; null when the JIT cannot tell (re-run the event in the interpreter). */
  readonly pc: number | null;
  /** The program that was running (tail calls change it). */
  readonly program: string;
  /** In plain words: "reads 4 bytes at packet+60, but the packet ends at packet+60". */
  readonly message: string;
  /** Guest address, where the trap is about one. */
  readonly address: bigint | null;
}

export type Outcome =
  /** r0 as the program left it. `insns` executed, null when the engine does not count. */
  | { readonly kind: 'exit'; readonly r0: bigint; readonly insns: number | null }
  | { readonly kind: 'trap'; readonly trap: Trap; readonly insns: number | null };

/** What is wrong, as helpers and memory checks find it; the engine adds pc and program to make it a `Trap`. */
export interface Fault {
  readonly kind: TrapKind;
  readonly message: string;
  readonly address: bigint | null;
}

/** What runs a program on a machine: the interpreter or a JIT-compiled module. */
export interface Engine {
  readonly program: Program;
  /** Runs from the entry with r1 = `ctx` until exit, trap or `budget` instructions. */
  run(ctx: number, budget: number): Outcome;
}
