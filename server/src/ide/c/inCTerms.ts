import { jumpTarget } from '../../isa/insn.ts';
import { lineAt, localsAt, type Program, type VariablePlace } from '../../program/program.ts';

/** A step of a path, which speaks of registers, as the reader of the C source knows it: by variables and lines. */
export function stepInCTerms(note: string, program: Program, pc: number): string {
  const branch = /^(not )?taken: if /.exec(note);
  return branch === null
    ? withVariables(note, program, pc)
    : branchInCTerms(note, program, pc, branch[1] === undefined);
}

/** Compilers turn conditions around, so only where the path goes on is told. */
function branchInCTerms(note: string, program: Program, pc: number, taken: boolean): string {
  const insn = program.insns[pc];
  const target = insn === undefined ? null : jumpTarget(insn, pc);
  const next = taken ? target : pc + 1;
  const line = next === null ? null : lineAt(program, next);
  return line === null || line.line === 0
    ? withVariables(note, program, pc)
    : `from here the path goes on in line ${line.line}`;
}

/** Names of variables in the place of the registers that hold them; those that hold none stay. */
function withVariables(note: string, program: Program, pc: number): string {
  return note.replaceAll(/\br(\d)\b/g, (register, number: string) => {
    const name = variableIn(program, Number(number), pc);
    return name === null ? register : `\`${name}\``;
  });
}

/** What the register holds at the instruction, or what the instruction puts into it. */
function variableIn(program: Program, register: number, pc: number): string | null {
  const known = localsAt(program, pc);
  const at = pc - (known?.start ?? 0);
  const isHere = ({ from, to, where }: VariablePlace): boolean =>
    where.kind === 'register' && where.reg === register && from <= at + 1 && at < to;
  const found = known?.variables.filter(({ places }) => places.some(isHere)) ?? [];
  return (found.find(({ depth }) => depth === 0) ?? found[0])?.name ?? null;
}

/** Advice that is written for assembly, by what it is in C. */
const ADVICE: readonly (readonly [assembly: string, c: string])[] = [
  [
    'keep `data + bytes` in a register and leave when it is greater than data_end',
    'leave when `data + bytes > data_end`',
  ],
];

export function messageInCTerms(message: string): string {
  return ADVICE.reduce((text, [assembly, c]) => text.replace(assembly, c), message);
}
