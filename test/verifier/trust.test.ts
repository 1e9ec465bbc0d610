import { findByName, typeAt } from '../../server/src/btf/query.ts';
import { describe, it } from 'vitest';
import { expectSameVerdicts } from '../support/askBoth.ts';
import { kernelBtf } from '../support/kernelBtf.ts';
import { kernelOracle } from '../support/oracle.ts';

const PASSED = 'r0 = 0\nexit';
const LOCK = 'call bpf_rcu_read_lock';
const UNLOCK = 'call bpf_rcu_read_unlock';

/** r6: the new task, whose structure the kernel vouches for; of it fields that RCU protects, or nothing does. */
const TASK = 'r6 = *(u64 *)(r1 + 0)';
const field = (reg: string, from: string, name: string): string => `${reg} = *(u64 *)(${from} + FIELD_${name})`;

const TRACE = 'tp_btf/task_newtask';
const SLEEPY = 'iter.s/task';

/** By section and body; FIELD_x stands for the offset of x in struct task_struct. */
const BODIES: Readonly<Record<string, readonly (readonly [section: string, body: string])[]>> = {
  'a trusted task': [
    [TRACE, `${TASK}\nr1 = r6\ncall bpf_task_acquire\nif r0 == 0 goto +2\nr1 = r0\ncall bpf_task_release\n${PASSED}`],
    [TRACE, `${TASK}\nr1 = r6\ncall bpf_task_acquire\n${PASSED}`],
    [TRACE, `${TASK}\nr1 = r6\ncall bpf_task_release\n${PASSED}`],
    [TRACE, `${TASK}\nr1 = r6\nr1 += 8\ncall bpf_task_acquire\n${PASSED}`],
    [TRACE, `${TASK}\nr1 = r6\nr2 = 0\nr3 = 0\nr4 = 0\ncall bpf_send_signal_task\n${PASSED}`],
  ],
  'fields of a task': [
    [
      TRACE,
      `${TASK}\n${field('r1', 'r6', 'group_leader')}\ncall bpf_task_acquire\nif r0 == 0 goto +2\nr1 = r0\ncall bpf_task_release\n${PASSED}`,
    ],
    [
      TRACE,
      `${TASK}\n${field('r1', 'r6', 'real_parent')}\ncall bpf_task_acquire\nif r0 == 0 goto +2\nr1 = r0\ncall bpf_task_release\n${PASSED}`,
    ],
    [
      TRACE,
      `${TASK}\n${field('r1', 'r6', 'last_wakee')}\ncall bpf_task_acquire\nif r0 == 0 goto +2\nr1 = r0\ncall bpf_task_release\n${PASSED}`,
    ],
    [
      TRACE,
      `${TASK}\n${field('r1', 'r6', 'real_parent')}\nr2 = 0\nr3 = 0\nr4 = 0\ncall bpf_send_signal_task\n${PASSED}`,
    ],
    [TRACE, `${TASK}\n${field('r1', 'r6', 'cpus_ptr')}\ncall bpf_cpumask_first\n${PASSED}`],
    [TRACE, `${TASK}\nr1 = r6\nr1 += FIELD_cpus_mask\ncall bpf_cpumask_first\n${PASSED}`],
    [TRACE, `${TASK}\nr2 = r6\nr2 += FIELD_cpus_mask\nr1 = 1\ncall bpf_cpumask_set_cpu\n${PASSED}`],
    [TRACE, `${TASK}\n${field('r1', 'r6', 'cgroups')}\n${PASSED}`],
  ],
  'RCU in a program that sleeps': [
    [SLEEPY, `r6 = *(u64 *)(r1 + 8)\nif r6 == 0 goto +1\n${field('r7', 'r6', 'real_parent')}\n${PASSED}`],
    [
      SLEEPY,
      `r6 = *(u64 *)(r1 + 8)\nif r6 == 0 goto end\n${field('r1', 'r6', 'real_parent')}\ncall bpf_task_acquire\nif r0 == 0 goto end\nr1 = r0\ncall bpf_task_release\nend:\n${PASSED}`,
    ],
    [
      SLEEPY,
      `r6 = *(u64 *)(r1 + 8)\nif r6 == 0 goto end\n${LOCK}\n${field('r1', 'r6', 'real_parent')}\ncall bpf_task_acquire\nr7 = r0\n${UNLOCK}\nif r7 == 0 goto end\nr1 = r7\ncall bpf_task_release\nend:\n${PASSED}`,
    ],
    [
      SLEEPY,
      `r6 = *(u64 *)(r1 + 8)\nif r6 == 0 goto end\n${LOCK}\n${field('r7', 'r6', 'real_parent')}\n${UNLOCK}\nr1 = r7\ncall bpf_task_acquire\nif r0 == 0 goto end\nr1 = r0\ncall bpf_task_release\nend:\n${PASSED}`,
    ],
    [
      SLEEPY,
      `r6 = *(u64 *)(r1 + 8)\nif r6 == 0 goto end\n${LOCK}\n${field('r7', 'r6', 'real_parent')}\n${UNLOCK}\nr0 = *(u32 *)(r7 + FIELD_pid)\nend:\n${PASSED}`,
    ],
    [
      SLEEPY,
      `r6 = *(u64 *)(r1 + 8)\nif r6 == 0 goto end\n${LOCK}\n${field('r7', 'r6', 'real_parent')}\n*(u64 *)(r10 - 8) = r7\n${UNLOCK}\nr1 = *(u64 *)(r10 - 8)\ncall bpf_task_acquire\nend:\n${PASSED}`,
    ],
    [SLEEPY, `${LOCK}\n${PASSED}`],
    [SLEEPY, `${LOCK}\nr1 = r10\nr1 += -8\nr2 = 8\nr3 = 0\ncall bpf_copy_from_user\n${UNLOCK}\n${PASSED}`],
    [
      SLEEPY,
      `call bpf_preempt_disable\nr1 = r10\nr1 += -8\nr2 = 8\nr3 = 0\nr4 = 0\ncall bpf_copy_from_user_str\ncall bpf_preempt_enable\n${PASSED}`,
    ],
    [
      SLEEPY,
      `r1 = r10\nr1 += -24\nr2 = 0\nr3 = 0\ncall bpf_iter_task_new\nr1 = r10\nr1 += -24\ncall bpf_iter_task_destroy\n${PASSED}`,
    ],
    [
      SLEEPY,
      `${LOCK}\nr1 = r10\nr1 += -24\nr2 = 0\nr3 = 0\ncall bpf_iter_task_new\nr1 = r10\nr1 += -24\ncall bpf_iter_task_destroy\n${UNLOCK}\n${PASSED}`,
    ],
    [
      SLEEPY,
      `${LOCK}\nr1 = r10\nr1 += -24\nr2 = 0\nr3 = 0\ncall bpf_iter_task_new\n${UNLOCK}\nr1 = r10\nr1 += -24\ncall bpf_iter_task_next\nr1 = r10\nr1 += -24\ncall bpf_iter_task_destroy\n${PASSED}`,
    ],
  ],
  'contexts and casts': [
    ['tc', `call bpf_cast_to_kern_ctx\nr1 = *(u32 *)(r0 + 0)\n${PASSED}`],
    ['tc', `call bpf_cast_to_kern_ctx\nr1 = 1\n*(u32 *)(r0 + 0) = r1\n${PASSED}`],
    [
      'tc',
      `r6 = r1\ncall bpf_cast_to_kern_ctx\nr1 = r0\nr2 = 0\nr3 = r10\nr3 += -16\ncall bpf_dynptr_from_skb\n${PASSED}`,
    ],
    ['tc', `r2 = 0\ncall bpf_rdonly_cast\nr1 = *(u64 *)(r0 + 4000)\n${PASSED}`],
    ['tc', `r2 = 0\ncall bpf_rdonly_cast\n*(u64 *)(r0 + 0) = 0\n${PASSED}`],
    ['tc', `r2 = 1\ncall bpf_rdonly_cast\n${PASSED}`],
    ['tc', `r2 = 99999999\ncall bpf_rdonly_cast\n${PASSED}`],
    ['tc', `call bpf_get_prandom_u32\nr2 = r0\nr1 = 0\ncall bpf_rdonly_cast\n${PASSED}`],
    ['tc', `r2 = TYPE_task_struct\ncall bpf_rdonly_cast\nr1 = *(u32 *)(r0 + FIELD_pid)\n${PASSED}`],
    ['tc', `r2 = TYPE_task_struct\ncall bpf_rdonly_cast\nr1 = r0\ncall bpf_task_acquire\n${PASSED}`],
    ['tc', `r2 = TYPE_task_struct\ncall bpf_rdonly_cast\nif r0 == 0 goto +1\nr1 = *(u32 *)(r0 + FIELD_pid)\n${PASSED}`],
    [
      'tc',
      `r2 = TYPE_task_struct\ncall bpf_rdonly_cast\n${field('r1', 'r0', 'real_parent')}\nr1 = *(u32 *)(r1 + FIELD_pid)\n${PASSED}`,
    ],
  ],
};

/** Offsets and numbers by this kernel's types, in place of their names. */
function filled(body: string): string {
  return body
    .replaceAll(/FIELD_(\w+)/g, (_, name: string) => `${offsetOf(name)}`)
    .replaceAll(/TYPE_(\w+)/g, (_, name: string) => `${idOf(name)}`);
}

const btf = kernelBtf();

function idOf(name: string): number {
  return (btf === null ? null : findByName(btf, 'struct', name)) ?? 1;
}

function offsetOf(field: string): number {
  const task = btf === null ? null : typeAt(btf, idOf('task_struct'));
  const member = task?.kind === 'struct' ? task.members.find(({ name }) => name === field) : undefined;
  if (member === undefined) throw new Error(`struct task_struct has no ${field}`);
  return member.offsetBits / 8;
}

describe.skipIf(kernelOracle() === null || btf === null)('trust and RCU, against the running kernel', () => {
  it.each(Object.entries(BODIES))('%s', (_name, bodies) => {
    expectSameVerdicts(bodies.map(([section, body]) => ({ section, body: filled(body) })));
  });
});
