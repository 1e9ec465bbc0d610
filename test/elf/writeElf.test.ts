import { readdirSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { SECTION_TYPE, type Elf } from '../../server/src/elf/elf.ts';
import { readElf, relocationsOf } from '../../server/src/elf/readElf.ts';
import { writeElf, type NewSection } from '../../server/src/elf/writeElf.ts';
import { sampleBytes } from './sample.ts';

const folder = path.join(import.meta.dirname, '..', 'data', 'elf');
const objects = readdirSync(folder).filter((name) => name.endsWith('.o') && !name.includes('big'));

const MADE_BY_WRITER: ReadonlySet<number> = new Set([
  SECTION_TYPE.null, SECTION_TYPE.symtab, SECTION_TYPE.strtab, SECTION_TYPE.rel, SECTION_TYPE.llvmAddrsig,
]); // prettier-ignore

/** What an object says, in words that do not depend on the order of its sections. */
function described(elf: Elf): { sections: object[]; symbols: object[] } {
  const sectionName = (index: number): string => elf.sections[index]?.name ?? String(index);
  const symbols = elf.symbols.map((symbol) => ({ ...symbol, span: null, section: sectionName(symbol.section) }));
  const sections = elf.sections
    .filter(({ type }) => !MADE_BY_WRITER.has(type))
    .map((section) => ({
      name: section.name,
      type: section.type,
      flags: section.flags,
      size: section.size,
      data: section.data,
      relocations: elf.sections
        .filter(({ type, info }) => type === SECTION_TYPE.rel && info === section.index)
        .flatMap((table) => relocationsOf(elf, table))
        .map(({ offset, type, symbol }) => ({ offset, type, symbol: symbol?.name })),
    }));
  return { sections, symbols };
}

/** The object as the writer takes it. */
function rewritten(elf: Elf): Uint8Array {
  const kept = elf.sections.filter(({ type }) => !MADE_BY_WRITER.has(type));
  const symbols = elf.symbols.slice(1).map((symbol) => {
    const index = kept.findIndex((one) => one.index === symbol.section);
    return { ...symbol, section: index === -1 ? null : index };
  });
  const sections = kept.map(
    ({ name, type, flags, size, data, index }): NewSection => ({
      name, type, flags, size, data, alignBytes: 8, entryBytes: 0,
      relocations: elf.sections
        .filter((table) => table.type === SECTION_TYPE.rel && table.info === index)
        .flatMap((table) => relocationsOf(elf, table))
        .map((one) => ({
          offset: one.offset,
          type: one.type,
          symbol: elf.symbols.findIndex((symbol) => symbol === one.symbol) - 1,
        })),
    }),
  ); // prettier-ignore
  return writeElf(sections, symbols);
}

describe('objects of compilers that are read, written and read again', () => {
  it.each(objects)('are the same: %s', (name) => {
    const before = readElf(sampleBytes(name)).elf!;
    const { elf: after, diagnostics } = readElf(rewritten(before));
    expect(diagnostics).toEqual([]);
    // The file's name is the only symbol in a section that is none.
    const expected = described(before);
    const symbols = expected.symbols.map((symbol) =>
      'type' in symbol && symbol.type === 4 ? { ...symbol, section: '' } : symbol,
    );
    expect(described(after!)).toEqual({ ...expected, symbols });
  });
});
