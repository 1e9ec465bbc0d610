import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { fromHex, toHex } from '../../server/src/base/bytes.ts';
import { decode } from '../../server/src/isa/decode.ts';
import { encode } from '../../server/src/isa/encode.ts';
import { randomNumbers } from '../support/random.ts';
import { sharedFolder, sharedPath } from '../support/shared.ts';

function checkRoundTrip(bytes: Uint8Array, littleEndian = true): void {
  const insns = decode(bytes, littleEndian);
  expect(insns.length).toBe(bytes.length / 8);
  expect(toHex(encode(insns, littleEndian))).toBe(toHex(bytes));
}

describe('encode(decode(bytes)) is bytes', () => {
  it('for every opcode with every kind of field', () => {
    const fields = [0, 1, 2, 8, 16, 32, 64, -1, 0x7fff, -0x8000];
    const imms = [0, 1, 16, 32, 64, 0xe1, 0xf1, 0x100, 0x110, 0x10000, -1, 0x7fffffff, -0x80000000];
    for (let opcode = 0; opcode < 256; opcode++) {
      const slots = fields.flatMap((off) =>
        imms.flatMap((imm) => [0x00, 0x21, 0x0b, 0xf0].map((regs) => ({ regs, off, imm }))),
      );
      const view = new DataView(new ArrayBuffer(slots.length * 8));
      for (const [i, { regs, off, imm }] of slots.entries()) {
        view.setUint8(i * 8, opcode);
        view.setUint8(i * 8 + 1, regs);
        view.setInt16(i * 8 + 2, off, true);
        view.setInt32(i * 8 + 4, imm, true);
      }
      checkRoundTrip(new Uint8Array(view.buffer));
    }
  });

  it('for 200,000 random slots in both byte orders', () => {
    const random = randomNumbers(1);
    for (let round = 0; round < 100; round++) {
      const bytes = new Uint8Array(2000 * 8);
      for (let i = 0; i < bytes.length; i++) bytes[i] = random(3) === 0 ? random(256) : random(2) * 0x18;
      checkRoundTrip(bytes, round % 2 === 0);
    }
  });

  it('ignores a remainder of less than a slot, whatever the offset of the array in its buffer', () => {
    const bytes = new Uint8Array([9, 0x95, 0, 0, 0, 0, 0, 0, 0, 1, 2, 3]).subarray(1);
    expect(decode(bytes)).toEqual([{ kind: 'exit' }]);
  });
});

describe.skipIf(sharedFolder === null)('bpf_conformance (needs ../shared/vectors)', () => {
  interface Vector {
    readonly name: string;
    readonly code: string;
  }
  const read = (): readonly Vector[] =>
    JSON.parse(readFileSync(sharedPath('vectors', 'bpf_conformance', 'vectors.json'), 'utf8')) as Vector[];

  it('all 313 vectors are made of valid instructions and survive the round trip', () => {
    const vectors = read();
    expect(vectors.length).toBe(313);
    for (const { name, code } of vectors) {
      const bytes = fromHex(code) ?? new Uint8Array();
      expect(
        decode(bytes).filter((insn) => insn.kind === 'invalid'),
        name,
      ).toEqual([]);
      checkRoundTrip(bytes);
    }
  });
});
