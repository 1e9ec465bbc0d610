import { isJsonError, parseJson, type JsonNode, type JsonValue } from '../base/json.ts';
import { flagsOf, joinedFlags, NO_FLAGS, splitCommand, type CompileFlags } from './compileFlags.ts';
import { folderOf, pathIn } from './includes.ts';

/**
 * The flags by file of a compile_commands.json (clang's "JSON Compilation Database"); of a file that is in it several
 * times the first entry counts. `path` is the database's own. What cannot be read is left out.
 */
export function parseCompileCommands(text: string, path: string): ReadonlyMap<string, CompileFlags> {
  const flags = new Map<string, CompileFlags>();
  const root = parseJson(text);
  if (isJsonError(root) || root.value.kind !== 'array') return flags;
  for (const { value } of root.value.items) {
    if (value.kind !== 'object') continue;
    const directory = pathIn(folderOf(path), textOf(value, 'directory') ?? '');
    const file = textOf(value, 'file');
    if (file === null) continue;
    const name = pathIn(directory, file);
    if (!flags.has(name)) flags.set(name, flagsOf(argumentsOf(value), directory));
  }
  return flags;
}

/**
 * The flags for a file: its own, else those of a file in the same folder (a header's or a new file's neighbours are
 * compiled in the same way mostly); null when the database says nothing.
 */
export function flagsFor(database: ReadonlyMap<string, CompileFlags>, path: string): CompileFlags | null {
  const own = database.get(path);
  if (own !== undefined) return own;
  const folder = folderOf(path);
  for (const [file, flags] of database) if (folderOf(file) === folder && file.endsWith('.c')) return flags;
  return null;
}

/** compile_flags.txt: one argument a line. */
export function parseCompileFlagsText(text: string, path: string): CompileFlags {
  const args = text.split(/\r?\n/).map((line) => line.trim());
  return flagsOf(args.filter((line) => line !== ''), folderOf(path)); // prettier-ignore
}

/** What a file is compiled with when several sources speak: the later ones add to the earlier ones. */
export function flagsOfAll(sources: readonly (CompileFlags | null)[]): CompileFlags {
  let all = NO_FLAGS;
  for (const flags of sources) if (flags !== null) all = joinedFlags(all, flags);
  return all;
}

type JsonObject = Extract<JsonValue, { kind: 'object' }>;

function argumentsOf(entry: JsonObject): string[] {
  const list = entry.members.get('arguments')?.node.value;
  if (list?.kind === 'array') return list.items.flatMap((node) => stringOf(node) ?? []);
  return splitCommand(textOf(entry, 'command') ?? '');
}

function textOf(entry: JsonObject, key: string): string | null {
  const member = entry.members.get(key);
  return member === undefined ? null : stringOf(member.node);
}

function stringOf({ value }: JsonNode): string | null {
  return value.kind === 'string' ? value.text : null;
}
