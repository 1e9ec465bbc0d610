import { describe, expect, it } from 'vitest';
import type { BtfType } from '../../server/src/btf/btf.ts';
import { readBtf } from '../../server/src/btf/read.ts';
import { buildBtf, CHAR, KIND, SIGNED_INT, type Row } from './buildBtf.ts';

const INT: Row = { kind: KIND.int, name: 'int', word: 4, rest: [SIGNED_INT] };
const int = { kind: 'int', name: 'int', size: 4, bits: 32, offsetBits: 0, signed: true, char: false, bool: false };

/** A record and what it means. Type 1 is always `int`. */
const CASES: readonly (readonly [string, Row, BtfType])[] = [
  ['int', { kind: KIND.int, name: 'char', word: 1, rest: [CHAR] }, { ...int, kind: 'int', name: 'char', size: 1, bits: 8, signed: false, char: true }],
  ['bool', { kind: KIND.int, name: '_Bool', word: 1, rest: [0x0400_0008] }, { ...int, kind: 'int', name: '_Bool', size: 1, bits: 8, signed: false, bool: true }],
  ['ptr', { kind: KIND.ptr, word: 1 }, { kind: 'ptr', type: 1 }],
  ['array', { kind: KIND.array, rest: [1, 1, 7] }, { kind: 'array', type: 1, indexType: 1, length: 7 }],
  ['struct', { kind: KIND.struct, name: 's', vlen: 2, word: 8, rest: ['a', 1, 0, 'b', 1, 32] },
    { kind: 'struct', name: 's', size: 8, members: [{ name: 'a', type: 1, offsetBits: 0, bitSize: 0 }, { name: 'b', type: 1, offsetBits: 32, bitSize: 0 }] }],
  ['bit fields', { kind: KIND.struct, name: 's', vlen: 1, flag: true, word: 4, rest: ['f', 1, (5 << 24) | 3] },
    { kind: 'struct', name: 's', size: 4, members: [{ name: 'f', type: 1, offsetBits: 3, bitSize: 5 }] }],
  ['union', { kind: KIND.union, name: 'u', vlen: 1, word: 4, rest: ['a', 1, 0] },
    { kind: 'union', name: 'u', size: 4, members: [{ name: 'a', type: 1, offsetBits: 0, bitSize: 0 }] }],
  ['enum', { kind: KIND.enum, name: 'e', vlen: 1, word: 4, rest: ['BIG', 0xffff_ffff] },
    { kind: 'enum', name: 'e', size: 4, signed: false, values: [{ name: 'BIG', value: 4294967295n }] }],
  ['signed enum', { kind: KIND.enum, name: 'e', vlen: 1, flag: true, word: 4, rest: ['NEG', 0xffff_fffe] },
    { kind: 'enum', name: 'e', size: 4, signed: true, values: [{ name: 'NEG', value: -2n }] }],
  ['enum64', { kind: KIND.enum64, name: 'e', vlen: 1, word: 8, rest: ['TOP', 1, 0x8000_0000] },
    { kind: 'enum', name: 'e', size: 8, signed: false, values: [{ name: 'TOP', value: 0x8000_0000_0000_0001n }] }],
  ['signed enum64', { kind: KIND.enum64, name: 'e', vlen: 1, flag: true, word: 8, rest: ['LOW', 0xffff_ffff, 0xffff_ffff] },
    { kind: 'enum', name: 'e', size: 8, signed: true, values: [{ name: 'LOW', value: -1n }] }],
  ['fwd struct', { kind: KIND.fwd, name: 'f' }, { kind: 'fwd', name: 'f', union: false }],
  ['fwd union', { kind: KIND.fwd, name: 'f', flag: true }, { kind: 'fwd', name: 'f', union: true }],
  ['typedef', { kind: KIND.typedef, name: 't', word: 1 }, { kind: 'typedef', name: 't', type: 1 }],
  ['volatile', { kind: KIND.volatile, word: 1 }, { kind: 'volatile', type: 1 }],
  ['const', { kind: KIND.const, word: 1 }, { kind: 'const', type: 1 }],
  ['restrict', { kind: KIND.restrict, word: 1 }, { kind: 'restrict', type: 1 }],
  ['func', { kind: KIND.func, name: 'f', vlen: 1, word: 1 }, { kind: 'func', name: 'f', type: 1, linkage: 'global' }],
  ['func_proto', { kind: KIND.funcProto, vlen: 2, word: 1, rest: ['x', 1, 0, 0] },
    { kind: 'funcProto', returns: 1, params: [{ name: 'x', type: 1 }], variadic: true }],
  ['var', { kind: KIND.var, name: 'v', word: 1, rest: [2] }, { kind: 'var', name: 'v', type: 1, linkage: 'extern' }],
  ['datasec', { kind: KIND.datasec, name: '.data', vlen: 1, word: 4, rest: [1, 0, 4] },
    { kind: 'datasec', name: '.data', size: 4, vars: [{ type: 1, offset: 0, size: 4 }] }],
  ['float', { kind: KIND.float, name: 'double', word: 8 }, { kind: 'float', name: 'double', size: 8 }],
  ['decl_tag', { kind: KIND.declTag, name: 'tag', word: 1, rest: [0xffff_ffff] }, { kind: 'declTag', name: 'tag', type: 1, component: -1 }],
  ['type_tag', { kind: KIND.typeTag, name: 'rcu', word: 1 }, { kind: 'typeTag', name: 'rcu', type: 1 }],
]; // prettier-ignore

