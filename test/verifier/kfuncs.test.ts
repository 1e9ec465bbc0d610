import { describe, expect, it } from 'vitest';
import { verify } from '../../server/src/verifier/verify.ts';
import { kernelBtf } from '../support/kernelBtf.ts';
import { kernelOracle } from '../support/oracle.ts';
import { expectSameVerdicts, programAsked } from '../support/askBoth.ts';

const able = kernelOracle() !== null && kernelBtf() !== null;

const PASSED = 'r0 = 0\nexit';

/** Each body with the section it is asked in. */
const CALLS: Readonly<Record<string, readonly (readonly [section: string, body: string])[]>> = {
  'who may call': [
    ['xdp', `call bpf_cpumask_create\n${PASSED}`],
    ['socket', `r1 = 1\ncall bpf_task_from_pid\n${PASSED}`],
    ['tc', `r1 = 0\ncall bpf_sock_destroy\n${PASSED}`],
  ],
  sections: [
    ['xdp', `call bpf_rcu_read_lock\ncall bpf_rcu_read_unlock\n${PASSED}`],
    ['xdp', `call bpf_rcu_read_lock\n${PASSED}`],
    ['xdp', `call bpf_rcu_read_unlock\n${PASSED}`],
    ['xdp', `call bpf_rcu_read_lock\ncall bpf_rcu_read_lock\ncall bpf_rcu_read_unlock\n${PASSED}`],
    [
      'xdp',
      `call bpf_rcu_read_lock\ncall bpf_rcu_read_lock\ncall bpf_rcu_read_unlock\ncall bpf_rcu_read_unlock\n${PASSED}`,
    ],
    ['xdp', `call bpf_preempt_disable\ncall bpf_preempt_enable\n${PASSED}`],
    ['xdp', `call bpf_preempt_disable\n${PASSED}`],
    ['xdp', `call bpf_preempt_enable\n${PASSED}`],
    ['xdp', `call bpf_preempt_disable\ncall bpf_preempt_disable\ncall bpf_preempt_enable\n${PASSED}`],
    ['xdp', `call bpf_preempt_disable\ncall bpf_rcu_read_lock\n${PASSED}`],
  ],
  objects: [
    ['tc', `r1 = 1\ncall bpf_task_from_pid\nif r0 == 0 goto +2\nr1 = r0\ncall bpf_task_release\n${PASSED}`],
    ['tc', `r1 = 1\ncall bpf_task_from_pid\n${PASSED}`],
    ['tc', `r1 = 1\ncall bpf_task_from_pid\nr1 = r0\ncall bpf_task_release\n${PASSED}`],
    [
      'tc',
      `r1 = 1\ncall bpf_task_from_pid\nif r0 == 0 goto +4\nr6 = r0\nr1 = r0\ncall bpf_task_release\nr1 = r6\ncall bpf_task_release\n${PASSED}`,
    ],
    ['tc', `r1 = 1\ncall bpf_task_from_pid\nif r0 == 0 goto +2\nr1 = r0\ncall bpf_cgroup_release\n${PASSED}`],
    ['tc', `call bpf_task_release\n${PASSED}`],
    ['tc', `r1 = 0\ncall bpf_task_release\n${PASSED}`],
    ['tc', `r1 = r10\ncall bpf_task_from_pid\n${PASSED}`],
    ['tc', `call bpf_task_from_pid\n${PASSED}`],
    [
      'tp',
      `call bpf_cpumask_create\nif r0 == 0 goto +7\nr6 = r0\nr1 = 1\nr2 = r6\ncall bpf_cpumask_set_cpu\nr1 = r6\ncall bpf_cpumask_first\nr1 = r6\ncall bpf_cpumask_release\n${PASSED}`,
    ],
  ],
};

describe.skipIf(!able)('calls of kernel functions, against the running kernel (skipped where there is none)', () => {
  it.each(Object.entries(CALLS))('%s', (_name, bodies) => {
    expectSameVerdicts(bodies.map(([section, body]) => ({ section, body })));
  });
});

describe('calls of kernel functions without the types of the kernel', () => {
  it('are checked where the prototype tells enough', () => {
    const program = programAsked({ section: 'xdp', body: `call bpf_rcu_read_lock\n${PASSED}` });
    const { outcome, finding } = verify(program);
    expect(outcome).toBe('rejected');
    expect(finding?.kernelLines).toEqual([
      'BPF_EXIT instruction in main prog cannot be used inside bpf_rcu_read_lock-ed region',
    ]);
  });

  it('ask for the types where an object of the kernel is returned', () => {
    const { outcome, finding } = verify(
      programAsked({ section: 'tc', body: `r1 = 1\ncall bpf_task_from_pid\n${PASSED}` }),
    );
    expect(outcome).toBe('unsupported');
    expect(finding?.code).toBe('kernel-types-needed');
  });
});
