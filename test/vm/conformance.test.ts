import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { fromHex } from '../../server/src/base/bytes.ts';
import { decode } from '../../server/src/isa/decode.ts';
import { rawProgram, runRaw } from '../../server/src/vm/runRaw.ts';
import { sharedFolder, sharedPath } from '../support/shared.ts';

interface Vector {
  readonly name: string;
  readonly mem: string;
  readonly code: string;
  readonly result: string;
}

const title =
  sharedFolder === null ? 'SKIPPED: no conformance vectors beside the checkout' : 'public conformance vectors';

describe.skipIf(sharedFolder === null)(title, () => {
  const file = sharedPath('vectors', 'bpf_conformance', 'vectors.json');
  const vectors: Vector[] = sharedFolder === null ? [] : JSON.parse(readFileSync(file, 'utf8'));

  it('are all there', () => expect(vectors.length).toBe(313));

  it.each(vectors.map((vector) => [vector.name, vector] as const))('%s', (_, vector) => {
    const program = rawProgram(decode(fromHex(vector.code)!));
    const outcome = runRaw(program, fromHex(vector.mem)!);
    expect(outcome).toMatchObject({ kind: 'exit', r0: BigInt(vector.result) });
  });
});
