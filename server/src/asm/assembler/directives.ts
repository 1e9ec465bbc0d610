import { programTypeOfSection, SECTIONS } from '../../kernel/sections.ts';
import type { Cursor } from './cursor.ts';
import { shorten } from './cursor.ts';
import { DATA_DIRECTIVES, parseData } from './dataDirectives.ts';
import { parseEscapes, parseExpression } from './expression.ts';
import { parseMap, parseSlot } from './mapDirectives.ts';
import { suggestedName } from './nearest.ts';
import { DIRECTIVES, IGNORED_DIRECTIVES } from './tables.ts';
import { suggest, newSection, type Section, type SectionKind, type Unit } from './unit.ts';

/** A statement that begins with a dot; the cursor stands on it. */
export function parseDirective(cursor: Cursor): void {
  const name = cursor.text();
  const parse = PARSERS.get(name);
  if (parse !== undefined) {
    cursor.next('directive');
    parse(cursor);
    if (cursor.failed && cursor.unit.section.kind === 'data') cursor.unit.brokenMaps.add(cursor.unit.section.name);
    if (!cursor.failed && !cursor.done)
      cursor.fail('unexpected-text', `${name} ends before ${shorten(cursor.text())}; begin a new line`);
  } else if (cursor.unit.section.kind === 'skipped' || isIgnored(name)) ignoreRest(cursor);
  else {
    const known = DIRECTIVES.map((directive) => directive.name);
    const message = `there is no directive ${shorten(name)}${suggest(cursor.unit, name, known)}`;
    cursor.fail('unknown-directive', message);
    readAsMeant(cursor, suggestedName(message));
  }
}

/** What the directive most likely declares is declared, or everything that uses it would be called wrong as well. */
function readAsMeant(cursor: Cursor, name: string | null): void {
  const parse = PARSERS.get(name ?? '');
  if (parse === undefined) return;
  cursor.next('directive');
  parse(cursor);
}

function isIgnored(name: string): boolean {
  return IGNORED_DIRECTIVES.includes(name) || name.startsWith('.cfi_');
}

function ignoreRest(cursor: Cursor): void {
  cursor.next('directive');
  while (!cursor.done) cursor.next('comment');
}

const PARSERS: ReadonlyMap<string, (cursor: Cursor) => void> = new Map<string, (cursor: Cursor) => void>([
  ['.section', parseSection],
  ['.text', (cursor) => selectSection(cursor, '.text', null)],
  ['.data', (cursor) => selectSection(cursor, '.data', null)],
  ['.bss', (cursor) => selectSection(cursor, '.bss', null)],
  ['.license', parseLicense],
  ['.map', parseMap],
  ['.slot', parseSlot],
  ['.globl', parseGlobal],
  ['.global', parseGlobal],
  ['.type', parseType],
  ['.size', ignoreRest],
  ['.set', parseSet],
  ['.equ', parseSet],
  ...DATA_DIRECTIVES.map((name) => [name, (cursor: Cursor) => parseData(cursor, name)] as const),
]);

/** `.section "xdp"`, `.section tp/syscalls/sys_enter_open`, with the flags that compilers append. */
function parseSection(cursor: Cursor): void {
  const first = cursor.peek();
  if (first === null) {
    cursor.fail('unexpected-text', 'expected the name of a section, such as "xdp"');
    return;
  }
  const name =
    first.kind === 'string' ? quotedText(cursor) : first.kind === 'bad' ? openName(cursor) : bareName(cursor);
  if (name === null) return;
  const span = cursor.since(first);
  const data =
    !cursor.done &&
    cursor.lexemes.some(({ kind, text }) => kind === 'string' && /^"[a-wyzA-Z]*"$/.test(text) && text !== first.text);
  parseSectionFlags(cursor);
  if (name === '') cursor.fail('unexpected-text', 'a section has a name, such as "xdp"', span);
  else selectSection(cursor, name, { start: first.start, end: span.end }, data);
}

/** `,"ax",@progbits,1`: what compilers tell the linker. */
function parseSectionFlags(cursor: Cursor): void {
  if (!cursor.take(',')) return;
  if (cursor.peek()?.kind !== 'string') {
    cursor.fail('unexpected-text', `expected flags in quotes here, such as "ax", ${cursor.found()}`);
    return;
  }
  cursor.next('property');
  while (cursor.take(',')) {
    if (!cursor.take('@', 'property')) cursor.take('%', 'property');
    if (cursor.next('property') === null)
      cursor.fail('unexpected-text', 'expected a section type such as @progbits here');
  }
}

