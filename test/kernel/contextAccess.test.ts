import { describe, expect, it } from 'vitest';
import { attachTypeNumber } from '../../server/src/kernel/attachTypes.ts';
import { contextOf, ctxAccess } from '../../server/src/kernel/contextAccess.ts';
import type { ProgramType } from '../../server/src/kernel/programTypes.ts';
import { askKernel, kverify } from '../support/kverify.ts';

const SIZES = [1, 2, 4, 8] as const;
const LOAD = { 1: '71', 2: '69', 4: '61', 8: '79' } as const;
const LOAD_SIGNED = { 1: '91', 2: '89', 4: '81', 8: '00' } as const;
const STORE = { 1: '72', 2: '6a', 4: '62', 8: '7a' } as const;
const RETURN_0 = 'b7000000000000009500000000000000';

/** What the kernel's log calls the kinds of value that a context load yields. */
const KINDS: Readonly<Record<string, string>> = {
  scalar: 'scalar',
  pkt: 'packet',
  pkt_meta: 'packetMeta',
  pkt_end: 'packetEnd',
  sock_common_or_null: 'sockCommonOrNull',
};

const programs: readonly [type: ProgramType, attachType: string | null][] = [
  ['socket_filter', null],
  ['sched_cls', null],
  ['sched_cls', 'tcx_ingress'],
  ['sched_act', null],
  ['cgroup_skb', 'cgroup_inet_ingress'],
  ['cgroup_skb', 'cgroup_inet_egress'],
  ['lwt_in', null],
  ['lwt_out', null],
  ['lwt_xmit', null],
  ['lwt_seg6local', null],
  ['xdp', 'xdp'],
  ['xdp', 'xdp_devmap'],
  ['xdp', 'xdp_cpumap'],
  ['kprobe', null],
  ['kprobe', 'trace_kprobe_multi'],
  ['raw_tracepoint', null],
  ['perf_event', null],
  ['tracepoint', null],
];

describe('context access', () => {
  it.each([
    // type, attach type, off, size, write, answer
    ['xdp', 'xdp', 0, 4, false, 'packet'],
    ['xdp', 'xdp', 4, 4, false, 'packetEnd'],
    ['xdp', 'xdp', 0, 8, false, null],
    ['xdp', 'xdp', 20, 4, false, null],
    ['xdp', 'xdp_devmap', 20, 4, false, 'scalar'],
    ['socket_filter', null, 76, 4, false, null],
    ['socket_filter', null, 48, 8, true, 'scalar'],
    ['sched_cls', null, 8, 4, true, 'scalar'],
    ['sched_cls', null, 8, 2, true, null],
    ['sched_cls', null, 8, 2, false, 'scalar'],
    ['sched_cls', null, 180, 1, false, 'scalar'],
    ['cgroup_skb', null, 168, 8, false, 'sockCommonOrNull'],
    ['kprobe', null, 112, 8, false, 'scalar'],
    ['kprobe', null, 112, 8, true, null],
    ['tracepoint', null, 0, 8, false, null],
    ['tracepoint', null, 8184, 8, false, 'scalar'],
    ['tracepoint', null, 8192, 8, false, null],
    ['raw_tracepoint', null, 88, 8, false, 'scalar'],
    ['raw_tracepoint', null, 96, 8, false, null],
    ['perf_event', null, 0, 4, false, null],
    ['perf_event', null, 168, 4, false, 'scalar'],
    ['tracing', null, 0, 8, false, null],
  ] as const)('%s %s: %i, %i bytes, write %s: %s', (type, attachType, off, size, write, expected) => {
    const access = ctxAccess(type, attachType, off, size, write);
    expect(access.ok ? access.kind : null).toBe(expected);
  });

  it('hides the packet of cgroup_skb from unprivileged programs', () => {
    expect(ctxAccess('cgroup_skb', null, 76, 4, false, { privileged: false })).toEqual({ ok: false });
  });
});

describe.skipIf(kverify === null)('context access, against the running kernel (skipped where there is none)', () => {
  it.each(programs)('%s %s', (type, attachType) => {
    const accesses = everyAccess(contextOf(type)?.size ?? 0);
    const verdicts = askKernel(
      accesses.map(({ off, size, how }) => ({
        type,
        attachType: attachTypeNumber(attachType),
        insns: accessInsn(off, size, how) + RETURN_0,
      })),
      2,
    );
    const kernel = verdicts.map(({ verdict, log }, i) => ({
      ...accesses[i],
      kind: verdict === 'reject' ? null : accesses[i]?.how === 'write' ? 'scalar' : kindInLog(log),
    }));
    const ours = accesses.map(({ off, size, how }) => {
      const answer = ctxAccess(type, attachType, off, size, how === 'write', { signed: how === 'signed' });
      return { off, size, how, kind: answer.ok ? answer.kind : null };
    });
    expect(ours).toEqual(kernel);
    const refused = verdicts.filter(({ verdict }) => verdict === 'reject');
    expect([...new Set(refused.map(({ message }) => message.replaceAll(/-?\d+/g, 'N')))]).toEqual([
      'invalid bpf_context access off=N size=N',
    ]);
  });
});

type How = 'read' | 'signed' | 'write';

/** Every offset a little beyond both ends; of a big context only its ends. */
function everyAccess(contextSize: number): { off: number; size: 1 | 2 | 4 | 8; how: How }[] {
  const offsets = Array.from({ length: contextSize + 24 }, (_, i) => i - 8);
  const kept = contextSize < 1000 ? offsets : offsets.filter((off) => off < 32 || off > contextSize - 16);
  return [-32_768, ...kept].flatMap((off) =>
    SIZES.flatMap((size) =>
      (['read', 'signed', 'write'] as const)
        .filter((how) => how !== 'signed' || size !== 8)
        .map((how) => ({ off, size, how })),
    ),
  );
}

function accessInsn(off: number, size: 1 | 2 | 4 | 8, how: How): string {
  const offset = Buffer.alloc(2);
  offset.writeInt16LE(off);
  const [opcode, regs] = { read: [LOAD[size], '10'], signed: [LOAD_SIGNED[size], '10'], write: [STORE[size], '01'] }[
    how
  ];
  return `${opcode}${regs}${offset.toString('hex')}00000000`;
}

/** The type of r0 after the first instruction. */
function kindInLog(log: string): string {
  const name = /^0: .*R0(?:_w)?=([a-z_]+)/m.exec(log)?.[1] ?? '?';
  return KINDS[name] ?? name;
}
