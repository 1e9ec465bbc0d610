import type { SourceText } from '../../base/source.ts';
import { sourceText } from '../../base/source.ts';
import { clangArguments } from '../../c/clang/arguments.ts';
import { readDiagnostics } from '../../c/clang/readDiagnostics.ts';
import { BUNDLED_FOLDER } from '../../c/headers/bundledFolder.ts';
import { folderOf } from '../../c/includes.ts';
import { foldersOf, withObject, type CFile, type CSetting } from './cFile.ts';

/** What running clang gave: the object on standard output, findings on standard error. */
export interface ClangAnswer {
  readonly status: number | null;
  readonly out: Uint8Array;
  readonly error: string;
}

/** Runs a tool with something to read; null when it is not installed. */
export type RunTool = (name: string, words: readonly string[], input: string) => Promise<ClangAnswer | null>;

/** Names under which it may be installed, newest first. */
const CLANGS = ['clang', 'clang-21', 'clang-20', 'clang-19', 'clang-18', 'clang-17', 'clang-16'];

/** Whether the user wants clang to compile the file, or ours does not take it and clang may. */
export function wantsClang(file: CFile, compiler: string): boolean {
  if (compiler === 'clang') return true;
  if (compiler === 'builtin' || file.clangs !== null) return false;
  return file.result.diagnostics.some(({ severity, code }) => severity === 'error' && code.includes('unsupported'));
}

/** The file as clang compiles its present text; null where clang is not installed, or does not take what ours refuses. */
export async function compiledByClang(
  file: CFile,
  setting: CSetting,
  compiler: string,
  run: RunTool,
): Promise<CFile | null> {
  const { source } = file;
  const { flags } = setting;
  const folder = { path: folderOf(source.path), system: false, quotedOnly: true };
  const folders = [folder, ...foldersOf(setting)].filter(({ path }) => path !== BUNDLED_FOLDER.path);
  const request = {
    cpu: flags.cpu ?? 3,
    profile: 'optimised',
    defines: flags.defines,
    forced: flags.forced,
    warnings: flags.warnings,
  } as const;
  const words = clangArguments({ path: '-', ...request, folders });
  // The text may not be saved yet, so clang is told whose text it reads.
  const input = `# 1 ${JSON.stringify(source.path)}\n${source.text}`;
  for (const name of CLANGS) {
    const answer = await run(name, words, input);
    if (answer === null) continue;
    if (answer.status !== 0 && compiler !== 'clang') return null;
    return answered(file, setting, answer);
  }
  return null;
}

function answered(file: CFile, setting: CSetting, { status, out, error }: ClangAnswer): CFile {
  const sourceOf = (path: string): SourceText | null => {
    const text = setting.read(path);
    return text === null ? null : sourceText(path, text);
  };
  const clangs = readDiagnostics(error, file.source, sourceOf);
  return { ...withObject(file, status === 0 ? out : null, setting), clangs };
}
