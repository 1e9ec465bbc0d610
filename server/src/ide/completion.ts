import type { AsmFile, SymbolKind } from '../asm/assembler/syntax.ts';
import { CONSTANTS, DIRECTIVES, MAP_PROPERTIES } from '../asm/assembler/tables.ts';
import { MNEMONICS, mnemonicNamed } from '../asm/mnemonic/table.ts';
import { lineSpan, positionAt, type Span } from '../base/source.ts';
import { HELPERS, helperAvailable, helpersKnown } from '../kernel/helpers.ts';
import { KFUNCS } from '../kernel/kfuncs.ts';
import { MAP_TYPES } from '../kernel/mapTypes.ts';
import type { ProgramType } from '../kernel/programTypes.ts';
import { SECTIONS } from '../kernel/sections.ts';
import type { Program } from '../program/program.ts';
import { classicCompletionsAt } from './completionClassic.ts';
import { contextPlaces } from './contextPlaces.ts';
import { describeHelper } from './describeHelper.ts';
import { describeKfunc } from './describeKfunc.ts';
import { describeMapType } from './describeMapType.ts';

export interface Completion {
  readonly label: string;
  readonly kind: SymbolKind | 'helper' | 'register' | 'directive' | 'property' | 'value' | 'snippet';
  readonly detail: string;
  /** Markdown; "" for none. */
  readonly documentation: string;
  readonly insert: string;
  /** `insert` has placeholders (`${1:name}`). */
  readonly snippet: boolean;
  /** What `insert` takes the place of. */
  readonly replace: Span;
  readonly sortText: string;
}

interface Context {
  readonly asm: AsmFile;
  readonly offset: number;
  /** The line up to the cursor, without the word being typed. */
  readonly before: string;
  readonly replace: Span;
}

