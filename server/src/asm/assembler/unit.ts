/** What is known of a file while it is being assembled. */
import type { Diagnostic, Fix } from '../../base/diagnostic.ts';
import { errorAt } from '../../base/diagnostic.ts';
import type { SourceText, Span } from '../../base/source.ts';
import type { Insn } from '../../isa/insn.ts';
import type { MapType } from '../../kernel/mapTypes.ts';
import type { Token, TokenKind } from './syntax.ts';
import { didYouMean, suggestedName } from './nearest.ts';
import { CONSTANTS } from './tables.ts';

/** A name that an instruction uses; its meaning is looked up once the whole file is read. */
export interface SymbolUse {
  readonly role: 'jump' | 'call' | 'kfunc' | 'load' | 'mapValue' | 'map';
  readonly name: string;
  readonly span: Span;
  /** Bytes behind the symbol, for 'load' and 'mapValue'. */
  readonly addend: number;
}

/** One instruction of the text; `insn` has zeros where `symbol` still has to be filled in. */
export interface Item {
  readonly insn: Insn;
  readonly span: Span;
  readonly symbol: SymbolUse | null;
  /** Slot within the section. */
  readonly pc: number;
}

export type Label = {
  readonly name: string;
  readonly span: Span;
  readonly section: Section;
  /** Slot in a code section, byte in a data section. */
  readonly at: number;
  /** Index of the item it stands before, in a code section. */
  readonly item: number;
  /** `1:` may be declared many times. */
  readonly local: boolean;
};

/** `code` holds programs or functions, `data` becomes a map, `license` is text, `skipped` is for compilers' own use. */
export type SectionKind = 'code' | 'data' | 'license' | 'skipped';

export interface Section {
  readonly name: string;
  readonly kind: SectionKind;
  /** Where it is first named; null for the section that a file begins in. */
  readonly span: Span | null;
  readonly items: Item[];
  readonly labels: Label[];
  slots: number;
  data: Uint8Array;
  dataLength: number;
  /** Where its declaration and everything in it ends. */
  end: number;
}

/** A `.map` as far as it could be read. */
export interface MapNode {
  readonly name: string;
  readonly nameSpan: Span;
  readonly span: Span;
  readonly type: MapType;
  readonly keySize: number;
  readonly valueSize: number;
  readonly maxEntries: number;
  readonly flags: number;
  readonly extra: number;
  readonly inner: { readonly name: string; readonly span: Span } | null;
  /** The number that a bpftool dump shows. */
  readonly id: number | null;
  readonly slots: { readonly index: number; readonly name: string; readonly span: Span }[];
}

export interface SlotNode {
  readonly map: string;
  readonly mapSpan: Span;
  readonly index: number;
  readonly name: string;
  readonly nameSpan: Span;
}

export interface Unit {
  readonly source: SourceText;
  readonly diagnostics: Diagnostic[];
  /** Set once there are too many errors; reading stops. */
  full: boolean;
  readonly tokens: Token[];
  readonly sections: Map<string, Section>;
  section: Section;
  /** Labels that are no local ones, by name. */
  readonly labels: Map<string, Label>;
  /** Names alone on a line: labels, as long as no others of these names are declared. */
  readonly tentative: Set<string>;
  /** Local labels `1:` by number and section, in text order. */
  readonly locals: Map<string, Label[]>;
  readonly constants: Map<string, bigint>;
  readonly maps: Map<string, MapNode>;
  /** Maps and data sections whose declaration could not be read: nobody needs to hear that they are missing, too. */
  readonly brokenMaps: Set<string>;
  readonly slots: SlotNode[];
  readonly globals: Map<string, Span>;
  readonly functions: Set<string>;
  /** Names of the kernel functions that are called, by the immediate of the call. */
  readonly kfuncs: Map<number, string>;
  /** Words of instructions that the text uses as names, once somebody asks. */
  instructionNames: ReadonlySet<string> | null;
  license: string | null;
}

export function newUnit(source: SourceText): Unit {
  const text = newSection('.text', 'code', null);
  return {
    source,
    diagnostics: [],
    full: false,
    tokens: [],
    sections: new Map([[text.name, text]]),
    section: text,
    labels: new Map(),
    tentative: new Set(),
    locals: new Map(),
    constants: new Map(CONSTANTS),
    maps: new Map(),
    brokenMaps: new Set(),
    slots: [],
    globals: new Map(),
    functions: new Set(),
    kfuncs: new Map(),
    instructionNames: null,
    license: null,
  };
}

export function newSection(name: string, kind: SectionKind, span: Span | null): Section {
  const end = span?.end ?? 0;
  return { name, kind, span, items: [], labels: [], slots: 0, data: new Uint8Array(64), dataLength: 0, end };
}

const MOST_DIAGNOSTICS = 1000;

/** Adds a finding; past a thousand only a note that there are more. */
export function report(unit: Unit, diagnostic: Diagnostic): void {
  if (unit.full) return;
  if (unit.diagnostics.length < MOST_DIAGNOSTICS) {
    unit.diagnostics.push(diagnostic.fix === null ? { ...diagnostic, fix: spellingFix(unit, diagnostic) } : diagnostic);
    return;
  }
  unit.full = true;
  const message = `There are more than ${MOST_DIAGNOSTICS} problems; the rest of the file was not read.`;
  unit.diagnostics.push(errorAt('too-many-errors', diagnostic.span, message));
}

/** Where a message suggests another name for the very word it is about, writing that name is the fix. */
function spellingFix({ source }: Unit, { message, span }: Diagnostic): Fix | null {
  const name = suggestedName(message);
  const word = span === null ? null : /^("?)[\w./$-]+\1$/.exec(source.text.slice(span.start, span.end));
  if (name === null || span === null || word === null) return null;
  const [, quote = ''] = word;
  return { title: `Change to ${name}`, edits: [{ span, text: quote + name + quote }] };
}

export function reportError(unit: Unit, code: string, span: Span, message: string): void {
  report(unit, errorAt(code, span, message));
}

/** In a file that is all mistakes nobody reads the advice, and looking for it would take long. */
const MOST_SUGGESTIONS = 100;

/** `; did you mean x?`, or nothing. */
export function suggest(unit: Unit, word: string, candidates: Iterable<string>): string {
  return unit.diagnostics.length < MOST_SUGGESTIONS ? didYouMean(word, candidates) : '';
}

export function addToken(unit: Unit, kind: TokenKind, span: Span): void {
  unit.tokens.push({ kind, span: { start: span.start, end: span.end } });
}
