import { crc32 } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { SectionReader, SectionWriter } from '../../../server/src/c/store/sections.ts';

const checksum = (bytes: Uint8Array): number => crc32(bytes);

function written(): Uint8Array {
  const out = new SectionWriter();
  out.addFacts({ name: 'größe', list: [1, null] });
  out.add(Uint8Array.of(1, 2, 3));
  out.add(Int32Array.of(-1, 0x7fffffff));
  out.add(new Uint8Array());
  out.add(Uint16Array.of(65535, 7, 9));
  return out.bytes(checksum);
}

function read(bytes: Uint8Array): unknown {
  const stored = SectionReader.open(bytes, checksum);
  if (stored === null) return null;
  const [facts, small, words] = [stored.facts(), [...stored.bytes()], [...stored.words()]];
  return [facts, small, words, [...stored.bytes()], [...stored.characters()], [...stored.words()]];
}

describe('columns as bytes', () => {
  const all = [{ name: 'größe', list: [1, null] }, [1, 2, 3], [-1, 0x7fffffff], [], [65535, 7, 9], []];

  it('are read as they were written, wherever the bytes lie', () => {
    expect(read(written())).toEqual(all);
    const larger = new Uint8Array(written().length + 3);
    larger.set(written(), 3);
    expect(read(larger.subarray(3))).toEqual(all);
  });

  it('are nothing once a byte of them is another one', () => {
    for (let at = 0; at < written().length; at++)
      for (const bits of [1, 0x80, 0xff]) {
        const bytes = written();
        bytes[at]! ^= bits;
        expect(read(bytes)).toBeNull();
      }
  });

  it('are nothing where some are missing or more are there', () => {
    const bytes = written();
    for (let length = 0; length < bytes.length; length++) expect(read(bytes.slice(0, length))).toBeNull();
    for (const more of [1, 4, 100]) {
      const longer = new Uint8Array(bytes.length + more);
      longer.set(bytes);
      expect(read(longer)).toBeNull();
    }
  });
});