describe.each([
  { order: 'little', littleEndian: true },
  { order: 'big', littleEndian: false },
])('kinds of types in $order-endian data', ({ littleEndian }) => {
  it.each(CASES)('%s', (_, row, expected) => {
    const { btf, diagnostics } = readBtf(buildBtf([INT, row], littleEndian));
    expect(diagnostics).toEqual([]);
    expect(btf?.types).toEqual([{ kind: 'void' }, int, expected]);
  });
});

describe('damaged type data is reported, with what can be read', () => {
  const whole = buildBtf([INT, { kind: KIND.ptr, word: 1 }]);
  const changed = (at: number, value: number): Uint8Array => {
    const bytes = whole.slice();
    new DataView(bytes.buffer).setUint32(at, value, true);
    return bytes;
  };
  const cases = [
    { what: 'no BTF', bytes: new Uint8Array([1, 2, 3]), codes: ['btf-header-invalid'], types: 0 },
    { what: 'nothing', bytes: new Uint8Array(), codes: ['btf-header-invalid'], types: 0 },
    { what: 'a cut header', bytes: whole.subarray(0, 20), codes: ['btf-header-invalid'], types: 0 },
    { what: 'types beyond the end', bytes: changed(12, 0x7fff_ffff), codes: ['btf-header-invalid'], types: 0 },
    { what: 'strings beyond the end', bytes: changed(20, 0xffff_ffff), codes: ['btf-header-invalid'], types: 0 },
    { what: 'a cut record', bytes: changed(12, 20), codes: ['btf-truncated'], types: 2 },
    { what: 'an unknown kind', bytes: changed(44, 31 << 24), codes: ['btf-kind-unknown'], types: 2 },
    { what: 'an absurd number of members', bytes: changed(44, (4 << 24) | 0xffff), codes: ['btf-truncated'], types: 2 },
    { what: 'a type id that does not exist', bytes: changed(48, 77), codes: ['btf-type-invalid'], types: 3 },
    { what: 'a name outside of the strings', bytes: changed(24, 500), codes: ['btf-string-invalid'], types: 3 },
    { what: 'more bits than the integer has', bytes: changed(36, 0xff), codes: ['btf-type-invalid'], types: 3 },
  ];
  it.each(cases)('$what', ({ bytes, codes, types }) => {
    const reading = readBtf(bytes);
    expect(reading.diagnostics.map(({ code }) => code)).toEqual(codes);
    expect(reading.btf?.types.length ?? 0).toBe(types);
  });
});

describe('names', () => {
  it('may hold letters beyond ASCII', () => {
    const { btf, diagnostics } = readBtf(
      buildBtf([
        { kind: KIND.fwd, name: 'größe' },
        { kind: KIND.fwd, name: 'after' },
      ]),
    );
    expect(diagnostics).toEqual([]);
    expect(btf?.types.slice(1)).toEqual([
      { kind: 'fwd', name: 'größe', union: false },
      { kind: 'fwd', name: 'after', union: false },
    ]);
  });
});
