/** Where control may go after an instruction, within its subprogram. Mirrors `bpf_insn_successors`, v6.18. */
import type { Insn, InvalidInsn } from '../isa/insn.ts';
import { slots } from '../isa/insn.ts';

/** Next instruction and jump target; -1 where there is none. */
export interface Flow {
  readonly next: number;
  readonly target: number;
}

export function flow(insn: Insn, pc: number): Flow {
  switch (insn.kind) {
    case 'exit':
      return { next: -1, target: -1 };
    case 'goto':
      return { next: -1, target: pc + 1 + insn.off };
    case 'jump':
    case 'mayGoto':
      return { next: pc + 1, target: pc + 1 + insn.off };
    case 'invalid':
      return invalidFlow(insn, pc);
    default:
      return { next: pc + slots(insn), target: -1 };
  }
}

/** Ill-formed instructions are refused only where a path reaches them, so until then they flow by their opcode. */
function invalidFlow(insn: InvalidInsn, pc: number): Flow {
  const jumps = (insn.opcode & 7) === 5 || (insn.opcode & 7) === 6;
  if (!jumps) return { next: pc + (insn.opcode === 0x18 ? 2 : 1), target: -1 };
  switch (insn.opcode & 0xf0) {
    case 0x80:
      return { next: pc + 1, target: -1 };
    case 0x90:
      return { next: -1, target: -1 };
    case 0x00:
      return { next: -1, target: pc + 1 + ((insn.opcode & 7) === 6 ? insn.imm : insn.off) };
    default:
      return { next: pc + 1, target: pc + 1 + insn.off };
  }
}

/** Successors of every instruction, next before target. */
export function allSuccessors(insns: readonly Insn[]): readonly (readonly number[])[] {
  return insns.map((insn, pc) => {
    if (insn.kind === 'wideSlot') return [];
    const { next, target } = flow(insn, pc);
    return [next, target].filter((to) => to >= 0 && to < insns.length);
  });
}
