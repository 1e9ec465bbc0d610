import { flagsOf, NO_FLAGS, type CompileFlags } from '../../c/compileFlags.ts';
import { BUNDLED_FOLDER } from '../../c/headers/bundledFolder.ts';
import type { SearchFolder } from '../../c/includes.ts';

/** The settings under `ebpf.c`. */
export interface CUserSettings {
  readonly includePaths?: readonly string[];
  readonly defines?: readonly string[];
  readonly cpu?: string;
  readonly headers?: string;
  /** auto, builtin or clang. */
  readonly compiler?: string;
}

/** What the settings add to the flags of the project. */
export function userFlags({ includePaths = [], defines = [], cpu = '' }: CUserSettings): CompileFlags {
  const words = [...includePaths.map((path) => `-I${path}`), ...defines.map((define) => `-D${define}`)];
  if (/^v[1-4]$/.test(cpu)) words.push(`-mcpu=${cpu}`);
  return words.length === 0 ? NO_FLAGS : flagsOf(words, '');
}

/** Where headers are looked for: in the folders of the flags, then in the system's or our own, whichever comes first. */
export function headerFolders(
  flags: CompileFlags,
  systemFolders: readonly string[],
  systemFirst: boolean,
): SearchFolder[] {
  const system = systemFolders.map((path) => ({ path, system: true, quotedOnly: false }));
  return [...flags.folders, ...(systemFirst ? [...system, BUNDLED_FOLDER] : [BUNDLED_FOLDER, ...system])];
}
