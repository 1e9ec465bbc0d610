import type { Span } from '../../base/source.ts';
import { printType } from '../../c/check/printType.ts';
import { lookupHere, visibleNames, type Entity, type Scope } from '../../c/check/scope.ts';
import { macroList } from '../../c/preprocess/macroFacts.ts';
import { KEYWORDS } from '../../c/tokens.ts';
import type { CType, Member, RecordType } from '../../c/types.ts';
import { contextOf, ctxAccess } from '../../kernel/contextAccess.ts';
import { programTypeOfSection, type SectionType } from '../../kernel/sections.ts';
import type { Completion } from '../completion.ts';
import { openC, type CFile, type CSetting } from './cFile.ts';
import { callableEntity, callableMacro, type Callable } from './callables.ts';
import { callSnippet, fitsNoMap, mapArguments } from './callCompletion.ts';
import { describeEntity, describeMember } from './entities.ts';
import { declaredMaps } from './maps.ts';
import { exprsOf, localsAround, type LocatedVariable } from './nodes.ts';
import { sectionNames } from './sectionCompletion.ts';

/** Editors ask again while this many are not all. */
export const MOST = 400;

/** What may stand at an offset of the text. `setting` is what the file was compiled with. */
export function cCompletionsAt(file: CFile, offset: number, setting: CSetting): Completion[] {
  const { text } = file.source;
  const word = /\w*$/.exec(text.slice(Math.max(0, offset - 100), offset))?.[0] ?? '';
  const replace = { start: offset - word.length, end: offset };
  const before = text.slice(text.lastIndexOf('\n', replace.start - 1) + 1, replace.start);
  if (/^\s*#/.test(before) || inComment(text, offset)) return [];
  if (/\bSEC\s*\(\s*"[^"]*$/.test(text.slice(Math.max(0, offset - 200), offset)))
    return sectionNames(text, offset, setting.kernelTypes);
  if (/"(?:[^"\\]|\\.)*$/.test(before.replaceAll(/"(?:[^"\\]|\\.)*"/g, ''))) return [];
  const access = /(?:->|\.)\s*$/.exec(before);
  if (access !== null && !/\d\.$/.test(before)) return members(file, replace, setting);
  return [...mapArguments(file, offset, replace), ...names(file, replace, word)];
}

function inComment(text: string, offset: number): boolean {
  const line = text.slice(text.lastIndexOf('\n', offset - 1) + 1, offset);
  if (/^[^"]*\/\//.test(line)) return true;
  return text.lastIndexOf('/*', offset - 1) > text.lastIndexOf('*/', offset - 1);
}

/** Members of what stands before the `.` or `->`, whose type is found out from a text in which that stands alone. */
function members(file: CFile, replace: Span, setting: CSetting): Completion[] {
  const { text, path } = file.source;
  const sign = text.slice(0, replace.start).trimEnd().endsWith('->') ? 2 : 1;
  const end = text.slice(0, replace.start).trimEnd().length - sign;
  const start = operandStart(text, end);
  if (start === end) return [];
  const rest = /^\w*/.exec(text.slice(replace.start))?.[0].length ?? 0;
  const changed = `${text.slice(0, start)}((${text.slice(start, end)}), 0)${text.slice(replace.start + rest)}`;
  const again = openC(path, changed, setting, file);
  const record = recordAt(again, start + 1, start + 3 + (end - start));
  if (record === null) return [];
  const type = programTypeAt(file, start);
  return [...membersOf(record)].slice(0, MOST).map(({ member, owner }, index) => {
    const { declaration, text: documentation } = describeMember(member, owner.tag, owner.union);
    const hidden = type !== null && isHiddenField(owner, member, type);
    return {
      label: member.name, kind: 'property', detail: hidden ? `${declaration} not for ${type.type} programs` : declaration,
      documentation, insert: member.name, snippet: false, replace,
      sortText: `${hidden ? 1 : 0}${String(index).padStart(5, '0')}`,
    }; // prettier-ignore
  });
}

/** What the section of the function around an offset says. */
function programTypeAt({ result }: CFile, offset: number): SectionType | null {
  const around = result.unit?.functions.find(({ definedAt }) => {
    const span = definedAt === null ? null : result.places.span(definedAt);
    return span !== null && span.file === result.places.files[0] && span.start <= offset && offset <= span.end;
  });
  const section = around?.attributes.section ?? null;
  return section === null ? null : programTypeOfSection(section);
}

/** A field of the context that programs of this type may not read. */
function isHiddenField({ tag }: RecordType, { name, offsetBits }: Member, { type, attachType }: SectionType): boolean {
  const context = contextOf(type);
  const field = context?.name === tag ? context.fields.find((one) => one.name === name) : undefined;
  if (field === undefined) return false;
  const length = Number(/\[(\d+)\]$/.exec(field.type)?.[1] ?? '1');
  return !ctxAccess(type, attachType, offsetBits / 8, field.size / length, false).ok;
}

/** The beginning of a postfix expression that ends here: `a->b[i].c`, `f(x)`, `(*p)`. */
function operandStart(text: string, end: number): number {
  let at = end;
  for (let steps = 0; steps < 200; steps++) {
    const head = text.slice(Math.max(0, at - 400), at);
    const closing = /[)\]]\s*$/.exec(head);
    if (closing !== null) at = openingOf(text, at - closing[0].length + 1 - 1);
    const name = /[A-Za-z_]\w*\s*$/.exec(text.slice(Math.max(0, at - 400), at));
    if (name !== null) at -= name[0].length;
    else if (closing === null) return at;
    const link = /(?:->|\.)\s*$/.exec(text.slice(Math.max(0, at - 10), at));
    if (link === null) {
      if (name !== null || !/[)\]\w]\s*$/.test(text.slice(Math.max(0, at - 10), at))) return at;
      continue;
    }
    at -= link[0].length;
  }
  return at;
}

