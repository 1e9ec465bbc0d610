import type { AluOp, Insn, InvalidInsn } from './insn.ts';
import { ADDR_SPACE_CAST, ALU_OPS, CLASS, OP, SOURCE_REG } from './opcodes.ts';
import { badRegister, invalid, unknownOpcode, usedFields, type Slot } from './slot.ts';

/** Mirrors the format checks of `check_alu_op` of kernel/bpf/verifier.c, v6.12. */
export function decodeAlu(slot: Slot): Insn {
  const code = slot.opcode & 0xf0;
  if (code === OP.end) return decodeByteSwap(slot);
  if (code === ALU_OPS.neg.code) return decodeNegation(slot);
  if (code === ALU_OPS.mov.code) return decodeMove(slot);
  return decodeBinary(slot);
}

function isWide(slot: Slot): boolean {
  return (slot.opcode & 7) === CLASS.alu64;
}

function isRegister(slot: Slot): boolean {
  return (slot.opcode & SOURCE_REG) !== 0;
}

function decodeByteSwap(slot: Slot): Insn {
  const register = isRegister(slot);
  const wide = isWide(slot);
  if (wide && register) return unknownOpcode(slot);
  const used = usedFields({ src: slot.src, off: slot.off });
  if (used !== null) return invalid(slot, used, 'BPF_END uses reserved fields');
  const bits = slot.imm;
  if (bits !== 16 && bits !== 32 && bits !== 64)
    return invalid(slot, `bytes are swapped in 16, 32 or 64 bits, not in ${bits}`, 'BPF_END uses reserved fields');
  const bad = badRegister(slot, slot.dst);
  if (bad !== null) return bad;
  return { kind: 'bswap', mode: wide ? 'swap' : register ? 'be' : 'le', bits, dst: slot.dst };
}

function decodeNegation(slot: Slot): Insn {
  if (isRegister(slot)) return unknownOpcode(slot);
  const used = usedFields({ src: slot.src, off: slot.off, imm: slot.imm });
  if (used !== null) return invalid(slot, used, 'BPF_NEG uses reserved fields');
  return badRegister(slot, slot.dst) ?? finish(slot, 'neg');
}

function decodeMove(slot: Slot): Insn {
  if (isRegister(slot) && isWide(slot) && slot.off === ADDR_SPACE_CAST) return decodeAddrSpaceCast(slot);
  if (!isRegister(slot)) {
    const used = usedFields({ src: slot.src, off: slot.off });
    if (used !== null) return invalid(slot, used, 'BPF_MOV uses reserved fields');
    return badRegister(slot, slot.dst) ?? finish(slot, 'mov');
  }
  return badMove(slot) ?? badRegister(slot, slot.src, slot.dst) ?? finish(slot, 'mov', slot.off as 0 | 8 | 16 | 32);
}

function badMove(slot: Slot): InvalidInsn | null {
  const used = usedFields({ imm: slot.imm });
  if (used !== null) return invalid(slot, used, 'BPF_MOV uses reserved fields');
  const widths = isWide(slot) ? [0, 8, 16, 32] : [0, 8, 16];
  if (widths.includes(slot.off)) return null;
  const words = isWide(slot) ? '8, 16 or 32' : '8 or 16';
  return invalid(slot, `off is the width to extend from: 0, ${words}, not ${slot.off}`, 'BPF_MOV uses reserved fields');
}

function decodeAddrSpaceCast(slot: Slot): Insn {
  const { dst, src, imm } = slot;
  if (imm !== 1 && imm !== 0x10000)
    return invalid(slot, 'pointers are cast between the address spaces 0 and 1 only', BAD_SPACES);
  const bad = badRegister(slot, src, dst);
  if (bad !== null) return bad;
  return { kind: 'addrSpaceCast', dst, src, dstSpace: imm >>> 16, srcSpace: imm & 0xffff };
}

const BAD_SPACES = 'addr_space_cast insn can only convert between address space 1 and 0';

function decodeBinary(slot: Slot): Insn {
  const code = slot.opcode & 0xf0;
  const op = BINARY.get(code);
  if (op === undefined) return unknownOpcode(slot);
  const divides = code === ALU_OPS.div.code || code === ALU_OPS.mod.code;
  const signed = divides && slot.off === 1;
  const register = isRegister(slot);
  const used = usedFields({
    ...(register ? { imm: slot.imm } : { src: slot.src }),
    off: signed ? 0 : slot.off,
  });
  if (used !== null) return invalid(slot, used, 'BPF_ALU uses reserved fields');
  const bad = register ? badRegister(slot, slot.src, slot.dst) : badRegister(slot, slot.dst);
  return bad ?? finish(slot, signed ? SIGNED[op as 'div' | 'mod'] : op);
}

const SIGNED = { div: 'sdiv', mod: 'smod' } as const;

const BINARY: ReadonlyMap<number, AluOp> = new Map(
  (['add', 'sub', 'mul', 'div', 'or', 'and', 'lsh', 'rsh', 'mod', 'xor', 'arsh'] as const).map((op) => [
    ALU_OPS[op].code,
    op,
  ]),
);

function finish(slot: Slot, op: AluOp, signExtendBits: 0 | 8 | 16 | 32 = 0): Insn {
  const { dst, src, imm } = slot;
  const source = isRegister(slot) ? 'reg' : 'imm';
  return { kind: 'alu', op, wide: isWide(slot), dst, source, src, imm, signExtendBits };
}
