import { isUnsupported, type Diagnostic } from '../../base/diagnostic.ts';
import type { SourceText } from '../../base/source.ts';
import { sourceText } from '../../base/source.ts';
import { clangArguments } from '../../c/clang/arguments.ts';
import { readDiagnostics } from '../../c/clang/readDiagnostics.ts';
import { BUNDLED_FOLDER } from '../../c/headers/bundledFolder.ts';
import { compileOptions, type CompileFlags } from '../../c/compileFlags.ts';
import { folderOf, type SearchFolder } from '../../c/includes.ts';
import { foldersOf, withObject, type CFile, type CSetting } from './cFile.ts';

/** What running clang gave: the object on standard output, findings on standard error. */
export interface ClangAnswer {
  /** Exit status; null when it was ended by a signal. */
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
  return file.clangs === null && isForClang(file.result.diagnostics, compiler);
}

/** Whether clang is to compile a source of which our compiler says this. */
export function isForClang(diagnostics: readonly Diagnostic[], compiler: string): boolean {
  if (compiler !== 'auto') return compiler === 'clang';
  return diagnostics.some((one) => one.severity === 'error' && isUnsupported(one));
}

/** What clang is asked to compile, and how. */
export interface ClangSource {
  readonly path: string;
  readonly text: string;
  readonly flags: CompileFlags;
  readonly folders: readonly SearchFolder[];
  readonly profile: 'debug' | 'optimised';
}

/** What the newest clang that is installed makes of a text; null where there is none. */
export async function runClang(source: ClangSource, run: RunTool): Promise<ClangAnswer | null> {
  const { path, text, flags, profile } = source;
  const own = { path: folderOf(path), system: false, quotedOnly: true };
  const folders = [own, ...source.folders].filter((folder) => folder.path !== BUNDLED_FOLDER.path);
  const words = clangArguments({ path: '-', ...compileOptions(flags, profile), folders });
  // The text may not be saved yet, so clang is told whose text it reads.
  const input = `# 1 ${JSON.stringify(path)}\n${text}`;
  return (await newestClang(run, words, input))?.answer ?? null;
}

/** What the newest clang that is installed answers, and its name; null where there is none. */
export async function newestClang(
  run: RunTool,
  words: readonly string[],
  input: string,
): Promise<{ readonly name: string; readonly answer: ClangAnswer } | null> {
  for (const name of CLANGS) {
    const answer = await run(name, words, input);
    if (answer !== null) return { name, answer };
  }
  return null;
}

/** The file as clang compiles its present text; null where clang is not installed, or does not take what ours refuses. */
export async function compiledByClang(
  file: CFile,
  setting: CSetting,
  compiler: string,
  run: RunTool,
): Promise<CFile | null> {
  const { path, text } = file.source;
  const { flags } = setting;
  const answer = await runClang({ path, text, flags, folders: foldersOf(setting), profile: 'optimised' }, run);
  if (answer === null || (answer.status !== 0 && compiler !== 'clang')) return null;
  return answered(file, setting, answer);
}

function answered(file: CFile, setting: CSetting, { status, out, error }: ClangAnswer): CFile {
  const sourceOf = (path: string): SourceText | null => {
    const text = setting.read(path);
    return text === null ? null : sourceText(path, text);
  };
  const clangs = readDiagnostics(error, file.source, sourceOf);
  return { ...withObject(file, status === 0 ? out : null, setting), clangs };
}
