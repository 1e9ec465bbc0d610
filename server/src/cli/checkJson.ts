import type { Diagnostic } from '../base/diagnostic.ts';
import { certaintyOf } from '../kernel/releases.ts';
import type { Finding, VerifyOptions } from '../verifier/verification.ts';
import type { CheckedFile, CheckedProgram } from './check.ts';
import type { InputFile } from './inputFile.ts';
import { placeIn, placeOf } from './place.ts';

/** The machine-readable result: a contract, only to be extended. */
export function checkJson(files: readonly CheckedFile[], options: VerifyOptions): unknown {
  return { version: 1, kernel: options.kernel, certainty: certaintyOf(options.kernel), files: files.map(fileJson) };
}

function fileJson(file: CheckedFile): unknown {
  return {
    path: file.input.path,
    error: file.input.error?.message ?? null,
    diagnostics: file.diagnostics.map((one) => frontEndJson(file.input, one)),
    programs: file.programs.map((one) => programJson(one, file.input)),
  };
}

function frontEndJson({ source, path }: InputFile, diagnostic: Diagnostic): unknown {
  const { code, severity, message, span } = diagnostic;
  const place = source === null || span === null ? null : placeIn(source, span);
  return { code, severity, message, source: place === null ? null : { path, line: place.line, column: place.column } };
}

function programJson({ program, verification }: CheckedProgram, input: InputFile): unknown {
  const { outcome, processed, peakStates, stackBytes, finding, log } = verification;
  return {
    name: program.name,
    section: program.section,
    type: program.type,
    insns: program.insns.length,
    outcome,
    processed,
    peakStates,
    stackBytes,
    diagnostics: finding === null ? [] : [findingJson(finding, { program, verification }, input)],
    ...(log === '' ? {} : { log }),
  };
}

function findingJson(finding: Finding, { program }: CheckedProgram, { source }: InputFile): unknown {
  const { code, message, kernelMessage, pc, path, suggestion } = finding;
  const place = pc === null ? null : placeOf(program, pc, source);
  return {
    code,
    message,
    kernelMessage,
    pc,
    source: place === null ? null : { path: place.path, line: place.line, column: place.column },
    path: path.map(({ pc, note }) => ({ pc, note })),
    fix: null,
    suggestion,
  };
}
