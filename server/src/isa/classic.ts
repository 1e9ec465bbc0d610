/**
 * Classic BPF instructions: what tcpdump compiles filters to and what SO_ATTACH_FILTER takes. Two registers, A and X,
 * and sixteen 32-bit words of scratch memory, M. Source: include/uapi/linux/bpf_common.h and filter.h, Linux 6.18.
 */

/** `struct sock_filter`. `code` has 16 bits, `jt` and `jf` 8 each, `k` is an unsigned 32-bit number. */
export interface ClassicInsn {
  readonly code: number;
  readonly jt: number;
  readonly jf: number;
  readonly k: number;
}

/**
 * What an instruction works with: a constant, packet data at k (`abs`) or at X + k (`ind`), a word of M (`mem`), the
 * length of the IP header at k (`msh`), the packet's length (`len`), a register, or a distance (`target`).
 */
export type ClassicOperand = 'imm' | 'abs' | 'ind' | 'mem' | 'msh' | 'len' | 'x' | 'a' | 'target' | 'none';

export interface ClassicOp {
  readonly code: number;
  readonly mnemonic: string;
  readonly operand: ClassicOperand;
  /** Goes on at pc + 1 + jt or pc + 1 + jf. */
  readonly branches: boolean;
  /** One sentence for a hover. */
  readonly description: string;
}

/** `BPF_CLASS` of an opcode. */
export const CLASSIC_CLASS = { ld: 0, ldx: 1, st: 2, stx: 3, alu: 4, jmp: 5, ret: 6, misc: 7 } as const;

/** BPF_MEMWORDS and BPF_MAXINSNS. */
export const CLASSIC_LIMITS = { words: 16, insns: 4096, distance: 255 } as const;

/** Opcodes that other code speaks of by name. */
export const CLASSIC_CODE = {
  ldImm: 0x00, ldLen: 0x80, ldMem: 0x60, ldAbsW: 0x20, ldAbsH: 0x28, ldAbsB: 0x30, ldIndW: 0x40, ldIndH: 0x48,
  ldIndB: 0x50, ldxImm: 0x01, ldxLen: 0x81, ldxMem: 0x61, ldxMsh: 0xb1, st: 0x02, stx: 0x03, divK: 0x34, divX: 0x3c,
  modK: 0x94, modX: 0x9c, lshK: 0x64, rshK: 0x74, neg: 0x84, ja: 0x05, retK: 0x06, retA: 0x16, tax: 0x07, txa: 0x87,
} as const; // prettier-ignore

/** Bit 3 of an ALU or jump opcode: the second operand is X, not k. */
export const CLASSIC_SOURCE_X = 0x08;

function op(code: number, mnemonic: string, operand: ClassicOperand, description: string, branches = false): ClassicOp {
  return { code, mnemonic, operand, branches, description };
}

/** ALU operations and comparisons come with a constant and with X; `alsoX` is what has to be said of X alone. */
function both(code: number, mnemonic: string, description: string, alsoX = ''): ClassicOp[] {
  const branches = (code & 7) === CLASSIC_CLASS.jmp;
  const word = (operand: string): string => description.replaceAll('…', operand);
  return [
    op(code, mnemonic, 'imm', word('the constant'), branches),
    op(code | CLASSIC_SOURCE_X, mnemonic, 'x', word('X') + alsoX, branches),
  ];
}

const OUTSIDE = 'outside the packet the filter ends with 0.';

