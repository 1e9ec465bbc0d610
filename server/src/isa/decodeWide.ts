import type { Insn } from './insn.ts';
import { PSEUDO } from './opcodes.ts';
import { badRegister, invalid, usedFields, type Slot } from './slot.ts';

/** Mirrors the checks on BPF_LD | BPF_IMM | BPF_DW of `resolve_pseudo_ldimm64` of kernel/bpf/verifier.c, v6.12. */
export function decodeWide(slot: Slot, second: Slot | null): Insn {
  if (second === null)
    return invalid(slot, 'a 64-bit load takes two slots, but the program ends after the first', BAD_PAIR);
  const { opcode, dst, src, off } = second;
  const used = usedFields({ opcode, dst, src, off });
  if (used !== null) return invalid(slot, `in the second slot of a 64-bit load ${used}`, BAD_PAIR);
  if (slot.src > PSEUDO.mapIdxValue)
    return invalid(slot, `src says what is loaded: 0 to 6, not ${slot.src}`, BAD_SOURCE);
  return badHigh(slot, second) ?? badFirst(slot) ?? pair(slot, second);
}

const BAD_PAIR = 'invalid bpf_ld_imm64 insn';
const BAD_SOURCE = 'unrecognized bpf_ld_imm64 insn';

function badHigh(slot: Slot, second: Slot): Insn | null {
  if (second.imm === 0) return null;
  if (slot.src === PSEUDO.mapFd || slot.src === PSEUDO.mapIdx)
    return invalid(slot, `the second half of a map's address must be zero, not ${second.imm}`, BAD_SOURCE);
  // The kernel does not look at this field.
  if (slot.src === PSEUDO.func)
    return invalid(slot, `the second half of a function's address must be zero, not ${second.imm}`, '');
  return null;
}

function badFirst(slot: Slot): Insn | null {
  const used = usedFields({ off: slot.off });
  if (used !== null) return invalid(slot, used, 'BPF_LD_IMM64 uses reserved fields');
  return badRegister(slot, slot.dst);
}

function pair(slot: Slot, second: Slot): Insn {
  const { dst, imm } = slot;
  switch (slot.src) {
    case PSEUDO.mapFd:
      return { kind: 'loadMap', dst, by: 'fd', map: imm, off: 0 };
    case PSEUDO.mapIdx:
      return { kind: 'loadMap', dst, by: 'idx', map: imm, off: 0 };
    case PSEUDO.mapValue:
      return { kind: 'loadMap', dst, by: 'value', map: imm, off: second.imm >>> 0 };
    case PSEUDO.mapIdxValue:
      return { kind: 'loadMap', dst, by: 'idxValue', map: imm, off: second.imm >>> 0 };
    case PSEUDO.btfId:
      return { kind: 'loadBtfId', dst, btfId: imm, module: second.imm };
    case PSEUDO.func:
      return { kind: 'loadFunc', dst, off: imm };
    default:
      return { kind: 'loadImm64', dst, lo: imm, hi: second.imm };
  }
}
