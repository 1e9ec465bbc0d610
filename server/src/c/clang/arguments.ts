import type { CompileOptions } from '../compile.ts';
import type { SearchFolder } from '../includes.ts';

/** A compilation, as the command line and editors ask for it. */
export interface ClangRequest extends CompileOptions {
  readonly path: string;
  readonly folders: readonly SearchFolder[];
}

/**
 * The words after `clang` that write the object to standard output and diagnostics in the form that `readDiagnostics`
 * reads. clang has no profile in which locals stay where they are and programs are still accepted; -O1 comes next to it.
 */
export function clangArguments({
  path,
  cpu,
  profile,
  defines,
  forced = [],
  warnings = [],
  assumes = {},
  standard,
  folders,
}: ClangRequest): string[] {
  return [
    '-target', 'bpf', `-mcpu=v${cpu}`, profile === 'debug' ? '-O1' : '-O2', '-g', '-c', '-Wall',
    '-fno-color-diagnostics', '-fdiagnostics-print-source-range-info', '-fdiagnostics-parseable-fixits',
    '-fcaret-diagnostics-max-lines=1', '-fmessage-length=0',
    ...(assumes.strictAliasing === false ? ['-fno-strict-aliasing'] : []),
    ...(assumes.noOverflow === false ? ['-fwrapv'] : []),
    ...(standard === 23 ? ['-std=gnu2x'] : []),
    ...warnings,
    ...defines.map(({ name, value }) => (value === null ? `-U${name}` : `-D${name}=${value}`)),
    ...folders.map(({ path: folder, system, quotedOnly }) => `${folderOption(system, quotedOnly)}${folder}`),
    ...forced.flatMap((file) => ['-include', file]),
    // A name that begins with a dash must not be taken for an option.
    '-x', 'c', '-o', '-', '--', path,
  ]; // prettier-ignore
}

function folderOption(system: boolean, quotedOnly: boolean): string {
  return quotedOnly ? '-iquote' : system ? '-idirafter' : '-I';
}
