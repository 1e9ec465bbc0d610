import { unreachable } from '../base/assert.ts';
import type { AluInsn, AtomicInsn, BswapInsn, CallInsn, Insn, Operand } from '../isa/insn.ts';
import type { ProgramType } from '../kernel/programTypes.ts';
import { mayFollowKernelPointers } from '../program/kernelPointers.ts';
import { subprogAt, type Program } from '../program/program.ts';
import { kfuncNumber } from './kfuncs/numbers.ts';
import { LAYOUT } from './machine.ts';

/**
 * A program in the form the interpreter executes: parallel arrays by pc. Immediates live in constant registers above
 * r10, so an operation needs one code whatever its second operand is.
 */
export interface Lowered {
  readonly program: Program;
  /** What to execute; a `pause` stands at breakpoints. */
  readonly code: Uint8Array;
  /** What the program says at that pc, breakpoints or not. */
  readonly plain: Uint8Array;
  readonly dst: Uint8Array;
  /** Register of the second operand or of the address; may be a constant register. */
  readonly src: Int32Array;
  /** Memory offset, or target pc of a jump (insns.length when there is no such pc). */
  readonly off: Int32Array;
  /** Number of a helper or kernel function (from FIRST_KFUNC on), or of a missing map. */
  readonly imm: Int32Array;
  /** Bit per register that the instruction reads, and that it writes. */
  readonly reads: Uint16Array;
  /** Whether loads may go through pointers to structures of the kernel. */
  readonly followsKernel: boolean;
  readonly writes: Uint16Array;
  /** Values of the constant registers; the first belongs to register FIRST_CONSTANT. */
  readonly constantsLow: readonly number[];
  readonly constantsHigh: readonly number[];
}

export const FIRST_CONSTANT = 12;

/** Codes of the dispatch switch in interpreter.ts, which spells them as literals: V8 then makes a jump table. */
export const CODE = {
  add64: 0, sub64: 1, mul64: 2, div64: 3, sdiv64: 4, mod64: 5, smod64: 6, or64: 7, and64: 8, xor64: 9, lsh64: 10,
  rsh64: 11, arsh64: 12, mov64: 13, neg64: 14,
  add32: 15, sub32: 16, mul32: 17, div32: 18, sdiv32: 19, mod32: 20, smod32: 21, or32: 22, and32: 23, xor32: 24,
  lsh32: 25, rsh32: 26, arsh32: 27, mov32: 28, neg32: 29,
  movsx8: 30, movsx16: 31, movsx32: 32, movsx8w: 33, movsx16w: 34,
  zext16: 35, zext32: 36, nop: 37, swap16: 38, swap32: 39, swap64: 40,
  goto: 41, mayGoto: 42,
  jeq64: 43, jne64: 44, jset64: 45, jgt64: 46, jge64: 47, jlt64: 48, jle64: 49, jsgt64: 50, jsge64: 51, jslt64: 52,
  jsle64: 53,
  jeq32: 54, jne32: 55, jset32: 56, jgt32: 57, jge32: 58, jlt32: 59, jle32: 60, jsgt32: 61, jsge32: 62, jslt32: 63,
  jsle32: 64,
  load8: 65, load16: 66, load32: 67, load64: 68, loads8: 69, loads16: 70, loads32: 71,
  store8: 72, store16: 73, store32: 74, store64: 75,
  atomic: 76, wide: 77, helper: 78, call: 79, callx: 80, exit: 81, packet: 82, unsupported: 83, invalid: 84, badPc: 85,
  pause: 86, missingMap: 87,
} as const; // prettier-ignore

/** Where `loadMap` points. */
export interface MapAddresses {
  /** Guest address for `loadMap` by 'fd' or 'idx'; null when the machine has no such map. */
  handle(map: number): number | null;
  /** Address of the first value; null when the map has no direct values. */
  value(map: number): number | null;
}

interface Slot {
  code: number;
  dst: number;
  src: number;
  off: number;
  imm: number;
  reads: number;
  writes: number;
}

/** What they implement may be a function of type void. Mirrors `check_return_code` of kernel/bpf/verifier.c, v6.18. */
const MAY_RETURN_NOTHING: ReadonlySet<ProgramType> = new Set<ProgramType>(['struct_ops', 'lsm']);