/** The bracket that the one at `close` closes. */
function openingOf(text: string, close: number): number {
  let depth = 0;
  for (let at = close; at >= 0 && close - at < 10_000; at--) {
    const sign = text[at];
    if (sign === ')' || sign === ']') depth++;
    if ((sign === '(' || sign === '[') && --depth === 0) return at;
  }
  return close;
}

function recordAt(file: CFile, start: number, end: number): RecordType | null {
  const here = exprsOf(file.result, { start, end });
  for (const { expr } of here) {
    const record = recordOf(expr.type);
    if (record !== null) return record;
  }
  return null;
}

function recordOf(type: CType): RecordType | null {
  let at = type;
  for (let depth = 0; depth < 50; depth++) {
    if (at.kind === 'record') return at;
    if (at.kind === 'pointer') at = at.to;
    else if (at.kind === 'typedef' || at.kind === 'qualified') at = at.type;
    else return null;
  }
  return null;
}

/** With those of unnamed structures inside. */
function* membersOf(record: RecordType, depth = 0): Iterable<{ member: Member; owner: RecordType }> {
  for (const member of record.layout?.members ?? []) {
    const inner = member.name === '' ? recordOf(member.type) : null;
    if (inner !== null && depth < 20) yield* membersOf(inner, depth + 1);
    else if (member.name !== '') yield { member, owner: record };
  }
}

function names(file: CFile, replace: Span, word: string): Completion[] {
  const { unit, preprocessed } = file.result;
  const maps = declaredMaps(file);
  const called = /^\w*\s*\(/.test(file.source.text.slice(replace.end));
  const found = new Map<string, Completion>();
  const add = (label: string, kind: Completion['kind'], rank: number, more: Partial<Completion>): void => {
    if (found.size >= MOST || found.has(label) || !matches(label, word)) return;
    const plain = { detail: '', documentation: '', insert: label, snippet: false, replace };
    found.set(label, { label, kind, ...plain, ...more, sortText: `${label.startsWith('_') ? 4 : rank}${label}` });
  };
  /** With its arguments, unless they stand there already. */
  const addCallable = (callable: Callable, kind: Completion['kind'], rank: number): void => {
    const { name, signature: detail, text: documentation } = callable;
    const insert = called ? name : callSnippet(callable, maps);
    add(name, kind, fitsNoMap(callable, maps) ? 3 : rank, { detail, documentation, insert, snippet: !called });
  };
  for (const { variable } of localsAt(file, replace.start))
    add(variable.name, 'data', 0, { detail: printType(variable.type) });
  for (const { name, detail } of maps) add(name, 'map', 1, { detail });
  if (unit !== null)
    for (const name of visible(unit.scope, word)) {
      const entity = lookupHere(unit.scope, name);
      const callable = entity === null ? null : callableEntity(name, entity);
      if (callable !== null) addCallable(callable, 'function', 1);
      else if (entity !== null) addEntity(name, entity, add);
    }
  for (const { name, params } of macroList(preprocessed))
    if (params === null) add(name, 'value', 2, { detail: 'macro' });
    else addCallable(callableMacro(name, params), 'value', 2);
  for (const keyword of KEYWORDS) if (!keyword.startsWith('_')) add(keyword, 'directive', 3, { detail: 'keyword' });
  return [...found.values()];
}

/** Locals that are declared before an offset, in the function around it. */
function localsAt(file: CFile, offset: number): readonly LocatedVariable[] {
  return localsAround(file.result, offset).filter(({ span, within }) => {
    const body = within.definedAt === null ? null : file.result.places.span(within.definedAt);
    return body !== null && body.start <= offset && offset <= body.end && span.start < offset;
  });
}

function* visible(scope: Scope, word: string): Iterable<string> {
  for (const name of visibleNames(scope)) if (matches(name, word)) yield name;
}

function addEntity(
  name: string,
  entity: Entity,
  add: (label: string, kind: Completion['kind'], rank: number, more: Partial<Completion>) => void,
): void {
  const described = describeEntity(name, entity);
  if (described === null) return;
  const kind = entity.kind === 'enumerator' ? 'value' : 'data';
  add(name, kind, 1, { detail: described.declaration, documentation: described.text });
}

/** Headers have thousands of names: without a beginning only what the file itself has is offered. */
function matches(name: string, word: string): boolean {
  return word === '' ? !name.startsWith('_') : name.toLowerCase().startsWith(word.toLowerCase());
}
