import type { FoundFile } from '../compile.ts';
import type { Place, Range, SourceFile } from '../places.ts';
import { reportError, reportWarning } from '../problem.ts';
import { TOKEN } from '../tokens.ts';
import { CLASS, CLASS_OF, LESS, QUOTE } from './characters.ts';
import { expandAll } from './expand.ts';
import { restOfLine } from './directives.ts';
import { Lexer } from './lexer.ts';
import { readTokens } from './readTokens.ts';
import { currentFile, LIMITS, rangeOf, stop, type OpenFile, type PreToken, type Unit } from './unit.ts';

/** `#include` and `#include_next` (C11 6.10.2), after the word. */
export function include(unit: Unit, word: PreToken, hash: PreToken, next: boolean): void {
  const header = headerName(unit, word);
  if (header === null) return;
  const open = currentFile(unit);
  open.lexer.skipLine();
  if (unit.inArguments > 0) {
    const message = 'embedding a #include directive within macro arguments is not supported';
    return reportError(unit.problems, 'include-invalid', { start: hash.place, end: word.end }, message);
  }
  if (unit.open.length > LIMITS.includeDepth || unit.inclusionCount >= LIMITS.inclusions) {
    return stop(unit, { code: 'include-too-deep', at: header.at, message: '#include nested too deeply' });
  }
  enterHeader(unit, header, hash, word, next);
}

export interface Header {
  readonly name: string;
  readonly angled: boolean;
  readonly at: Range;
}

function enterHeader(unit: Unit, header: Header, hash: PreToken, word: PreToken, next: boolean): void {
  const isMain = currentFile(unit).file === unit.places.files[0];
  if (next) warnOfNext(unit, word);
  const found = find(unit, header, next, false) ?? beside(unit, header, next);
  if (isMain) unit.inclusions.push({ ...header, path: found?.path ?? null });
  if (found === null)
    return reportError(unit.problems, 'include-not-found', header.at, `'${header.name}' file not found`);
  if (unit.once.has(found.path)) return;
  const guard = unit.guards.get(found.path);
  if (guard !== undefined && unit.isMacro[guard] === 1) return;
  unit.inclusionCount++;
  readFile(unit, found, header.at, hash.place);
}

/** A header in angle brackets that only quotes would find: told, and read all the same, as clang does. */
function beside(unit: Unit, { name, angled, at }: Header, next: boolean): FoundFile | null {
  const found = angled && !next ? ask(unit, name, false, null) : null;
  if (found === null) return null;
  unit.missing.pop();
  const message = `'${name}' file not found with <angled> include; use "quotes" instead`;
  const fix = { title: `Write "${name}"`, edits: [{ at, text: `"${name}"` }] };
  reportError(unit.problems, 'include-not-found', at, message, { fix });
  return found;
}

function warnOfNext(unit: Unit, word: PreToken): void {
  const { file, folder } = currentFile(unit);
  const isMain = file === unit.places.files[0];
  if (!isMain && folder !== -1) return;
  const message = isMain ? '#include_next in primary source file' : NEXT_OF_NOTHING;
  reportWarning(unit.problems, 'include-next-outside-header', rangeOf(word), message);
}

const NEXT_OF_NOTHING =
  '#include_next in file found relative to primary source file or found by absolute path; will search from start of include path';

/** Asks for a file; what is not there is noted as missing. */
export function find(unit: Unit, { name, angled }: Header, next: boolean, optional: boolean): FoundFile | null {
  const { file, folder } = currentFile(unit);
  const after = next && unit.open.length > 1 ? folder : null;
  const found = ask(unit, name, angled, after);
  if (found === null) unit.missing.push({ name, angled, from: file.path, next: after, optional });
  return found;
}

function ask(unit: Unit, name: string, angled: boolean, after: number | null): FoundFile | null {
  const { path } = currentFile(unit).file;
  const answer = unit.includes(name, angled, path, after);
  unit.asked.push({ question: [name, angled, path, after], answer });
  return answer;
}

function readFile(unit: Unit, found: FoundFile, at: Range, includedAt: Place): void {
  // What is found beside a file counts as found in that file's folder (as clang has it), for `#include_next`.
  const folder = found.folder === -1 ? currentFile(unit).folder : found.folder;
  const open = openFile(unit, { ...found, folder }, includedAt);
  if (open === null) {
    return stop(unit, { code: 'include-too-deep', at: at, message: 'the included files are too large together' });
  }
  unit.open.push(open);
  readTokens(unit, open);
  unit.open.pop();
  if (open.guard >= 0 && open.guardClosed && open.lastToken === unit.out.count) unit.guards.set(found.path, open.guard);
}

