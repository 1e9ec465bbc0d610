import type { Insn, JumpOp } from './insn.ts';
import { CLASS, JUMP_OPS, OP, SOURCE_REG } from './opcodes.ts';
import { badRegister, invalid, unknownOpcode, usedFields, type Slot } from './slot.ts';

/** Mirrors the format checks of `do_check` and `check_cond_jmp_op` of kernel/bpf/verifier.c, v6.12. */
export function decodeJump(slot: Slot): Insn {
  const long = (slot.opcode & 7) === CLASS.jmp32;
  const register = (slot.opcode & SOURCE_REG) !== 0;
  switch (slot.opcode & 0xf0) {
    case OP.ja:
      return register ? unknownOpcode(slot) : decodeGoto(slot, long);
    case OP.call:
      if (long) return unknownOpcode(slot);
      return register ? decodeCallx(slot) : decodeCall(slot);
    case OP.exit:
      return long || register ? unknownOpcode(slot) : decodeExit(slot);
    case OP.jcond:
      return long || register ? unknownOpcode(slot) : decodeMayGoto(slot);
    default:
      return decodeConditional(slot, !long, register);
  }
}

function decodeGoto(slot: Slot, long: boolean): Insn {
  const { dst, src, off, imm } = slot;
  const used = usedFields(long ? { dst, src, off } : { dst, src, imm });
  if (used !== null) return invalid(slot, used, 'BPF_JA uses reserved fields');
  return { kind: 'goto', off: long ? imm : off, long };
}

const CALL_TARGETS = ['helper', 'subprog', 'kfunc'] as const;

function decodeCall(slot: Slot): Insn {
  const target = CALL_TARGETS[slot.src];
  if (target === undefined)
    return invalid(slot, `src says what is called: 0, 1 or 2, not ${slot.src}`, 'BPF_CALL uses reserved fields');
  const used = usedFields({ dst: slot.dst, off: target === 'kfunc' ? 0 : slot.off });
  if (used !== null) return invalid(slot, used, 'BPF_CALL uses reserved fields');
  return { kind: 'call', target, imm: slot.imm, off: slot.off };
}

/** No kernel takes it, but compilers make it and other runtimes run it; the register stands in dst. */
function decodeCallx(slot: Slot): Insn {
  const { src, off, imm } = slot;
  const used = usedFields({ src, off, imm });
  if (used !== null) return invalid(slot, used, 'unknown opcode 8d');
  if (slot.dst > 10)
    return invalid(slot, `there is no register r${slot.dst}: the last one is r10`, 'unknown opcode 8d');
  return { kind: 'callx', reg: slot.dst };
}

function decodeExit(slot: Slot): Insn {
  const { dst, src, off, imm } = slot;
  const used = usedFields({ dst, src, imm });
  if (used !== null) return invalid(slot, used, 'BPF_EXIT uses reserved fields');
  // The kernel does not look at off here, but RFC 9669 reserves it.
  const unusedOff = usedFields({ off });
  return unusedOff === null ? { kind: 'exit' } : invalid(slot, unusedOff, '');
}

function decodeMayGoto(slot: Slot): Insn {
  const { dst, src, off, imm } = slot;
  const used = usedFields({ dst, src, imm });
  if (used !== null) return invalid(slot, used, `invalid may_goto imm ${imm}`);
  return { kind: 'mayGoto', off };
}

function decodeConditional(slot: Slot, wide: boolean, register: boolean): Insn {
  const op = CONDITIONS.get(slot.opcode & 0xf0);
  if (op === undefined) return unknownOpcode(slot);
  const { dst, src, off, imm } = slot;
  const badFirst = badRegister(slot, dst);
  if (badFirst !== null) return badFirst;
  const used = usedFields(register ? { imm } : { src });
  if (used !== null) return invalid(slot, used, 'BPF_JMP/JMP32 uses reserved fields');
  const badSource = register ? badRegister(slot, src) : null;
  return badSource ?? { kind: 'jump', op, wide, dst, source: register ? 'reg' : 'imm', src, imm, off };
}

const CONDITIONS: ReadonlyMap<number, JumpOp> = new Map(
  (Object.keys(JUMP_OPS) as JumpOp[]).map((op) => [JUMP_OPS[op].code, op]),
);