/** Every instruction that the kernel takes from a user. Mirrors `chk_code_allowed` of net/core/filter.c, v6.18. */
export const CLASSIC_OPS: readonly ClassicOp[] = [
  op(0x20, 'ld', 'abs', `A = 4 bytes of the packet at this offset, in network order; ${OUTSIDE}`),
  op(0x28, 'ldh', 'abs', `A = 2 bytes of the packet at this offset, in network order; ${OUTSIDE}`),
  op(0x30, 'ldb', 'abs', `A = the byte of the packet at this offset; ${OUTSIDE}`),
  op(0x40, 'ld', 'ind', `A = 4 bytes of the packet at X plus this offset, in network order; ${OUTSIDE}`),
  op(0x48, 'ldh', 'ind', `A = 2 bytes of the packet at X plus this offset, in network order; ${OUTSIDE}`),
  op(0x50, 'ldb', 'ind', `A = the byte of the packet at X plus this offset; ${OUTSIDE}`),
  op(0x00, 'ld', 'imm', 'A = the constant.'),
  op(0x60, 'ld', 'mem', 'A = this word of the scratch memory.'),
  op(0x80, 'ld', 'len', 'A = the length of the packet on the wire.'),
  op(0x01, 'ldx', 'imm', 'X = the constant.'),
  op(0x61, 'ldx', 'mem', 'X = this word of the scratch memory.'),
  op(0x81, 'ldx', 'len', 'X = the length of the packet on the wire.'),
  op(0xb1, 'ldxb', 'msh', `X = four times the low half of the byte at this offset, the length of an IP header; ${OUTSIDE}`),
  op(0x02, 'st', 'mem', 'Stores A in this word of the scratch memory.'),
  op(0x03, 'stx', 'mem', 'Stores X in this word of the scratch memory.'),
  ...both(0x04, 'add', 'A += …; the result wraps around.'),
  ...both(0x14, 'sub', 'A -= …; the result wraps around.'),
  ...both(0x24, 'mul', 'A *= …; the result wraps around.'),
  ...both(0x34, 'div', 'A /= …, unsigned.', ' Where X is 0 the filter ends with 0.'),
  ...both(0x94, 'mod', 'A %= …, unsigned.', ' Where X is 0 the filter ends with 0.'),
  ...both(0x44, 'or', 'A |= ….'),
  ...both(0x54, 'and', 'A &= ….'),
  ...both(0xa4, 'xor', 'A ^= ….'),
  ...both(0x64, 'lsh', 'A <<= ….', ' Only the low 5 bits of X count.'),
  ...both(0x74, 'rsh', 'A >>= …, filled with zeros.', ' Only the low 5 bits of X count.'),
  op(0x84, 'neg', 'none', 'A = -A.'),
  op(0x05, 'ja', 'target', 'Jumps.'),
  ...both(0x15, 'jeq', 'Jumps to the first place when A equals …, else to the second.'),
  ...both(0x25, 'jgt', 'Jumps to the first place when A is greater than …, else to the second; unsigned.'),
  ...both(0x35, 'jge', 'Jumps to the first place when A is at least …, else to the second; unsigned.'),
  ...both(0x45, 'jset', 'Jumps to the first place when A has a bit of … set, else to the second.'),
  op(0x06, 'ret', 'imm', 'Ends the filter: keeps this many bytes of the packet, or drops it with 0.'),
  op(0x16, 'ret', 'a', 'Ends the filter: keeps A bytes of the packet, or drops it where A is 0.'),
  op(0x07, 'tax', 'none', 'X = A.'),
  op(0x87, 'txa', 'none', 'A = X.'),
]; // prettier-ignore

const BY_CODE: ReadonlyMap<number, ClassicOp> = new Map(CLASSIC_OPS.map((row) => [row.code, row]));

/** Null for a code that is no instruction. */
export function classicOp(code: number): ClassicOp | null {
  return BY_CODE.get(code) ?? null;
}

/** Bytes that one packet load reads. */
export function classicLoadSize(code: number): 1 | 2 | 4 {
  const size = code & 0x18;
  return size === 0x10 ? 1 : size === 0x08 ? 2 : 4;
}

/** The instructions that may run after the one at `pc`. They may lie outside the program. */
export function classicSuccessors({ code, jt, jf, k }: ClassicInsn, pc: number): number[] {
  if (code === CLASSIC_CODE.retK || code === CLASSIC_CODE.retA) return [];
  if (code === CLASSIC_CODE.ja) return [pc + 1 + k];
  return classicOp(code)?.branches === true ? [pc + 1 + jt, pc + 1 + jf] : [pc + 1];
}
