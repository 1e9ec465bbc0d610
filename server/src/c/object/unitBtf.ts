import type { BtfType } from '../../btf/btf.ts';
import type { BtfExt, CoreRelocation, FuncInfo, LineRecord } from '../../btf/ext.ts';
import type { IrData } from '../ir/ir.ts';
import type { MachineFunction } from '../machine.ts';
import type { CheckedUnit, FunctionSymbol } from '../typed.ts';
import { btfBuilder, type BtfBuilder } from './btfBuilder.ts';
import type { Layout, LaidOutSection } from './layout.ts';
import { isExtern, TEXT } from './layout.ts';
import { sizeOf } from '../check/layout.ts';
import { lineRecords } from './lineRecords.ts';
import type { ObjectSource } from './writeObject.ts';

/** The types of a unit, and what is known about its instructions. */
export function unitBtf(source: ObjectSource, layout: Layout): { types: BtfType[]; ext: BtfExt } {
  const builder = btfBuilder();
  const sections = new Map<string, DatasecEntry[]>();
  const declared = functionsByLabel(source.unit);
  // Maps come first: they reach their keys and values before anything else settles for a declaration.
  addData(builder, layout, sections, true);
  const ext = addFunctions(source, layout, builder, declared);
  addExterns(source, layout, builder, declared, sections);
  addData(builder, layout, sections, false);
  for (const name of [...sections.keys()].sort()) builder.datasec(name, sections.get(name) ?? []);
  return { types: builder.finish(), ext };
}

interface DatasecEntry {
  readonly type: number;
  readonly offset: number;
  readonly size: number;
}

type ByLabel = ReadonlyMap<string, FunctionSymbol>;

function functionsByLabel(unit: CheckedUnit): ByLabel {
  return new Map(unit.functions.map((fn) => [fn.label, fn]));
}

const MAPS = '.maps';

function addData(builder: BtfBuilder, layout: Layout, sections: Map<string, DatasecEntry[]>, maps: boolean): void {
  for (const section of layout.sections)
    for (const { data, offset } of section.data)
      if ((section.name === MAPS) === maps && data.symbol.kind === 'variable')
        entriesOf(sections, section.name).push(dataEntry(builder, section, data, offset));
}

function dataEntry(builder: BtfBuilder, section: LaidOutSection, data: IrData, offset: number): DatasecEntry {
  const type = section.name === MAPS ? builder.mapDefinition(data.type) : builder.type(data.type);
  const { name, linkage } = data.symbol;
  const id = builder.variable(name, type, linkage === 'static' ? 'static' : 'global');
  for (const tag of data.declTags) builder.declTag(tag, id, -1);
  return { type: id, offset, size: data.bytes.length };
}

function entriesOf(sections: Map<string, DatasecEntry[]>, name: string): DatasecEntry[] {
  const known = sections.get(name);
  if (known !== undefined) return known;
  const entries: DatasecEntry[] = [];
  sections.set(name, entries);
  return entries;
}

function addFunctions(source: ObjectSource, layout: Layout, builder: BtfBuilder, declared: ByLabel): BtfExt {
  const functions = new Map<string, FuncInfo[]>();
  const lines = new Map<string, LineRecord[]>();
  const coreRelocations = new Map<string, CoreRelocation[]>();
  const recordsOf = lineRecords(source.places);
  for (const section of layout.sections) {
    if (section.kind !== 'code') continue;
    functions.set(
      section.name,
      section.functions.map(({ fn, offset }) => ({ offset, type: func(builder, fn, declared) })),
    );
    lines.set(
      section.name,
      section.functions.flatMap(({ fn, offset }) => recordsOf(fn, declared.get(fn.symbol.name) ?? null, offset)),
    );
    coreRelocations.set(
      section.name,
      section.functions.flatMap(({ fn, offset }) => coreOf(builder, fn, offset)),
    );
  }
  return { functions, lines, coreRelocations };
}

function func(builder: BtfBuilder, { symbol }: MachineFunction, declared: ByLabel): number {
  const fn = declared.get(symbol.name);
  const linkage = symbol.linkage === 'static' ? 'static' : 'global';
  if (fn === undefined) return builder.func(symbol.name, NO_ARGUMENTS, [], linkage);
  const names = fn.params.map(({ name }) => name);
  return tagged(builder, fn, builder.func(symbol.name, fn.type, names, linkage));
}

/** Of a function that no declaration tells about. */
const NO_ARGUMENTS: FunctionSymbol['type'] = {
  kind: 'function', returns: { kind: 'void' }, params: [], variadic: false, prototype: true,
}; // prettier-ignore

function tagged(builder: BtfBuilder, fn: FunctionSymbol, id: number): number {
  for (const [i, tags] of fn.paramTags.entries()) for (const tag of tags) builder.declTag(tag, id, i);
  for (const tag of fn.attributes.declTags) builder.declTag(tag, id, -1);
  return id;
}

function coreOf(builder: BtfBuilder, fn: MachineFunction, offset: number): CoreRelocation[] {
  return fn.core
    .map(({ pc, request }) => ({
      offset: offset + pc * 8,
      type: builder.type(request.type.kind === 'qualified' ? request.type.type : request.type),
      access: request.access,
      kind: request.kind,
    }))
    .sort((a, b) => a.offset - b.offset);
}

/** Functions and variables of the kernel; their data sections exist as types only. */
function addExterns(
  { unit }: ObjectSource,
  { externs }: Layout,
  builder: BtfBuilder,
  declared: ByLabel,
  sections: Map<string, DatasecEntry[]>,
): void {
  const variables = new Map(unit.variables.map((variable) => [variable.name, variable]));
  for (const symbol of externs) {
    if (!isExtern(symbol)) continue;
    const fn = declared.get(symbol.name);
    const variable = variables.get(symbol.name);
    const section = (fn ?? variable)?.attributes.section ?? null;
    if (fn !== undefined) {
      const id = tagged(builder, fn, builder.func(symbol.name, fn.type, [], 'extern'));
      if (section !== null && section !== TEXT) entriesOf(sections, section).push({ type: id, offset: 0, size: 0 });
    } else if (variable !== undefined) {
      const id = builder.variable(symbol.name, builder.type(variable.type), 'extern');
      for (const tag of variable.attributes.declTags) builder.declTag(tag, id, -1);
      if (section !== null)
        entriesOf(sections, section).push({ type: id, offset: 0, size: sizeOf(variable.type) ?? 0 });
    }
  }
}