export function lower(program: Program, maps: MapAddresses, helperArgs: (id: number) => number): Lowered {
  const count = program.insns.length;
  const constants = new Constants();
  const kfunc = (imm: number): number | null => kfuncNumber(program, imm);
  const returns = (pc: number): boolean => !MAY_RETURN_NOTHING.has(program.type) && subprogAt(program, pc) === 0;
  const lowered = {
    program,
    followsKernel: mayFollowKernelPointers(program),
    code: new Uint8Array(count + 1),
    plain: new Uint8Array(count + 1),
    dst: new Uint8Array(count + 1),
    src: new Int32Array(count + 1),
    off: new Int32Array(count + 1),
    imm: new Int32Array(count + 1),
    reads: new Uint16Array(count + 1),
    writes: new Uint16Array(count + 1),
    constantsLow: constants.low,
    constantsHigh: constants.high,
  };
  for (let pc = 0; pc <= count; pc++) {
    const insn = program.insns[pc];
    const slot =
      insn === undefined
        ? plainSlot(CODE.badPc)
        : lowerInsn(insn, { pc, count, constants, maps, helperArgs, kfunc, returns });
    lowered.code[pc] = lowered.plain[pc] = slot.code;
    lowered.dst[pc] = slot.dst;
    lowered.src[pc] = slot.src;
    lowered.off[pc] = slot.off;
    lowered.imm[pc] = slot.imm;
    lowered.reads[pc] = slot.reads;
    lowered.writes[pc] = slot.writes;
  }
  return lowered;
}

class Constants {
  readonly low: number[] = [];
  readonly high: number[] = [];
  private readonly known = new Map<string, number>();

  register(low: number, high: number): number {
    const key = `${low},${high}`;
    let register = this.known.get(key);
    if (register === undefined) {
      register = FIRST_CONSTANT + this.low.length;
      this.low.push(low);
      this.high.push(high);
      this.known.set(key, register);
    }
    return register;
  }
}

interface Context {
  readonly pc: number;
  readonly count: number;
  readonly constants: Constants;
  readonly maps: MapAddresses;
  readonly helperArgs: (id: number) => number;
  readonly kfunc: (imm: number) => number | null;
  /** Whether an exit at that pc must leave something in r0. */
  readonly returns: (pc: number) => boolean;
}

function plainSlot(code: number): Slot {
  return { code, dst: 0, src: 0, off: 0, imm: 0, reads: 0, writes: 0 };
}

/** Register number and read mask of a second operand. */
function operand(insn: Operand, { constants }: Context): { src: number; reads: number } {
  if (insn.source === 'reg') return { src: insn.src, reads: 1 << insn.src };
  return { src: constants.register(insn.imm, insn.imm >> 31), reads: 0 };
}

function target(pc: number, context: Context): number {
  return pc >= 0 && pc < context.count ? pc : context.count;
}

function lowerInsn(insn: Insn, context: Context): Slot {
  switch (insn.kind) {
    case 'alu':
      return lowerAlu(insn, context);
    case 'bswap':
      return { ...plainSlot(bswapCode(insn)), dst: insn.dst, reads: 1 << insn.dst, writes: 1 << insn.dst };
    case 'load': {
      const code = insn.signed ? CODE[`loads${(insn.size * 8) as 8 | 16 | 32}`] : CODE[`load${(insn.size * 8) as 8}`];
      const { dst, src, off } = insn;
      return { ...plainSlot(code ?? CODE.load64), dst, src, off, reads: 1 << src, writes: 1 << dst };
    }
    case 'store': {
      const { src, reads } = operand(insn, context);
      const code = CODE[`store${(insn.size * 8) as 8}`];
      return { ...plainSlot(code), dst: insn.dst, src, off: insn.off, reads: reads | (1 << insn.dst) };
    }
    case 'atomic':
      return lowerAtomic(insn);
    case 'loadImm64':
      return wide(insn.dst, insn.lo, insn.hi, context);
    case 'loadMap':
      return lowerLoadMap(insn, context);
    case 'loadFunc':
      return wide(insn.dst, LAYOUT.code + 8 * target(context.pc + 1 + insn.off, context), 0, context);
    case 'jump': {
      const { src, reads } = operand(insn, context);
      const code = CODE[`j${insn.op}${insn.wide ? 64 : 32}`];
      const off = target(context.pc + 1 + insn.off, context);
      return { ...plainSlot(code), dst: insn.dst, src, off, reads: reads | (1 << insn.dst) };
    }
    case 'goto':
    case 'mayGoto':
      return { ...plainSlot(CODE[insn.kind]), off: target(context.pc + 1 + insn.off, context) };
    case 'call':
      return lowerCall(insn, context);
    case 'callx':
      return { ...plainSlot(CODE.callx), src: insn.reg, reads: 1 << insn.reg };
    case 'exit':
      // A function of the program may return nothing; the program itself may not.
      return { ...plainSlot(CODE.exit), reads: context.returns(context.pc) ? 1 : 0 };
    case 'packet': {
      const { src, imm, size } = insn;
      const reads = (1 << 6) | (insn.mode === 'ind' ? 1 << src : 0);
      return { ...plainSlot(CODE.packet), dst: insn.mode === 'ind' ? 1 : 0, src, imm, off: size, reads, writes: 1 };
    }
    case 'addrSpaceCast':
    case 'loadBtfId':
      return plainSlot(CODE.unsupported);
    case 'wideSlot':
      return plainSlot(CODE.badPc);
    case 'invalid':
      return plainSlot(CODE.invalid);
    default:
      return unreachable(insn);
  }
}

