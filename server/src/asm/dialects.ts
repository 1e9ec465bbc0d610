/** The notations that programs can be printed in. What each reads, the assembler tells apart by itself. */
import type { Program } from '../program/program.ts';
import { printProgram, type InsnPrinter } from './assembler/printProgram.ts';
import { printMnemonic } from './mnemonic/print.ts';
import { printInsn } from './pseudoC/print.ts';

export interface Dialect {
  /** For command lines: `pseudo-c`. */
  readonly name: string;
  /** One line for people. */
  readonly summary: string;
  /** An instruction of a listing. */
  readonly printInsn: InsnPrinter;
  /** A program as text that assembles to the same bytes. */
  readonly printFile: (program: Program) => string;
}

export const DIALECTS: readonly Dialect[] = [
  {
    name: 'pseudo-c',
    summary: 'as in the log of the kernel, bpftool and llvm-objdump',
    printInsn,
    printFile: (program) => printProgram(program),
  },
  mnemonic('mnemonic', 'as bpf_conformance and uBPF write it', printMnemonic),
  mnemonic('gnu', 'mnemonics as GNU as and its objdump write them', (insn, context) =>
    printMnemonic(insn, context, 'gnu'),
  ),
];

function mnemonic(name: string, summary: string, printer: InsnPrinter): Dialect {
  return { name, summary, printInsn: printer, printFile: (program) => printProgram(program, printer) };
}

export function dialectNamed(name: string): Dialect | null {
  return DIALECTS.find((dialect) => dialect.name === name) ?? null;
}
