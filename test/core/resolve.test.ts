import { describe, expect, it } from 'vitest';
import type { Btf, BtfMember, BtfType } from '../../server/src/btf/btf.ts';
import { essentialName } from '../../server/src/core/essentialName.ts';
import { ASKED } from '../../server/src/core/kinds.ts';
import { patch } from '../../server/src/core/patch.ts';
import { createCoreResolver, type Resolution } from '../../server/src/core/resolve.ts';
import { fromHex, toHex } from '../../server/src/base/bytes.ts';

describe('names without flavour', () => {
  it.each([
    ['task_struct', 'task_struct'],
    ['task_struct___old', 'task_struct'],
    ['a___b___c', 'a___b'],
    ['a____b', 'a____b'],
    ['___b', '___b'],
    ['a___', 'a___'],
    ['_a___b', '_a'],
  ])('%s: %s', (name, expected) => {
    expect(essentialName(name)).toBe(expected);
  });
});

const INT: BtfType = {
  kind: 'int',
  name: 'int',
  size: 4,
  bits: 32,
  offsetBits: 0,
  signed: true,
  char: false,
  bool: false,
};
const member = (name: string, type: number, offsetBits = 0, bitSize = 0): BtfMember => ({
  name,
  type,
  offsetBits,
  bitSize,
});
const struct = (name: string, size: number, ...members: BtfMember[]): BtfType => ({
  kind: 'struct',
  name,
  size,
  members,
});
const array = (type: number, length: number): BtfType => ({ kind: 'array', type, indexType: 1, length });

/** Type 1 is int, the given ones follow from 2 on. */
function types(...others: BtfType[]): Btf {
  return { types: [{ kind: 'void' }, INT, ...others] };
}

function resolve(local: Btf, kernel: Btf, access: string, kind: number, type = 2): Resolution | string {
  return createCoreResolver(local, kernel)({ offset: 0, type, access, kind });
}

describe('what the types of a kernel answer', () => {
  const point = struct('point', 8, member('x', 1), member('y', 1, 32));

  it.each<[string, Btf, Btf, string, number, Partial<Resolution>]>([
    ['a field that moved', types(point), types(struct('point', 12, member('x', 1), member('y', 1, 64))), '0:1',
      ASKED.fieldOffset, { before: 4n, after: 8n, bytesBefore: 4, bytesAfter: 4, unfit: false }],
    ['an element of a pointer’s array', types(point), types(struct('point', 16, member('y', 1, 96))), '2:1',
      ASKED.fieldOffset, { before: 20n, after: 44n }],
    ['a field in a kernel’s flavour', types(point), types(struct('point___2', 8, member('y', 1))), '0:1',
      ASKED.fieldOffset, { after: 0n }],
    ['a field that became a struct', types(point), types(struct('point', 8, member('y', 2))), '0:1',
      ASKED.fieldOffset, { after: null, missing: 'field' }],
    ['no type of the name', types(point), types(struct('points', 8)), '0:1', ASKED.fieldOffset, { after: null, missing: 'type' }],
    ['a union of the name', types(point), types({ kind: 'union', name: 'point', size: 8, members: [member('y', 1)] }), '0:1',
      ASKED.fieldExists, { after: 0n, missing: null }],
    ['a longer array', types(struct('s', 8, member('a', 3)), array(1, 2)), types(struct('s', 40, member('a', 3, 32)), array(1, 9)), '0:0:1',
      ASKED.fieldOffset, { before: 4n, after: 8n }],
    ['a shorter array', types(struct('s', 8, member('a', 3)), array(1, 2)), types(struct('s', 4, member('a', 3)), array(1, 1)), '0:0:1',
      ASKED.fieldOffset, { after: null, missing: 'field' }],
    ['an array without end', types(struct('s', 8, member('a', 3)), array(1, 2)), types(struct('s', 4, member('a', 3, 32)), array(1, 0)), '0:0:1',
      ASKED.fieldOffset, { after: 8n }],
    ['an array without end that is not last', types(struct('s', 8, member('a', 3)), array(1, 2)),
      types(struct('s', 4, member('a', 3), member('b', 1)), array(1, 0)), '0:0:1', ASKED.fieldOffset, { after: null }],
    ['a bit field that needs eight bytes', types(struct('s', 4, member('f', 1, 3, 2))), types(struct('s', 8, member('f', 1, 31, 2))), '0:0',
      ASKED.fieldSize, { before: null, after: 8n }],
    ['its left shift', types(struct('s', 4, member('f', 1, 3, 2))), types(struct('s', 8, member('f', 1, 31, 2))), '0:0',
      ASKED.fieldLeftShift, { before: null, after: 31n }],
    ['its right shift', types(struct('s', 4, member('f', 1, 3, 2))), types(struct('s', 8, member('f', 1, 31, 7))), '0:0',
      ASKED.fieldRightShift, { before: 62n, after: 57n }],
    ['the size of a type', types(point), types(struct('point', 99)), '0', ASKED.typeSize, { before: 8n, after: 99n }],
    ['the number of a type', types(point), types(INT, struct('point', 99)), '0', ASKED.kernelTypeId, { before: null, after: 3n }],
    ['the object’s own number of a type', types(point), types(), '0', ASKED.localTypeId, { before: null, after: 2n }],
    ['a type that matches in part', types(point), types(struct('point', 8, member('x', 1))), '0', ASKED.typeMatches, { after: 0n }],
    ['a type that has more', types(point), types(struct('point', 8, member('z', 1), member('y', 1), member('x', 1))), '0',
      ASKED.typeMatches, { after: 1n }],
  ])('%s', (_what, local, kernel, access, kind, expected) => {
    expect(resolve(local, kernel, access, kind)).toMatchObject(expected);
  }); // prettier-ignore

  it.each<[string, Btf, Btf, string, number, string]>([
    ['nonsense', types(point), types(point), '0:x', ASKED.fieldOffset, "'0:x' is no way to a field"],
    ['a member that is not there', types(point), types(point), '0:7', ASKED.fieldOffset, 'struct point has no member 7'],
    ['through a number', types(point), types(point), '0:1:0', ASKED.fieldOffset, 'the way to its field leads through what has none'],
    ['an unknown kind', types(point), types(point), '0:1', 99, 'what it asks (kind 99) is not known'],
    ['a type without name', types(struct('', 8, member('y', 1))), types(point), '0:0', ASKED.fieldOffset, 'the type has no name by which the kernel’s could be found'],
    ['the shift of an element', types(struct('s', 8, member('a', 3)), array(1, 2)), types(), '0:0:1', ASKED.fieldLeftShift, 'of an element of an array only place and size can be asked'],
    ['bits across nine bytes', types(struct('s', 4, member('f', 1, 3, 2))), types(struct('s', 16, member('f', 1, 63, 2))), '0:0', ASKED.fieldSize, 'no load of 8 bytes holds all of the bit field'],
    ['two answers', types(point), types(struct('point', 8), struct('point', 9)), '0', ASKED.typeSize, 'the kernel has several types of that name, which answer differently'],
  ])('loaders give up over %s', (_what, local, kernel, access, kind, expected) => {
    expect(resolve(local, kernel, access, kind)).toBe(expected);
  }); // prettier-ignore

  it('asks types that did not fit one question no more', () => {
    const local = types(struct('s', 8, member('a', 1), member('b', 1, 32)));
    const kernel = types(
      struct('s', 8, member('a', 1)),
      struct('s', 12, member('b', 1, 64)),
      struct('s', 12, member('b', 1, 32)),
    );
    const first = createCoreResolver(local, kernel);
    expect(first({ offset: 0, type: 2, access: '0:0', kind: 0 })).toMatchObject({ after: 0n });
    // Only the first of the three had a field a.
    expect(first({ offset: 0, type: 2, access: '0:1', kind: 0 })).toMatchObject({ after: null, missing: 'field' });
    expect(createCoreResolver(local, kernel)({ offset: 0, type: 2, access: '0:1', kind: 0 })).toMatch(/several types/);
  });
});

