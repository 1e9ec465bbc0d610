import { describe, expect, it } from 'vitest';
import { CLASSIC_STYLES, printClassic } from '../../server/src/asm/classic/print.ts';
import { unconvertInsns } from '../../server/src/asm/classic/unconvert.ts';
import { verify } from '../../server/src/verifier/verify.ts';
import { kernelOracle } from '../support/oracle.ts';
import { sharedFolder, sharedPath } from '../support/shared.ts';
import { compileFilter, tcpdumpVersion } from '../support/tcpdump.ts';
import { classicFile, classicProgram, decimals, libpcapDumps, recordedFilters } from './classicPrograms.ts';

/** Newer versions of libpcap print no blanks at the end of a line. */
const trimmed = (text: string): string => text.replaceAll(/ +$/gm, '');

/** What unused fields of instructions hold is not printed. */
function dumpOf(text: string): string {
  return printClassic(classicProgram(text).classic?.insns ?? [], 'd');
}

/** Five filters that jump back, and two that read words of M which nothing has set: no kernel takes them. */
const REFUSED = 7;

describe.skipIf(sharedFolder === null)('programs of libpcap (skipped where ../shared is absent)', () => {
  const errors = (text: string): string[] =>
    classicFile(text)
      .object.diagnostics.filter(({ severity }) => severity === 'error')
      .map(({ code }) => code);
  const dumps = sharedFolder === null ? [] : libpcapDumps();
  const refused = dumps.filter((text) => errors(text).length > 0);
  const taken = dumps.filter((text) => !refused.includes(text));
  const recorded = sharedFolder === null ? [] : recordedFilters().map(({ insns }) => decimals(insns));

  it('are there, and all but a few are filters that kernels take', () => {
    expect(dumps.length).toBeGreaterThan(900);
    expect(recorded.length).toBeGreaterThan(1300);
    expect([...new Set(refused.flatMap(errors))].sort()).toEqual(['backward-jump', 'scratch-unset']);
    expect(refused.length).toBeLessThanOrEqual(REFUSED);
  });

  it('are printed as tcpdump -d prints them', () => {
    expect(taken.map((text) => trimmed(dumpOf(text)))).toEqual(taken.map(trimmed));
  });

  it.each(CLASSIC_STYLES)('printed as %s they are read again', (style) => {
    for (const text of [...taken, ...recorded]) {
      const again = printClassic(classicProgram(text).classic?.insns ?? [], style);
      expect(dumpOf(again)).toBe(dumpOf(text));
    }
  });

  it('come back from eBPF', () => {
    for (const text of [...taken, ...recorded]) {
      const program = classicProgram(text);
      const back = unconvertInsns(program.insns);
      expect('reason' in back ? back : printClassic(back, 'd')).toEqual(dumpOf(text));
    }
  });

  it('are accepted by the verifier once they are eBPF', { timeout: 60_000 }, () => {
    for (const text of [...taken, ...recorded]) {
      const { outcome, finding } = verify(classicProgram(text));
      expect([outcome, finding]).toEqual(['accepted', null]);
    }
  });

  const oracle = kernelOracle();
  it.skipIf(oracle === null)(
    'are accepted by the running kernel (skipped where there is none)',
    { timeout: 120_000 },
    () => {
      const programs = [...new Set([...taken, ...recorded])].map(classicProgram);
      const verdicts = oracle?.verify(programs) ?? [];
      expect(verdicts.map(({ verdict, message }) => `${verdict} ${message}`)).toEqual(programs.map(() => 'accept '));
    },
  );
});

const tcpdump = tcpdumpVersion();

describe.skipIf(tcpdump === null || sharedFolder === null)(
  'tcpdump 4.99 with libpcap 1.10 (skipped where it is not installed)',
  () => {
    const capture = sharedPath('recordings/pcap/http.pcap');
    const expressions = ['ip', 'tcp port 80 or udp port 53', 'ip[6:2] & 0x1fff != 0', 'ip6 host fd00:9::2', 'len >= 100', 'vlan 10', 'tcp[13] & 4 != 0', 'portrange 8000-8100', '1 * 2 + ip[0] / 2 - 3 % 2 > 20', 'ip[0] ^ ip[1] = 0x45 or ip[8] | 1 = 65']; // prettier-ignore

    it.each(expressions)('%s: byte for byte in all its forms', (expr) => {
      for (const style of ['d', 'dd', 'ddd'] as const) {
        const text = compileFilter(capture, style, expr);
        expect(printClassic(classicProgram(text).classic?.insns ?? [], style)).toBe(text);
      }
    });
  },
);
