import { describe, expect, it } from 'vitest';
import { verify } from '../../server/src/verifier/verify.ts';
import { kernelBtf } from '../support/kernelBtf.ts';
import { kverify } from '../support/kverify.ts';
import { kernelVerdict } from '../support/oracle.ts';
import { askAsLoaders, programWithTypes } from '../support/programWithTypes.ts';
import type { TypedProgram } from '../support/typedProgram.ts';
import { FIELD_CASES } from './specialFieldCases.ts';
import type { FieldCase } from './specialFieldCases.ts';

/** Loads of a word at every place of the value: the verdicts show which fields the map has. */
function probes({ mapType, mapFlags, valueSize, build }: FieldCase): TypedProgram[] {
  const flags = mapFlags === undefined ? '' : `, flags=${mapFlags}`;
  return Array.from({ length: valueSize / 4 }, (_, i) =>
    programWithTypes(
      `
.license "GPL"
.map values, type=${mapType}, key=4, value=${valueSize}, entries=1${flags}
.section "tc"
  *(u32 *)(r10 - 4) = 0
  r2 = r10
  r2 += -4
  r1 = values ll
  call bpf_map_lookup_elem
  if r0 == 0 goto out
  r1 = *(u32 *)(r0 + ${i * 4})
out:
  r0 = 0
  exit`,
      (types) => ({ values: build(types) }),
    ),
  );
}

describe.skipIf(kverify === null || kernelBtf() === null)(
  'special fields of map values, against the running kernel (skipped where there is none)',
  () => {
    const programs = FIELD_CASES.map(probes);
    const verdicts = kverify === null ? [] : askAsLoaders(programs.flat()).map(kernelVerdict);
    let from = 0;
    const answers = programs.map((group) => verdicts.slice(from, (from += group.length)));

    it.each(FIELD_CASES.map(({ name }, i) => [name, i] as const))('%s', (_name, i) => {
      const ours = programs[i]?.map(({ program }) => verify(program, { kernelBtf: kernelBtf() }));
      expect(ours?.map(({ outcome, finding }) => [outcome, finding?.kernelMessage ?? finding?.message])).toEqual(
        answers[i]?.map(({ verdict, message }) => [`${verdict}ed`, verdict === 'accept' ? undefined : message]),
      );
    });
  },
);
