import { alignedTo } from '../../elf/writeElf.ts';
import type { IrData, IrModule, IrSymbol } from '../ir/ir.ts';
import type { MachineFunction } from '../machine.ts';
import { isConst } from '../check/typeQueries.ts';

/** Where everything lies in the object's sections. */
export interface Layout {
  readonly sections: readonly LaidOutSection[];
  /** By name: of what the object holds. */
  readonly placed: ReadonlyMap<string, PlacedSymbol>;
  /** What is referred to, but defined elsewhere: the kernel's, the loader's, another object's. */
  readonly externs: readonly IrSymbol[];
}

export interface LaidOutSection {
  readonly name: string;
  readonly kind: 'code' | 'data' | 'readOnly' | 'strings' | 'zero';
  readonly sizeBytes: number;
  readonly alignBytes: number;
  /** In the order of their offsets. */
  readonly functions: readonly { readonly fn: MachineFunction; readonly offset: number }[];
  readonly data: readonly { readonly data: IrData; readonly offset: number }[];
}

export interface PlacedSymbol {
  readonly symbol: IrSymbol;
  /** Index in `sections`. */
  readonly section: number;
  readonly offset: number;
  readonly sizeBytes: number;
  /** `__hidden`. */
  readonly hidden: boolean;
}

/** Section of functions without SEC(). */
export const TEXT = '.text';

export function layOut({ module, functions }: { module: IrModule; functions: readonly MachineFunction[] }): Layout {
  const sections: OpenSection[] = [];
  const placed = new Map<string, PlacedSymbol>();
  for (const fn of textFirst(functions)) {
    const index = sectionNamed(sections, fn.section ?? TEXT, 'code');
    const sizeBytes = fn.insns.length * 8;
    const offset = extend(sections[index], sizeBytes, 8);
    sections[index]?.functions.push({ fn, offset });
    const hidden = module.functions.get(fn.symbol.name)?.attributes.hidden ?? false;
    placed.set(fn.symbol.name, { symbol: fn.symbol, section: index, offset, sizeBytes, hidden });
  }
  for (const data of module.data.values()) {
    const { symbol, hidden, bytes, alignBytes } = data;
    if (isExtern(symbol)) continue;
    const index = sectionNamed(sections, sectionOf(data), kindOf(data));
    const offset = extend(sections[index], bytes.length, alignBytes);
    sections[index]?.data.push({ data, offset });
    placed.set(symbol.name, { symbol, section: index, offset, sizeBytes: bytes.length, hidden });
  }
  return { sections, placed, externs: externsOf(module, functions, placed) };
}

interface OpenSection extends LaidOutSection {
  sizeBytes: number;
  alignBytes: number;
  readonly functions: { readonly fn: MachineFunction; readonly offset: number }[];
  readonly data: { readonly data: IrData; readonly offset: number }[];
}

/** As compilers do, `.text` comes first. */
function textFirst(functions: readonly MachineFunction[]): MachineFunction[] {
  const isText = ({ section }: MachineFunction): boolean => section === null || section === TEXT;
  return [...functions.filter((fn) => isText(fn)), ...functions.filter((fn) => !isText(fn))];
}

function sectionNamed(sections: OpenSection[], name: string, kind: LaidOutSection['kind']): number {
  const found = sections.findIndex((section) => section.name === name);
  if (found !== -1) return found;
  return sections.push({ name, kind, sizeBytes: 0, alignBytes: 1, functions: [], data: [] }) - 1;
}

/** Makes room at the end of a section. */
function extend(section: OpenSection | undefined, sizeBytes: number, alignBytes: number): number {
  if (section === undefined) return 0;
  const offset = alignedTo(section.sizeBytes, alignBytes);
  section.sizeBytes = offset + sizeBytes;
  section.alignBytes = Math.max(section.alignBytes, alignBytes);
  return offset;
}

export function isExtern({ linkage }: IrSymbol): boolean {
  return linkage === 'extern' || linkage === 'weakExtern';
}

const STRINGS = '.rodata.str1.1';

/** Literals are put where clang puts them: texts with one zero at the end, then all others. */
function sectionOf(data: IrData): string {
  return data.section ?? (isText(data.bytes) && data.alignBytes === 1 ? STRINGS : '.rodata');
}

function isText(bytes: Uint8Array): boolean {
  return bytes.length > 0 && bytes.indexOf(0) === bytes.length - 1;
}

function kindOf(data: IrData): LaidOutSection['kind'] {
  const name = sectionOf(data);
  if (name === STRINGS) return 'strings';
  if (isFamily(name, '.bss')) return 'zero';
  if (isFamily(name, '.data')) return 'data';
  return isFamily(name, '.rodata') || isConst(data.type) ? 'readOnly' : 'data';
}

/** `.bss` and `.bss.anything`. */
function isFamily(name: string, family: string): boolean {
  return name === family || name.startsWith(`${family}.`);
}

/** In the order of their use. */
function externsOf(
  module: IrModule,
  functions: readonly MachineFunction[],
  placed: ReadonlyMap<string, PlacedSymbol>,
): IrSymbol[] {
  const used = functions.flatMap((fn) => fn.relocations.map(({ symbol }) => symbol));
  const inData = [...module.data.values()].flatMap((data) => data.relocations.map(({ symbol }) => symbol));
  const byName = new Map<string, IrSymbol>();
  for (const symbol of [...used, ...inData])
    if (!placed.has(symbol.name) && !byName.has(symbol.name)) byName.set(symbol.name, symbol);
  return [...byName.values()];
}
