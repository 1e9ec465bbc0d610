import type { Btf } from '../../btf/btf.ts';
import type { Insn } from '../../isa/insn.ts';
import type { FunctionLocals } from '../../program/program.ts';
import type { Elf } from '../elf.ts';
import { AT, TAG } from './constants.ts';
import { Entry } from './entry.ts';
import { frameBase, type ExpressionSetting } from './expression.ts';
import { filesOf } from './files.ts';
import { functionLocals } from './functions.ts';
import { rangesOf } from './ranges.ts';
import { DebugSections } from './sections.ts';
import { withStackBase } from './stackBase.ts';
import { dwarfTypes, type DwarfTypes } from './types.ts';
import { readUnits, type Unit } from './unit.ts';
import type { FunctionPlace } from './variables.ts';
import { Work } from './work.ts';

/** What compilers left in a file for debuggers: the variables of functions, read when they are asked for. */
export interface Dwarf {
  /** Types of the variables. */
  readonly btf: Btf;
  /** Null for a function of which the file says nothing. */
  readonly localsOf: (place: FunctionPlace, insns: readonly Insn[]) => FunctionLocals | null;
  /** What could not be read so far, in words; null for nothing. */
  readonly problem: () => string | null;
}

/** Work that a file may cost: so much, and more for each byte of its entries, which are one to four bytes of work each. */
const WORK = { least: 1_000_000, perByte: 4, most: 12_000_000 };

export function openDwarf(elf: Elf, globalAt: ExpressionSetting['globalAt']): Dwarf {
  const sections = new DebugSections(elf);
  const { length } = sections.get('info').bytes;
  const work = new Work(Math.min(WORK.least + WORK.perByte * length, WORK.most));
  const units = readUnits(sections, work);
  const entryAt = (start: number): Entry | null => {
    const unit = unitAt(units, start);
    return unit === null ? null : Entry.at(unit, start);
  };
  const dwarf: OpenDwarf = { units, entryAt, types: dwarfTypes(entryAt), globalAt, files: new Map() };
  const functions = functionsOf(units);
  const known = new Map<Entry, FunctionLocals>();
  return {
    btf: dwarf.types.btf,
    localsOf(place, insns) {
      const entry = functions.get(keyOf(place.section, place.start));
      if (entry === undefined) return null;
      const locals = known.get(entry) ?? withStackBase(localsOf(dwarf, entry, place), insns);
      known.set(entry, locals);
      return locals;
    },
    problem: () => problemOf(sections, work),
  };
}

interface OpenDwarf {
  readonly units: readonly Unit[];
  readonly entryAt: (start: number) => Entry | null;
  readonly types: DwarfTypes;
  readonly globalAt: ExpressionSetting['globalAt'];
  /** Source files by unit. */
  readonly files: Map<number, ReadonlyMap<number, string>>;
}

/** Units lie one behind the other. */
function unitAt(units: readonly Unit[], start: number): Unit | null {
  let low = 0;
  let high = units.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((units[middle]?.start ?? 0) <= start) low = middle + 1;
    else high = middle;
  }
  const unit = units[low - 1];
  return unit !== undefined && start >= unit.root && start < unit.end ? unit : null;
}

function keyOf(section: number, start: number): string {
  return `${section} ${start}`;
}

/** The functions that have code, by where it begins. */
function functionsOf(units: readonly Unit[]): Map<string, Entry> {
  const found = new Map<string, Entry>();
  for (const unit of units) {
    const root = Entry.at(unit, unit.root);
    if (root !== null) addFunctions(root, found, 0);
  }
  return found;
}

const DEEPEST_NAMESPACE = 32;

function addFunctions(parent: Entry, found: Map<string, Entry>, depth: number): void {
  for (const child of parent.children()) {
    if (child.tag === TAG.namespace && depth < DEEPEST_NAMESPACE) addFunctions(child, found, depth + 1);
    if (child.tag !== TAG.subprogram) continue;
    const [range] = rangesOf(child) ?? [];
    if (range !== undefined) found.set(keyOf(range.start.section, range.start.offset), child);
  }
}

function localsOf({ types, entryAt, globalAt, files }: OpenDwarf, entry: Entry, place: FunctionPlace): FunctionLocals {
  const { unit } = entry;
  const pathOf = (at: Entry, file: number): string => {
    const known = files.get(at.unit.start) ?? filesOfUnit(at.unit);
    files.set(at.unit.start, known);
    return known.get(file) ?? '';
  };
  const frame = frameBase(entry.block(AT.frameBase), unit);
  return functionLocals(entry, { unit, frame, globalAt, place, types, entryAt, pathOf });
}

function filesOfUnit(unit: Unit): ReadonlyMap<number, string> {
  const root = Entry.at(unit, unit.root);
  return root === null ? new Map() : filesOf(root);
}

function problemOf(sections: DebugSections, work: Work): string | null {
  if (sections.isCompressed('info')) return 'is compressed, which is not read; compile without -gz';
  if (work.damaged !== null) return `makes no sense at byte ${work.damaged} of .debug_info`;
  return work.exhausted ? 'refers to itself too often' : null;
}