function lowerAlu(insn: AluInsn, context: Context): Slot {
  const { op, dst } = insn;
  const { src, reads } = op === 'neg' ? { src: dst, reads: 1 << dst } : operand(insn, context);
  const slot = { ...plainSlot(aluCode(insn)), dst, src, writes: 1 << dst };
  return { ...slot, reads: op === 'mov' ? reads : reads | (1 << dst) };
}

function aluCode({ op, wide: is64, signExtendBits }: AluInsn): number {
  if (op === 'mov' && signExtendBits === 8) return is64 ? CODE.movsx8 : CODE.movsx8w;
  if (op === 'mov' && signExtendBits === 16) return is64 ? CODE.movsx16 : CODE.movsx16w;
  if (op === 'mov' && signExtendBits === 32) return is64 ? CODE.movsx32 : CODE.mov32;
  return CODE[`${op}${is64 ? 64 : 32}`];
}

/** The simulated machines are little-endian: `le` only cuts, `be` and `swap` both swap. */
function bswapCode({ mode, bits }: BswapInsn): number {
  if (mode !== 'le') return CODE[`swap${bits}`];
  return bits === 16 ? CODE.zext16 : bits === 32 ? CODE.zext32 : CODE.nop;
}

function lowerAtomic(insn: AtomicInsn): Slot {
  const { dst, src, off, op } = insn;
  const writes = op === 'cmpxchg' ? 1 : op === 'loadAcquire' ? 1 << dst : insn.fetch ? 1 << src : 0;
  let reads = op === 'loadAcquire' ? 1 << src : (1 << dst) | (1 << src);
  if (op === 'cmpxchg') reads |= 1;
  return { ...plainSlot(CODE.atomic), dst, src, off, reads, writes };
}

function wide(dst: number, low: number, high: number, { constants }: Context): Slot {
  return { ...plainSlot(CODE.wide), dst, src: constants.register(low | 0, high | 0), writes: 1 << dst };
}

function lowerLoadMap(insn: Extract<Insn, { kind: 'loadMap' }>, context: Context): Slot {
  const direct = insn.by === 'value' || insn.by === 'idxValue';
  const address = direct ? context.maps.value(insn.map) : context.maps.handle(insn.map);
  if (address === null) return { ...plainSlot(CODE.missingMap), imm: insn.map };
  return wide(insn.dst, direct ? address + insn.off : address, 0, context);
}

function lowerCall({ target: callee, imm }: CallInsn, context: Context): Slot {
  if (callee === 'subprog') return { ...plainSlot(CODE.call), off: target(context.pc + 1 + imm, context) };
  const number = callee === 'kfunc' ? context.kfunc(imm) : imm;
  if (number === null) return plainSlot(CODE.unsupported);
  const args = context.helperArgs(number);
  return { ...plainSlot(CODE.helper), imm: number, reads: ((1 << args) - 1) << 1 };
}
