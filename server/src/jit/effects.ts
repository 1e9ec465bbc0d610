/** What instructions do to the upper halves of registers: which of them they read, and what they leave in their result. */
import type { AluInsn, AtomicInsn, Insn, Operand, Reg } from '../isa/insn.ts';
import { CALLER_SAVED, losesArguments } from './initialized.ts';

/** Sets of registers are bit masks; r10 is never in one. */
export interface Effects {
  /** Registers of which all 64 bits are read. */
  full: number;
  /** Registers of which only the low 32 bits are read. */
  low: number;
  /** Registers of which as many bits are read as are read of the result: low bits depend on low bits only. */
  same: number;
  /** The register written; -1 for none. */
  result: number;
  /** Registers that lose their values. */
  lost: number;
  /** Whether the upper half of the result is zero: always, unknown, or when it is in all or one of `from`. */
  upper: 'zero' | 'unknown' | 'all' | 'any';
  from: number;
}

export interface EffectOptions {
  /** Addresses are compared in 64 bits, as safe mode does. */
  readonly wideAddresses: boolean;
  /** Number of arguments that a helper reads. */
  readonly helperArgs: (id: number) => number;
}

export function newEffects(): Effects {
  return { full: 0, low: 0, same: 0, result: -1, lost: 0, upper: 'unknown', from: 0 };
}

/** Fills in `to` what `insn` does. */
export function describeEffects(insn: Insn, options: EffectOptions, to: Effects): void {
  to.full = to.low = to.same = to.lost = to.from = 0;
  to.result = -1;
  to.upper = 'unknown';
  if (insn.kind === 'alu') describeAlu(insn, to);
  else describe(insn, options, to);
  if (to.result === 10) to.result = -1;
  to.full &= ALL;
  to.low &= ALL;
  to.same &= ALL;
}

/** r0-r9. */
const ALL = 0x3ff;

function describe(insn: Insn, options: EffectOptions, to: Effects): void {
  const { kind } = insn;
  if (kind === 'load') {
    to.result = insn.dst;
    readAddress(insn.src, options, to);
    if (insn.size < 8 && !insn.signed) to.upper = 'zero';
  } else if (kind === 'store') {
    readAddress(insn.dst, options, to);
    if (insn.size < 8) to.low |= operandBit(insn);
    else to.full |= operandBit(insn);
  } else if (kind === 'atomic') describeAtomic(insn, options, to);
  else if (kind === 'jump') {
    if (insn.wide) to.full = bit(insn.dst) | operandBit(insn);
    else to.low = bit(insn.dst) | operandBit(insn);
  } else if (kind === 'bswap') describeBswap(insn, to);
  else if (losesArguments(insn)) describeCall(insn, options, to);
  else if (kind === 'exit') to.full = 1;
  else if ('dst' in insn) {
    to.result = insn.dst;
    if (kind === 'loadImm64') to.upper = insn.hi === 0 ? 'zero' : 'unknown';
    else if (kind === 'loadFunc' || (kind === 'loadMap' && !options.wideAddresses)) to.upper = 'zero';
  }
}

function describeCall(insn: Insn, options: EffectOptions, to: Effects): void {
  to.result = 0;
  to.lost = CALLER_SAVED;
  if (insn.kind === 'call') to.full = argumentsOf(insn.target === 'helper' ? options.helperArgs(insn.imm) : 5);
  else if (insn.kind === 'callx') to.full = argumentsOf(5) | bit(insn.reg);
  else if (insn.kind === 'packet') {
    if (insn.mode === 'ind') to.low = bit(insn.src);
    to.upper = 'zero';
  }
}

function bit(reg: Reg): number {
  return 1 << reg;
}

function operandBit(operand: Operand): number {
  return operand.source === 'reg' ? bit(operand.src) : 0;
}

/** r1 up to r`count`. */
function argumentsOf(count: number): number {
  return ((1 << count) - 1) << 1;
}

function readAddress(reg: Reg, options: EffectOptions, to: Effects): void {
  if (options.wideAddresses) to.full |= bit(reg);
  else to.low |= bit(reg);
}

function describeBswap(insn: Extract<Insn, { kind: 'bswap' }>, to: Effects): void {
  to.result = insn.dst;
  if (insn.bits < 64) {
    to.low = bit(insn.dst);
    to.upper = 'zero';
  } else if (insn.mode === 'le') copies(bit(insn.dst), to);
  else to.full = bit(insn.dst);
}

/** The result is as wide as what it is made of. */
function copies(from: number, to: Effects): void {
  to.same = from;
  to.upper = 'all';
  to.from = from;
}

function describeAtomic(insn: AtomicInsn, options: EffectOptions, to: Effects): void {
  const { op, size, fetch } = insn;
  const acquires = op === 'loadAcquire';
  readAddress(acquires ? insn.src : insn.dst, options, to);
  const operands = acquires ? 0 : bit(insn.src) | (op === 'cmpxchg' ? 1 : 0);
  if (size < 8) to.low |= operands;
  else to.full |= operands;
  if (acquires) to.result = insn.dst;
  else if (fetch) to.result = op === 'cmpxchg' ? 0 : insn.src;
  if (size < 8) to.upper = 'zero';
}

function describeAlu(insn: AluInsn, to: Effects): void {
  const own = insn.op === 'mov' ? 0 : bit(insn.dst);
  to.result = insn.dst;
  const other = operandBit(insn);
  if (!insn.wide) {
    to.low = own | other;
    to.upper = 'zero';
    return;
  }
  const { op, imm } = insn;
  const constant = insn.source === 'imm';
  if (op === 'mov' && !constant) {
    if (insn.signExtendBits === 0) copies(other, to);
    else to.low = other;
  } else if (op === 'mov') to.upper = imm >= 0 ? 'zero' : 'unknown';
  else if (op === 'and' || op === 'or' || op === 'xor') describeBitwise(insn, own | other, to);
  else if (op === 'lsh') {
    to.same = own;
    to.low = other;
  } else if (op === 'rsh' || op === 'arsh') {
    to.full = own;
    to.low = other & ~own;
    const cleared = constant && op === 'rsh' && (imm & 63) >= 32;
    if (cleared) to.upper = 'zero';
    else from(own, 'all', to);
  } else if (op === 'div' || op === 'mod') {
    to.full = own | other;
    from(own, 'all', to);
  } else if (op === 'sdiv' || op === 'smod') to.full = own | other;
  else to.same = own | other;
}

function from(registers: number, upper: 'all' | 'any', to: Effects): void {
  to.upper = upper;
  to.from = registers;
}

function describeBitwise({ op, source, imm, dst }: AluInsn, operands: number, to: Effects): void {
  if (source === 'reg') {
    to.same = operands;
    from(operands, op === 'and' ? 'any' : 'all', to);
  } else if (imm < 0) {
    to.same = operands;
    if (op === 'and') from(operands, 'all', to);
  } else if (op === 'and') {
    to.low = bit(dst);
    to.upper = 'zero';
  } else copies(operands, to);
}
