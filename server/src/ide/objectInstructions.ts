import type { Job } from '../base/job.ts';
import type { BpfObject } from '../program/program.ts';
import { wantsKernelTypes } from '../verifier/kernelTypes.ts';
import type { Verification, VerifyOptions } from '../verifier/verification.ts';
import { loadedBy, type ChosenKernel } from './kernelSource.ts';
import { instructionsText, type InstructionsText } from './instructionsText.ts';
import { openObject } from './openObject.ts';
import { VerifyPrograms } from './verifyPrograms.ts';

/** The instructions of an object file, with the verifier's answers. */
export interface ObjectInstructions {
  readonly text: InstructionsText;
  /** By program; null while the answer is not there yet. */
  readonly verifications: (Verification | null)[];
}

/** What an object file holds, adapted to the kernel where one is given, or why that is nothing. */
export function objectInstructions(path: string, bytes: Uint8Array, kernel: ChosenKernel | null): ObjectInstructions {
  const name = path.split(/[\\/]/).at(-1) ?? path;
  const opened = openObject(path, bytes);
  if ('problem' in opened) return showing(EMPTY, `${name}: ${opened.problem}`, path);
  const object = loadedBy(kernel, opened.object);
  const adapted = kernel === null ? '' : `, as ${kernel.name} loads it`;
  if (object.programs.length > 0) return showing(object, `Instructions of ${name}${adapted}`, path);
  const problem =
    object.diagnostics.find(({ severity }) => severity === 'error')?.message ?? 'there is no program in it';
  return showing(object, `${name}: ${problem}`, path);
}

const EMPTY: BpfObject = { path: '', programs: [], maps: [], license: '', btf: null, diagnostics: [] };

/** All source lines are told with the names of their files, as none of them is the object. */
function showing(object: BpfObject, title: string, path: string): ObjectInstructions {
  return { text: instructionsText(object, title, path), verifications: object.programs.map(() => null) };
}

/** Whether the programs depend on the types of the kernel that they are for. */
export function objectWantsKernelTypes({ text }: ObjectInstructions): boolean {
  return text.object.programs.some(wantsKernelTypes);
}

/** Verifies what has no answer yet. */
export function verifyObject(shown: ObjectInstructions, options: VerifyOptions): Job<ObjectInstructions> {
  const { text, verifications } = shown;
  return new VerifyPrograms(shown, { programs: text.object.programs, verifications, leaveOut: () => false }, options);
}
