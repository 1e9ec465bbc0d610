import { describe, expect, it } from 'vitest';
import { findByName } from '../../server/src/btf/query.ts';
import { attachTypeNumber } from '../../server/src/kernel/attachTypes.ts';
import { kfuncAllowed } from '../../server/src/kernel/kfuncAvailability.ts';
import { KFUNCS } from '../../server/src/kernel/kfuncs.ts';
import { PROGRAM_FLAGS } from '../../server/src/kernel/programFlags.ts';
import { PROGRAM_TYPES, programTypeNumber } from '../../server/src/kernel/programTypes.ts';
import type { AttachType, ProgramType } from '../../server/src/kernel/programTypes.ts';
import { isUnregistered } from '../../server/src/verifier/kfuncs/find.ts';
import { kernelBtf } from '../support/kernelBtf.ts';
import { askKernel, kverify } from '../support/kverify.ts';

/** Types that a kernel loads without anything to be attached to. */
const LONE: readonly ProgramType[] = PROGRAM_TYPES.filter(
  (type) => !['unspec', 'lirc_mode2', 'ext', 'struct_ops', 'lsm', 'tracing'].includes(type),
);
const ATTACHED: Partial<Record<ProgramType, AttachType>> = {
  cgroup_sock_addr: 'cgroup_inet4_connect',
  cgroup_sockopt: 'cgroup_getsockopt',
  sk_lookup: 'sk_lookup',
  netfilter: 'netfilter',
  sk_reuseport: 'sk_reuseport_select',
};
const KINDS: readonly (readonly [ProgramType, AttachType | null])[] = [
  ...LONE.map((type) => [type, ATTACHED[type] ?? null] as const),
  ['kprobe', 'trace_kprobe_session'],
  ['kprobe', 'trace_uprobe_session'],
  ['kprobe', 'trace_kprobe_multi'],
  ['tracing', 'trace_iter'],
];

const btf = kernelBtf();
const known = KFUNCS.flatMap((kfunc) => {
  const id = btf === null ? null : findByName(btf, 'func', kfunc.name);
  // Without a device to bind to, these are refused before anything else.
  const left = kfunc.name.startsWith('bpf_xdp_metadata_') || isUnregistered(btf, kfunc.name);
  return id === null || left ? [] : [{ kfunc, id }];
});

function callOf(id: number): string {
  return `85200000${Buffer.from(Uint32Array.of(id).buffer).toString('hex')}9500000000000000`;
}

/** Who may call what, as the kernel tells by "calling kernel function … is not allowed". */
describe.skipIf(kverify === null || btf === null)('kernel functions by program type (skipped without a kernel)', () => {
  it('there are many', () => {
    expect(known.length).toBeGreaterThan(150);
  });

  it.each(KINDS)('%s %s', (type, attachType) => {
    const verdicts = askKernel(
      known.map(({ id }) => ({
        type: String(programTypeNumber(type)),
        attachType: attachTypeNumber(attachType),
        flags: type === 'syscall' ? PROGRAM_FLAGS.sleepable : 0,
        insns: callOf(id),
        ...(type === 'tracing' ? { attachBtf: 'bpf_iter_task' } : {}),
      })),
    );
    const theirs = known.filter((_, i) => verdicts[i]?.log.includes('is not allowed') === false);
    const ours = known.filter(({ kfunc }) => kfuncAllowed(kfunc, type, attachType) === true);
    expect(ours.map(({ kfunc }) => kfunc.name)).toEqual(theirs.map(({ kfunc }) => kfunc.name));
  });
});
