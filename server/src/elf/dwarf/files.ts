import { tidyPath } from '../programInfo.ts';
import { AT, FORM, LINE_CONTENT } from './constants.ts';
import type { Cursor } from './cursor.ts';
import type { Entry } from './entry.ts';
import { readForm, textOf } from './form.ts';
import type { Unit } from './unit.ts';

/** More files than a unit includes. */
const MOST_FILES = 20_000;

/** Paths of a unit's source files, by the numbers that its entries use. Source: DWARF 5 and 4, section 6.2.4. */
export function filesOf(root: Entry): ReadonlyMap<number, string> {
  const offset = root.offset(AT.stmtList);
  if (offset === null) return new Map();
  const { unit } = root;
  const cursor = unit.sections.cursor('line', offset);
  const first = cursor.u32();
  const wide = first === 0xffff_ffff;
  if (wide) cursor.u64();
  const version = cursor.u16();
  const place = { unit: { ...unit, wide }, cursor, folder: root.text(AT.compDir) };
  cursor.skip(version >= 5 ? 2 : 0);
  cursor.offset(wide);
  // Sizes and bases of the line program, which is not run: lines come from .BTF.ext.
  cursor.skip(version >= 4 ? 5 : 4);
  cursor.skip(Math.max(0, cursor.u8() - 1));
  return version >= 5 ? newFiles(place) : oldFiles(place);
}

interface FileTable {
  readonly unit: Unit;
  readonly cursor: Cursor;
  /** Where the compiler ran. */
  readonly folder: string;
}

function newFiles(table: FileTable): Map<number, string> {
  const folders = readNames(table).map(({ path }) => joined(table.folder, path));
  const files = readNames(table);
  return new Map(files.map(({ path, folder }, index) => [index, tidyPath(joined(folders[folder] ?? '', path))]));
}

interface FileName {
  readonly path: string;
  readonly folder: number;
}

function readNames({ cursor, unit }: FileTable): FileName[] {
  const shapes = Array.from({ length: cursor.u8() }, () => ({ content: cursor.uleb(), form: cursor.uleb() }));
  const count = Math.min(cursor.uleb(), MOST_FILES);
  const names: FileName[] = [];
  while (names.length < count && !cursor.failed && shapes.length > 0) names.push(readName(cursor, shapes, unit));
  return names;
}

function readName(
  cursor: Cursor,
  shapes: readonly { readonly content: number; readonly form: number }[],
  unit: Unit,
): FileName {
  let path = '';
  let folder = 0;
  for (const { content, form } of shapes) {
    const value = readForm(cursor, form === FORM.implicitConst ? FORM.flagPresent : form, unit);
    if (content === LINE_CONTENT.path) path = textOf(value, unit);
    else if (content === LINE_CONTENT.directoryIndex && value.kind === 'constant') folder = Number(value.value);
  }
  return { path, folder };
}

/** Folder 0 is where the compiler ran, and files count from 1. */
function oldFiles({ cursor, folder: base }: FileTable): Map<number, string> {
  const folders = [base];
  for (let text = cursor.text(); text !== '' && folders.length < MOST_FILES; text = cursor.text())
    folders.push(joined(base, text));
  const files = new Map<number, string>();
  for (let text = cursor.text(); text !== '' && files.size < MOST_FILES; text = cursor.text()) {
    files.set(files.size + 1, tidyPath(joined(folders[cursor.uleb()] ?? '', text)));
    cursor.uleb();
    cursor.uleb();
  }
  return files;
}

function joined(folder: string, path: string): string {
  const absolute = /^([\\/]|[a-z]:)/i.test(path);
  return absolute || folder === '' ? path : `${folder}/${path}`;
}
