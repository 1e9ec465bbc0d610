import { describe, expect, it } from 'vitest';
import { checkClassic } from '../../server/src/asm/classic/check.ts';
import type { ClassicInsn } from '../../server/src/isa/classic.ts';
import { verify } from '../../server/src/verifier/verify.ts';
import { attachFilters } from '../support/attachFilter.ts';
import { kernelOracle } from '../support/oracle.ts';
import { randomNumbers } from '../support/random.ts';
import { packetEvent, sessionOf } from '../run/classicRun.ts';
import { classicProgram, decimals, randomFilter } from './classicPrograms.ts';
import { times } from '../support/times.ts';

const seeds = (from: number, count: number): number[] => Array.from({ length: count }, (_, i) => from + i);

const K = (code: number, k: number): ClassicInsn => ({ code, jt: 0, jf: 0, k });
const RET = K(0x06, 5);

/** Filters at the edge of what is allowed. */
const EDGES: readonly ClassicInsn[][] = [
  [],
  [RET],
  [K(0x16, 9)],
  [K(0x0e, 0)],
  [K(0x00, 1)],
  [K(0x34, 0), RET],
  [K(0x94, 0), RET],
  [K(0x34, 1), RET],
  [K(0x64, 31), RET],
  [K(0x64, 32), RET],
  [K(0x6c, 99), RET],
  [K(0x02, 15), RET],
  [K(0x02, 16), RET],
  [K(0x60, 0), RET],
  [K(0x02, 3), K(0x61, 3), RET],
  [K(0x05, 0), RET],
  [K(0x05, 1), RET],
  [K(0x05, 0xffff_ffff), RET],
  [{ code: 0x15, jt: 0, jf: 1, k: 0 }, RET],
  [{ code: 0x15, jt: 1, jf: 0, k: 0 }, K(0x02, 0), K(0x60, 0), RET],
  [{ code: 0x15, jt: 1, jf: 0, k: 0 }, K(0x02, 0), RET],
  [K(0x20, 0xffff_f000), RET],
  [K(0x28, 0xffff_f03c), RET],
  [K(0x30, 0xffff_f040), RET],
  [K(0x30, 0xffff_f001), RET],
  [K(0x48, 0xffff_f001), RET],
  [K(0x30, 0xffff_efff), RET],
  [K(0x81, 0), RET],
  [K(0xb1, 0xffff_f040), RET],
  Array.from({ length: 4096 }, () => RET),
  Array.from({ length: 4097 }, () => RET),
];

describe.skipIf(attachFilters === null)(
  'checks of filters, against the running kernel (skipped where there is none)',
  () => {
    it('of all opcodes', () => {
      const filters = seeds(0, 600).map((code) => [K(0x02, 0), K(code, 1), RET]);
      expect(ours(filters)).toEqual(theirs(filters));
    });

    it('at the edges', () => {
      expect(ours(EDGES)).toEqual(theirs(EDGES));
    });

    it('of random filters', () => {
      const filters = seeds(1, 4000).map((seed) => randomFilter(seed, true));
      const answers = theirs(filters);
      expect(answers.filter(Boolean).length).toBeGreaterThan(500);
      expect(ours(filters)).toEqual(answers);
    });
  },
);

function ours(filters: readonly (readonly ClassicInsn[])[]): boolean[] {
  return filters.map((insns) => checkClassic(insns).length === 0);
}

function theirs(filters: readonly (readonly ClassicInsn[])[]): boolean[] {
  return attachFilters?.(filters.map((insns) => ({ insns }))).map(({ accepted }) => accepted) ?? [];
}

describe.skipIf(attachFilters === null)(
  'what filters keep, against the running kernel (skipped where there is none)',
  () => {
    it.each(seeds(0, times(3)))('random filters, part %i', (part) => {
      const filters = seeds(10_000 * (part + 1), 400)
        .map((seed) => randomFilter(seed, false))
        .filter((insns) => checkClassic(insns).length === 0);
      expect(filters.length).toBeGreaterThan(200);
      const packets = seeds(part * 8, 8).map(randomPacket);
      const answers = attachFilters?.(filters.map((insns) => ({ insns, packets }))) ?? [];
      const kept = filters.map((insns) => keptBytes(insns, packets));
      expect(kept).toEqual(answers.map((answer) => answer.kept));
    });
  },
);

function randomPacket(seed: number): Uint8Array {
  const next = randomNumbers(seed);
  return Uint8Array.from({ length: 1 + next(64) }, () => next(256));
}

function keptBytes(insns: readonly ClassicInsn[], packets: readonly Uint8Array[]): (number | string)[] {
  const session = sessionOf(classicProgram(decimals(insns)), 'both');
  const kept = packets.map((data, index) => {
    const { returnValue, trap } = session.run(packetEvent(data, index));
    if (returnValue === null) return trap?.message ?? 'nothing';
    return returnValue === 0 ? -1 : Math.min(returnValue, data.length);
  });
  return session.difference === null ? kept : [session.difference];
}

const oracle = kernelOracle();

describe.skipIf(oracle === null)('converted filters, against the running kernel (skipped where there is none)', () => {
  it('of the largest size are accepted by it and by our verifier', { timeout: 60_000 }, () => {
    const long = (insn: ClassicInsn): ClassicInsn[] => [...Array.from({ length: 4095 }, () => insn), RET];
    const jump = { code: 0x45, jt: 1, jf: 0, k: 0x8000_0000 };
    const filters = [
      long(K(0xb1, 14)),
      long(K(0x3c, 0)),
      [K(0x05, 4094), ...long(K(0xb1, 3)).slice(1)],
      [{ code: 0x15, jt: 0, jf: 255, k: 1 }, ...long(K(0xb1, 3)).slice(1)],
      [
        ...Array.from({ length: 2000 }, (_, i) => [K(0x30, i & 63), jump, K(0x04, 1)])
          .flat()
          .slice(0, 4095),
        RET,
      ],
    ];
    const programs = filters.map((insns) => classicProgram(decimals(insns)));
    expect(Math.max(...programs.map(({ insns }) => insns.length))).toBeGreaterThan(28_000);
    const verdicts = oracle?.verify(programs) ?? [];
    expect(verdicts.map(({ verdict, message }) => `${verdict} ${message}`)).toEqual(programs.map(() => 'accept '));
    expect(programs.map((program) => verify(program).outcome)).toEqual(programs.map(() => 'accepted'));
  });

  it('are accepted by it and by our verifier', () => {
    const programs = seeds(500_000, 300)
      .map((seed) => randomFilter(seed, false))
      .filter((insns) => checkClassic(insns).length === 0)
      .map((insns) => classicProgram(decimals(insns)));
    const verdicts = oracle?.verify(programs) ?? [];
    expect(verdicts.map(({ verdict, message }) => `${verdict} ${message}`)).toEqual(programs.map(() => 'accept '));
    expect(programs.map((program) => verify(program).outcome)).toEqual(programs.map(() => 'accepted'));
  });
});
