import type { Btf } from '../../btf/btf.ts';
import type { Diagnostic } from '../../base/diagnostic.ts';
import type { Job } from '../../base/job.ts';
import { sourceText, type SourceText } from '../../base/source.ts';
import { wholly } from '../../base/steps.ts';
import {
  compileInStages,
  type Compiled,
  type CompileOptions,
  type CompileResult,
  type FrontInput,
  type Kept,
} from '../../c/compile.ts';
import { compileOptions, type CompileFlags } from '../../c/compileFlags.ts';
import { includesKernelTypes, readWithBundled } from '../../c/headers/bundledFolder.ts';
import { searchFolders, type ReadFile, type SearchFolder } from '../../c/includes.ts';
import type { HeaderStore } from '../../c/store/headerStore.ts';
import { withLocals } from '../../c/withLocals.ts';
import { readObject } from '../../elf/readObject.ts';
import type { BpfObject, Program } from '../../program/program.ts';
import type { Verification, VerifyOptions } from '../../verifier/verification.ts';
import { loadedBy } from '../kernelSource.ts';
import { sameProgram } from '../sameProgram.ts';
import { VerifyPrograms } from '../verifyPrograms.ts';
import { headerFolders } from './userSettings.ts';

/** A C source that an editor has open, compiled, with the verifier's answers. */
export interface CFile {
  readonly source: SourceText;
  readonly result: CompileResult;
  /** As the kernel loads it; null while there are errors. */
  readonly object: BpfObject | null;
  /** By program of the object; null while the answer is not there yet. */
  readonly verifications: (Verification | null)[];
  /** What clang found, where it compiled the file; null where ours did. */
  readonly clangs: readonly Diagnostic[] | null;
  /** For the next compilation. */
  readonly kept: Kept;
  /** Answers of the verifier, of this text or of the last one that was without errors. */
  readonly answers: Answers | null;
}

export interface Answers {
  readonly object: BpfObject;
  readonly verifications: readonly (Verification | null)[];
  /** Which kernel's they are. */
  readonly kernel: KernelSetting;
}

type KernelSetting = Pick<CSetting, 'kernelName' | 'kernelTypes'>;

/** All that decides how a source is read, but for its text. */
export interface CSetting {
  readonly flags: CompileFlags;
  /** `optimised` unless said otherwise. */
  readonly profile?: CompileOptions['profile'];
  /** The system's folders of headers. */
  readonly systemFolders: readonly string[];
  /** The system's headers before our own. */
  readonly systemFirst: boolean;
  readonly read: ReadFile;
  /** Of the kernel that the program is for; null where there is none. */
  readonly kernelTypes: Btf | null;
  readonly kernelName: string;
  /** Where large headers are kept between sessions. */
  readonly store?: HeaderStore | undefined;
}

export function foldersOf({ flags, systemFolders, systemFirst }: CSetting): SearchFolder[] {
  return headerFolders(flags, systemFolders, systemFirst);
}

/** Whether the source includes a "vmlinux.h" that has to be made from a kernel's types. */
export function wantsVmlinux(path: string, text: string, setting: CSetting): boolean {
  return includesKernelTypes({ path, text, folders: foldersOf(setting), read: setting.read });
}

/** Compiles a text. Answers of the verifier for programs that stay the same are kept. */
export function openC(path: string, text: string, setting: CSetting, before: CFile | null): CFile {
  return wholly(openInStages(path, text, setting, before));
}

/** As `openC`, stopping between stages. Gives the file with what the front end found as soon as that is known. */
export function* openInStages(
  path: string,
  text: string,
  setting: CSetting,
  before: CFile | null,
): Generator<CFile | null, CFile> {
  const stages = compileInStages(inputOf(path, text, setting), before?.kept ?? null);
  const source = sourceText(path, text);
  for (;;) {
    const step = stages.next();
    if (step.done === true) return yield* compiled(source, step.value, setting, before);
    const { found } = step.value;
    const nothing = { object: null, verifications: [], clangs: null, kept: NOTHING_KEPT, answers: null };
    yield found && { source, result: found, ...nothing };
  }
}

const NOTHING_KEPT: Kept = { preamble: null, unit: null };

function inputOf(path: string, text: string, setting: CSetting): FrontInput {
  const folders = foldersOf(setting);
  const { kernelTypes, read, flags, profile = 'optimised', store } = setting;
  const includes = searchFolders(folders, readWithBundled({ path, text, folders, read, kernelTypes }));
  return { path, text, includes, options: compileOptions(flags, profile), store };
}

function* compiled(
  source: SourceText,
  { result, kept }: Compiled,
  setting: CSetting,
  before: CFile | null,
): Generator<null, CFile> {
  const answers = before?.answers ?? null;
  const file = { source, result, clangs: null, kept };
  // What there is to say has been said.
  if (result.object === null) return { ...file, object: null, ...answersFor(null, setting, answers) };
  yield null;
  const object = withLocals(objectFor(source.path, result.object, setting), result);
  yield null;
  return { ...file, object, ...answersFor(object, setting, answers) };
}

/** The file with another object, or with none. Answers of the verifier for programs that stay the same are kept. */
export function withObject(file: CFile, bytes: Uint8Array | null, setting: CSetting): CFile {
  const object = bytes === null ? null : objectFor(file.source.path, bytes, setting);
  return { ...file, object, ...answersFor(object, setting, file.answers) };
}

/** Those for programs that stay the same under the same kernel. */
function answersFor(
  object: BpfObject | null,
  { kernelName, kernelTypes }: KernelSetting,
  before: Answers | null,
): Pick<CFile, 'verifications' | 'answers'> {
  const kernel = { kernelName, kernelTypes };
  const holds = before?.kernel.kernelName === kernelName && before.kernel.kernelTypes === kernelTypes;
  const known = holds ? before : null;
  if (object === null) return { verifications: [], answers: known };
  const verifications = object.programs.map((program) => keptVerification(known, program));
  return { verifications, answers: { object, verifications, kernel } };
}

function objectFor(path: string, bytes: Uint8Array, { kernelTypes, kernelName }: CSetting): BpfObject {
  const object = readObject(path, bytes);
  return kernelTypes === null ? object : loadedBy({ name: kernelName, btf: kernelTypes, adapts: true }, object);
}

function keptVerification(before: Answers | null, program: Program): Verification | null {
  const index = before?.object.programs.findIndex((old) => sameProgram(old, program)) ?? -1;
  return before?.verifications[index] ?? null;
}

/** Verifies what has no answer yet. */
export function verifyC(file: CFile, options: VerifyOptions): Job<CFile> {
  const { object, verifications } = file;
  const programs = object?.programs ?? [];
  return new VerifyPrograms(file, { programs, verifications, leaveOut: () => false }, options);
}
