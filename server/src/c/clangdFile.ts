import { flagsOf, type CompileFlags } from './compileFlags.ts';
import { folderOf } from './includes.ts';

/**
 * The `CompileFlags: Add` of a .clangd file, in the two ways of writing that people use: a list in
 * brackets, which may go over several lines, or one item a line. A fragment with an `If` counts only where its
 * `PathMatch` fits the path of the file.
 */
export function parseClangd(text: string, path: string, file: string): CompileFlags {
  const args = text
    .split(/^---\s*$/m)
    .filter((fragment) => appliesTo(fragment, file.slice(folderOf(path).length + 1)))
    .flatMap((fragment) => addedFlags(fragment));
  return flagsOf(args, folderOf(path));
}

/** https://clangd.llvm.org/config#conditions: the whole path relative to the file, any of several. */
function appliesTo(fragment: string, relative: string): boolean {
  const lines = fragment.split(/\r?\n/);
  if (!lines.some((line) => /^If\s*:/.test(line))) return true;
  const section = sectionOf(lines, 'If');
  const wanted = itemsOf(section, 'PathMatch');
  const unwanted = itemsOf(section, 'PathExclude');
  return (
    (wanted.length === 0 || wanted.some((one) => matches(one, relative))) &&
    !unwanted.some((one) => matches(one, relative))
  );
}

function matches(pattern: string, relative: string): boolean {
  try {
    return new RegExp(`^(?:${pattern})$`).test(relative);
  } catch {
    return false; // A pattern that is no regular expression fits nothing.
  }
}

function addedFlags(fragment: string): string[] {
  return itemsOf(sectionOf(fragment.split(/\r?\n/), 'CompileFlags'), 'Add');
}

/** The lines below `Name:`, and what stands behind it on its own line. */
function sectionOf(lines: readonly string[], name: string): string[] {
  const start = lines.findIndex((line) => new RegExp(`^${name}\\s*:`).test(line));
  if (start === -1) return [];
  const rest = lines.slice(start + 1);
  const end = rest.findIndex((line) => /^\S/.test(line) && !line.startsWith('#'));
  const own = (lines[start] ?? '').replace(/^[^:]*:\s*/, '').replace(/^\{(.*)\}\s*$/, '$1');
  return [own, ...(end === -1 ? rest : rest.slice(0, end))];
}

/** The items of `Key: [a, b]`, `Key: a`, or of the lines `- a` below `Key:`. */
function itemsOf(lines: readonly string[], key: string): string[] {
  const start = lines.findIndex((line) => new RegExp(`(?:^|[\\s,{])${key}\\s*:`).test(line));
  if (start === -1) return [];
  const own = withoutComment((lines[start] ?? '').replace(new RegExp(`^.*?${key}\\s*:\\s*`), ''));
  const below = lines.slice(start + 1);
  if (own.startsWith('[')) return bracketItems([own, ...below.map(withoutComment)].join('\n'));
  if (own !== '') return [unquoted(own)];
  const items: string[] = [];
  for (const line of below) {
    const item = /^\s*-\s+(.*)$/.exec(withoutComment(line));
    if (item === null && withoutComment(line) !== '') break;
    if (item !== null) items.push(unquoted(item[1]!));
  }
  return items;
}

function bracketItems(text: string): string[] {
  const close = text.indexOf(']');
  const inner = text.slice(1, close === -1 ? text.length : close);
  const items = inner.match(/"(?:[^"\\]|\\.)*"|'(?:[^']|'')*'|[^,\s][^,\n]*/g) ?? [];
  return items.map((item) => unquoted(item.trim()));
}

/** A comment begins with a number sign at the beginning or behind white space. */
function withoutComment(line: string): string {
  return line.replace(/(?:^|\s)#.*$/, '').trim();
}

function unquoted(text: string): string {
  const trimmed = text.trim();
  if (/^".*"$/s.test(trimmed)) return trimmed.slice(1, -1).replaceAll(/\\(.)/g, '$1');
  return /^'.*'$/s.test(trimmed) ? trimmed.slice(1, -1).replaceAll("''", "'") : trimmed;
}
