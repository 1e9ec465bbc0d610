import { describe, expect, it } from 'vitest';
import { verify } from '../../server/src/verifier/verify.ts';
import { kernelBtf } from '../support/kernelBtf.ts';
import { kernelOracle } from '../support/oracle.ts';
import { programOfText } from '../support/assembled.ts';

/** Pairs around a call at the low end of the stack: stores before it, loads behind it. */
function pairs(call: string, ...slots: readonly (readonly [reg: number, off: number])[]): string {
  const stores = slots.toReversed().map(([reg, off]) => `*(u64 *)(r10 - ${off}) = r${reg}`);
  const loads = slots.map(([reg, off]) => `r${reg} = *(u64 *)(r10 - ${off})`);
  return [...stores, `call ${call}`, ...loads].join('\n');
}

const INLINED = 'bpf_get_smp_processor_id';
const BEGIN = 'r1 = 1\nr2 = 2\nr3 = 3';
const THREE = [[1, 24], [2, 16], [3, 8]] as const; // prettier-ignore

/** The function's own body; it calls another one that takes `rest` bytes of stack. */
function text(body: string, rest: number): string {
  return `
.license "GPL"
.section "xdp"
.globl main
main:
${body}
call deep
r0 = 0
exit
deep:
*(u64 *)(r10 - ${rest}) = 0
r0 = 0
exit
`;
}

const BODIES: Readonly<Record<string, string>> = {
  'pairs around an inlined helper': `${BEGIN}\n${pairs(INLINED, ...THREE)}`,
  'pairs of r0, which the helper sets': `r0 = 1\n${pairs(INLINED, [0, 24], [2, 16], [3, 8])}`,
  'a helper that is not inlined': `${BEGIN}\n${pairs('bpf_ktime_get_ns', ...THREE)}`,
  'one inlined and one that is not': `${BEGIN}\n${pairs(INLINED, ...THREE)}\n${pairs('bpf_ktime_get_ns', ...THREE)}`,
  'pairs in another order': `${BEGIN}\n${pairs(INLINED, [3, 24], [1, 16], [2, 8])}`,
  'pairs that cross': `${BEGIN}\n*(u64 *)(r10 - 16) = r1\n*(u64 *)(r10 - 24) = r2\ncall ${INLINED}\nr1 = *(u64 *)(r10 - 16)\nr2 = *(u64 *)(r10 - 24)`,
  'a saved register that others save': `r6 = 1\n${pairs(INLINED, [6, 8])}\n*(u64 *)(r10 - 24) = 0`,
  'a place that is read elsewhere': `${BEGIN}\n${pairs(INLINED, ...THREE)}\nr4 = *(u64 *)(r10 - 8)`,
  'a place that is written elsewhere': `${BEGIN}\n*(u8 *)(r10 - 20) = 1\n${pairs(INLINED, ...THREE)}`,
  'a place above the pairs': `${BEGIN}\n*(u64 *)(r10 - 8) = 1\n${pairs(INLINED, [1, 24], [2, 16])}`,
  'a pair that is jumped into': `${BEGIN}\nif r1 == 7 goto +1\n*(u64 *)(r10 - 24) = r1\n*(u64 *)(r10 - 16) = r2\ncall ${INLINED}\nr2 = *(u64 *)(r10 - 16)\nr1 = *(u64 *)(r10 - 24)`,
  'a first pair that is jumped to': `${BEGIN}\nif r1 == 7 goto +0\n${pairs(INLINED, ...THREE)}`,
  'a call that is jumped to': `${BEGIN}\n*(u64 *)(r10 - 8) = r1\nif r1 == 7 goto +0\ncall ${INLINED}\nr1 = *(u64 *)(r10 - 8)\n*(u32 *)(r10 - 24) = 0`,
  'a kernel function that keeps r2 to r5': `r2 = 2\nr3 = 3\nr4 = 4\n${pairs('bpf_cast_to_kern_ctx', [2, 24], [3, 16], [4, 8])}`,
};

const oracle = kernelOracle();
const btf = kernelBtf();

/** With the biggest stack below that the kernel lets pass, and with one more slot. */
const CASES = Object.entries(BODIES).flatMap(([name, body]) =>
  [480, 488, 496, 504].map((rest) => [`${name}, ${rest}`, programOfText(text(body, rest))] as const),
);

describe.skipIf(oracle === null || btf === null)('pairs around calls, against the running kernel', () => {
  const verdicts = oracle?.verify(CASES.map(([, program]) => program)) ?? [];

  it('accepts some of them and refuses others', () => {
    expect(new Set(verdicts.map(({ verdict }) => verdict))).toEqual(new Set(['accept', 'reject']));
  });

  it.each(CASES.map(([name, program], i) => [name, program, i] as const))('%s', (_name, program, i) => {
    const { outcome, finding, stackBytes } = verify(program, { kernelBtf: btf });
    const theirs = verdicts[i];
    expect({ outcome, lines: finding?.kernelLines ?? [], stack: stackBytes.join('+') }).toEqual({
      outcome: theirs?.verdict === 'accept' ? 'accepted' : 'rejected',
      lines: theirs?.lines,
      stack: /stack depth (\S+)/.exec(theirs?.log ?? '')?.[1],
    });
  });
});