/** Puts a file up to be read; `known` is one that has its places already. Null where there are no places left. */
export function openFile(
  unit: Unit,
  found: FoundFile,
  includedAt: number | null,
  known: SourceFile | null = null,
): OpenFile | null {
  const file = known ?? unit.places.addFile(found.path, found.text, includedAt, found.system);
  if (file === null) return null;
  const at = (start: number, end: number): Range => ({ start: file.base + start, end: file.base + end });
  const lexer = new Lexer(found.text, unit.atoms, {
    fail: (code, start, end, message) => reportError(unit.problems, code, at(start, end), message),
    warn: (code, start, end, message) => reportWarning(unit.problems, code, at(start, end), message),
  });
  return {
    file, lexer, folder: found.folder, conditionals: [], lineShift: 0, presumed: found.path, guard: -1,
    guardClosed: false, firstToken: unit.out.count, lastToken: -1,
  }; // prettier-ignore
}

/** Reads `<name>` or `"name"`, or what macros make of the rest of the line (C11 6.10.2p4). */
function headerName(unit: Unit, word: PreToken): Header | null {
  const { lexer, file } = currentFile(unit);
  let start = lexer.pos;
  while (CLASS_OF[lexer.source.charCodeAt(start)] === CLASS.space) start++;
  const quote = lexer.source.charCodeAt(start);
  if (quote !== LESS && quote !== QUOTE) return computedHeader(unit, restOfLine(unit), word);
  const lineEnd = lexer.source.indexOf('\n', start);
  const line = lexer.source.slice(start + 1, lineEnd === -1 ? lexer.length : lineEnd);
  const length = line.indexOf(quote === LESS ? '>' : '"');
  if (length === -1) return badHeader(unit, word, null);
  const end = start + 1 + length;
  lexer.pos = end + 1;
  const at = { start: file.base + start, end: file.base + end + 1 };
  if (end === start + 1) return emptyHeader(unit, at);
  noMore(unit);
  return { name: lexer.source.slice(start + 1, end), angled: quote === LESS, at };
}

function noMore(unit: Unit): void {
  const { lexer, file } = currentFile(unit);
  if (lexer.next() === TOKEN.end) return;
  const at = { start: file.base + lexer.start, end: file.base + lexer.end };
  reportWarning(unit.problems, 'extra-tokens', at, 'extra tokens at end of #include directive');
}

function emptyHeader(unit: Unit, at: Range): null {
  reportError(unit.problems, 'include-invalid', at, 'empty filename');
  return null;
}

function badHeader(unit: Unit, word: PreToken, token: PreToken | null): null {
  const { lexer, file } = currentFile(unit);
  const lineEnd = file.base + lexer.start;
  const at =
    token !== null ? rangeOf(token) : lexer.kind === TOKEN.end ? { start: lineEnd, end: lineEnd } : rangeOf(word);
  reportError(unit.problems, 'include-invalid', at, 'expected "FILENAME" or <FILENAME>');
  return null;
}

function computedHeader(unit: Unit, tokens: readonly PreToken[], word: PreToken): Header | null {
  const expanded = expandAll(unit, tokens);
  const header = headerOf(unit, expanded);
  const first = tokens[0];
  if (header === null || first === undefined) return badHeader(unit, word, first ?? null);
  const at = { start: first.place, end: tokens[tokens.length - 1]!.end };
  return header.name === '' ? emptyHeader(unit, at) : { ...header, at };
}

/** The header that tokens spell: one string, or all from `<` to `>`. */
export function headerOf(unit: Unit, tokens: readonly PreToken[]): Omit<Header, 'at'> | null {
  const first = tokens[0];
  if (first === undefined) return null;
  const text = unit.atoms.text(first.atom);
  if (first.kind === TOKEN.string && text.startsWith('"')) return { name: text.slice(1, -1), angled: false };
  if (text !== '<') return null;
  let name = '';
  for (const token of tokens.slice(1)) {
    const spelling = unit.atoms.text(token.atom);
    if (token.space) name += ' ';
    if (spelling === '>') return { name, angled: true };
    name += spelling;
  }
  return null;
}
