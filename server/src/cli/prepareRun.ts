import type { RecordingHead } from '../events/reader.ts';
import type { Program } from '../program/program.ts';
import type { Verification, VerifiedProgram, VerifyOptions } from '../verifier/verification.ts';
import { verify } from '../verifier/verify.ts';
import { withConstants } from '../run/constants.ts';
import { frontEndLines, statusOfProgram } from './check.ts';
import { findingText } from './checkText.ts';
import { EXIT } from './exit.ts';
import type { ExitStatus } from './exit.ts';
import { noProgram, withObject } from './inputFile.ts';
import type { InputFile } from './inputFile.ts';
import type { World } from './world.ts';

/** What the verifier said before a run. */
export interface Verified {
  /** Of the program to run; null with --unverified. */
  readonly verification: Verification | null;
  /** Accepted programs: these run without checks. */
  readonly programs: readonly VerifiedProgram[];
}

/** The file with its constants as they were when it was recorded, and what of that could not be done. */
export function asRecorded(
  input: InputFile,
  head: RecordingHead | null,
): { readonly input: InputFile; readonly notes: readonly string[] } {
  if (input.object === null || head === null) return { input, notes: [] };
  const { object, notes } = withConstants(input.object, head.constants);
  return { input: withObject(input, object), notes };
}

/**
 * Finds the program to run, or of a recording that names its hooks (`several`) all there are; a status means that the
 * reason was told.
 */
export function choosePrograms(
  world: World,
  input: InputFile,
  name: string | undefined,
  several: boolean,
): readonly Program[] | ExitStatus {
  const all = input.object?.programs ?? [];
  if (name !== undefined || !several || all.length < 2 || frontEndLines(input).length > 0) {
    const chosen = chooseProgram(world, input, name);
    return typeof chosen === 'number' ? chosen : [chosen];
  }
  return all;
}

/** Finds the one program of a file; a status means that the reason was told. */
export function chooseProgram(world: World, input: InputFile, name: string | undefined): Program | ExitStatus {
  const { object, error, path } = input;
  if (object === null) {
    world.error(`${path}: ${error?.message ?? 'unreadable'}\n`);
    return error?.unsupported === true ? EXIT.unsupported : EXIT.usage;
  }
  const errors = frontEndLines(input);
  const { programs } = object;
  const names = programs.map((program) => program.name).join(', ');
  const found =
    name === undefined ? (programs.length === 1 ? programs[0] : undefined) : programs.find((one) => one.name === name);
  for (const line of errors) world.error(`${line}\n`);
  // A file's other programs may be whole.
  if (errors.length > 0 && (found === undefined || input.broken.has(found))) return EXIT.failed;
  if (found !== undefined) return found;
  if (programs.length === 0) world.error(`${path}: no programs\n`);
  else if (name === undefined) world.error(`${path}: has several programs; choose one with --program: ${names}\n`);
  else world.error(`${path}: ${noProgram(object, name)}\n`);
  return EXIT.usage;
}

/** Asks the verifier about the programs and those they may tail-call to; nothing runs when it refuses one. */
export function verifyForRun(
  world: World,
  input: InputFile,
  programs: readonly Program[],
  options: VerifyOptions,
  unverified: boolean,
): Verified | ExitStatus {
  if (unverified) return { verification: null, programs: [] };
  const all: Verified[] = [];
  for (const program of programs) {
    const verified = verifyOne(world, input, program, options);
    if (typeof verified === 'number') return verified;
    all.push(verified);
  }
  // Of several the one that says least speaks for all.
  const worst = all.find(({ verification }) => verification?.outcome !== 'accepted') ?? all[0];
  const accepted = new Set(all.flatMap((verified) => verified.programs));
  return { verification: worst?.verification ?? null, programs: [...accepted] };
}

function verifyOne(world: World, input: InputFile, program: Program, options: VerifyOptions): Verified | ExitStatus {
  const verification = verify(program, options);
  if (verification.outcome === 'rejected') {
    world.error(findingText({ program, verification }, input, world));
    world.error(
      `${input.path}: the verifier refuses ${program.name}; --unverified runs it anyway, with every access checked\n`,
    );
    return statusOfProgram(verification);
  }
  const programs = verification.program === null ? [] : [verification.program];
  const tailCalls = program.maps.some(({ type }) => type === 'prog_array');
  for (const other of tailCalls ? (input.object?.programs ?? []) : []) {
    if (other === program || other.type !== program.type) continue;
    const answer = verify(other, options);
    if (answer.program !== null) programs.push(answer.program);
  }
  return { verification, programs };
}
