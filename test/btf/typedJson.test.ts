import { describe, expect, it } from 'vitest';
import { fromHex, toHex } from '../../server/src/base/bytes.ts';
import { parseJson, type JsonNode } from '../../server/src/base/json.ts';
import type { Btf, BtfType } from '../../server/src/btf/btf.ts';
import { readTyped, type TypedProblem } from '../../server/src/btf/readTyped.ts';
import { typedJson } from '../../server/src/btf/typedJson.ts';
import { randomNumbers } from '../support/random.ts';

const int = (name: string, size: number, more: Partial<Extract<BtfType, { kind: 'int' }>> = {}): BtfType => ({
  kind: 'int', name, size, bits: 8 * size, offsetBits: 0, signed: false, char: false, bool: false, ...more,
}); // prettier-ignore
const member = (name: string, type: number, offset: number, bitSize = 0): { name: string; type: number; offsetBits: number; bitSize: number } => ({ name, type, offsetBits: offset, bitSize }); // prettier-ignore

const U8 = 1;
const U32 = 2;
const U64 = 3;
const S16 = 4;
const CHAR = 5;
const BOOL = 6;
const NAME = 7;
const PORTS = 8;
const COLOUR = 9;
const POINTER = 10;
const DOUBLE = 11;
const INNER = 12;
const EITHER = 13;
const ALL = 14;
const LIMIT = 15;
const DATA = 16;

const btf: Btf = {
  types: [
    { kind: 'void' },
    int('unsigned char', 1),
    int('unsigned int', 4),
    int('unsigned long', 8),
    int('short', 2, { signed: true }),
    int('char', 1, { char: true, signed: true }),
    int('_Bool', 1, { bool: true }),
    { kind: 'array', type: CHAR, indexType: U32, length: 8 },
    { kind: 'array', type: S16, indexType: U32, length: 3 },
    {
      kind: 'enum',
      name: 'colour',
      size: 4,
      signed: true,
      values: [
        { name: 'RED', value: -1n },
        { name: 'BLUE', value: 7n },
      ],
    },
    { kind: 'ptr', type: 0 },
    { kind: 'float', name: 'double', size: 8 },
    { kind: 'struct', name: '', size: 4, members: [member('low', S16, 0), member('high', S16, 16)] },
    { kind: 'union', name: '', size: 4, members: [member('word', U32, 0), member('', INNER, 0)] },
    {
      kind: 'struct',
      name: 'all',
      size: 60,
      members: [
        member('name', NAME, 0),
        member('ports', PORTS, 64),
        member('flag', BOOL, 112),
        member('bits', U8, 120, 3),
        member('more', U8, 123, 5),
        member('', EITHER, 128),
        member('colour', COLOUR, 160),
        member('big', U64, 192),
        member('where', POINTER, 256),
        member('ratio', DOUBLE, 320),
        member('bytes', U64, 384),
        member('inner', INNER, 448),
      ],
    },
    { kind: 'var', name: 'limit', type: U32, linkage: 'global' },
    { kind: 'datasec', name: '.data', size: 8, vars: [{ type: LIMIT, offset: 4, size: 4 }] },
  ],
};

function node(json: unknown): JsonNode {
  const parsed = parseJson(JSON.stringify(json));
  if ('message' in parsed) throw new Error(parsed.message);
  return parsed;
}

function read(id: number, json: unknown): string {
  const problems: TypedProblem[] = [];
  const bytes = readTyped(btf, id, node(json), 'counts.entries[3].value', problems);
  return bytes === null ? problems.map(({ message }) => message).join('; ') : toHex(bytes);
}

