import { readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { fromHex } from '../../server/src/base/bytes.ts';
import { decode } from '../../server/src/isa/decode.ts';
import type { Insn } from '../../server/src/isa/insn.ts';
import { goldenCase, readGolden } from './boundsGolden.ts';
import { ARITHMETIC, COMPARISONS } from './boundsPrograms.ts';
import { walk } from './boundsWalk.ts';

const golden = readGolden(readFileSync(path.resolve(import.meta.dirname, '../data/bounds-golden.txt'), 'utf8'));

function program(insns: string): Insn[] {
  return decode(fromHex(insns) ?? new Uint8Array());
}

describe('bounds as Linux 6.18 prints them in its log', () => {
  it(`for the ${golden.length} recorded programs`, () => {
    for (const { insns, lines } of golden) expect(goldenCase(insns, walk(program(insns))).lines).toEqual(lines);
  });

  it('of which some split a path at the instruction itself', () => {
    const splits = golden.filter(({ lines }) => lines.some((line) => /^from (\d+) to \1:/.test(line)));
    expect(splits.length).toBeGreaterThan(5);
  });

  it('which hold every operation and comparison in both widths, against registers and immediates', () => {
    const seen = new Set<string>();
    for (const { insns } of golden)
      for (const insn of program(insns))
        if (insn.kind === 'alu' || insn.kind === 'jump') seen.add(`${insn.op} ${insn.wide} ${insn.source}`);
    const missing = [...ARITHMETIC, ...COMPARISONS].flatMap((op) =>
      [true, false].flatMap((wide) => ['reg', 'imm'].map((source) => `${op} ${wide} ${source}`)),
    );
    expect(missing.filter((one) => !seen.has(one))).toEqual([]);
  });
});
