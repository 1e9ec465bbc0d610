import type { FoundFile, Includes } from './compile.ts';

/** A folder in which `#include` looks (`-iquote`, `-I`, `-isystem`, `-idirafter`). */
export interface SearchFolder {
  readonly path: string;
  /** No warnings about what is in it. */
  readonly system: boolean;
  /** Not for names in angle brackets. */
  readonly quotedOnly: boolean;
}

/** The text of a file, or null when there is none or it has not been read yet. */
export type ReadFile = (path: string) => string | null;

/**
 * Answers `#include` by the rules of GCC and clang: a quoted name is looked for beside the including file first, then
 * in the folders in their order; `#include_next` goes on behind the folder where the including file was found.
 */
export function searchFolders(folders: readonly SearchFolder[], read: ReadFile): Includes {
  const isSystem = systemFiles(folders);
  return (name, angled, from, next) => {
    if (isAbsolute(name)) return foundAt(normalPath(name), -1, isSystem(normalPath(name)), read);
    if (!angled && next === null) {
      const found = foundAt(pathIn(folderOf(from), name), -1, isSystem(from), read);
      if (found !== null) return found;
    }
    for (let index = (next ?? -1) + 1; index < folders.length; index++) {
      const folder = folders[index];
      if (folder === undefined || (folder.quotedOnly && angled)) continue;
      const found = foundAt(pathIn(folder.path, name), index, folder.system, read);
      if (found !== null) return found;
    }
    return null;
  };
}

function foundAt(path: string, folder: number, system: boolean, read: ReadFile): FoundFile | null {
  const text = read(path);
  return text === null ? null : { path, text, system, folder };
}

/** What is included beside a system header is one, too. */
function systemFiles(folders: readonly SearchFolder[]): (path: string) => boolean {
  const roots = folders.filter(({ system }) => system).map(({ path }) => `${normalPath(path)}/`);
  return (path) => roots.some((root) => path.startsWith(root));
}

/** The paths that an `#include` would try, in their order, for who reads files ahead. */
export function candidates(
  folders: readonly SearchFolder[],
  { name, angled, from, next }: { name: string; angled: boolean; from: string; next: number | null },
): string[] {
  if (isAbsolute(name)) return [normalPath(name)];
  const beside = angled || next !== null ? [] : [pathIn(folderOf(from), name)];
  const usable = folders.filter(({ quotedOnly }, index) => index > (next ?? -1) && !(quotedOnly && angled));
  return [...beside, ...usable.map(({ path }) => pathIn(path, name))];
}

/** A path or a URI, without its last part; empty for a name without a folder. */
export function folderOf(path: string): string {
  return path.slice(0, Math.max(0, Math.max(path.lastIndexOf('/'), path.lastIndexOf('\\'))));
}

export function isAbsolute(path: string): boolean {
  return /^(?:[/\\]|[A-Za-z]:[/\\]|[a-z][a-z0-9+.-]+:\/\/)/i.test(path);
}

/** A name seen from a folder; an absolute one stays. */
export function pathIn(folder: string, name: string): string {
  if (isAbsolute(name) || folder === '') return normalPath(name);
  return normalPath(/[/\\]$/.test(folder) ? folder + name : `${folder}/${name}`);
}

/** Without `.` and `name/..`, so that one file has one path. */
export function normalPath(path: string): string {
  if (!/(?:^|[/\\])\.{1,2}(?:[/\\]|$)|[/\\]{2}/.test(path)) return path;
  const root = /^(?:[a-z][a-z0-9+.-]+:\/\/[^/]*\/?|[A-Za-z]:[/\\]|[/\\]+)/i.exec(path)?.[0] ?? '';
  const parts: string[] = [];
  for (const part of path.slice(root.length).split(/[/\\]+/)) {
    if (part === '.' || part === '') continue;
    const last = parts[parts.length - 1];
    if (part === '..' && last !== undefined && last !== '..') parts.pop();
    else if (part !== '..' || root === '') parts.push(part);
  }
  return root + parts.join('/');
}