describe('instructions', () => {
  const plain: Resolution = { before: 4n, after: 8n, bytesBefore: 4, bytesAfter: 4, unfit: false, missing: null };
  const BAD = '850000001023ad0b';

  it.each<[string, string, Partial<Resolution>, string]>([
    ['a number', 'b701000004000000', {}, 'b701000008000000'],
    ['a negative number', 'b701000004000000', { after: 0xffff_ffff_ffff_fffen }, 'b7010000feffffff'],
    ['an addition', '0701000004000000', {}, '0701000008000000'],
    ['a load', '6112040000000000', {}, '6112080000000000'],
    ['a narrower load', '6112040000000000', { bytesAfter: 2 }, '6912080000000000'],
    ['a wider store', '6321040000000000', { bytesAfter: 8 }, '7b21080000000000'],
    ['a store of a number', '6201040007000000', { bytesAfter: 1 }, '7201080007000000'],
    [
      'a wide number',
      '18010000040000000000000000000000',
      { after: 0x1_0000_0002n },
      '18010000020000000000000001000000',
    ],
    ['a number that is missing', 'b701000004000000', { after: null }, BAD],
    ['a wide number that is missing', '18010000040000000000000000000000', { after: null }, BAD + BAD],
    ['a load that would lose its sign', '6112040000000000', { bytesAfter: 2, unfit: true }, BAD],
    ['a number that its types do not tell', 'b701000063000000', { before: null }, 'b701000008000000'],
  ])('%s', (_what, before, resolution, after) => {
    const code = fromHex(before) ?? new Uint8Array();
    const outcome = patch(new DataView(code.buffer), 0, { ...plain, ...resolution });
    expect(toHex(code)).toBe(after);
    expect(outcome).toEqual(
      after.startsWith(BAD) ? { poisoned: resolution.unfit === true ? 'width' : 'missing' } : 'changed',
    );
  });

  it.each<[string, string, Partial<Resolution>, string]>([
    ['another number', 'b701000005000000', {}, 'the instruction holds 5, but the program’s own types say 4'],
    ['a register', 'bf21000000000000', {}, 'the instruction there (opcode 0xbf) takes no such value'],
    ['a jump', '0500000000000000', {}, 'the instruction there (opcode 0x05) takes no such value'],
    ['half of a wide number', '1801000004000000', {}, 'the instruction there (opcode 0x18) takes no such value'],
    ['the address of a map', '18110000040000000000000000000000', {}, 'the two-slot instruction there loads no plain number'],
    ['a place too far', '6112040000000000', { after: 0x8000n }, 'offset 32768 is too far for the instruction; read the field with a helper'],
    ['another width', '7112040000000000', { bytesAfter: 8 }, 'the instruction is not as wide as the field, 4 bytes'],
    ['a width that is none', '6112040000000000', { bytesAfter: 16 }, 'in the kernel the field has 16 bytes, which no instruction loads'],
  ])('cannot take %s', (_what, before, resolution, problem) => {
    const code = fromHex(before) ?? new Uint8Array();
    expect(patch(new DataView(code.buffer), 0, { ...plain, ...resolution })).toEqual({ problem });
    expect(toHex(code)).toBe(before);
  }); // prettier-ignore
});
