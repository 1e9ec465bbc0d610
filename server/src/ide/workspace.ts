import { assembleText, type Language } from '../asm/assembleText.ts';
import type { AsmFile } from '../asm/assembler/syntax.ts';
import type { Btf } from '../btf/btf.ts';
import { assert } from '../base/assert.ts';
import type { Job } from '../base/job.ts';
import { sourceText } from '../base/source.ts';
import type { Program } from '../program/program.ts';
import { wantsKernelTypes } from '../verifier/kernelTypes.ts';
import type { Verification, VerifyOptions } from '../verifier/verification.ts';
import { hasErrorsIn } from './diagnostics.ts';
import { sameProgram } from './sameProgram.ts';
import { VerifyPrograms } from './verifyPrograms.ts';

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
    const { asm, verifications } = file;
    const leaveOut = (index: number): boolean => hasErrorsIn(asm, index);
    return new VerifyPrograms(file, { programs: asm.object.programs, verifications, leaveOut }, this.#options);
  }
}

function keptVerification(before: OpenFile | undefined, program: Program): Verification | null {
  const index = before?.asm.object.programs.findIndex((old) => sameProgram(old, program)) ?? -1;
  return before?.verifications[index] ?? null;
}
