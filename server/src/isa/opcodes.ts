/**
 * The facts of the instruction set, once: numbers for encode and decode, spellings for the assemblers and printers,
 * sentences for hovers. Source: RFC 9669 and include/uapi/linux/bpf.h, Linux 6.18.
 */
import type { AluOp, AtomicOp, JumpOp, Size } from './insn.ts';

/** The low three bits of the opcode byte. */
export const CLASS = { ld: 0, ldx: 1, st: 2, stx: 3, alu: 4, jmp: 5, jmp32: 6, alu64: 7 } as const;

/** The high three bits of a load's or store's opcode byte, in place. */
export const MODE = { imm: 0x00, abs: 0x20, ind: 0x40, mem: 0x60, memsx: 0x80, atomic: 0xc0 } as const;

/** Bit 3 of an ALU or jump opcode: the second operand is a register. */
export const SOURCE_REG = 0x08;

/** The high four bits of opcodes that are no plain ALU operation or comparison, in place. */
export const OP = { ja: 0x00, call: 0x80, exit: 0x90, jcond: 0xe0, end: 0xd0 } as const;

/** Set in the immediate of an atomic that returns the old value. */
export const FETCH = 0x01;

/** `src` of a two-slot load: what its immediate stands for (BPF_PSEUDO_*). */
export const PSEUDO = { imm: 0, mapFd: 1, mapValue: 2, btfId: 3, func: 4, mapIdx: 5, mapIdxValue: 6 } as const;

/** `off` of a 64-bit register move that makes it an address-space cast. */
export const ADDR_SPACE_CAST = 1;

export const REGISTER_COUNT = 11;

export interface OpFact {
  /** As pseudo-C writes it: `s>>=`, `==`. */
  readonly operator: string;
  /** As the mnemonic dialect writes the 64-bit form: `arsh`, `jeq`. */
  readonly mnemonic: string;
  /** First kernel that has it, where that is later than eBPF itself. */
  readonly since: string | null;
  /** One sentence for a hover. */
  readonly description: string;
}

export interface AluFact extends OpFact {
  /** The high four bits of the opcode byte, in place. */
  readonly code: number;
  /** The signed forms share a code and differ in `off`. */
  readonly off: 0 | 1;
}

function alu(
  code: number,
  operator: string,
  mnemonic: string,
  description: string,
  since: string | null = null,
  off: 0 | 1 = 0,
): AluFact {
  return { code, operator, mnemonic, description, since, off };
}

export const ALU_OPS: Readonly<Record<AluOp, AluFact>> = {
  add: alu(0x00, '+=', 'add', 'Adds; the result wraps around.'),
  sub: alu(0x10, '-=', 'sub', 'Subtracts; the result wraps around.'),
  mul: alu(0x20, '*=', 'mul', 'Multiplies; only the low half of the product is kept.'),
  div: alu(0x30, '/=', 'div', 'Divides as unsigned numbers; dividing by a register that holds 0 gives 0.'),
  sdiv: alu(0x30, 's/=', 'sdiv', 'Divides as signed numbers, towards zero; dividing by 0 gives 0.', '6.6', 1),
  or: alu(0x40, '|=', 'or', 'Sets each bit that is set in either operand.'),
  and: alu(0x50, '&=', 'and', 'Keeps only the bits that are set in both operands.'),
  lsh: alu(0x60, '<<=', 'lsh', 'Shifts to the left; only the low 6 (or, for 32 bits, 5) bits of the amount count.'),
  rsh: alu(0x70, '>>=', 'rsh', 'Shifts to the right and fills with zeros; only the low bits of the amount count.'),
  neg: alu(0x80, '-', 'neg', 'Changes the sign.'),
  mod: alu(0x90, '%=', 'mod', 'Leaves the unsigned remainder; a remainder by 0 leaves the register as it is.'),
  smod: alu(0x90, 's%=', 'smod', 'Leaves the signed remainder, with the sign of the dividend; by 0 it changes nothing.', '6.6', 1),
  xor: alu(0xa0, '^=', 'xor', 'Sets each bit that differs between the operands.'),
  mov: alu(0xb0, '=', 'mov', 'Copies a register or a constant.'),
  arsh: alu(0xc0, 's>>=', 'arsh', 'Shifts to the right and fills with copies of the sign bit.'),
}; // prettier-ignore

