/** Instructions as the verifier's log quotes them. */
import { opcodeOf } from '../isa/encode.ts';
import type { AluInsn, Insn } from '../isa/insn.ts';
import { ALU_OPS } from '../isa/opcodes.ts';
import { printDistance, printInsnWith, type Naming } from '../isa/print.ts';
import type { Env } from './env.ts';
import { helperName } from './helperNames.ts';
import { kfuncName, kfuncNumber } from './kfuncs/find.ts';

/** The instruction the log is about; kernel functions by their names and the kernel's numbers, where those are known. */
export function insnTextOf(env: Pick<Env, 'program' | 'options'>, pc: number): string {
  const insn = env.program.insns[pc];
  if (insn === undefined) return '';
  const name = insn.kind === 'call' && insn.target === 'kfunc' ? kfuncName(env, insn) : null;
  if (insn.kind !== 'call' || name === null) return insnText(insn);
  return insnText({ ...insn, imm: kfuncNumber(env, insn, name) }, { ...LOG_NAMING, kfunc: () => name });
}

/** `(b7) r0 = 0`, without the leading pc. */
export function insnText(insn: Insn, naming: Naming = LOG_NAMING): string {
  // The kernel's printer names a wrong atomic operation in place of the opcode.
  if (insn.kind === 'invalid' && ATOMIC_OPCODES.has(insn.opcode)) return naming.invalid(insn);
  return `(${hexByte(opcodeOf(insn))}) ${printInsnWith(insn, naming)}`;
}

/** The log's name of an ALU operator, as its messages quote it; their table knows no signed division. */
export function aluSymbol(op: AluInsn['op']): string {
  if (op === 'neg') return 'neg';
  return ALU_OPS[op === 'sdiv' ? 'div' : op === 'smod' ? 'mod' : op].operator;
}

const LOG_NAMING: Naming = {
  helper: helperName,
  kfunc: () => 'kernel-function',
  target: printDistance,
  // Of addresses only the distance to a function is the same wherever the program is loaded.
  address: (insn) => (insn.kind === 'loadFunc' ? `0x${(insn.off >>> 0).toString(16)}` : '0x0'),
  invalid: ({ opcode }) => `BUG_${hexByte(opcode)}`,
  decimal: false,
};

/** BPF_STX | BPF_ATOMIC in each size. */
const ATOMIC_OPCODES: ReadonlySet<number> = new Set([0xc3, 0xcb, 0xd3, 0xdb]);

function hexByte(value: number): string {
  return value.toString(16).padStart(2, '0');
}
