import { describe, expect, it } from 'vitest';
import { fromHex } from '../../server/src/base/bytes.ts';
import type { Btf, BtfType } from '../../server/src/btf/btf.ts';
import { formatValue, valueText } from '../../server/src/btf/format.ts';
import { declaration, printType, typeName } from '../../server/src/btf/printType.ts';
import { accessText, findByName, memberAt, resolve, sizeOf } from '../../server/src/btf/query.ts';

const int = (name: string, size: number, signed: boolean): BtfType => ({
  kind: 'int',
  name,
  size,
  bits: size * 8,
  offsetBits: 0,
  signed,
  char: name === 'char',
  bool: name === '_Bool',
});
const member = (name: string, type: number, offsetBits: number, bitSize = 0) => ({ name, type, offsetBits, bitSize });

const types: BtfType[] = [
  { kind: 'void' },
  int('int', 4, true),
  int('char', 1, true),
  { kind: 'array', type: 2, indexType: 1, length: 4 },
  { kind: 'ptr', type: 6 },
  { kind: 'const', type: 2 },
  { kind: 'struct', name: 'node', size: 32, members: [member('next', 4, 0), member('tag', 3, 64), member('', 7, 96), member('low', 1, 128, 3), member('high', 1, 131, 5), member('on', 11, 136), member('state', 12, 160), member('ports', 13, 192)] },
  { kind: 'union', name: '', size: 4, members: [member('number', 1, 0), member('bytes', 3, 0)] },
  { kind: 'funcProto', returns: 1, params: [{ name: 'item', type: 4 }], variadic: false },
  { kind: 'ptr', type: 8 },
  { kind: 'typedef', name: 'callback_t', type: 9 },
  int('_Bool', 1, false),
  { kind: 'enum', name: 'state', size: 4, signed: true, values: [{ name: 'DOWN', value: -1n }, { name: 'UP', value: 1n }] },
  { kind: 'array', type: 14, indexType: 1, length: 2 },
  { kind: 'array', type: 15, indexType: 1, length: 2 },
  int('unsigned short', 2, false),
  { kind: 'ptr', type: 5 },
  { kind: 'const', type: 16 },
  { kind: 'typedef', name: 'endless', type: 19 },
  { kind: 'typedef', name: 'endless', type: 18 },
  { kind: 'array', type: 21, indexType: 1, length: 0xffff_ffff },
  { kind: 'array', type: 20, indexType: 1, length: 0xffff_ffff },
  { kind: 'func', name: 'visit', type: 8, linkage: 'static' },
  { kind: 'ptr', type: 24 },
  { kind: 'typeTag', name: 'percpu', type: 1 },
  { kind: 'array', type: 4, indexType: 1, length: 3 },
  { kind: 'ptr', type: 25 },
]; // prettier-ignore
const btf: Btf = { types };

describe('types as C', () => {
  it.each([
    [4, 'p', 'struct node *p'],
    [3, 'name', 'char name[4]'],
    [9, 'callback', 'int (*callback)(struct node *item)'],
    [10, 'callback', 'callback_t callback'],
    [17, 'text', 'const char *const text'],
    [13, 'grid', 'unsigned short grid[2][2]'],
    [23, 'counter', 'int __percpu *counter'],
    [26, 'rows', 'struct node *(*rows)[3]'],
    [0, 'nothing', 'void nothing'],
    [3, '__data', 'char __data[4]'],
  ])('%i is %s', (id, name, text) => expect(declaration(btf, id, name)).toBe(text));

  it('writes a struct with unnamed parts and bit fields', () =>
    expect(printType(btf, 6)).toBe(`struct node {
    struct node *next;
    char tag[4];
    union {
        int number;
        char bytes[4];
    };
    int low : 3;
    int high : 5;
    _Bool on;
    enum state state;
    unsigned short ports[2][2];
};`));

  it.each([
    [12, 'enum state {\n    DOWN = -1,\n    UP = 1,\n};'],
    [10, 'typedef int (*callback_t)(struct node *item);'],
    [22, 'static int visit(struct node *item);'],
  ])('writes %i', (id, text) => expect(printType(btf, id)).toBe(text));

  it('ends for types that refer to themselves', () => {
    expect(typeName(btf, 18)).toBe('endless');
    expect(printType(btf, 20).length).toBeLessThan(2000);
    const nested: Btf = {
      types: [
        { kind: 'void' },
        { kind: 'datasec', name: '.data', size: 4, vars: [{ type: 1, offset: 0, size: 4 }] },
        { kind: 'funcProto', returns: 0, params: [{ name: 'again', type: 2 }], variadic: false },
      ],
    };
    expect(printType(nested, 1)).toBe('.data;');
    expect(declaration(nested, 2, 'f')).toMatch(/^void f\(void again\(/);
  });
});

describe('questions about types', () => {
  it.each([[6, 32], [3, 4], [13, 8], [4, 8], [10, 8], [0, null], [8, null], [18, null], [20, null], [999, null]] as const)('size of %i is %s', (id, size) =>
    expect(sizeOf(btf, id)).toBe(size),
  ); // prettier-ignore

  it.each([
    [0, '.next', 0],
    [9, '.tag[1]', 0],
    [14, '.number', 2],
    [17, '.on', 0],
    [29, '.ports[1][0]', 1],
    [18, '', 18],
  ])('byte %i of the struct is %s + %i', (offset, text, rest) => {
    const access = memberAt(btf, 6, offset);
    expect([accessText(access?.steps ?? []), access?.offset]).toEqual([text, rest]);
  });

  it('has no member outside', () => expect([memberAt(btf, 6, 32), memberAt(btf, 6, -1)]).toEqual([null, null]));
  it('finds by kind and name', () =>
    expect([findByName(btf, 'struct', 'node'), findByName(btf, 'union', 'node')]).toEqual([6, null]));
  it('gives void for a cycle', () => expect(resolve(btf, 18)).toEqual({ kind: 'void' }));
});

describe('values as text', () => {
  const node = fromHex('00010000000080ff 65746800 02000000 b3 01 0000 ffffffff 0100 0200 0300 0400')!;
  it.each([
    [
      6,
      node,
      '{next = 0xff80000000000100, tag = "eth", {number = 2, bytes = [2, 0, 0, 0]}, low = 3, high = -10, on = true, state = DOWN (-1), ports = [[1, 2], [3, 4]]}',
    ],
    [1, fromHex('feffffff')!, '-2'],
    [15, fromHex('feff')!, '65534'],
    [12, fromHex('05000000')!, '5'],
    [4, fromHex('0000000000000000')!, 'NULL'],
    [3, fromHex('61620100')!, '[97, 98, 1, 0]'],
    [3, fromHex('61626364')!, '"abcd"'],
    [3, fromHex('61090a00')!, String.raw`"a\t\n"`],
    [1, fromHex('01')!, 'hex 01'],
    [0, fromHex('0102')!, 'hex 0102'],
  ])('type %i', (id, bytes, text) => expect(valueText(formatValue(btf, id, bytes))).toBe(text));

  it('is plain data', () => {
    const value = formatValue(btf, 6, node);
    expect(JSON.parse(JSON.stringify(value))).toEqual(value);
  });

  it('counts what it does not show', () => {
    const long: Btf = { types: [...types, { kind: 'array', type: 1, indexType: 1, length: 100_000 }] };
    const value = formatValue(long, types.length, new Uint8Array(400_000));
    expect(value).toMatchObject({ kind: 'array', omitted: 100_000 - 256 });
  });
});
