/** Instructions by few words, for programs that are made up. */
import type { AluOp, AtomicOp, Insn, JumpOp, Operand, Reg, Size } from '../../server/src/isa/insn.ts';

export function imm(value: number): Operand {
  return { source: 'imm', src: 0, imm: value | 0 };
}

export function reg(src: Reg): Operand {
  return { source: 'reg', src, imm: 0 };
}

export function alu(op: AluOp, dst: Reg, operand: Operand, wide = true): Insn {
  return { kind: 'alu', op, wide, dst, signExtendBits: 0, ...operand };
}

export function move(dst: Reg, operand: Operand, wide = true): Insn {
  return alu('mov', dst, operand, wide);
}

export function moveSigned(dst: Reg, src: Reg, bits: 8 | 16 | 32, wide = true): Insn {
  return { kind: 'alu', op: 'mov', wide, dst, signExtendBits: bits, ...reg(src) };
}

export function load(dst: Reg, src: Reg, off: number, size: Size, signed = false): Insn {
  return { kind: 'load', dst, src, off, size, signed };
}

export function store(dst: Reg, off: number, size: Size, operand: Operand): Insn {
  return { kind: 'store', dst, off, size, ...operand };
}

export function atomic(op: AtomicOp, dst: Reg, off: number, src: Reg, size: Size, fetch: boolean): Insn {
  return { kind: 'atomic', op, fetch, size, dst, src, off };
}

export function jump(op: JumpOp, dst: Reg, operand: Operand, off: number, wide = true): Insn {
  return { kind: 'jump', op, wide, dst, off, ...operand };
}

export function helper(id: number): Insn {
  return { kind: 'call', target: 'helper', imm: id, off: 0 };
}

export function loadMap(dst: Reg, map: number, by: 'fd' | 'value' = 'fd', off = 0): Insn[] {
  return [{ kind: 'loadMap', dst, by, map, off }, { kind: 'wideSlot' }];
}

export function loadWide(dst: Reg, value: bigint): Insn[] {
  const lo = Number(BigInt.asIntN(32, value));
  const hi = Number(BigInt.asIntN(32, value >> 32n));
  return [{ kind: 'loadImm64', dst, lo, hi }, { kind: 'wideSlot' }];
}

export function exit(): Insn {
  return { kind: 'exit' };
}
