import type { Program } from '../../server/src/program/program.ts';
import type { KernelVerdict } from '../support/oracle.ts';

/** A program together with what a kernel said about it. */
export interface Judged {
  /** `dynptr_fail/invalid_helper1`: the file and the program in it. */
  readonly id: string;
  readonly section: string;
  program(): Program;
  /** Null where the kernel had no verdict: it refused before its verifier looked. */
  readonly kernel: KernelVerdict | null;
  /** Level of the kernel's log. */
  readonly logLevel: 1 | 2;
}
