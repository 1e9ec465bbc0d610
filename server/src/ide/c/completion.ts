import type { Span } from '../../base/source.ts';
import { printType } from '../../c/check/printType.ts';
import { lookupHere, visibleNames, type Scope } from '../../c/check/scope.ts';
import { macroList } from '../../c/preprocess/macroFacts.ts';
import { KEYWORDS } from '../../c/tokens.ts';
import type { CType, Member, RecordType } from '../../c/types.ts';
import { SECTIONS } from '../../kernel/sections.ts';
import type { Completion } from '../completion.ts';
import { openC, type CFile, type CSetting } from './cFile.ts';
import { describeEntity, describeMember } from './entities.ts';
import { nodesOf } from './nodes.ts';

const MOST = 400;

/** What may stand at an offset of the text. `setting` is what the file was compiled with. */
export function cCompletionsAt(file: CFile, offset: number, setting: CSetting): Completion[] {
  const { text } = file.source;
  const word = /\w*$/.exec(text.slice(Math.max(0, offset - 100), offset))?.[0] ?? '';
  const replace = { start: offset - word.length, end: offset };
  const before = text.slice(text.lastIndexOf('\n', replace.start - 1) + 1, replace.start);
  if (/^\s*#/.test(before) || inComment(text, offset)) return [];
  if (/\bSEC\s*\(\s*"[^"]*$/.test(text.slice(Math.max(0, offset - 200), offset))) return sections(text, offset);
  if (/"(?:[^"\\]|\\.)*$/.test(before.replaceAll(/"(?:[^"\\]|\\.)*"/g, ''))) return [];
  const access = /(?:->|\.)\s*$/.exec(before);
  if (access !== null && !/\d\.$/.test(before)) return members(file, replace, setting);
  return names(file, replace, word);
}

function inComment(text: string, offset: number): boolean {
  const line = text.slice(text.lastIndexOf('\n', offset - 1) + 1, offset);
  if (/^[^"]*\/\//.test(line)) return true;
  return text.lastIndexOf('/*', offset - 1) > text.lastIndexOf('*/', offset - 1);
}

function sections(text: string, offset: number): Completion[] {
  const start = text.lastIndexOf('"', offset - 1) + 1;
  return SECTIONS.map(({ name, takesTarget, type, doc }) => ({
    label: name,
    kind: 'value',
    detail: type,
    documentation: doc,
    insert: takesTarget ? `${name}/` : name,
    snippet: false,
    replace: { start, end: offset },
    sortText: name,
  }));
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
  return [...membersOf(record)].slice(0, MOST).map(({ member, owner }, index) => {
    const { declaration, text: documentation } = describeMember(member, owner.tag, owner.union);
    return {
      label: member.name, kind: 'property', detail: declaration, documentation, insert: member.name, snippet: false,
      replace, sortText: String(index).padStart(5, '0'),
    }; // prettier-ignore
  });
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
  const here = nodesOf(file.result).exprs.filter(({ span }) => span.start === start && span.end === end);
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
  const found = new Map<string, Completion>();
  const add = (label: string, kind: Completion['kind'], detail: string, documentation: string, rank: number): void => {
    if (found.size >= MOST || found.has(label) || !matches(label, word)) return;
    found.set(label, {
      label,
      kind,
      detail,
      documentation,
      insert: label,
      snippet: false,
      replace,
      sortText: `${rank}${label}`,
    });
  };
  for (const { variable, span, within } of nodesOf(file.result).locals) {
    const body = within.definedAt === null ? null : file.result.places.span(within.definedAt);
    if (body !== null && body.start <= replace.start && replace.start <= body.end && span.start < replace.start)
      add(variable.name, 'data', printType(variable.type), '', 0);
  }
  if (unit !== null) for (const name of visible(unit.scope, word)) addEntity(unit.scope, name, add);
  for (const { name, params } of macroList(preprocessed))
    add(name, 'value', params === null ? 'macro' : `macro(${params.join(', ')})`, '', name.startsWith('_') ? 4 : 2);
  for (const keyword of KEYWORDS) if (!keyword.startsWith('_')) add(keyword, 'directive', 'keyword', '', 3);
  return [...found.values()];
}

function* visible(scope: Scope, word: string): Iterable<string> {
  for (const name of visibleNames(scope)) if (matches(name, word)) yield name;
}

function addEntity(
  scope: Scope,
  name: string,
  add: (label: string, kind: Completion['kind'], detail: string, documentation: string, rank: number) => void,
): void {
  const entity = lookupHere(scope, name);
  const described = entity === null ? null : describeEntity(name, entity);
  if (entity === null || described === null) return;
  const isFunction = entity.kind === 'function' || name.startsWith('bpf_');
  const kind = isFunction ? 'function' : entity.kind === 'enumerator' ? 'value' : 'data';
  add(name, kind, described.declaration, described.text, name.startsWith('_') ? 4 : 1);
}

/** Headers have thousands of names: without a beginning only what the file itself has is offered. */
function matches(name: string, word: string): boolean {
  return word === '' ? !name.startsWith('_') : name.toLowerCase().startsWith(word.toLowerCase());
}
