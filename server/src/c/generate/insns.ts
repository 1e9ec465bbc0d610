/** Instructions by what varies in them. */
import type { AluOp, Insn, Size } from '../../isa/insn.ts';

export function copy(dst: number, src: number): Insn {
  return alu('mov', true, dst, src);
}

export function alu(op: AluOp, wide: boolean, dst: number, src: number): Insn {
  return { kind: 'alu', op, wide, dst, source: 'reg', src, imm: 0, signExtendBits: 0 };
}

export function aluImm(op: AluOp, wide: boolean, dst: number, imm: number): Insn {
  return { kind: 'alu', op, wide, dst, source: 'imm', src: 0, imm, signExtendBits: 0 };
}

export function moveSigned(wide: boolean, dst: number, src: number, bits: 8 | 16 | 32): Insn {
  return { kind: 'alu', op: 'mov', wide, dst, source: 'reg', src, imm: 0, signExtendBits: bits };
}

export function loadImm64(dst: number, value: bigint): Insn {
  const lo = Number(BigInt.asIntN(32, value));
  return { kind: 'loadImm64', dst, lo, hi: Number(BigInt.asIntN(32, value >> 32n)) };
}

export function load(dst: number, src: number, off: number, size: Size, signed = false): Insn {
  return { kind: 'load', dst, src, off, size, signed };
}

export function store(dst: number, off: number, size: Size, src: number): Insn {
  return { kind: 'store', dst, off, size, source: 'reg', src, imm: 0 };
}

export function storeImm(dst: number, off: number, size: Size, imm: number): Insn {
  return { kind: 'store', dst, off, size, source: 'imm', src: 0, imm };
}

/** Targets are the successors of the block that it ends. */
export const GOTO: Insn = { kind: 'goto', off: 0, long: false };
export const EXIT: Insn = { kind: 'exit' };