/** The name behind a quote that nothing closes. */
function openName(cursor: Cursor): string {
  cursor.fail('unexpected-text', 'the closing quote is missing');
  return /^["']([^\s,"']*)/.exec(cursor.next('section')?.text ?? '')?.[1] ?? '';
}

function quotedText(cursor: Cursor): string | null {
  const lexeme = cursor.peek();
  const bytes = lexeme?.kind === 'string' ? parseEscapes(lexeme.text.slice(1, -1)) : null;
  if (bytes === null) {
    cursor.fail(
      'unexpected-text',
      lexeme?.kind === 'string'
        ? 'this text has an escape that does not exist'
        : `expected a text in quotes here, ${cursor.found()}`,
    );
    return null;
  }
  cursor.next('section');
  return utf8(bytes);
}

/** Without a text decoder in the core: names and licenses are ASCII in practice, other bytes are kept as they are. */
function utf8(bytes: Uint8Array): string {
  return String.fromCharCode(...bytes.subarray(0, 4096)).replace(/\0.*$/s, '');
}

/** A name without quotes ends at a comma or a blank. */
function bareName(cursor: Cursor): string {
  let end = cursor.peek()?.start ?? 0;
  let name = '';
  for (
    let lexeme = cursor.peek();
    lexeme !== null && lexeme.start === end && lexeme.text !== ',';
    lexeme = cursor.peek()
  ) {
    name += lexeme.text;
    end = lexeme.end;
    cursor.next('section');
  }
  return name;
}

function selectSection(cursor: Cursor, name: string, span: { start: number; end: number } | null, data = false): void {
  const { unit } = cursor;
  const known = unit.sections.get(name);
  unit.section = known ?? addSection(cursor, name, span, data);
  unit.section.end = cursor.lexemes.at(-1)?.end ?? unit.section.end;
}

function addSection(cursor: Cursor, name: string, span: { start: number; end: number } | null, data: boolean): Section {
  const named = sectionKind(name);
  // A compiler's flags without x: it is not meant to be executed.
  const kind = named === 'code' && data ? 'skipped' : named;
  const section = newSection(name, kind, span ?? cursor.lexemes[0] ?? null);
  cursor.unit.sections.set(name, section);
  if (kind === 'code' && name !== '.text' && programTypeOfSection(name) === null) {
    const names = SECTIONS.map((row) => row.name);
    const hint = suggest(cursor.unit, name.replace(/\/.*$/, ''), names);
    cursor.fail('unknown-section', `no programs belong into a section ${shorten(name)}${hint}`, span ?? cursor.here());
  }
  if (name === '.maps' || name === 'maps') {
    const message = `Maps are declared with .map here: what a compiler puts into ${name} only makes sense with its type information.`;
    cursor.fail('unsupported-section', message, span ?? cursor.here());
  }
  return section;
}

function sectionKind(name: string): SectionKind {
  if (name === 'license') return 'license';
  if (/^\.(?:rodata|data|bss)(?:\.|$)/.test(name)) return 'data';
  return (name.startsWith('.') && name !== '.text') || name === 'version' || name === 'maps' ? 'skipped' : 'code';
}

function parseLicense(cursor: Cursor): void {
  const text = quotedText(cursor);
  if (text !== null) cursor.unit.license = text;
}

/** Names separated by commas. */
function parseNames(cursor: Cursor): void {
  do {
    const lexeme = cursor.peek();
    if (lexeme?.kind !== 'word') {
      cursor.fail('unexpected-text', `expected a name here, ${cursor.found()}`);
      return;
    }
    cursor.next('label');
    cursor.unit.globals.set(lexeme.text, { start: lexeme.start, end: lexeme.end });
  } while (cursor.take(','));
}

function parseGlobal(cursor: Cursor): void {
  parseNames(cursor);
}

/** `.type f,@function`; objects need no type here. */
function parseType(cursor: Cursor): void {
  const lexeme = cursor.next('label');
  if (lexeme?.kind !== 'word') cursor.fail('unexpected-text', 'expected a name and @function');
  else if (cursor.expect(',')) {
    if (!cursor.take('@', 'operator')) cursor.take('%', 'operator');
    const type = cursor.text();
    if (type !== 'function' && type !== 'object' && type !== 'notype')
      cursor.fail('unexpected-text', `expected @function or @object here, ${cursor.found()}`);
    else cursor.next('property');
    if (type === 'function') cursor.unit.functions.add(lexeme.text);
  }
}

function parseSet(cursor: Cursor): void {
  const lexeme = cursor.peek();
  if (lexeme?.kind !== 'word') {
    cursor.fail('unexpected-text', `expected a name here, ${cursor.found()}`);
    return;
  }
  cursor.next('property');
  if (!cursor.expect(',')) return;
  const value = parseExpression(cursor);
  if (value !== null) setConstant(cursor.unit, lexeme.text, value);
}

function setConstant(unit: Unit, name: string, value: bigint): void {
  unit.constants.set(name, value);
}
