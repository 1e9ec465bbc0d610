import { kfuncIndex } from '../../kernel/kfuncs.ts';
import type { Program } from '../../program/program.ts';

/** Engines call kernel functions as they call helpers, by numbers from here on: position in KFUNCS plus this. */
export const FIRST_KFUNC = 0x1_0000;

/** The number of the kernel function that a call's immediate names; null when nobody knows such a function. */
export function kfuncNumber(program: Program, imm: number): number | null {
  const index = kfuncIndex(program.kfuncs?.get(imm) ?? '');
  return index < 0 ? null : FIRST_KFUNC + index;
}
