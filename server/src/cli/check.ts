import { isUnsupported, type Diagnostic } from '../base/diagnostic.ts';
import { isKnownKernel, LATEST, NEWEST, OLDEST } from '../kernel/releases.ts';
import type { Program } from '../program/program.ts';
import type { Verification, VerifyOptions } from '../verifier/verification.ts';
import { verify } from '../verifier/verify.ts';
import type { Arguments } from './arguments.ts';
import { checkGithub } from './checkGithub.ts';
import { checkJson } from './checkJson.ts';
import { checkSarif } from './checkSarif.ts';
import { checkText } from './checkText.ts';
import { requestFor } from './cFile.ts';
import { EXIT, worst } from './exit.ts';
import type { ExitStatus } from './exit.ts';
import { frontEndErrors, readInput, withoutProgram } from './inputFile.ts';
import type { InputFile } from './inputFile.ts';
import { asLoadedBy, KernelTypes } from './kernelTypes.ts';
import { placeIn } from './place.ts';
import type { World } from './world.ts';

export interface CheckedProgram {
  readonly program: Program;
  readonly verification: Verification;
}

/** What `check` found out about one file. */
export interface CheckedFile {
  readonly input: InputFile;
  /** The front end's findings. */
  readonly diagnostics: readonly Diagnostic[];
  readonly programs: readonly CheckedProgram[];
  readonly status: ExitStatus;
}

/** Verifies every program of the files. */
export async function check(world: World, args: Arguments): Promise<ExitStatus> {
  const options = verifyOptions(args);
  if (typeof options === 'string') return usage(world, options);
  const types = new KernelTypes(world, args, options.kernel);
  const files: CheckedFile[] = [];
  let status: ExitStatus = EXIT.ok;
  const format = args.values.get('--format') ?? 'text';
  for (const path of args.positionals) {
    const input = await readInput(world, path, args.values.get('--type'), { c: requestFor(world, args, path) });
    const kernel = await types.for(input.object?.programs ?? []);
    if (typeof kernel === 'string') return usage(world, kernel);
    const file = checkFile(asLoadedBy(kernel, input), args.values.get('--program'), {
      ...options,
      kernelBtf: kernel?.btf ?? null,
    });
    status = worst(status, file.status);
    for (const line of errorLines(file, format === 'text')) world.error(`${line}\n`);
    // Text and annotations appear file by file; the others are one document.
    if (format === 'text') await world.out(checkText(file, options, world));
    else if (format === 'github') await world.out(checkGithub(file));
    else files.push(file);
  }
  if (format === 'json') await world.out(`${JSON.stringify(checkJson(files, options))}\n`);
  if (format === 'sarif') await world.out(`${JSON.stringify(checkSarif(files, world.version), null, 1)}\n`);
  return status;
}

/** What the options ask the verifier for; a string says what is wrong with them. */
export function verifyOptions(args: Arguments): VerifyOptions | string {
  const kernel = args.values.get('--kernel') ?? NEWEST;
  if (!isKnownKernel(kernel))
    return `unsupported kernel '${kernel}': versions from ${OLDEST} to ${LATEST} are known, as in 6.1`;
  if (args.switches.has('--privileged') && args.switches.has('--unprivileged'))
    return '--privileged and --unprivileged exclude each other';
  const level = Number(args.values.get('--log') ?? 0);
  return {
    kernel,
    privileged: !args.switches.has('--unprivileged'),
    logLevel: level === 2 ? 2 : level === 1 ? 1 : 0,
  };
}

export function usage(world: World, message: string): ExitStatus {
  world.error(`ebpf-workbench: ${message}\n`);
  return EXIT.usage;
}

function checkFile(input: InputFile, only: string | undefined, options: VerifyOptions): CheckedFile {
  const { object, error } = input;
  if (object === null)
    return {
      input,
      diagnostics: [],
      programs: [],
      status: error?.unsupported === true ? EXIT.unsupported : EXIT.usage,
    };
  const wanted = object.programs.filter(({ name }) => only === undefined || name === only);
  if (only !== undefined && wanted.length === 0) return checkFile(withoutProgram(input, only), undefined, options);
  const whole = wanted.filter((program) => !input.broken.has(program));
  const programs = whole.map((program) => ({ program, verification: verify(program, options) }));
  return { input, diagnostics: object.diagnostics, programs, status: statusOf(object.diagnostics, programs) };
}

function statusOf(diagnostics: readonly Diagnostic[], programs: readonly CheckedProgram[]): ExitStatus {
  let status: ExitStatus = EXIT.ok;
  for (const one of diagnostics)
    if (one.severity === 'error') status = worst(status, isUnsupported(one) ? EXIT.unsupported : EXIT.failed);
  for (const { verification } of programs) status = worst(status, statusOfProgram(verification));
  return status;
}

export function statusOfProgram({ outcome }: Verification): ExitStatus {
  return outcome === 'accepted' ? EXIT.ok : outcome === 'rejected' ? EXIT.failed : EXIT.unsupported;
}

/** One line for each error that is not a program's verdict. The text format shows findings in the text itself. */
function errorLines(file: CheckedFile, text: boolean): string[] {
  const { error, path } = file.input;
  if (error !== null) return [`${path}: ${error.message}`];
  return text
    ? []
    : file.diagnostics.filter(({ severity }) => severity === 'error').map((one) => oneLine(file.input, one));
}

/** `path:line:column: message` */
export function oneLine(input: InputFile, diagnostic: Diagnostic): string {
  const { path, source } = input;
  if (source === null || diagnostic.span === null) return `${path}: ${diagnostic.message}`;
  const place = placeIn(source, diagnostic.span);
  return `${path}:${place.line}:${place.column}: ${diagnostic.message}`;
}

/** The front end's errors as lines, for commands that need whole programs. */
export function frontEndLines(input: InputFile): string[] {
  return input.object === null ? [] : frontEndErrors(input.object).map((one) => oneLine(input, one));
}
