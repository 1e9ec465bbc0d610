import { sizeOf } from '../../btf/query.ts';
import type { LocalVariable, PcRange, VariablePlace } from '../../program/program.ts';
import { AT, TAG } from './constants.ts';
import type { Entry } from './entry.ts';
import { piecesOf, type ExpressionSetting, type Piece } from './expression.ts';
import { listOffset, readList, readOldList, type CodeRange, type ListItem } from './lists.ts';
import type { DwarfTypes } from './types.ts';

/** A function whose variables are read. */
export interface FunctionPlace {
  readonly section: number;
  /** Bytes of its section. */
  readonly start: number;
  readonly end: number;
}

/** What is around a variable in the tree of entries. */
export interface Surroundings {
  readonly depth: number;
  readonly blocks: number;
  readonly scope: readonly PcRange[];
}

/** What variables of one function are read with. */
export interface VariableSetting extends ExpressionSetting {
  readonly place: FunctionPlace;
  readonly types: DwarfTypes;
  /** Follows references between entries. */
  readonly entryAt: (start: number) => Entry | null;
  /** Path of a source file of the entry's unit. */
  readonly pathOf: (entry: Entry, file: number) => string;
}

/** What reading a variable costs, in entries. */
const VARIABLE_WORK = 10;

/** Null for one without a name, which nobody wrote, and once there were too many. */
export function variableOf(entry: Entry, around: Surroundings, setting: VariableSetting): LocalVariable | null {
  const declared = originOf(entry, setting);
  const name = declared.text(AT.name);
  if (name === '' || !entry.unit.work.spend(VARIABLE_WORK)) return null;
  const typeId = setting.types.typeOf(declared);
  const size = sizeOf(setting.types.btf, typeId) ?? 8;
  return {
    name,
    typeId,
    parameter: entry.tag === TAG.formalParameter,
    ...around,
    path: setting.pathOf(declared, declared.number(AT.declFile) ?? 0),
    line: declared.number(AT.declLine) ?? 0,
    places: placesOf(entry, size, around.scope, setting),
  };
}

/** Longest way from an entry to the one that it stands for; a longer one is a circle. */
const MOST_STEPS = 8;

/** The entry with the name and type: an abstract one, where this is a copy of it. */
export function originOf(entry: Entry, { entryAt }: Pick<VariableSetting, 'entryAt'>): Entry {
  let at = entry;
  for (let steps = 0; steps < MOST_STEPS && !at.has(AT.name); steps++) {
    const start = at.reference(AT.abstractOrigin) ?? at.reference(AT.specification);
    const next = start === null ? null : entryAt(start);
    if (next === null) break;
    at = next;
  }
  return at;
}

function placesOf(entry: Entry, size: number, scope: readonly PcRange[], setting: VariableSetting): VariablePlace[] {
  const list = locationList(entry);
  if (list === null) return everywhere(scope, constantOf(entry, size) ?? piecesAt(entry, size, setting));
  // What holds wherever nothing else does comes first, so that anything else is put over it.
  const inOrder = list.toSorted((a, b) => Number(b.range === null) - Number(a.range === null));
  return inOrder.flatMap(({ range, expression }) => {
    const pieces = piecesOf(expression, size, setting);
    return everywhere(range === null ? scope : pcRanges([range], setting.place), pieces);
  });
}

function everywhere(ranges: readonly PcRange[], pieces: readonly Piece[]): VariablePlace[] {
  return ranges.flatMap(({ from, to }) => pieces.map((piece) => ({ ...piece, from, to })));
}

function piecesAt(entry: Entry, size: number, setting: VariableSetting): Piece[] {
  const block = entry.block(AT.location);
  return block === null ? [] : piecesOf(block, size, setting);
}

/** Null where the place is none that changes. */
function locationList(entry: Entry): ListItem[] | null {
  const { unit } = entry;
  const value = entry.value(AT.location);
  if (value?.kind === 'locationIndex') return readList(unit, 'loclists', listOffset(unit, 'loclists', value.index));
  const offset = entry.offset(AT.location);
  if (offset === null) return null;
  return unit.version >= 5 ? readList(unit, 'loclists', offset) : readOldList(unit, 'loc', offset);
}

function constantOf(entry: Entry, size: number): Piece[] | null {
  const value = entry.value(AT.constValue);
  if (value?.kind === 'constant') return [{ off: 0, size, where: { kind: 'constant', value: value.value } }];
  return value?.kind === 'block' ? [{ off: 0, size, where: { kind: 'bytes', bytes: value.bytes } }] : null;
}

const SLOT_BYTES = 8;

/** The part of some code that belongs to a function, in slots from its beginning. */
export function pcRanges(ranges: readonly CodeRange[], { section, start, end }: FunctionPlace): PcRange[] {
  return ranges.flatMap((range) => {
    if (range.start.section !== section) return [];
    const from = Math.ceil((Math.max(range.start.offset, start) - start) / SLOT_BYTES);
    const to = Math.ceil((Math.min(range.start.offset + range.size, end) - start) / SLOT_BYTES);
    return from < to ? [{ from, to }] : [];
  });
}
