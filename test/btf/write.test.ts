import { readdirSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import type { BtfType } from '../../server/src/btf/btf.ts';
import { EMPTY_EXT, readBtfExt } from '../../server/src/btf/ext.ts';
import { readBtf } from '../../server/src/btf/read.ts';
import { stringTable } from '../../server/src/base/stringTable.ts';
import { writeBtf } from '../../server/src/btf/write.ts';
import { writeBtfExt } from '../../server/src/btf/writeExt.ts';
import { readElf } from '../../server/src/elf/readElf.ts';
import { sectionInRole } from '../../server/src/elf/sectionRole.ts';
import { sampleBytes } from '../elf/sample.ts';

const folder = path.join(import.meta.dirname, '..', 'data', 'elf');
const objects = readdirSync(folder).filter((name) => name.endsWith('.o') && !name.includes('big'));

function sectionsOf(name: string): { btf: Uint8Array; ext: Uint8Array } | null {
  const { elf } = readElf(sampleBytes(name));
  const btf = elf === null ? null : sectionInRole(elf, 'btf');
  const ext = elf === null ? null : sectionInRole(elf, 'btfExt');
  return btf === null || ext === null ? null : { btf: btf.data, ext: ext.data };
}

function checkWrittenTypes(types: readonly BtfType[]): void {
  const { btf, diagnostics } = readBtf(writeBtf(types));
  expect(diagnostics).toEqual([]);
  expect(btf?.types).toEqual(types);
}

describe('type data that is read, written and read again', () => {
  const whole = objects.filter((name) => sectionsOf(name) !== null);

  it('is there to be tested', () => expect(whole.length).toBeGreaterThan(8));

  it.each(whole)('is the same: %s', (name) => {
    const sections = sectionsOf(name)!;
    const read = readBtf(sections.btf);
    const { ext } = readBtfExt(sections.ext, read.strings);
    const strings = stringTable();
    const extBytes = writeBtfExt(ext, strings);
    const again = readBtf(writeBtf(read.btf!.types, strings));
    expect(again.btf).toEqual(read.btf);
    expect(again.diagnostics).toEqual([]);
    expect(readBtfExt(extBytes, again.strings)).toEqual({ ext, diagnostics: [] });
  });
});

describe('written type data', () => {
  it('keeps bit fields, signs, wide enumerators, dots and tags', () =>
    checkWrittenTypes([
      { kind: 'void' },
      { kind: 'int', name: 'int', size: 4, bits: 32, offsetBits: 0, signed: true, char: false, bool: false },
      {
        kind: 'struct',
        name: 'flags',
        size: 4,
        members: [
          { name: 'low', type: 1, offsetBits: 0, bitSize: 3 },
          { name: 'high', type: 1, offsetBits: 3, bitSize: 29 },
        ],
      },
      { kind: 'enum', name: 'small', size: 4, signed: true, values: [{ name: 'MINUS', value: -1n }] },
      { kind: 'enum', name: 'wide', size: 8, signed: false, values: [{ name: 'TOP', value: 0x8000_0000_0000_0001n }] },
      { kind: 'enum', name: 'wideSigned', size: 8, signed: true, values: [{ name: 'LESS', value: -(1n << 40n) }] },
      { kind: 'funcProto', returns: 1, params: [{ name: 'größe', type: 1 }], variadic: true },
      { kind: 'func', name: 'f', type: 6, linkage: 'extern' },
      { kind: 'declTag', name: 'whole', type: 2, component: -1 },
      { kind: 'declTag', name: 'one', type: 2, component: 1 },
      { kind: 'typeTag', name: 'kptr', type: 2 },
      { kind: 'fwd', name: 'far', union: true },
      { kind: 'float', name: 'double', size: 8 },
      { kind: 'datasec', name: '.data', size: 12, vars: [{ type: 15, offset: 8, size: 4 }] },
      { kind: 'var', name: 'v', type: 1, linkage: 'static' },
      { kind: 'restrict', type: 1 },
    ]));

  it('takes a column that its field cannot hold for unknown', () => {
    const lines = new Map([['xdp', [{ offset: 8, file: 'a.c', text: 'x', line: 70_000, column: 1024 }]]]);
    const strings = stringTable();
    const bytes = writeBtfExt({ ...EMPTY_EXT, lines }, strings);
    const { ext } = readBtfExt(bytes, readBtf(writeBtf([{ kind: 'void' }], strings)).strings);
    expect(ext.lines.get('xdp')).toEqual([{ offset: 8, file: 'a.c', text: 'x', line: 70_000, column: 0 }]);
  });
});