export interface JumpFact extends OpFact {
  readonly code: number;
}

function jump(code: number, operator: string, mnemonic: string, words: string, since: string | null = null): JumpFact {
  return { code, operator, mnemonic, since, description: `Jumps when ${words}.` };
}

export const JUMP_OPS: Readonly<Record<JumpOp, JumpFact>> = {
  eq: jump(0x10, '==', 'jeq', 'both operands are equal'),
  gt: jump(0x20, '>', 'jgt', 'the first operand is greater, as unsigned numbers'),
  ge: jump(0x30, '>=', 'jge', 'the first operand is greater or equal, as unsigned numbers'),
  set: jump(0x40, '&', 'jset', 'the operands have a set bit in common'),
  ne: jump(0x50, '!=', 'jne', 'the operands differ'),
  sgt: jump(0x60, 's>', 'jsgt', 'the first operand is greater, as signed numbers'),
  sge: jump(0x70, 's>=', 'jsge', 'the first operand is greater or equal, as signed numbers'),
  lt: jump(0xa0, '<', 'jlt', 'the first operand is less, as unsigned numbers', '4.14'),
  le: jump(0xb0, '<=', 'jle', 'the first operand is less or equal, as unsigned numbers', '4.14'),
  slt: jump(0xc0, 's<', 'jslt', 'the first operand is less, as signed numbers', '4.14'),
  sle: jump(0xd0, 's<=', 'jsle', 'the first operand is less or equal, as signed numbers', '4.14'),
};

export interface AtomicFact extends OpFact {
  /** The immediate without the fetch bit, except where the operation always fetches. */
  readonly code: number;
  /** 'choice' where both forms exist. */
  readonly fetch: 'choice' | 'always' | 'never';
  readonly sizes: readonly Size[];
}

function rmw(code: number, operator: string, mnemonic: string, description: string, since: string | null): AtomicFact {
  return { code, operator, mnemonic, description, since, fetch: 'choice', sizes: [4, 8] };
}

export const ATOMIC_OPS: Readonly<Record<AtomicOp, AtomicFact>> = {
  add: rmw(0x00, '+=', 'add', 'Adds a register to memory in one indivisible step.', null),
  or: rmw(0x40, '|=', 'or', 'Sets bits in memory in one indivisible step.', '5.12'),
  and: rmw(0x50, '&=', 'and', 'Keeps only common bits in memory in one indivisible step.', '5.12'),
  xor: rmw(0xa0, '^=', 'xor', 'Flips bits in memory in one indivisible step.', '5.12'),
  xchg: {
    code: 0xe1, operator: 'xchg', mnemonic: 'xchg', fetch: 'always', sizes: [4, 8], since: '5.12',
    description: 'Swaps a register with memory in one indivisible step.',
  },
  cmpxchg: {
    code: 0xf1, operator: 'cmpxchg', mnemonic: 'cmpxchg', fetch: 'always', sizes: [4, 8], since: '5.12',
    description: 'Stores the register if memory equals r0; either way r0 gets the old value.',
  },
  loadAcquire: {
    code: 0x100, operator: 'load_acquire', mnemonic: 'load_acquire', fetch: 'never', sizes: [1, 2, 4, 8], since: '6.15',
    description: 'Loads from memory; no later access may happen before it.',
  },
  storeRelease: {
    code: 0x110, operator: 'store_release', mnemonic: 'store_release', fetch: 'never', sizes: [1, 2, 4, 8], since: '6.15',
    description: 'Stores to memory; no earlier access may happen after it.',
  },
}; // prettier-ignore

