import { describe, expect, it } from 'vitest';
import { findByName } from '../../server/src/btf/query.ts';
import type { ProgramType } from '../../server/src/kernel/programTypes.ts';
import { verify } from '../../server/src/verifier/verify.ts';
import { kernelBtf } from '../support/kernelBtf.ts';
import { kfuncQuestions } from '../support/kfuncQuestions.ts';
import { kernelOracle } from '../support/oracle.ts';
import { RUNNING_KERNEL } from '../support/runningKernel.ts';

const TYPES: readonly ProgramType[] = ['sched_cls', 'xdp', 'tracepoint', 'cgroup_skb', 'syscall'];
const EACH = 6;
const SEED = 11;

const oracle = kernelOracle();
const btf = kernelBtf();

/** Every function called with arguments of all kinds: our verdict, words and place are the kernel's, or "not checked". */
describe.skipIf(oracle === null || btf === null)('arguments of kernel functions, against the running kernel', () => {
  it.each(TYPES)('%s', (type) => {
    const asked = kfuncQuestions(type, EACH, SEED)
      .filter(({ kfunc }) => btf !== null && findByName(btf, 'func', kfunc.name) !== null)
      .map((question) => ({ ...question, ours: verify(question.program, { kernel: RUNNING_KERNEL, kernelBtf: btf }) }));
    const checked = asked.filter(({ ours }) => ours.outcome !== 'unsupported');
    expect(checked.length).toBeGreaterThan(0.5 * asked.length);
    const verdicts = oracle?.verify(checked.map(({ program }) => program)) ?? [];
    const mine = checked.map(
      ({ kfunc, about, ours }) =>
        `${kfunc.name}(${about}): ${ours.outcome} ${ours.finding?.pc ?? ''} ${ours.finding?.kernelLines.join('; ') ?? ''}`,
    );
    expect(mine).toEqual(
      checked.map(({ kfunc, about }, i) => {
        const { verdict = '', pc = null, lines = [] } = verdicts[i] ?? {};
        return `${kfunc.name}(${about}): ${verdict}ed ${pc ?? ''} ${lines.join('; ')}`;
      }),
    );
  });
});
