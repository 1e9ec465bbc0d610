import type { Insn } from '../../isa/insn.ts';
import type { FunctionLocals, LocalVariable, ValuePlace, ValueStep, VariablePlace } from '../../program/program.ts';

/**
 * LLVM counts places on the stack from the lower end of the frame where it says r10, the upper end: the back end for BPF
 * takes over `TargetFrameLowering::getFrameIndexReference` (v19), which is meant for a stack pointer. Nothing in the file
 * says how large the frame is, but its code does. Places below r10, as other compilers may give them, are left alone.
 */
export function withStackBase(locals: FunctionLocals, insns: readonly Insn[]): FunctionLocals {
  const top = Math.max(0, ...locals.variables.map(topOf));
  const size = Math.max(roundedUp(-lowestUse(insns)), roundedUp(top));
  const variables = locals.variables.map((one) => moved(one, size));
  return { ...locals, variables };
}

const FRAME = 10;
const ALIGNMENT = 8;

function roundedUp(bytes: number): number {
  return Math.ceil(bytes / ALIGNMENT) * ALIGNMENT;
}

/** How far up a variable reaches. */
function topOf({ places }: LocalVariable): number {
  return Math.max(0, ...places.map(({ where, size }) => (where.kind === 'stack' ? where.off + size : 0)));
}

/** The lowest byte that the code names by r10: in an access, or in an address, which takes two instructions. */
function lowestUse(insns: readonly Insn[]): number {
  let lowest = 0;
  for (const [pc, insn] of insns.entries()) {
    const next = insns[pc + 1];
    if (insn.kind === 'load' && insn.src === FRAME) lowest = Math.min(lowest, insn.off);
    else if ((insn.kind === 'store' || insn.kind === 'atomic') && insn.dst === FRAME)
      lowest = Math.min(lowest, insn.off);
    else if (isCopyOfFrame(insn) && next?.kind === 'alu' && next.op === 'add' && next.source === 'imm')
      lowest = Math.min(lowest, next.dst === insn.dst ? next.imm : 0);
  }
  return lowest;
}

function isCopyOfFrame(insn: Insn): insn is Extract<Insn, { kind: 'alu' }> {
  return insn.kind === 'alu' && insn.op === 'mov' && insn.source === 'reg' && insn.src === FRAME;
}

function moved(variable: LocalVariable, size: number): LocalVariable {
  const places = variable.places.map((place): VariablePlace => ({ ...place, where: movedPlace(place.where, size) }));
  return { ...variable, places };
}

function movedPlace(where: ValuePlace, size: number): ValuePlace {
  if (where.kind === 'stack') return where.off >= 0 ? { ...where, off: where.off - size } : where;
  return where.kind === 'computed' ? { ...where, steps: where.steps.map((step) => movedStep(step, size)) } : where;
}

function movedStep(step: ValueStep, size: number): ValueStep {
  if (step.op !== 'register' || step.reg !== FRAME || step.add < 0n) return step;
  return { ...step, add: step.add - BigInt(size) };
}
