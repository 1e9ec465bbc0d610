import { describe, expect, it } from 'vitest';
import { readObject } from '../../server/src/elf/readObject.ts';
import { findingsOf } from './sample.ts';

interface Part {
  readonly name: string;
  readonly type: number;
  readonly flags?: number;
  readonly data: Uint8Array;
  /** Size in the section table; that of the data unless given. */
  readonly size?: bigint;
  readonly link?: number;
  readonly info?: number;
}

/** A little-endian object of these sections; the first one becomes number 1 and is the table of names. */
function buildElf(parts: readonly Part[]): Uint8Array {
  const names = ['', ...new Set(parts.map((part) => part.name))].join('\0');
  const all = [{ name: '', type: 3, data: new TextEncoder().encode(`${names}\0main\0`) }, ...parts];
  const offsets: number[] = [];
  let end = 64;
  for (const { data } of all) {
    offsets.push(end);
    end = (end + data.length + 7) & ~7;
  }
  const bytes = new Uint8Array(end + (all.length + 1) * 64);
  const view = new DataView(bytes.buffer);
  bytes.set([0x7f, 0x45, 0x4c, 0x46, 2, 1, 1]);
  view.setUint16(18, 247, true);
  view.setBigUint64(40, BigInt(end), true);
  view.setUint16(58, 64, true);
  view.setUint16(62, 1, true);
  if (all.length < 0xff00) view.setUint16(60, all.length + 1, true);
  else view.setBigUint64(end + 32, BigInt(all.length + 1), true);
  for (const [index, part] of all.entries())
    writeSection(view, end + (index + 1) * 64, part, offsets[index] ?? 0, names);
  for (const [index, { data }] of all.entries()) bytes.set(data, offsets[index]);
  return bytes;
}

function writeSection(view: DataView, at: number, part: Part, offset: number, names: string): void {
  view.setUint32(at, part.name === '' ? 0 : names.indexOf(`\0${part.name}`) + 1, true);
  view.setUint32(at + 4, part.type, true);
  view.setBigUint64(at + 8, BigInt(part.flags ?? 0), true);
  view.setBigUint64(at + 24, BigInt(offset), true);
  view.setBigUint64(at + 32, part.size ?? BigInt(part.data.length), true);
  view.setUint32(at + 40, part.link ?? 0, true);
  view.setUint32(at + 44, part.info ?? 0, true);
}

interface Symbol {
  readonly section: number;
  readonly value: number;
  readonly size: number;
  readonly type: number;
}

/** A symbol table whose names are in section 1. */
function symbols(count: number, symbolAt: (index: number) => Symbol): Part {
  const data = new Uint8Array(count * 24);
  const view = new DataView(data.buffer);
  for (let index = 0; index < count; index++) {
    const { section, value, size, type } = symbolAt(index);
    view.setUint32(index * 24, 1, true);
    view.setUint8(index * 24 + 4, 0x10 | type);
    view.setUint16(index * 24 + 6, section, true);
    view.setBigUint64(index * 24 + 8, BigInt(value), true);
    view.setBigUint64(index * 24 + 16, BigInt(size), true);
  }
  return { name: '.symtab', type: 2, data, link: 1 };
}

/** As many `r0 = 0` as asked for, or calls of the following instruction. */
function code(slots: number, insn: readonly number[] = [0xb7]): Uint8Array {
  const data = new Uint8Array(slots * 8);
  for (let slot = 0; slot < slots; slot++) data.set(insn, slot * 8);
  return data;
}

const CODE = { type: 1, flags: 6 };
const CALL_NEXT = [0x85, 0x10];

/** Files of a few megabytes that ask for as much work as they can. */
describe('huge objects are read in bounded time and memory', () => {
  const cases: { what: string; parts: () => Part[]; programs: number; finding: string }[] = [
    {
      what: '100,000 programs over the same code',
      parts: () => [symbols(100_000, () => ({ section: 3, value: 0, size: 160_000, type: 2 })), { name: 'xdp', ...CODE, data: code(20_000) }],
      programs: 200,
      finding: 'error object-too-large',
    },
    {
      what: '100,000 functions without size',
      parts: () => [symbols(100_000, (i) => ({ section: 3, value: (i % 20_000) * 8, size: 0, type: 0 })), { name: 'xdp', ...CODE, data: code(20_000) }],
      programs: 20_000,
      finding: 'error object-too-large',
    },
    {
      what: 'a chain of 15,000 calls',
      parts: () => [
        symbols(15_001, (i) => (i === 0 ? { section: 3, value: 0, size: 8, type: 2 } : { section: 4, value: (i - 1) * 8, size: 8, type: 2 })),
        { name: 'xdp', ...CODE, data: code(1, [...CALL_NEXT, 0, 0, 0xff, 0xff, 0xff, 0xff]) },
        { name: '.text', ...CODE, data: code(15_000, CALL_NEXT) },
        { name: '.relxdp', type: 9, info: 3, data: new Uint8Array([0, 0, 0, 0, 0, 0, 0, 0, 10, 0, 0, 0, 1, 0, 0, 0]) },
      ],
      programs: 0,
      finding: 'error call-target-missing',
    },
    {
      what: '70,000 sections',
      parts: () => Array.from({ length: 70_000 }, (_, i) => ({ name: i % 2 === 0 ? 'xdp' : '.text', type: i % 3 === 0 ? 9 : 1, flags: 6, data: code(1), info: i })),
      programs: 0,
      finding: 'warning section-without-function',
    },
    {
      what: 'variables of 2^60 bytes',
      parts: () => [{ name: '.bss', type: 8, data: new Uint8Array(), size: 1n << 60n }],
      programs: 0,
      finding: 'error map-too-large',
    },
  ]; // prettier-ignore

  it.each(cases)('$what', ({ parts, programs, finding }) => {
    const object = readObject('huge.o', buildElf(parts()));
    expect(object.programs.length).toBe(programs);
    expect(findingsOf(object)).toContain(finding);
  });

  it('links a chain of calls that ends', () => {
    const text = code(15_000, CALL_NEXT);
    text.set([0x95, 0, 0, 0, 0, 0, 0, 0], text.length - 8);
    const object = readObject('chain.o', buildElf([
      symbols(15_001, (i) => (i === 0 ? { section: 3, value: 0, size: 8, type: 2 } : { section: 4, value: (i - 1) * 8, size: 8, type: 2 })),
      { name: 'xdp', ...CODE, data: code(1, [...CALL_NEXT, 0, 0, 0xff, 0xff, 0xff, 0xff]) },
      { name: '.text', ...CODE, data: text },
      { name: '.relxdp', type: 9, info: 3, data: new Uint8Array([0, 0, 0, 0, 0, 0, 0, 0, 10, 0, 0, 0, 1, 0, 0, 0]) },
    ])); // prettier-ignore
    expect(object.programs.map((program) => [program.insns.length, program.subprogs.length])).toEqual([
      [15_001, 15_001],
    ]);
  });
});
