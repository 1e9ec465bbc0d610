import { createHash } from 'node:crypto';
import { expect, it } from 'vitest';
import { toHex } from '../../server/src/base/bytes.ts';
import { sha256 } from '../../server/src/base/sha256.ts';

it.each([
  ['', 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855'],
  ['abc', 'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad'],
])('sha256 of "%s"', (text, digest) => {
  expect(toHex(sha256(new TextEncoder().encode(text)))).toBe(digest);
});

it('equals another implementation at every length around the block size', () => {
  for (let length = 0; length < 300; length++) {
    const bytes = Uint8Array.from({ length: length + 3 }, (_, i) => i * 7).subarray(3);
    expect(toHex(sha256(bytes))).toBe(createHash('sha256').update(bytes).digest('hex'));
  }
});
