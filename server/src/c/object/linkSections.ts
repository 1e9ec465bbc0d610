import { BINDING, SECTION_FLAG, SECTION_TYPE, SYMBOL_TYPE, VISIBILITY } from '../../elf/elf.ts';
import type { NewSection, NewSymbol } from '../../elf/writeElf.ts';
import type { IrSymbol } from '../ir/ir.ts';
import { codeOf } from './code.ts';
import type { LaidOutSection, Layout, PlacedSymbol } from './layout.ts';

/** What a relocation refers to, and what of the address it leaves to the place that it applies to. */
export interface Reference {
  /** Index of the symbol. */
  readonly symbol: number;
  readonly addend: number;
}

export type Relocation = NewSection['relocations'][number];

/** R_BPF_*. Source: llvm/BinaryFormat/ELFRelocs/BPF.def. */
export const R_BPF = { address: 1, data64: 2, call: 10 } as const;

/** The sections with their contents, relocations and symbols. */
export function linkSections(layout: Layout): { sections: NewSection[]; symbols: NewSymbol[] } {
  const table = symbolTable(layout);
  const sections = layout.sections.map((section) => contents(section, table));
  return { sections, symbols: table.symbols };
}

export interface SymbolTable {
  readonly symbols: NewSymbol[];
  /** As clang refers to it: what only this file sees by its section and the offset there, other things by their name. */
  readonly bySection: (symbol: IrSymbol) => Reference;
  readonly byName: (symbol: IrSymbol) => Reference;
}

function symbolTable({ sections, placed, externs }: Layout): SymbolTable {
  const symbols: NewSymbol[] = [];
  const numbers = new Map<string, number>();
  const sectionSymbols = new Map<number, number>();
  for (const one of placed.values())
    if (one.symbol.kind !== 'literal') numbers.set(one.symbol.name, symbols.push(definition(one)) - 1);
  for (const symbol of externs) numbers.set(symbol.name, symbols.push(external(symbol)) - 1);
  const sectionSymbol = (section: number): number => {
    const known = sectionSymbols.get(section);
    if (known !== undefined) return known;
    const added = symbols.push({ ...UNNAMED, section }) - 1;
    sectionSymbols.set(section, added);
    return added;
  };
  const byName = ({ name }: IrSymbol): Reference => ({ symbol: numbers.get(name) ?? 0, addend: 0 });
  const bySection = (symbol: IrSymbol): Reference => {
    const at = placed.get(symbol.name);
    const local = symbol.kind === 'literal' || symbol.linkage === 'static';
    // Loaders know maps by their names only.
    if (at === undefined || !local || sections[at.section]?.name === '.maps') return byName(symbol);
    return { symbol: sectionSymbol(at.section), addend: at.offset };
  };
  return { symbols, bySection, byName };
}

const UNNAMED = {
  name: '', type: SYMBOL_TYPE.section, binding: BINDING.local, visibility: VISIBILITY.default, value: 0, size: 0,
} as const; // prettier-ignore

function definition({ symbol, section, offset, sizeBytes, hidden }: PlacedSymbol): NewSymbol {
  return {
    name: symbol.name,
    type: symbol.kind === 'function' ? SYMBOL_TYPE.func : SYMBOL_TYPE.object,
    binding: bindingOf(symbol),
    visibility: hidden ? VISIBILITY.hidden : VISIBILITY.default,
    section,
    value: offset,
    size: sizeBytes,
  };
}

function external(symbol: IrSymbol): NewSymbol {
  const binding = symbol.linkage === 'weakExtern' ? BINDING.weak : BINDING.global;
  const { visibility } = UNNAMED;
  return { name: symbol.name, type: SYMBOL_TYPE.none, binding, visibility, section: null, value: 0, size: 0 };
}

function bindingOf({ linkage }: IrSymbol): number {
  return linkage === 'static' ? BINDING.local : linkage === 'weak' ? BINDING.weak : BINDING.global;
}

/** SHF_WRITE, SHF_MERGE and SHF_STRINGS beside the flags that readers look at. */
const FLAGS: Readonly<Record<LaidOutSection['kind'], number>> = {
  code: SECTION_FLAG.alloc | SECTION_FLAG.execute,
  data: SECTION_FLAG.alloc | 1,
  readOnly: SECTION_FLAG.alloc,
  strings: SECTION_FLAG.alloc | 0x10 | 0x20,
  zero: SECTION_FLAG.alloc | 1,
};

function contents(section: LaidOutSection, table: SymbolTable): NewSection {
  const { name, kind, sizeBytes, alignBytes } = section;
  const { data, relocations } = kind === 'code' ? codeOf(section, table) : dataOf(section, table);
  const stored = kind !== 'zero';
  return {
    name,
    type: stored ? SECTION_TYPE.progbits : SECTION_TYPE.nobits,
    flags: FLAGS[kind],
    alignBytes,
    entryBytes: kind === 'strings' ? 1 : 0,
    data: stored ? data : new Uint8Array(),
    size: sizeBytes,
    relocations,
  };
}

/** Addresses in data are those of maps and programs, which loaders know by their names. */
function dataOf(section: LaidOutSection, table: SymbolTable): { data: Uint8Array; relocations: Relocation[] } {
  const data = new Uint8Array(section.sizeBytes);
  const view = new DataView(data.buffer);
  const relocations: Relocation[] = [];
  for (const { data: one, offset } of section.data) {
    data.set(one.bytes, offset);
    for (const { offset: inside, symbol, addend } of one.relocations) {
      const reference = symbol.kind === 'literal' ? table.bySection(symbol) : table.byName(symbol);
      view.setBigUint64(offset + inside, BigInt.asUintN(64, BigInt(addend + reference.addend)), true);
      relocations.push({ offset: offset + inside, type: R_BPF.data64, symbol: reference.symbol });
    }
  }
  return { data, relocations };
}
