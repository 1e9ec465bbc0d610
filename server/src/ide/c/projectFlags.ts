import { parseClangd } from '../../c/clangdFile.ts';
import { flagsFor, flagsOfAll, parseCompileCommands, parseCompileFlagsText } from '../../c/compileCommands.ts';
import type { CompileFlags } from '../../c/compileFlags.ts';
import { folderOf, pathIn, type ReadFile } from '../../c/includes.ts';

/**
 * How the project that a source belongs to compiles it: the nearest compile_commands.json or compile_flags.txt in the
 * folders above it, as clangd looks for them, and what .clangd files add.
 */
export function projectFlags(read: ReadFile, path: string): CompileFlags {
  let database: CompileFlags | null = null;
  const added: CompileFlags[] = [];
  for (const folder of foldersAbove(path)) {
    database ??= databaseFlags(folder, path, read);
    const clangd = pathIn(folder, '.clangd');
    const text = read(clangd);
    if (text !== null) added.unshift(parseClangd(text, clangd, path));
  }
  return flagsOfAll([database, ...added]);
}

function databaseFlags(folder: string, source: string, read: ReadFile): CompileFlags | null {
  for (const name of ['compile_commands.json', 'build/compile_commands.json']) {
    const file = pathIn(folder, name);
    const text = read(file);
    const flags = text === null ? null : flagsFor(parseCompileCommands(text, file), source);
    if (flags !== null) return flags;
  }
  const file = pathIn(folder, 'compile_flags.txt');
  const text = read(file);
  return text === null ? null : parseCompileFlagsText(text, file);
}

const MOST_FOLDERS = 50;

/** From the innermost one outwards. */
function foldersAbove(path: string): string[] {
  const folders: string[] = [];
  let folder = folderOf(path);
  while (folders.length < MOST_FOLDERS) {
    folders.push(folder);
    const outer = folderOf(folder);
    if (outer === folder || folder === '') break;
    folder = outer;
  }
  return folders;
}
