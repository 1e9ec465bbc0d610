import { CLASS } from './opcodes.ts';
import type { Insn, InvalidInsn } from './insn.ts';
import { decodeAlu } from './decodeAlu.ts';
import { decodeJump } from './decodeJump.ts';
import { decodeAtomic, decodeLoad, decodePacket, decodeStore } from './decodeMemory.ts';
import { decodeWide } from './decodeWide.ts';
import { readSlot, unknownOpcode, type Slot } from './slot.ts';

/**
 * Instructions by slot: `decode(bytes)[pc]`. Never fails: what is no instruction becomes `invalid` and keeps its
 * bits. A remainder of less than eight bytes is left to the caller.
 */
export function decode(bytes: Uint8Array, littleEndian = true): Insn[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const count = Math.floor(bytes.length / 8);
  const insns: Insn[] = [];
  for (let pc = 0; pc < count; pc++) {
    const slot = readSlot(view, pc, littleEndian);
    if (slot.opcode !== WIDE_OPCODE) {
      insns.push(decodeSlot(slot));
      continue;
    }
    const insn = decodeWide(slot, pc + 1 < count ? readSlot(view, pc + 1, littleEndian) : null);
    insns.push(insn);
    if (insn.kind === 'invalid') continue;
    insns.push({ kind: 'wideSlot' });
    pc++;
  }
  return insns;
}

/**
 * True for the mistakes that the kernel looks for in all instructions before it follows any path; the others it only
 * finds where a path leads to them. Mirrors `resolve_pseudo_ldimm64` of kernel/bpf/verifier.c, v6.12.
 */
export function refusedBeforeWalk(insn: InvalidInsn): boolean {
  return /^(unknown opcode|BPF_LDX uses|invalid bpf_ld_imm64|unrecognized bpf_ld_imm64)/.test(insn.kernelMessage);
}

const WIDE_OPCODE = 0x18;

function decodeSlot(slot: Slot): Insn {
  switch (slot.opcode & 7) {
    case CLASS.alu:
    case CLASS.alu64:
      return decodeAlu(slot);
    case CLASS.jmp:
    case CLASS.jmp32:
      return decodeJump(slot);
    case CLASS.ldx:
      return decodeLoad(slot);
    case CLASS.st:
      return decodeStore(slot);
    case CLASS.stx:
      return (slot.opcode & 0xe0) === 0xc0 ? decodeAtomic(slot) : decodeStore(slot);
    case CLASS.ld:
      return decodePacket(slot);
    default:
      return unknownOpcode(slot);
  }
}
