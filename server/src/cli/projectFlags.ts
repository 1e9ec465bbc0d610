import { parseClangd } from '../c/clangdFile.ts';
import { flagsFor, flagsOfAll, parseCompileCommands, parseCompileFlagsText } from '../c/compileCommands.ts';
import type { CompileFlags } from '../c/compileFlags.ts';
import { folderOf, pathIn } from '../c/includes.ts';
import type { World } from './world.ts';

/**
 * How the project that a source belongs to compiles it: the nearest compile_commands.json or compile_flags.txt in the
 * folders above it, as clangd looks for them, and what .clangd files add.
 */
export function projectFlags({ readNow, workingFolder }: World, path: string): CompileFlags {
  const read = (file: string): string | null => {
    const bytes = readNow(file);
    return bytes === null ? null : new TextDecoder().decode(bytes);
  };
  const full = pathIn(workingFolder, path);
  let database: CompileFlags | null = null;
  const added: CompileFlags[] = [];
  for (const folder of foldersAbove(full)) {
    database ??= databaseFlags(folder, full, read);
    const clangd = pathIn(folder, '.clangd');
    const text = read(clangd);
    if (text !== null) added.unshift(parseClangd(text, clangd, full));
  }
  return flagsOfAll([database, ...added]);
}

type Read = (file: string) => string | null;

function databaseFlags(folder: string, source: string, read: Read): CompileFlags | null {
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
