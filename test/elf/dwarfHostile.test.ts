import { describe, expect, it } from 'vitest';
import { typeName } from '../../server/src/btf/printType.ts';
import { formatValue, valueText } from '../../server/src/btf/format.ts';
import { sizeOf } from '../../server/src/btf/query.ts';
import { BINDING, SECTION_FLAG, SECTION_TYPE, SYMBOL_TYPE, VISIBILITY } from '../../server/src/elf/elf.ts';
import { readObject } from '../../server/src/elf/readObject.ts';
import { writeElf, type NewSection } from '../../server/src/elf/writeElf.ts';
import type { BpfObject, LocalVariable } from '../../server/src/program/program.ts';

/** Shapes of entries: tag, children, pairs of attribute and form. */
const ABBREVIATIONS = [
  [1, 0x11, 1],
  // A function: name, low_pc, high_pc.
  [2, 0x2e, 1, 0x03, 0x08, 0x11, 0x01, 0x12, 0x06],
  // An inlined call: abstract_origin.
  [3, 0x1d, 0, 0x31, 0x13],
  // An abstract function: name.
  [4, 0x2e, 1, 0x03, 0x08],
  // A parameter: name, type.
  [5, 0x05, 0, 0x03, 0x08, 0x49, 0x13],
  // A block.
  [6, 0x0b, 1],
  // A structure: name, byte_size; a member: name, type.
  [7, 0x13, 1, 0x03, 0x08, 0x0b, 0x0b],
  [8, 0x0d, 0, 0x03, 0x08, 0x49, 0x13],
  // A typedef: name, type.
  [9, 0x16, 0, 0x03, 0x08, 0x49, 0x13],
  // An array: type; its size: count.
  [10, 0x01, 1, 0x49, 0x13],
  [11, 0x21, 0, 0x37, 0x0f],
].flatMap((one) => [...one, 0, 0]);

function u32(value: number): number[] {
  return [value & 255, (value >> 8) & 255, (value >> 16) & 255, value >>> 24];
}

const HEADER_BYTES = 11;

/** The unit's bytes: a root, the function `f` of one instruction with what is given inside, and what is given behind it. */
function unitOf(inside: readonly number[], behind: (at: number) => readonly number[]): Uint8Array {
  const start = [1, 2, 0x66, 0, 0, 0, 0, 0, 0, 0, 0, 0, ...u32(8)];
  const before = [...start, ...inside, 0];
  const body = [...before, ...behind(HEADER_BYTES + before.length), 0];
  return Uint8Array.from([...u32(body.length + 7), 4, 0, 0, 0, 0, 0, 8, ...body]);
}

function section(name: string, data: Uint8Array, relocations: NewSection['relocations'] = [], flags = 0): NewSection {
  return {
    name,
    type: SECTION_TYPE.progbits,
    flags,
    alignBytes: 1,
    entryBytes: 0,
    data,
    size: data.length,
    relocations,
  };
}

function objectWith(info: Uint8Array): BpfObject {
  const exit = Uint8Array.from([0x95, 0, 0, 0, 0, 0, 0, 0]);
  const code = section('socket', exit, [], SECTION_FLAG.alloc | SECTION_FLAG.execute);
  const debug = section('.debug_info', info, [{ offset: HEADER_BYTES + 4, type: 2, symbol: 0 }]);
  const shapes = section('.debug_abbrev', Uint8Array.from([...ABBREVIATIONS, 0]));
  const about = { visibility: VISIBILITY.default, section: 0, value: 0, size: 8 };
  const symbols = [{ name: 'f', type: SYMBOL_TYPE.func, binding: BINDING.global, ...about }];
  return readObject('hostile.o', writeElf([code, debug, shapes], symbols), { locals: true });
}

function variablesOf(object: BpfObject): readonly LocalVariable[] {
  return object.programs[0]?.locals?.functions[0]?.variables ?? [];
}

function problemsOf({ diagnostics }: BpfObject): string[] {
  return diagnostics.filter(({ code }) => code === 'debug-info-unread').map(({ message }) => message);
}

/** The name of `x`'s type, its size, and a value of it. */
function shown(object: BpfObject): string {
  const { btf } = object.programs[0]!.locals!;
  const typeId = variablesOf(object)[0]?.typeId ?? 0;
  return `${typeName(btf, typeId)} ${sizeOf(btf, typeId)} ${valueText(formatValue(btf, typeId, new Uint8Array(64))).length < 100_000}`;
}

const TYPE_AT = HEADER_BYTES + 16 + 7 + 1;
const PARAMETER = [5, 0x78, 0, ...u32(TYPE_AT)];

describe('debug information that is out to harm', () => {
  it('is read where it does none', () => {
    const object = objectWith(unitOf(PARAMETER, () => [9, 0x74, 0, ...u32(0)]));
    expect(variablesOf(object).map(({ name }) => name)).toEqual(['x']);
    expect(shown(object)).toBe('t null true');
    expect(problemsOf(object)).toEqual([]);
  });

  it.each([
    ['a typedef of itself', [9, 0x74, 0, ...u32(TYPE_AT)], /^t null/],
    ['a structure within itself', [7, 0x73, 0, 16, 8, 0x6d, 0, ...u32(TYPE_AT), 0], /^struct s 16 true$/],
    ['an array of itself', [10, ...u32(TYPE_AT), 11, 3, 0], / null true$/],
    ['an array without end', [10, ...u32(0), 11, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f, 0], / null true$/],
    ['a type that is none', [5, 0x79, 0, ...u32(0)], /^void null true$/],
  ])('%s', (_, type, expected) => {
    expect(shown(objectWith(unitOf(PARAMETER, () => type)))).toMatch(expected);
  });

  it('a call of itself', () => {
    const call = [3, ...u32(HEADER_BYTES + 16)];
    expect(variablesOf(objectWith(unitOf(call, () => [])))).toEqual([]);
  });

  it('blocks within blocks', () => {
    const object = objectWith(unitOf([...Array<number>(50_000).fill(6), ...Array<number>(50_000).fill(0)], () => []));
    expect(object.programs).toHaveLength(1);
    expect(problemsOf(object)).toEqual([]);
  });

  it('many calls of a function with many parameters', () => {
    const count = 5000;
    const origin = HEADER_BYTES + 16 + 5 * count + 1;
    const calls = Array.from({ length: count }, () => [3, ...u32(origin)]).flat();
    const parameters = Array.from({ length: count }, () => [5, 0x70, 0, ...u32(0)]).flat();
    const object = objectWith(unitOf(calls, () => [4, 0x67, 0, ...parameters, 0]));
    expect(variablesOf(object).length).toBeLessThan(1_000_000);
    expect(problemsOf(object)).toEqual([expect.stringContaining('refers to itself too often')]);
  });

  it('a unit that is cut off, and entries that nobody declared', () => {
    const whole = unitOf(PARAMETER, () => []);
    expect(problemsOf(objectWith(whole.subarray(0, -1)))).toEqual([
      expect.stringContaining('makes no sense at byte 0'),
    ]);
    expect(problemsOf(objectWith(unitOf([99], () => [])))).toEqual([
      expect.stringContaining('makes no sense at byte 27'),
    ]);
  });
});
