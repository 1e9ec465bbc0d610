/** Sections of code as functions, and which of them are programs. */
import type { Span } from '../../base/source.ts';
import type { Label, Section, Unit } from './unit.ts';

/** A run of items of one section, from its label to the next function's. */
export interface Func {
  readonly name: string;
  readonly section: Section;
  /** null for a program without a label. */
  readonly label: Label | null;
  /** Range in `section.items`. */
  readonly from: number;
  readonly to: number;
  /** Range of slots in the section. */
  readonly start: number;
  readonly end: number;
  /** A program of its own. */
  readonly entry: boolean;
  readonly span: Span;
}

export interface Functions {
  readonly all: readonly Func[];
  readonly byName: ReadonlyMap<string, Func>;
  /** In the order of their slots. */
  readonly bySection: ReadonlyMap<Section, readonly Func[]>;
}

/**
 * A label is a function when it is `.globl`, has the type @function, is called or has its address taken. In a section
 * of programs each global function is a program; where none is global, the section's first instruction begins its only
 * program. Functions of `.text` belong to the programs that call them; a file without other code is one program.
 */
export function findFunctions(unit: Unit): Functions {
  const called = usedAsFunction(unit);
  const sections = [...unit.sections.values()].filter(({ kind }) => kind === 'code');
  const lone = !sections.some(({ name, items }) => name !== '.text' && items.length > 0);
  const bySection = new Map(
    sections.map((section) => [section, split(unit, section, called, lone || section.name !== '.text')] as const),
  );
  const all = [...bySection.values()].flat();
  const byName = new Map(all.flatMap((func) => (func.label === null ? [] : [[func.label.name, func] as const])));
  return { all, byName, bySection };
}

function usedAsFunction(unit: Unit): ReadonlySet<string> {
  const names = new Set<string>();
  for (const section of unit.sections.values())
    for (const { symbol } of section.items)
      if (symbol?.role === 'call' || symbol?.role === 'load') names.add(symbol.name);
  return names;
}

function split(unit: Unit, section: Section, called: ReadonlySet<string>, programs: boolean): Func[] {
  if (section.items.length === 0) return [];
  const isFunction = ({ name }: Label): boolean => unit.functions.has(name) || called.has(name);
  const starts = section.labels.filter(
    (label) => !label.local && label.item < section.items.length && (unit.globals.has(label.name) || isFunction(label)),
  );
  const first = section.labels.find(({ at, local }) => at === 0 && !local) ?? null;
  const functions = distinct(starts[0]?.at === 0 ? starts : [first, ...starts]);
  const anyGlobal = starts.some(({ name }) => unit.globals.has(name));
  return functions.map((label, i) => {
    const global = label !== null && unit.globals.has(label.name);
    const leads = i === 0 && (!anyGlobal || label === null || !isFunction(label));
    return funcFrom(section, label, functions[i + 1] ?? null, programs && (global || leads));
  });
}

/** Two labels at one place are one function with two names; the first counts. */
function distinct(starts: readonly (Label | null)[]): (Label | null)[] {
  return starts.filter((label, i) => i === 0 || label?.at !== (starts[i - 1]?.at ?? 0));
}

function funcFrom(section: Section, label: Label | null, next: Label | null, entry: boolean): Func {
  const from = label?.item ?? 0;
  const to = next?.item ?? section.items.length;
  const start = label?.at ?? 0;
  const last = section.items[to - 1];
  const begin = label?.span.start ?? section.items[from]?.span.start ?? 0;
  return {
    name: label?.name ?? programName(section.name),
    section,
    label,
    from,
    to,
    start,
    end: next?.at ?? section.slots,
    entry,
    span: { start: begin, end: Math.max(label?.span.end ?? begin, last?.span.end ?? begin) },
  };
}

/** A section's name as the name of the program without a label in it. */
function programName(section: string): string {
  return section.replaceAll(/[^A-Za-z0-9_.]/g, '_');
}
