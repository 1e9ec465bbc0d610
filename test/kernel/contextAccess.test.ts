import { describe, expect, it } from 'vitest';
import { attachTypeNumber } from '../../server/src/kernel/attachTypes.ts';
import { contextOf, ctxAccess } from '../../server/src/kernel/contextAccess.ts';
import { PROGRAM_FLAGS } from '../../server/src/kernel/programFlags.ts';
import { PROGRAM_TYPES, type ProgramType } from '../../server/src/kernel/programTypes.ts';
import { CONTEXTS } from '../../server/src/kernel/contexts.ts';
import { returnRange } from '../../server/src/kernel/returnValues.ts';
import { SECTIONS } from '../../server/src/kernel/sections.ts';
import { hex32 } from '../support/hex.ts';
import { askKernel, kverify } from '../support/kverify.ts';

const SIZES = [1, 2, 4, 8] as const;
const LOAD = { 1: '71', 2: '69', 4: '61', 8: '79' } as const;
const LOAD_SIGNED = { 1: '91', 2: '89', 4: '81', 8: '00' } as const;
const STORE = { 1: '72', 2: '6a', 4: '62', 8: '7a' } as const;

/** What the kernel's log calls the kinds of value that a context load yields. */
const KINDS: Readonly<Record<string, string>> = {
  scalar: 'scalar',
  pkt: 'packet',
  pkt_meta: 'packetMeta',
  pkt_end: 'packetEnd',
  sock_common_or_null: 'sockCommonOrNull',
  sock: 'socket',
  sock_or_null: 'socketOrNull',
  flow_keys: 'flowKeys',
  tp_buffer: 'tpBuffer',
  trusted_ptr_sk_buff: 'btf',
  trusted_ptr_nf_hook_state: 'btf',
};

/** Types whose arguments the kernel's BTF describes, and one that needs a driver this kernel may lack. */
const NOT_ASKED: ReadonlySet<ProgramType> = new Set(['tracing', 'lsm', 'struct_ops', 'ext', 'lirc_mode2']);

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
  ['cgroup_sock', null],
];

/** Every further type and attach type that a section of libbpf's stands for. */
const attached = new Map(
  SECTIONS.filter(({ type }) => !NOT_ASKED.has(type)).map((row) => [`${row.type} ${row.attachType}`, row]),
);
for (const [type, attachType] of programs) attached.delete(`${type} ${attachType}`);
const everyProgram = [...programs, ...[...attached.values()].map((row) => [row.type, row.attachType] as const)];

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
    ['cgroup_sock_addr', 'cgroup_inet4_connect', 4, 4, true, 'scalar'],
    ['cgroup_sock_addr', 'cgroup_inet6_connect', 4, 4, true, null],
    ['cgroup_sock_addr', 'cgroup_inet6_connect', 8, 8, true, 'scalar'],
    ['cgroup_sockopt', 'cgroup_setsockopt', 36, 4, false, null],
    ['sock_ops', 'cgroup_sock_ops', 184, 8, false, 'socketOrNull'],
    ['sk_reuseport', 'sk_reuseport_select', 20, 1, false, null],
    ['raw_tracepoint_writable', null, 0, 8, false, 'tpBuffer'],
    ['raw_tracepoint_writable', null, 8, 8, false, 'scalar'],
    ['lirc_mode2', 'lirc_mode2', 0, 4, false, 'scalar'],
    ['flow_dissector', 'flow_dissector', 0, 4, false, null],
  ] as const)('%s %s: %i, %i bytes, write %s: %s', (type, attachType, off, size, write, expected) => {
    const access = ctxAccess(type, attachType, off, size, write);
    expect(access.ok ? access.kind : null).toBe(expected);
  });

  it.each([
    ['kprobe', 'x86_64', 'pt_regs', 'di', 112],
    ['kprobe', 'arm64', 'user_pt_regs', 'x1', 8],
    ['perf_event', 'arm64', 'bpf_perf_event_data', 'addr', 280],
    ['lsm', 'x86_64', 'arguments', 'args', 0],
  ] as const)('%s on %s sees %s with %s at %i', (type, architecture, name, field, off) => {
    const context = contextOf(type, architecture);
    expect(context?.name).toBe(name);
    expect(context?.fields.find((one) => one.name === field)?.off).toBe(off);
  });

  it('every type has a context, but for replacements of functions', () => {
    expect(PROGRAM_TYPES.filter((type) => contextOf(type) === null)).toEqual(['unspec', 'ext']);
  });

  it('fields lie inside their context', () => {
    for (const { name, size, fields } of Object.values(CONTEXTS))
      for (const field of fields) {
        expect(field.size, `${name}.${field.name}`).toBeGreaterThan(0);
        expect(field.off + field.size, `${name}.${field.name}`).toBeLessThanOrEqual(size);
      }
  });

  it('hides the packet of cgroup_skb from unprivileged programs', () => {
    expect(ctxAccess('cgroup_skb', null, 76, 4, false, { privileged: false })).toEqual({ ok: false });
  });
});

describe.skipIf(kverify === null)('context access, against the running kernel (skipped where there is none)', () => {
  it.each(everyProgram)('%s %s', (type, attachType) => {
    const returns = `b7000000${hex32(returnRange(type, attachType)?.min ?? 0)}9500000000000000`;
    const accesses = everyAccess(contextOf(type)?.size ?? 0);
    const verdicts = askKernel(
      accesses.map(({ off, size, how }) => ({
        type,
        attachType: attachTypeNumber(attachType),
        flags: type === 'syscall' ? PROGRAM_FLAGS.sleepable : 0,
        insns: accessInsn(off, size, how) + returns,
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
  const encodable = kept.filter((off) => off <= 32_767);
  return [-32_768, 32_760, ...encodable].flatMap((off) =>
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
