import { describe, expect, it } from 'vitest';
import type { ProgramType } from '../../server/src/kernel/programTypes.ts';
import { verify } from '../../server/src/verifier/verify.ts';
import { helperQuestions } from '../support/helperQuestions.ts';
import { askKernel, kverify } from '../support/kverify.ts';
import { kernelVerdict } from '../support/oracle.ts';
import { programOfRaw } from '../support/programOfRaw.ts';

const types: readonly ProgramType[] = [
  'socket_filter', 'xdp', 'sched_cls', 'sched_act', 'cgroup_skb', 'kprobe', 'tracepoint', 'raw_tracepoint', 'perf_event',
]; // prettier-ignore

/** Every helper called rightly and wrongly: our verdict, message and place are the kernel's, or "not checked". */
describe.skipIf(kverify === null)('helper calls, against the running kernel (skipped where there is none)', () => {
  it.each(types)('%s', (type) => {
    const questions = helperQuestions(type).map(({ helper, about, program }) => {
      const { outcome, finding } = verify(programOfRaw(program));
      return {
        helper,
        about,
        program,
        outcome,
        said: finding === null ? '' : `${finding.pc}: ${finding.kernelMessage}`,
      };
    });
    const checked = questions.filter(({ outcome }) => outcome !== 'unsupported');
    expect(checked.length).toBeGreaterThan(0.8 * questions.length);
    const verdicts = askKernel(checked.map(({ program }) => program)).map(kernelVerdict);
    expect(checked.map(({ helper, about, said }) => `${helper.name}, ${about}: ${said}`)).toEqual(
      checked.map(({ helper, about }, i) => {
        const { verdict = '', pc = null, message = '' } = verdicts[i] ?? {};
        return `${helper.name}, ${about}: ${verdict === 'accept' ? '' : `${pc}: ${message}`}`;
      }),
    );
  });
});
