import { assembleText, type Language } from '../asm/assembleText.ts';
import type { AsmFile } from '../asm/assembler/syntax.ts';
import type { Btf } from '../btf/btf.ts';
import { assert } from '../base/assert.ts';
import type { Job } from '../base/job.ts';
import { sourceText } from '../base/source.ts';
import type { Program } from '../program/program.ts';
import { wantsKernelTypes } from '../verifier/kernelTypes.ts';
import type { Verification, VerifyOptions } from '../verifier/verification.ts';
import { verifyJob } from '../verifier/verify.ts';
import { hasErrorsIn } from './diagnostics.ts';
import { sameProgram } from './sameProgram.ts';

/** What is known of one open file. */
export interface OpenFile {
  readonly asm: AsmFile;
  /** By program: the verifier's answer; null while it is not there yet or the program has errors. */
  readonly verifications: readonly (Verification | null)[];
}

/** The texts that an editor has open, and what follows from them. No file system, no clock. */
export class Workspace {
  readonly #files = new Map<string, { asm: AsmFile; verifications: (Verification | null)[] }>();
  #options: VerifyOptions;

  constructor(options: VerifyOptions) {
    this.#options = options;
  }

  /** The types of the kernel; null where there are none, undefined while nobody has looked. Answers start anew. */
  setKernelBtf(kernelBtf: Btf | null | undefined): void {
    if (kernelBtf === this.#options.kernelBtf) return;
    const { kernelBtf: _, ...others } = this.#options;
    this.#options = kernelBtf === undefined ? others : { ...others, kernelBtf };
    for (const { verifications } of this.#files.values()) verifications.fill(null);
  }

  /** The kernel whose verdicts are asked for. Answers start anew. */
  setKernel(kernel: string): void {
    if (kernel === this.#options.kernel) return;
    this.#options = { ...this.#options, kernel };
    for (const { verifications } of this.#files.values()) verifications.fill(null);
  }

  /** Whether a program of the file wants the types of the kernel, and nobody has looked for them yet. */
  wantsKernelTypes(path: string): boolean {
    if (this.#options.kernelBtf !== undefined) return false;
    return this.file(path)?.asm.object.programs.some(wantsKernelTypes) ?? false;
  }

  paths(): Iterable<string> {
    return this.#files.keys();
  }

  file(path: string): OpenFile | null {
    return this.#files.get(path) ?? null;
  }

  /** Takes a file's new text. The verifier's answers for programs that stay the same are kept. */
  setText(path: string, text: string, language?: Language): OpenFile {
    const asm = assembleText(sourceText(path, text), language);
    const before = this.#files.get(path);
    const verifications = asm.object.programs.map((program, index) =>
      hasErrorsIn(asm, index) ? null : keptVerification(before, program),
    );
    const file = { asm, verifications };
    this.#files.set(path, file);
    return file;
  }

  remove(path: string): void {
    this.#files.delete(path);
  }

  /** Verifies what has no answer yet. A text set meanwhile makes the job pointless: drop it and start another. */
  verify(path: string): Job<OpenFile> {
    const file = this.#files.get(path);
    assert(file, `no file ${path}`);
    return new VerifyFile(file, this.#options);
  }
}

function keptVerification(before: OpenFile | undefined, program: Program): Verification | null {
  const index = before?.asm.object.programs.findIndex((old) => sameProgram(old, program)) ?? -1;
  return before?.verifications[index] ?? null;
}

class VerifyFile implements Job<OpenFile> {
  readonly #file: { asm: AsmFile; verifications: (Verification | null)[] };
  readonly #options: VerifyOptions;
  #index = 0;
  #current: Job<Verification> | null = null;

  constructor(file: { asm: AsmFile; verifications: (Verification | null)[] }, options: VerifyOptions) {
    this.#file = file;
    this.#options = options;
  }

  advance(budget: number): boolean {
    const { asm, verifications } = this.#file;
    for (let left = budget; left > 0; this.#index++) {
      const program = asm.object.programs[this.#index];
      if (program === undefined) return true;
      if (verifications[this.#index] !== null || hasErrorsIn(asm, this.#index)) continue;
      this.#current ??= verifyJob(program, this.#options);
      if (!this.#current.advance(left)) return false;
      const verification = this.#current.result();
      verifications[this.#index] = verification;
      this.#current = null;
      left -= Math.max(1, verification.processed);
    }
    return false;
  }

  result(): OpenFile {
    return this.#file;
  }
}
