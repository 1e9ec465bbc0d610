import { describe, expect, it } from 'vitest';
import { verify } from '../../server/src/verifier/verify.ts';
import { kernelBtf } from '../support/kernelBtf.ts';
import { kverify } from '../support/kverify.ts';
import { kernelVerdict, rawProgram } from '../support/oracle.ts';
import { askKernel } from '../support/kverify.ts';
import { typedProgram } from '../support/typedProgram.ts';

/** Reads a byte of user memory into the stack: bpf_copy_from_user, which may sleep. */
const SLEEPING_HELPER = `
  r1 = r10
  r1 += -8
  r2 = 8
  r3 = 0
  call bpf_copy_from_user`;

/** The same by bpf_copy_from_user_str, a kernel function. */
const SLEEPING_KFUNC = `
  r1 = r10
  r1 += -8
  r2 = 8
  r3 = 0
  r4 = 0
  call bpf_copy_from_user_str`;

const PREEMPT = ['call bpf_preempt_disable', 'call bpf_preempt_enable'] as const;
const READING = ['call bpf_rcu_read_lock', 'call bpf_rcu_read_unlock'] as const;
const NOWHERE = ['', ''] as const;
const SLEEPABLE = 'uprobe.s/x:y';
const OTHER = 'uprobe/x:y';

const REGIONS = { PREEMPT, READING, NOWHERE };
const BODIES = { SLEEPING_HELPER, SLEEPING_KFUNC };

/** The main program begins and ends a region; in it stands the body, or a call of a function that has it. */
function text(section: string, region: readonly [string, string], body: string, calls: boolean): string {
  return `
.license "GPL"
.section "${section}"
.globl main
main:
  ${region[0]}
  ${calls ? 'call sub' : body}
  ${region[1]}
  r0 = 0
  exit
${calls ? `sub:\n${body}\n  r0 = 0\n  exit` : ''}
`;
}

const CASES = [SLEEPABLE, OTHER].flatMap((section) =>
  Object.entries(REGIONS).flatMap(([where, region]) =>
    Object.entries(BODIES).flatMap(([what, body]) =>
      ['main', 'static', 'global'].map((place) => ({
        name: `${section} ${where} ${what} in a ${place} function`,
        typed: typedProgram(text(section, region, body, place !== 'main'), {
          globals: place === 'global' ? ['sub'] : [],
          sleepable: section === SLEEPABLE,
        }),
      })),
    ),
  ),
);

const kernel = kernelBtf();

describe.skipIf(kverify === null || kernel === null)('sleeping, against the running kernel (skipped without)', () => {
  const verdicts = askKernel(CASES.map(({ typed }) => rawProgram(typed.program, typed.btf))).map(kernelVerdict);

  it.each(CASES.map(({ name, typed }, i) => [name, typed, i] as const))('%s', (_name, { program }, i) => {
    const { outcome, finding } = verify(program, { kernelBtf: kernel });
    const theirs = verdicts[i];
    expect({ outcome, lines: finding?.kernelLines ?? [], pc: finding?.pc ?? null }).toEqual({
      outcome: theirs?.verdict === 'accept' ? 'accepted' : 'rejected',
      lines: theirs?.lines,
      pc: theirs?.pc,
    });
  });
});