/** Facts of the kinds that have one operation each. */
export const KIND_FACTS = {
  movsx: { operator: '=', mnemonic: 'movsx', since: '6.6', description: 'Copies the low bits of a register and extends their sign.' },
  le: { operator: 'le', mnemonic: 'le', since: null, description: 'Converts to little-endian byte order and clears the bits above.' },
  be: { operator: 'be', mnemonic: 'be', since: null, description: 'Converts to big-endian (network) byte order and clears the bits above.' },
  swap: { operator: 'bswap', mnemonic: 'bswap', since: '6.6', description: 'Reverses the bytes and clears the bits above.' },
  addrSpaceCast: { operator: 'addr_space_cast', mnemonic: 'addr_space_cast', since: '6.9', description: 'Converts a pointer between the address space of an arena and that of the kernel.' },
  load: { operator: '=', mnemonic: 'ldx', since: null, description: 'Loads from memory; the upper bits become zero.' },
  loadSigned: { operator: '=', mnemonic: 'ldxs', since: '6.6', description: 'Loads from memory and extends the sign to 64 bits.' },
  store: { operator: '=', mnemonic: 'stx', since: null, description: 'Stores to memory.' },
  loadImm64: { operator: '=', mnemonic: 'lddw', since: null, description: 'Loads a 64-bit constant; takes two instruction slots.' },
  loadMap: { operator: '=', mnemonic: 'lddw', since: null, description: 'Loads the address of a map.' },
  loadMapValue: { operator: '=', mnemonic: 'lddw', since: '5.2', description: "Loads an address inside a map's first value: a global variable." },
  loadBtfId: { operator: '=', mnemonic: 'lddw', since: '5.10', description: 'Loads the address of a kernel variable.' },
  loadFunc: { operator: '=', mnemonic: 'lddw', since: '5.13', description: 'Loads the address of a function of this program, for a callback.' },
  goto: { operator: 'goto', mnemonic: 'ja', since: null, description: 'Jumps; the distance has 16 bits.' },
  gotol: { operator: 'gotol', mnemonic: 'ja32', since: '6.6', description: 'Jumps; the distance has 32 bits.' },
  mayGoto: { operator: 'may_goto', mnemonic: 'may_goto', since: '6.9', description: 'Goes on until the loop has run too often, then jumps: it bounds any loop.' },
  callHelper: { operator: 'call', mnemonic: 'call', since: null, description: 'Calls a helper of the kernel: arguments in r1 to r5, result in r0; r1 to r5 are lost.' },
  callSubprog: { operator: 'call', mnemonic: 'call local', since: '4.16', description: 'Calls a function of this program: arguments in r1 to r5, result in r0; r6 to r9 are kept.' },
  callKfunc: { operator: 'call', mnemonic: 'call kfunc', since: '5.13', description: 'Calls a kernel function (kfunc): arguments in r1 to r5, result in r0.' },
  callx: { operator: 'callx', mnemonic: 'callx', since: null, description: 'Calls the function whose address a register holds; no kernel accepts it.' },
  exit: { operator: 'exit', mnemonic: 'exit', since: null, description: 'Returns r0 to the caller, or ends the program.' },
  packetAbs: { operator: 'skb', mnemonic: 'ldabs', since: null, description: 'Loads packet data into r0 in host order; a read past the end ends the program with 0.' },
  packetInd: { operator: 'skb', mnemonic: 'ldind', since: null, description: 'Loads packet data at a register plus constant into r0; a read past the end ends the program with 0.' },
  wideSlot: { operator: '', mnemonic: '', since: null, description: 'The second half of a two-slot instruction.' },
  invalid: { operator: '', mnemonic: '', since: null, description: 'These eight bytes are no instruction.' },
} as const satisfies Readonly<Record<string, OpFact>>; // prettier-ignore

/** Bits 3 and 4 of a load's or store's opcode byte, in place, to bytes. */
export const SIZE_BYTES = { 0x00: 4, 0x08: 2, 0x10: 1, 0x18: 8 } as const satisfies Readonly<Record<number, Size>>;

export const SIZE_CODES: Readonly<Record<Size, number>> = { 1: 0x10, 2: 0x08, 4: 0x00, 8: 0x18 };
