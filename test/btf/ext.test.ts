import { describe, expect, it } from 'vitest';
import { readBtfExt, recordsIn } from '../../server/src/btf/ext.ts';

const NAMES = ['', 'xdp', 'a.c', 'return 0;', '0:1'];
const strings = (offset: number): string | null => NAMES[offset] ?? null;

/** Header, then each part with its records, as words. Parts lie one after the other. */
function ext(parts: { functions: number[]; lines: number[]; core: number[] }, littleEndian = true): Uint8Array {
  const words = [parts.functions, parts.lines, parts.core];
  const offsets = [0, parts.functions.length * 4, (parts.functions.length + parts.lines.length) * 4];
  const header = [32, ...words.flatMap((part, index) => [offsets[index] ?? 0, part.length * 4])];
  const all = [...header, ...words.flat()];
  const bytes = new Uint8Array(4 + all.length * 4);
  const view = new DataView(bytes.buffer);
  view.setUint16(0, 0xeb9f, littleEndian);
  bytes[2] = 1;
  for (const [i, word] of all.entries()) view.setUint32(4 + i * 4, word, littleEndian);
  return bytes;
}

const FUNCTIONS = [8, 1, 2, 16, 9, 0, 7];
const LINES = [16, 1, 2, 8, 2, 3, (12 << 10) | 5, 0, 2, 0, 11 << 10];
const CORE = [16, 1, 1, 8, 3, 4, 0];

describe.each([{ order: 'little', littleEndian: true }, { order: 'big', littleEndian: false }])('$order-endian', ({ littleEndian }) => {
  const { ext: read, diagnostics } = readBtfExt(ext({ functions: FUNCTIONS, lines: LINES, core: CORE }, littleEndian), strings);

  it('has no finding', () => expect(diagnostics).toEqual([]));
  it('lists functions by place', () => expect(read.functions.get('xdp')).toEqual([{ offset: 0, type: 7 }, { offset: 16, type: 9 }]));
  it('lists lines by place', () =>
    expect(read.lines.get('xdp')).toEqual([
      { offset: 0, file: 'a.c', text: null, line: 11, column: 0 },
      { offset: 8, file: 'a.c', text: 'return 0;', line: 12, column: 5 },
    ]));
  it('lists what depends on the kernel', () => expect(read.coreRelocations.get('xdp')).toEqual([{ offset: 8, type: 3, access: '0:1', kind: 0 }]));
}); // prettier-ignore

describe('damaged information is reported, and the rest is read', () => {
  const cases = [
    { what: 'no header', bytes: new Uint8Array([1, 2, 3]), codes: ['btf-ext-header-invalid'], functions: 0, lines: 0 },
    { what: 'records that are too short', bytes: ext({ functions: [4, 1, 0], lines: LINES, core: [] }), codes: ['btf-ext-invalid'], functions: 0, lines: 2 },
    { what: 'more records than bytes', bytes: ext({ functions: [8, 1, 0x4000_0000, 0, 7], lines: LINES, core: [] }), codes: ['btf-ext-invalid'], functions: 0, lines: 2 },
    { what: 'an unknown section name', bytes: ext({ functions: [8, 77, 1, 0, 7], lines: LINES, core: [] }), codes: ['btf-ext-invalid'], functions: 0, lines: 2 },
    { what: 'a cut section', bytes: ext({ functions: FUNCTIONS, lines: LINES, core: [] }).subarray(0, 80), codes: ['btf-ext-invalid'], functions: 2, lines: 0 },
    { what: 'records of size zero', bytes: ext({ functions: [0, 1, 0xffff_ffff], lines: [], core: [] }), codes: ['btf-ext-invalid'], functions: 0, lines: 0 },
  ]; // prettier-ignore
  it.each(cases)('$what', ({ bytes, codes, functions, lines }) => {
    const reading = readBtfExt(bytes, strings);
    expect(reading.diagnostics.map(({ code }) => code)).toEqual(codes);
    expect(reading.ext.functions.get('xdp')?.length ?? 0).toBe(functions);
    expect(reading.ext.lines.get('xdp')?.length ?? 0).toBe(lines);
  });
});

describe('records of a range', () => {
  const records = [0, 8, 8, 24].map((offset) => ({ offset }));
  it.each([[0, 8, 1], [8, 16, 2], [9, 24, 0], [0, 100, 4], [25, 30, 0]])('%i to %i are %i', (start, end, count) =>
    expect(recordsIn(records, start, end)).toHaveLength(count),
  ); // prettier-ignore
});
