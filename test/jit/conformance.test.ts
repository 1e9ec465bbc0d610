import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { fromHex } from '../../server/src/base/bytes.ts';
import { decode } from '../../server/src/isa/decode.ts';
import { rawProgram } from '../../server/src/vm/runRaw.ts';
import { sharedFolder, sharedPath } from '../support/shared.ts';
import { FLAVOURS, flavourName, runRawJit } from './support.ts';

interface Vector {
  readonly name: string;
  readonly mem: string;
  readonly code: string;
  readonly result: string;
}

const absent = sharedFolder === null;
const vectors: Vector[] = absent
  ? []
  : (JSON.parse(readFileSync(sharedPath('vectors/bpf_conformance/vectors.json'), 'utf8')) as Vector[]);

function bytes(hex: string): Uint8Array {
  return fromHex(hex) ?? new Uint8Array();
}

describe.skipIf(absent)('bpf_conformance vectors through the compiler (skipped without the shared vectors)', () => {
  it('finds all 313 of them', () => {
    expect(vectors.length).toBe(313);
  });

  it.each(FLAVOURS.map((flavour) => [flavourName(flavour), flavour] as const))('%s', (_name, flavour) => {
    const wrong: string[] = [];
    for (const vector of vectors) {
      const program = rawProgram(decode(bytes(vector.code)));
      const outcome = runRawJit(program, bytes(vector.mem), flavour);
      const got = outcome.kind === 'exit' ? `0x${outcome.r0.toString(16)}` : outcome.trap.message;
      if (got !== `0x${BigInt(vector.result).toString(16)}`) wrong.push(`${vector.name}: ${got}, not ${vector.result}`);
    }
    expect(wrong).toEqual([]);
  });
});
