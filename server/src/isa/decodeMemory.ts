import type { AtomicOp, Insn, Size } from './insn.ts';
import { ATOMIC_OPS, CLASS, FETCH, MODE, SIZE_BYTES } from './opcodes.ts';
import { badRegister, invalid, unknownOpcode, usedFields, type Slot } from './slot.ts';

function sizeOf(slot: Slot): Size {
  return SIZE_BYTES[(slot.opcode & 0x18) as keyof typeof SIZE_BYTES];
}

/** Mirrors the checks on BPF_LDX of `resolve_pseudo_ldimm64` of kernel/bpf/verifier.c, v6.12. */
export function decodeLoad(slot: Slot): Insn {
  const mode = slot.opcode & 0xe0;
  if (mode !== MODE.mem && mode !== MODE.memsx)
    return { ...unknownOpcode(slot), kernelMessage: 'BPF_LDX uses reserved fields' };
  const { dst, src, off, imm } = slot;
  const used = usedFields({ imm });
  if (used !== null) return invalid(slot, used, 'BPF_LDX uses reserved fields');
  const size = sizeOf(slot);
  const signed = mode === MODE.memsx;
  if (signed && size === 8) return unknownOpcode(slot);
  return badRegister(slot, src, dst) ?? { kind: 'load', dst, src, off, size, signed };
}

export function decodeStore(slot: Slot): Insn {
  if ((slot.opcode & 0xe0) !== MODE.mem) return unknownOpcode(slot);
  const register = (slot.opcode & 7) === CLASS.stx;
  const { dst, src, off, imm } = slot;
  const used = usedFields(register ? { imm } : { src });
  if (used !== null) return invalid(slot, used, `BPF_${register ? 'STX' : 'ST'} uses reserved fields`);
  const bad = register ? badRegister(slot, src, dst) : badRegister(slot, dst);
  return bad ?? { kind: 'store', dst, off, size: sizeOf(slot), source: register ? 'reg' : 'imm', src, imm };
}

/** Mirrors `check_atomic` of kernel/bpf/verifier.c, v6.12, and its newer load-acquire and store-release. */
export function decodeAtomic(slot: Slot): Insn {
  const found = ATOMICS.get(slot.imm);
  if (found === undefined) return unknownAtomic(slot);
  const { op, fetch } = found;
  const { dst, src, off } = slot;
  const size = sizeOf(slot);
  const hex = slot.imm.toString(16).padStart(2, '0');
  if (!ATOMIC_OPS[op].sizes.includes(size))
    return invalid(
      slot,
      `the atomic operation 0x${hex} works on 4 or 8 bytes, not on ${size}`,
      'invalid atomic operand size',
    );
  const registers = op === 'storeRelease' || op === 'loadAcquire' ? [dst, src] : [src, dst];
  return badRegister(slot, ...registers) ?? { kind: 'atomic', op, fetch, size, dst, src, off };
}

function unknownAtomic(slot: Slot): Insn {
  const hex = (slot.imm >>> 0).toString(16).padStart(2, '0');
  const reason = `there is no atomic operation 0x${hex}`;
  return invalid(slot, reason, `BPF_ATOMIC uses invalid atomic opcode ${hex}`);
}

const ATOMICS: ReadonlyMap<number, { readonly op: AtomicOp; readonly fetch: boolean }> = new Map(
  (Object.keys(ATOMIC_OPS) as AtomicOp[]).flatMap((op) => {
    const { code, fetch } = ATOMIC_OPS[op];
    if (fetch !== 'choice') return [[code, { op, fetch: fetch === 'always' }] as const];
    return [[code, { op, fetch: false }] as const, [code | FETCH, { op, fetch: true }] as const];
  }),
);

/** LD_ABS and LD_IND. Mirrors the format checks of `check_ld_abs` of kernel/bpf/verifier.c, v6.12. */
export function decodePacket(slot: Slot): Insn {
  const mode = slot.opcode & 0xe0;
  const size = sizeOf(slot);
  if ((mode !== MODE.abs && mode !== MODE.ind) || size === 8) return unknownOpcode(slot);
  const { dst, src, off, imm } = slot;
  const indirect = mode === MODE.ind;
  const used = usedFields(indirect ? { dst, off } : { dst, src, off });
  if (used !== null) return invalid(slot, used, 'BPF_LD_[ABS|IND] uses reserved fields');
  const bad = indirect ? badRegister(slot, src) : null;
  return bad ?? { kind: 'packet', mode: indirect ? 'ind' : 'abs', size, src, imm };
}
