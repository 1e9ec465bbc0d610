import { SECTION_FLAG, SECTION_RESERVED, SECTION_TYPE, type Elf, type ElfSection } from '../elf.ts';
import { byteSource, Cursor, type ByteSource } from './cursor.ts';

/** A place in a section of the file: in code, or in data. */
export interface Address {
  readonly section: number;
  readonly offset: number;
}

/** A section of debug information, its references to other sections filled in. */
export interface DebugSection extends ByteSource {
  /** By place of an address in it: the section that the address counts from. */
  readonly targets: ReadonlyMap<number, number>;
}

/** Sections of debug information by name without `.debug_`, each read when it is asked for first. */
export class DebugSections {
  readonly elf: Elf;
  readonly #read = new Map<string, DebugSection>();

  constructor(elf: Elf) {
    this.elf = elf;
  }

  /** Whether there is such a section and it is compressed, which we do not read. */
  isCompressed(name: string): boolean {
    return ((find(this.elf, name)?.flags ?? 0) & SECTION_FLAG.compressed) !== 0;
  }

  get(name: string): DebugSection {
    const known = this.#read.get(name);
    if (known !== undefined) return known;
    const found = find(this.elf, name);
    const section = found === undefined ? empty(this.elf) : relocated(this.elf, found);
    this.#read.set(name, section);
    return section;
  }

  cursor(name: string, at: number): Cursor {
    return new Cursor(this.get(name), at);
  }

  /** The text at an offset of a section of texts. */
  text(name: string, offset: number): string {
    return this.cursor(name, offset).text();
  }
}

function empty({ littleEndian }: Elf): DebugSection {
  return { ...byteSource(new Uint8Array(), littleEndian), targets: new Map() };
}

function find(elf: Elf, name: string): ElfSection | undefined {
  return elf.sections.find((section) => section.name === `.debug_${name}`);
}

const ENTRY_BYTES = 16;
/** R_BPF_64_ABS64; and R_BPF_64_64, which clang before version 13 used in data as well. */
const WIDE: ReadonlySet<number> = new Set([1, 2]);
/** R_BPF_64_ABS32, R_BPF_64_NODYLD32; and R_BPF_64_32, as before. */
const NARROW: ReadonlySet<number> = new Set([3, 4, 10]);

/**
 * A copy of the section with relocations applied: symbol's value plus what stands there. Source: Documentation/bpf/
 * llvm_reloc.rst, Linux 6.18.
 */
function relocated(elf: Elf, section: ElfSection): DebugSection {
  if ((section.flags & SECTION_FLAG.compressed) !== 0) return empty(elf);
  const tables = elf.sections.filter(({ type, info }) => type === SECTION_TYPE.rel && info === section.index);
  const source = byteSource(tables.length === 0 ? section.data : section.data.slice(), elf.littleEndian);
  const targets = new Map<number, number>();
  for (const { data } of tables) apply(elf, data, source, targets);
  return { ...source, targets };
}

function apply({ symbols }: Elf, table: Uint8Array, source: ByteSource, targets: Map<number, number>): void {
  const { bytes, view, littleEndian } = source;
  const { view: entries } = byteSource(table, littleEndian);
  for (let at = 0; at + ENTRY_BYTES <= table.length; at += ENTRY_BYTES) {
    const place = Number(entries.getBigUint64(at, littleEndian));
    const type = entries.getUint32(at + (littleEndian ? 8 : 12), littleEndian);
    const symbol = symbols[entries.getUint32(at + (littleEndian ? 12 : 8), littleEndian)];
    if (symbol === undefined || symbol.section >= SECTION_RESERVED) continue;
    if (WIDE.has(type) && place + 8 <= bytes.length) {
      view.setBigUint64(place, view.getBigUint64(place, littleEndian) + BigInt(symbol.value), littleEndian);
      targets.set(place, symbol.section);
    } else if (NARROW.has(type) && place + 4 <= bytes.length)
      view.setUint32(place, view.getUint32(place, littleEndian) + symbol.value, littleEndian);
  }
}
