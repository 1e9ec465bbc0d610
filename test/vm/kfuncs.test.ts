import { describe, expect, it } from 'vitest';
import { isWorld, parseWorldFile } from '../../server/src/run/worldFile.ts';
import { answer } from './engines.ts';

/** Adds up what a loop over numbers yields, times 100, plus how often it came round. */
const sum = (start: number, end: number): string => `
  r6 = 0
  r1 = r10
  r1 += -8
  r2 = ${start}
  r3 = ${end}
  call bpf_iter_num_new
again:
  r1 = r10
  r1 += -8
  call bpf_iter_num_next
  if r0 == 0 goto over
  r0 = *(s32 *)(r0 + 0)
  r0 *= 100
  r6 += r0
  r6 += 1
  goto again
over:
  r1 = r10
  r1 += -8
  call bpf_iter_num_destroy
  r0 = r6
  exit`;

describe('loops over numbers', () => {
  it.each([
    ['from 3 to 6', sum(3, 6), '0x4b3'],
    ['below zero', sum(-2, 1), '0xfffffffffffffed7'],
    ['empty', sum(5, 5), '0x0'],
    ['backwards', sum(6, 5), '0x0'],
    ['over more than BPF_MAX_LOOPS', sum(0, 8 * 1024 * 1024 + 1), '0x0'],
  ])('%s', (_, text, expected) => {
    expect(answer(text)).toBe(expected);
  });

  it.each([
    ['r2 = 6\nr3 = 5', '0xffffffffffffffea'],
    ['r2 = -1\nr3 = 8388608', '0xfffffffffffffff9'],
    ['r2 = 0\nr3 = 8388608', '0x0'],
  ])('%s', (bounds, expected) => {
    expect(answer(`r1 = r10\nr1 += -8\n${bounds}\ncall bpf_iter_num_new\nexit`)).toBe(expected);
  });
});

describe('exceptions', () => {
  it('end the program with the cookie, from any depth', () => {
    expect(answer('r1 = 7\ncall f\nr0 = 1\nexit\nf: call g\nr0 = 2\nexit\ng: r1 += 1\ncall bpf_throw\nexit')).toBe(
      '0x8',
    );
  });

  it('leave helpers that call back', () => {
    const text = 'r1 = 9\nr2 = f ll\nr3 = 5\nr4 = 0\ncall bpf_loop\nr0 = 1\nexit\nf: r1 += r2\ncall bpf_throw\nexit';
    expect(answer(text)).toBe('0x5');
  });
});

describe('sections and casts', () => {
  it('change nothing', () => {
    const text = `r6 = r1
      call bpf_rcu_read_lock
      call bpf_preempt_disable
      r1 = r10
      r1 += -8
      call bpf_local_irq_save
      r1 = r10
      r1 += -8
      call bpf_local_irq_restore
      call bpf_preempt_enable
      call bpf_rcu_read_unlock
      r1 = r10
      r2 = 0
      call bpf_rdonly_cast
      r0 -= r10
      exit`;
    expect(answer(text)).toBe('0x0');
  });

  it('lead from contexts to structures that only a kernel has', () => {
    const read = (name: string): string => `r2 = 0\ncall ${name}\nr0 = *(u32 *)(r0 + 112)\nexit`;
    for (const name of ['bpf_cast_to_kern_ctx', 'bpf_rdonly_cast'])
      expect(answer(read(name))).toBe(
        '2: reads 4 bytes at 0xffff800000030070, memory of the kernel that is not recorded with the event',
      );
  });
});

describe('functions that need a kernel', () => {
  it('say so by name', () => {
    expect(answer('r1 = 1\ncall bpf_task_from_pid\nexit')).toBe(
      "1: bpf_task_from_pid is a function of the kernel that works on the kernel's own objects, which a replay does not have; a world file can answer for it (mocks)",
    );
    expect(answer('call something#77\nexit')).toBe(
      '0: something is a function of the kernel (kfunc) that is not known here',
    );
  });

  it('answer what the world file says', () => {
    const world = parseWorldFile(
      '{"mocks": {"bpf_task_from_pid": 0, "bpf_xdp_metadata_rx_hash": {"return": -95, "writes": {"hash": "2a000000"}}}}',
    );
    if (!isWorld(world)) throw new Error(world.join('\n'));
    expect(answer('r1 = 1\ncall bpf_task_from_pid\nexit', undefined, { given: world })).toBe('0x0');
    const text =
      'r2 = r10\nr2 += -4\nr3 = r10\nr3 += -8\ncall bpf_xdp_metadata_rx_hash\nr1 = *(u32 *)(r10 - 4)\nr0 += r1\nexit';
    expect(answer(text, undefined, { given: world })).toBe('0xffffffffffffffcb');
  });

  it('want their arguments', () => {
    expect(answer('call bpf_iter_num_new\nexit')).toBe('0: reads r2, which holds no value here');
  });
});

describe('strings', () => {
  const at = (name: string): string => `r1 = ${name}_text ll`;
  const data = '.section ".rodata"\nhello_text: .asciz "hello"\n.section "xdp"\n.globl main\nmain:\n';

  it('that cannot be read are errors, not traps', () => {
    expect(answer('r1 = 0\ncall bpf_strlen\nexit')).toBe('0xffffffffffffffde');
    expect(answer('r1 = 0xffff800000000000 ll\ncall bpf_strlen\nexit')).toBe('0xfffffffffffffff2');
  });

  it('are read where they lie', () => {
    expect(answer(`.license "GPL"\n${data}${at('hello')}\ncall bpf_strlen\nexit`)).toBe('0x5');
  });
});

describe('locks', () => {
  const text = (call: string): string => `.license "GPL"
.map m, type=array, value=8, entries=1
.section "xdp"
.globl main
main:
r1 = m[0] ll
call ${call}
r1 = m[0] ll
call ${call}
exit`;

  it('that are taken twice would never be given back', () => {
    expect(answer(text('bpf_spin_lock'))).toBe(
      '5: bpf_spin_lock: the lock is held already, so the kernel would wait for ever here',
    );
  });

  it('that are resilient fail', () => {
    expect(answer(text('bpf_res_spin_lock'))).toBe('0xffffffffffffffdd');
  });
});

describe('sets of CPUs', () => {
  it('hold those that exist', () => {
    const text = `call bpf_cpumask_create
      r6 = r0
      r1 = 3
      r2 = r6
      call bpf_cpumask_set_cpu
      r1 = 200
      r2 = r6
      call bpf_cpumask_set_cpu
      r1 = r6
      call bpf_cpumask_weight
      r7 = r0
      r1 = r6
      call bpf_cpumask_setall
      r1 = r6
      call bpf_cpumask_weight
      r0 *= 16
      r7 += r0
      r1 = r6
      call bpf_cpumask_first_zero
      r0 *= 256
      r7 += r0
      r1 = r6
      call bpf_cpumask_release
      r0 = r7
      exit`;
    expect(answer(text, undefined, { cpus: 4 })).toBe('0x441');
  });

  it('are gone once they are given back', () => {
    const text = `call bpf_cpumask_create
      r6 = r0
      r1 = r6
      call bpf_cpumask_release
      r1 = r6
      call bpf_cpumask_release
      exit`;
    expect(answer(text)).toMatch(/^5: bpf_cpumask_release writes 136 bytes at .*, where nothing is mapped$/);
  });
});