/** What may stand at `offset`. */
export function completionsAt(asm: AsmFile, offset: number): Completion[] {
  if (asm.object.programs[0]?.classic !== undefined) return classicCompletionsAt(asm, offset);
  const context = contextAt(asm, offset);
  const { before } = context;
  if (/(\/\/|#(?!\d)|;).*$/.test(before.replaceAll(/"[^"]*"/g, ''))) return [];
  if (/^\s*\.section\s+"?$/.test(before)) return sections(context);
  if (/^\s*\.license\s+"?$/.test(before)) return licenses(context);
  if (/^\s*\.map\b.*\btype\s*=\s*$/.test(before)) return mapTypes(context);
  if (/^\s*\.map\b.*,\s*$/.test(before)) return mapProperties(context);
  if (/^\s*\.slot\s+$/.test(before)) return symbols(context, 'map');
  if (/^\s*\.slot\s.*,.*,\s*$/.test(before)) return symbols(context, 'function', 'map');
  if (/\*\s*\(\s*$/.test(before)) return sizes(context);
  if (/\block\s+$/.test(before)) return [atomic(context)];
  if (/\bcall\s+$/.test(before)) return [...symbols(context, 'function'), ...helpers(context), ...kfuncs(context)];
  if (/\b(goto|gotol|may_goto|ja|ja32|jal)\s+$/.test(before) || /\bj\w+\s[^,]*,[^,]*,\s*$/.test(before))
    return labels(context);
  if (/^\s*(?:[\w.$]+:\s*)?$/.test(before))
    return [...statements(context), ...directives(context), ...registers(context), ...mnemonics(context)];
  if (/^\s*(?:[\w.$]+:\s*)?\w+\s(?:[^=]*,)?\s*%?$/.test(before) && usesMnemonics(context)) return registers(context);
  const fields = contextFields(context);
  if (fields.length > 0) return fields;
  if (/(=|[-+*/%&|^<>(]|\bif)\s*$/.test(before)) return [...registers(context), ...operands(context)];
  return [];
}

function contextAt(asm: AsmFile, offset: number): Context {
  const line = lineSpan(asm.source, positionAt(asm.source, offset).line);
  const typed = asm.source.text.slice(line.start, offset);
  const word = /[\w.$/-]*$/.exec(typed)?.[0] ?? '';
  const start = offset - (/^\s*\.section/.test(typed) ? word.length : (/[\w.$]*$/.exec(word)?.[0].length ?? 0));
  return { asm, offset, before: asm.source.text.slice(line.start, start), replace: { start, end: offset } };
}

function item(
  { replace }: Context,
  label: string,
  kind: Completion['kind'],
  detail: string,
  more: Partial<Completion> = {},
): Completion {
  return {
    label,
    kind,
    detail,
    documentation: '',
    insert: label,
    snippet: false,
    replace,
    sortText: `5${label}`,
    ...more,
  };
}

function sections(context: Context): Completion[] {
  return SECTIONS.map(({ name, type, doc }) => item(context, name, 'value', type, { documentation: doc }));
}

function licenses(context: Context): Completion[] {
  return ['GPL', 'Dual MIT/GPL', 'Dual BSD/GPL', 'MIT'].map((name) =>
    item(context, name, 'value', 'license', { insert: context.before.endsWith('"') ? name : `"${name}"` }),
  );
}

function mapTypes(context: Context): Completion[] {
  return MAP_TYPES.slice(1).map((name) =>
    item(context, name, 'value', 'map type', { documentation: describeMapType(name) ?? '' }),
  );
}

function mapProperties(context: Context): Completion[] {
  return MAP_PROPERTIES.map(({ name, doc }) => item(context, name, 'property', doc, { insert: `${name}=` }));
}

/** Helpers that the program around the cursor may call; all where that is not known. */
function helpers(context: Context): Completion[] {
  const type = programTypeAt(context);
  const known = type !== null && helpersKnown(type);
  return HELPERS.filter(({ id }) => !known || helperAvailable(type, id, true)).map((helper) =>
    item(context, helper.name, 'helper', helper.signature, { documentation: describeHelper(helper) }),
  );
}

/** Fields of the context, where an access of a register that may point to it is being typed. */
function contextFields(context: Context): Completion[] {
  const program = programAt(context);
  if (program === null) return [];
  return contextPlaces(context.before, program.type, program.attachType).map(({ name, off, field }, index) =>
    item(context, name, 'value', `${field.type}, offset ${off}`, {
      documentation: field.doc,
      insert: `${off})`,
      sortText: `1${String(index).padStart(3, '0')}`,
    }),
  );
}

function kfuncs(context: Context): Completion[] {
  return KFUNCS.map((kfunc) =>
    item(context, kfunc.name, 'helper', kfunc.signature, { documentation: describeKfunc(kfunc) }),
  );
}

function programTypeAt(context: Context): ProgramType | null {
  return programAt(context)?.type ?? null;
}

function programAt({ asm, offset }: Context): Program | null {
  const holders = asm.definitions.filter(({ kind, span }) => kind === 'function' && span.start <= offset);
  for (const { name } of holders.toReversed()) {
    const program = asm.object.programs.find((one) => one.subprogs.some((subprog) => subprog.name === name));
    if (program !== undefined) return program;
  }
  return asm.object.programs[0] ?? null;
}

function symbols(context: Context, ...kinds: SymbolKind[]): Completion[] {
  return context.asm.definitions
    .filter(({ kind }) => kinds.includes(kind))
    .map(({ name, kind }) => item(context, name, kind, kind, { sortText: `1${name}` }));
}

/** Labels of the function around the cursor. */
function labels(context: Context): Completion[] {
  const { asm, offset } = context;
  const holder = asm.definitions.findLastIndex(({ kind, span }) => kind === 'function' && span.start <= offset);
  return asm.definitions
    .filter(({ kind, parent }) => kind === 'label' && (parent === null || parent === holder))
    .map(({ name }) => item(context, name, 'label', 'label', { sortText: `1${name}` }));
}

function directives(context: Context): Completion[] {
  return DIRECTIVES.map(({ name, usage, doc }) => item(context, name, 'directive', usage, { documentation: doc }));
}

function registers(context: Context): Completion[] {
  const names = Array.from({ length: 11 }, (_, number) => number);
  return [
    ...names.map((n) =>
      item(context, `r${n}`, 'register', REGISTER_USE[n] ?? '', { sortText: `2${String(n).padStart(2, '0')}` }),
    ),
    ...names
      .slice(0, 10)
      .map((n) =>
        item(context, `w${n}`, 'register', `lower 32 bits of r${n}`, { sortText: `3${String(n).padStart(2, '0')}` }),
      ),
  ];
}

const REGISTER_USE = [
  'result of a call; what the program returns',
  'first argument; the context at the start',
  'second argument', 'third argument', 'fourth argument', 'fifth argument',
  'kept across calls', 'kept across calls', 'kept across calls', 'kept across calls',
  'frame pointer, read-only',
]; // prettier-ignore

const STATEMENTS: readonly (readonly [string, string, string])[] = [
  ['exit', 'return r0', 'exit'],
  ['call', 'call a helper or function', 'call $0'],
  ['goto', 'jump', 'goto $0'],
  ['if', 'conditional jump', 'if ${1:r1} ${2:==} ${3:0} goto ${0:label}'],
  ['lock', 'atomic operation on memory', 'lock *(u64 *)(${1:r1} + ${2:0}) += ${0:r2}'],
  ['load', 'load from memory', '${1:r0} = *(${2|u8,u16,u32,u64|} *)(${3:r1} + ${0:0})'],
  ['store', 'store to memory', '*(${1|u8,u16,u32,u64|} *)(${2:r10} - ${3:8}) = ${0:r1}'],
];

function statements(context: Context): Completion[] {
  return STATEMENTS.map(([label, detail, insert]) =>
    item(context, label, 'snippet', detail, { insert, snippet: true, sortText: `4${label}` }),
  );
}

/** Instructions in mnemonics, where the file is written in them. */
function mnemonics(context: Context): Completion[] {
  if (!usesMnemonics(context)) return [];
  return MNEMONICS.map(({ name, usage, fact }) =>
    item(context, name, 'value', usage, { documentation: fact.description, sortText: `4${name}` }),
  );
}

/** The first lines tell: who writes in one notation seldom changes to the other. */
function usesMnemonics({ asm }: Context): boolean {
  return asm.insns.slice(0, 20).some(({ span }) => {
    const [, word = '', sign = ''] = /^(\w+)\s*(.?)/.exec(asm.source.text.slice(span.start, span.end)) ?? [];
    return sign !== '=' && mnemonicNamed(word) !== null;
  });
}

/** What may stand on the right of an assignment besides registers. */
function operands(context: Context): Completion[] {
  const loads = ['u8', 'u16', 'u32', 'u64'].map((size) =>
    item(context, `*(${size} *)`, 'snippet', `load ${size}`, {
      insert: `*(${size} *)(\${1:r1} + \${0:0})`,
      snippet: true,
    }),
  );
  const maps = symbols(context, 'map', 'data').map((one) => ({ ...one, insert: `${one.label} ll` }));
  return [...maps, ...(/=\s*$/.test(context.before) ? [...loads, ...constants(context)] : [])];
}

/** Names of numbers; what other program types return is left out. */
function constants(context: Context): Completion[] {
  const type = programTypeAt(context);
  return [...CONSTANTS]
    .filter(([name]) => mayMean(name, type))
    .map(([name, value]) => item(context, name, 'value', String(value), { sortText: `6${name}` }));
}

function mayMean(name: string, type: ProgramType | null): boolean {
  if (type === null) return true;
  if (name.startsWith('XDP_')) return type === 'xdp';
  return !name.startsWith('TC_ACT_') || type === 'sched_cls' || type === 'sched_act';
}

const SIZES = [
  ['u8', '1 byte'], ['u16', '2 bytes'], ['u32', '4 bytes'], ['u64', '8 bytes'],
  ['s8', '1 byte, sign-extended'], ['s16', '2 bytes, sign-extended'], ['s32', '4 bytes, sign-extended'],
] as const; // prettier-ignore

/** Inside the parentheses of `*(u32 *)`; only loads extend a sign. */
function sizes(context: Context): Completion[] {
  const load = context.before.includes('=');
  return SIZES.filter(([size]) => load || size.startsWith('u')).map(([size, detail], index) =>
    item(context, size, 'value', detail, { insert: `${size} *`, sortText: `1${index}` }),
  );
}

function atomic(context: Context): Completion {
  const insert = '*(u64 *)(${1:r1} + ${2:0}) += ${0:r2}';
  return item(context, '*(u64 *)', 'snippet', 'atomic operation on memory', { insert, snippet: true });
}
