/** Makes a program smaller while something about it stays true. */
import type { Insn } from '../../server/src/isa/insn.ts';
import type { Program } from '../../server/src/program/program.ts';

/** Takes out instructions, largest stretches first, as long as `stays` says yes to what is left. */
export async function shrunk(program: Program, stays: (program: Program) => Promise<boolean>): Promise<Program> {
  let best = program;
  for (let stretch = Math.max(1, best.insns.length >> 1); stretch >= 1; stretch >>= 1)
    for (let at = 0; at + stretch <= best.insns.length;) {
      const smaller = without(best, at, stretch);
      if (smaller !== null && (await stays(smaller))) best = smaller;
      else at++;
    }
  return best;
}

/** The program without these instructions; jumps over them become shorter. Null where that is no program. */
function without(program: Program, from: number, count: number): Program | null {
  const to = from + count;
  const { insns } = program;
  // Both slots of a wide instruction go together.
  if (insns[from]?.kind === 'wideSlot' || insns[to]?.kind === 'wideSlot') return null;
  const moved = (pc: number): number => (pc >= to ? pc - count : Math.min(pc, from));
  const kept = insns.flatMap((insn, pc) =>
    pc >= from && pc < to ? [] : [retargeted(insn, (off) => moved(pc + 1 + off) - moved(pc) - 1)],
  );
  if (kept.length < 2) return null;
  const subprogs = program.subprogs
    .map((subprog) => ({ ...subprog, start: moved(subprog.start), end: moved(subprog.end) }))
    .filter(({ start, end }) => end > start);
  return { ...program, insns: kept, subprogs };
}

function retargeted(insn: Insn, off: (off: number) => number): Insn {
  switch (insn.kind) {
    case 'jump':
    case 'goto':
    case 'mayGoto':
    case 'loadFunc':
      return { ...insn, off: off(insn.off) };
    case 'call':
      return insn.target === 'subprog' ? { ...insn, imm: off(insn.imm) } : insn;
    default:
      return insn;
  }
}
