import { describe, expect, it } from 'vitest';
import { findByName, typeAt } from '../../server/src/btf/query.ts';
import { verify } from '../../server/src/verifier/verify.ts';
import { kernelBtf } from '../support/kernelBtf.ts';
import { askKernel } from '../support/kverify.ts';
import { kernelOracle, kernelVerdict } from '../support/oracle.ts';
import { programOfRaw } from '../support/programOfRaw.ts';
import { expectSameVerdicts, programAsked } from '../support/askBoth.ts';

const able = kernelOracle() !== null && kernelBtf() !== null;

const PASSED = 'r0 = 0\nexit';

const btf = kernelBtf();
/** An object that is not trusted, of a type that the kernel has a number for. */
const UNTRUSTED = `r2 = ${btf === null ? 0 : (findByName(btf, 'struct', 'cgroup_subsys_state') ?? 0)}
call bpf_rdonly_cast\nr1 = r0\nr2 = 0\n`;

/** Bytes in front of a field; 0 where the kernel has no such structure. */
function placeIn(struct: string, field: string): number {
  const id = btf === null ? null : findByName(btf, 'struct', struct);
  const type = btf === null || id === null ? null : typeAt(btf, id);
  const member = type?.kind === 'struct' ? type.members.find(({ name }) => name === field) : undefined;
  return (member?.offsetBits ?? 0) >>> 3;
}

/** A connection that is looked up, in r0, and given back. */
function connection(body: string, sort = 'skb'): string {
  const zero = [8, 16, 24, 32, 40, 48].map((off) => `*(u64 *)(r10 - ${off}) = 0\n`).join('');
  const opts = 'r4 = r10\nr4 += -16\nr5 = 12\n';
  return `${zero}r2 = r10\nr2 += -48\nr3 = 12\n${opts}call bpf_${sort}_ct_lookup\nif r0 == 0 goto out\n${body}\nr1 = r0\ncall bpf_ct_release\nout:\n${PASSED}`;
}

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
  'what is not trusted': [
    ['tp_btf/sched_switch', `${UNTRUSTED}call css_rstat_updated\n${PASSED}`],
    ['tp_btf/sched_switch', `r1 = 0\nr2 = 0\ncall css_rstat_updated\n${PASSED}`],
    ['xdp', `r1 = 0\ncall bpf_dynptr_from_xdp\n${PASSED}`],
    ['tc', `r1 = 0\ncall bpf_dynptr_is_null\n${PASSED}`],
  ],
  'connections of the packet filter': [
    ...['mark', 'status', 'timeout'].map(
      (field) => ['tc', connection(`*(u32 *)(r0 + ${placeIn('nf_conn', field)}) = 7`)] as const,
    ),
    ['tc', connection(`*(u64 *)(r0 + ${placeIn('nf_conn', 'mark')}) = 7`)],
    ['tc', connection(`*(u16 *)(r0 + ${placeIn('nf_conn', 'mark')}) = 7`)],
    ['xdp', connection(`*(u32 *)(r0 + ${placeIn('nf_conn', 'mark')}) = 7`, 'xdp')],
    ['xdp', connection(`*(u32 *)(r0 + ${placeIn('nf_conn', 'mark') + 4}) = 7`, 'xdp')],
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

/** Call instructions as bytes, each in front of `r0 = 0; exit`, and licenses. */
const RAW: readonly (readonly [insn: string, license?: string])[] = [
  ['8520000000000000'], // number 0 stands for a function the kernel does not have
  ['b70000000000000015000100000000008520000000000000'], // where no path leads
  ['8520000001000000'], // a type that is no function
  ['85200000ffffff7f'],
  ['8521000000000000'], // a register that is not used
  ['8521000001000000'],
  ['8520000001000000', 'Proprietary'],
];

describe.skipIf(!able)('ill-formed calls, against the running kernel (skipped where there is none)', () => {
  it.each(RAW)('%s %s', (insn, license = 'GPL') => {
    const raw = { type: 'xdp', license, insns: `${insn}b7000000000000009500000000000000` };
    const [answer] = askKernel([{ ...raw, type: '6' }]);
    const theirs = answer === undefined ? null : kernelVerdict(answer);
    const { outcome, finding } = verify(programOfRaw(raw), { kernelBtf: kernelBtf() });
    expect({ outcome, pc: finding?.pc ?? null, lines: finding?.kernelLines ?? [] }).toEqual({
      outcome: theirs?.verdict === 'accept' ? 'accepted' : 'rejected',
      pc: theirs?.pc,
      lines: theirs?.lines,
    });
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
