import { describe, expect, it } from 'vitest';
import {
  helperAvailable,
  helperById,
  helperByName,
  helperNeedsGpl,
  HELPERS,
  helpersKnown,
} from '../../server/src/kernel/helpers.ts';
import { PROGRAM_TYPES } from '../../server/src/kernel/programTypes.ts';
import { kverify } from '../support/kverify.ts';
import { ATTACHED, probeHelpers } from '../support/probeHelpers.ts';

describe('the helper table', () => {
  it('has all helpers of 6.18 in the order of their numbers', () => {
    expect(HELPERS.map(({ id }) => id)).toEqual(Array.from({ length: 211 }, (_, i) => i + 1));
    expect(new Set(HELPERS.map(({ name }) => name)).size).toBe(211);
  });

  it('says in one sentence what each does', () => {
    expect(HELPERS.filter(({ doc }) => !/^[A-Z][^\n]+\.$/.test(doc)).map(({ name }) => name)).toEqual([]);
  });

  it('has as many arguments in C as in the prototype, but for two', () => {
    const odd = HELPERS.filter(({ proto, parameters }) => proto !== null && proto.args.length !== parameters.length);
    expect(odd.map(({ name }) => name)).toEqual([
      'bpf_trace_printk', // takes any number of arguments
      'bpf_get_branch_snapshot', // whose flags the kernel never declared
    ]);
  });

  it('puts a size behind every memory whose size is not fixed', () => {
    const odd = HELPERS.filter(({ proto }) =>
      proto?.args.some(
        (arg, i) => arg.type === 'mem' && arg.size === null && !proto.args[i + 1]?.type.startsWith('constSize'),
      ),
    );
    expect(odd.map(({ name }) => name)).toEqual([]);
  });

  it.each([
    ['bpf_map_lookup_elem', 1, 'void *bpf_map_lookup_elem(void *map, const void *key)'],
    ['map_lookup_elem', 1, 'void *bpf_map_lookup_elem(void *map, const void *key)'],
    ['bpf_ktime_get_ns', 5, 'u64 bpf_ktime_get_ns(void)'],
  ])('finds %s', (name, id, signature) => {
    expect(helperByName(name)).toBe(helperById(id));
    expect(helperById(id)?.signature).toBe(signature);
  });

  it.each([
    ['xdp', 44, false, true],
    ['sched_cls', 44, true, false],
    ['xdp', 6, false, false],
    ['xdp', 6, true, true],
    ['kprobe', 27, false, false],
    ['perf_event', 27, false, true],
    ['kprobe', 212, true, false],
    ['lirc_mode2', 1, true, true],
    ['ext', 1, true, false],
  ] as const)('%s, helper %i, GPL %s: %s', (type, id, gpl, available) => {
    expect(helperAvailable(type, id, gpl)).toBe(available);
  });
});

/** What this kernel may lack although the table has it: absent when locked down, or by configuration. */
const DEPENDS_ON_KERNEL = new Set(['bpf_probe_write_user', 'bpf_override_return']);

describe.skipIf(kverify === null)('the helper table, against the running kernel (skipped where there is none)', () => {
  const compared = HELPERS.filter(({ name }) => !DEPENDS_ON_KERNEL.has(name));

  it.for(PROGRAM_TYPES.filter(helpersKnown))('%s', (type, { skip }) => {
    const kernel = probeHelpers(type);
    if (kernel === null) return skip('this kernel loads no such programs');
    expect(compared.filter(({ id }) => helperAvailable(type, id, true)).map(({ name }) => name)).toEqual(
      compared.filter(({ id }) => kernel.available.has(id)).map(({ name }) => name),
    );
    // All of them must be licensed so, and the kernel says nothing of single helpers.
    if (type === 'struct_ops') return;
    const offered = compared.filter(({ id }) => kernel.available.has(id));
    expect(offered.filter(({ id }) => helperNeedsGpl(type, id)).map(({ name }) => name)).toEqual(
      offered.filter(({ id }) => kernel.needGpl.has(id)).map(({ name }) => name),
    );
  });

  it.for(ATTACHED.map(([type, how]) => [`${type} as ${how.attach}`, type, how] as const))(
    '%s',
    ([, type, how], { skip }) => {
      const kernel = probeHelpers(type, how);
      if (kernel === null) return skip('this kernel loads no such programs');
      const available = compared.filter(({ id }) => helperAvailable(type, id, true, how.attach ?? null));
      expect(available.map(({ name }) => name)).toEqual(
        compared.filter(({ id }) => kernel.available.has(id)).map(({ name }) => name),
      );
    },
  );
});
