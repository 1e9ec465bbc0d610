import { describe, expect, it } from 'vitest';
import { ATTACH_TYPES, attachTypeNumber } from '../../server/src/kernel/attachTypes.ts';
import { PROGRAM_FLAGS } from '../../server/src/kernel/programFlags.ts';
import { PROGRAM_TYPES } from '../../server/src/kernel/programTypes.ts';
import { SECTIONS, attachTargetOf, programTypeOfSection } from '../../server/src/kernel/sections.ts';
import { askKernel, kverify } from '../support/kverify.ts';

describe('section names', () => {
  it.each([
    ['xdp', 'xdp', 'xdp', null, 0],
    ['?xdp', 'xdp', 'xdp', null, 0],
    ['xdp.frags', 'xdp', 'xdp', null, PROGRAM_FLAGS.xdpHasFrags],
    ['xdp/devmap', 'xdp', 'xdp_devmap', null, 0],
    ['xdp.frags/cpumap', 'xdp', 'xdp_cpumap', null, PROGRAM_FLAGS.xdpHasFrags],
    ['tc', 'sched_cls', null, null, 0],
    ['tcx/ingress', 'sched_cls', 'tcx_ingress', null, 0],
    ['classifier', 'sched_cls', null, null, 0],
    ['action', 'sched_act', null, null, 0],
    ['socket', 'socket_filter', null, null, 0],
    ['kprobe', 'kprobe', null, null, 0],
    ['kprobe/do_nanosleep', 'kprobe', null, 'do_nanosleep', 0],
    ['kprobe.multi/tcp_*', 'kprobe', 'trace_kprobe_multi', 'tcp_*', 0],
    ['uprobe.s//bin/sh:main', 'kprobe', null, '/bin/sh:main', PROGRAM_FLAGS.sleepable],
    ['tp/sched/sched_switch', 'tracepoint', null, 'sched/sched_switch', 0],
    ['raw_tp.w/x', 'raw_tracepoint_writable', null, 'x', 0],
    ['fentry.s/f', 'tracing', 'trace_fentry', 'f', PROGRAM_FLAGS.sleepable],
    ['cgroup_skb/egress', 'cgroup_skb', 'cgroup_inet_egress', null, 0],
    ['cgroup/skb', 'cgroup_skb', null, null, 0],
    ['sk_reuseport/migrate', 'sk_reuseport', 'sk_reuseport_select_or_migrate', null, 0],
    ['syscall', 'syscall', null, null, PROGRAM_FLAGS.sleepable],
  ] as const)('%s', (section, type, attachType, target, flags) => {
    const sleepable = flags === PROGRAM_FLAGS.sleepable;
    expect(programTypeOfSection(section)).toEqual({ type, attachType, sleepable, target, flags });
  });

  it.each(['', '.text', 'xdp_drop', 'xdp/', 'kprobes/x', 'tc/other', 'socket1', 'license'])('none: %s', (section) => {
    expect(programTypeOfSection(section)).toBeNull();
  });

  it('all have a type, an attach type the kernel knows, and a sentence', () => {
    for (const { name, type, attachType, doc } of SECTIONS) {
      expect(PROGRAM_TYPES).toContain(type);
      if (attachType !== null) expect([name, ATTACH_TYPES.includes(attachType)]).toEqual([name, true]);
      expect(doc).toMatch(/^[A-Z][^\n]+\.$/);
    }
    expect(ATTACH_TYPES).toHaveLength(58);
  });
});

/** Types that ask for a kernel function or structure, or that a kernel may be built without. */
const NEEDS_MORE = new Set(['tracing', 'lsm', 'ext', 'struct_ops', 'lirc_mode2']);

describe.skipIf(kverify === null)('section names, against the running kernel (skipped where there is none)', () => {
  it('name attach types that the kernel takes for the program type', () => {
    const rows = SECTIONS.filter(({ type }) => !NEEDS_MORE.has(type));
    const verdicts = askKernel(
      rows.map(({ type, attachType, flags }) => ({
        type,
        attachType: attachTypeNumber(attachType),
        flags,
        insns: 'b7000000010000009500000000000000',
      })),
    );
    expect(rows.filter((_, i) => verdicts[i]?.verdict === 'reject').map(({ name }) => name)).toEqual([]);
  });
});

describe('what programs of a section are attached to', () => {
  it.each([
    ['fentry/tcp_v4_connect', 'tcp_v4_connect'],
    ['fexit.s/__x64_sys_nanosleep', '__x64_sys_nanosleep'],
    ['tp_btf/sched_switch', 'btf_trace_sched_switch'],
    ['lsm/file_open', 'bpf_lsm_file_open'],
    ['lsm_cgroup/socket_bind', 'bpf_lsm_socket_bind'],
    ['iter.s/task', 'bpf_iter_task'],
    ['struct_ops/tcp_congestion_ops.init', 'tcp_congestion_ops.init'],
    ['struct_ops/init', null],
    ['fentry', null],
    ['kprobe/tcp_v4_connect', null],
    ['xdp', null],
    ['nothing', null],
  ])('%s', (section, target) => {
    expect(attachTargetOf(programTypeOfSection(section))).toBe(target);
  });
});