describe('values as JSON by their types', () => {
  it('are written as people would', () => {
    const bytes = new Uint8Array(60);
    bytes.set(new TextEncoder().encode('eth0'));
    bytes.set([1, 0, 0xff, 0xff, 3, 0, 1, 0b10111_101, 0x34, 0x12, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff], 8);
    bytes.fill(0xff, 24, 32);
    bytes.set([0x78, 0x56], 32);
    new DataView(bytes.buffer).setFloat64(40, 0.5, true);
    expect(typedJson(btf, ALL, bytes)).toEqual({
      name: 'eth0',
      ports: [1, -1, 3],
      flag: true,
      bits: 5,
      more: 23,
      word: 0xffff1234,
      colour: 'RED',
      big: '18446744073709551615',
      where: '0x5678',
      ratio: 0.5,
      bytes: 0,
      inner: { low: 0, high: 0 },
    });
  });

  it.each([
    [U8, '01', 1],
    [S16, 'feff', -2],
    [U64, 'ffffffffffff1f00', 9_007_199_254_740_991],
    [U64, '0000000000002000', '9007199254740992'],
    [BOOL, '02', 2],
    [NAME, '6162630000000000', 'abc'],
    [NAME, '6161616161616161', 'aaaaaaaa'],
    [NAME, '6100620000000000', [97, 0, 98, 0, 0, 0, 0, 0]],
    [NAME, 'ff00000000000000', [-1, 0, 0, 0, 0, 0, 0, 0]],
    [COLOUR, '07000000', 'BLUE'],
    [COLOUR, '08000000', 8],
    [DOUBLE, '000000000000f07f', { hex: '000000000000f07f' }],
    [DOUBLE, '0000000000000080', { hex: '0000000000000080' }],
    [DATA, '0000000005000000', { limit: 5 }],
  ])('type %i, %s: %j, and back', (id, hex, json) => {
    expect(typedJson(btf, id, fromHex(hex)!)).toEqual(json);
    expect(read(id, json)).toBe(hex);
  });

  it('reading what was written gives the same bytes, whatever they were', () => {
    const random = randomNumbers(7);
    for (let round = 0; round < 500; round++) {
      const bytes = Uint8Array.from({ length: 60 }, () => (random(4) === 0 ? 0 : random(256)));
      expect(read(ALL, typedJson(btf, ALL, bytes))).toBe(toHex(bytes));
    }
  });

  it('members and items that are left out are zero; numbers may be hex', () => {
    expect(read(ALL, { ports: [5], where: '0x10' })).toBe(
      `${'00'.repeat(8)}0500${'00'.repeat(22)}1000${'00'.repeat(26)}`,
    );
    expect(read(ALL, { hex: 'ff' })).toBe(`ff${'00'.repeat(59)}`);
  });

  it.each([
    [ALL, { prot: 1 }, 'counts.entries[3].value.prot: there is no such member; there are name, ports, flag, bits, more, word, low, high, colour, big, where, ratio, bytes, inner'],
    [ALL, { ports: [1, 2, 40_000] }, 'counts.entries[3].value.ports[2]: expected a whole number from -32768 to 32767'],
    [ALL, { ports: [1, 2, 3, 4] }, 'counts.entries[3].value.ports: expected a list in brackets of at most 3 items'],
    [ALL, { bits: 8 }, 'counts.entries[3].value.bits: expected a whole number from 0 to 7'],
    [ALL, { colour: 'GREEN' }, 'counts.entries[3].value.colour: expected a name of enum colour or a whole number from -2147483648 to 2147483647'],
    [ALL, { name: 'much too long' }, 'counts.entries[3].value.name: expected text of at most 8 bytes'],
    [ALL, { word: 1, high: 2 }, 'counts.entries[3].value.high: shares its place with word; give one'],
    [ALL, { flag: 'yes' }, 'counts.entries[3].value.flag: expected true, false or a whole number from 0 to 255'],
    [ALL, { ratio: 'a' }, 'counts.entries[3].value.ratio: expected a number'],
    [ALL, { inner: 3 }, 'counts.entries[3].value.inner: expected an object in braces with low, high'],
    [ALL, [], /^counts.entries\[3\].value: expected an object in braces with name, ports/],
    [DATA, { limits: 1 }, 'counts.entries[3].value.limits: there is no such variable'],
    [U8, { hex: '0102' }, 'counts.entries[3].value: expected hex of at most 1 bytes'],
    [0, 1, 'counts.entries[3].value: its type has no size'],
  ])('type %i refuses %j', (id, json, message) => {
    if (typeof message === 'string') expect(read(id, json)).toBe(message);
    else expect(read(id, json)).toMatch(message);
  }); // prettier-ignore

  it('members of a struct in a union stand beside each other', () => {
    expect(read(ALL, { low: 1, high: 2 }).slice(32, 40)).toBe('01000200');
  });
});
