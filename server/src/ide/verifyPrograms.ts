import type { Job } from '../base/job.ts';
import type { Program } from '../program/program.ts';
import type { Verification, VerifyOptions } from '../verifier/verification.ts';
import { verifyJob } from '../verifier/verify.ts';

/** Programs of an open file, with the verifier's answers beside them. */
export interface Verified {
  readonly programs: readonly Program[];
  /** By program; null while there is no answer. Filled in. */
  readonly verifications: (Verification | null)[];
  /** Programs whose text has errors, about which no verdict is wanted. */
  readonly leaveOut: (index: number) => boolean;
}

/** Verifies what has no answer yet, and then gives the file that the programs are of. */
export class VerifyPrograms<T> implements Job<T> {
  readonly #file: T;
  readonly #verified: Verified;
  readonly #options: VerifyOptions;
  #index = 0;
  #current: Job<Verification> | null = null;

  constructor(file: T, verified: Verified, options: VerifyOptions) {
    this.#file = file;
    this.#verified = verified;
    this.#options = options;
  }

  advance(budget: number): boolean {
    const { programs, verifications, leaveOut } = this.#verified;
    for (let left = budget; left > 0; this.#index++) {
      const program = programs[this.#index];
      if (program === undefined) return true;
      if (verifications[this.#index] !== null || leaveOut(this.#index)) continue;
      this.#current ??= verifyJob(program, this.#options);
      if (!this.#current.advance(left)) return false;
      const verification = this.#current.result();
      verifications[this.#index] = verification;
      this.#current = null;
      left -= Math.max(1, verification.processed);
    }
    return false;
  }

  result(): T {
    return this.#file;
  }
}
