import { describe, expect, it } from 'vitest';
import { toHex } from '../../server/src/base/bytes.ts';
import type { Event } from '../../server/src/events/event.ts';
import { createReader } from '../../server/src/events/openRecording.ts';
import type { EventResult, RunSummary } from '../../server/src/run/result.ts';
import { createRunSession } from '../../server/src/run/session.ts';
import { objectOf } from '../support/assembled.ts';

interface Ran {
  readonly results: readonly EventResult[];
  readonly summary: RunSummary;
}

/** Runs every program of a text over lines of a recording, in both engines, which must agree. */
function run(text: string, lines: readonly object[], arch = 'x86_64', cpus = 1): Ran {
  const object = objectOf(text);
  const session = createRunSession(object, object.programs, { engine: 'both', cpus });
  if (typeof session === 'string') throw new Error(session);
  const results: EventResult[] = [];
  const each = (event: Event): void => {
    const result = session.run(event);
    results.push({
      ...result,
      packet: result.packet?.slice() ?? null,
      context: result.context && { ...result.context, bytes: result.context.bytes.slice() },
    });
  };
  const reader = createReader();
  const head = { format: 'bpf-events', version: 1, arch };
  reader.push(new TextEncoder().encode([head, ...lines].map((line) => JSON.stringify(line)).join('\n')), each);
  reader.end(each);
  expect(reader.problems).toEqual([]);
  expect(session.difference).toBe(null);
  return { results, summary: session.summary() };
}

/** What the one event did: the return value, or why there is none. */
function one(text: string, line: object, arch?: string): number | string | null {
  const [result] = run(text, [line], arch).results;
  return result?.skipped ?? result?.trap?.message ?? result?.returnValue ?? null;
}

const load = (section: string, off: number, size = 'u64'): string =>
  `.section "${section}"\n r0 = *(${size} *)(r1 + ${off})\n exit\n`;

describe('registers', () => {
  it.each([
    ['di', 112, { regs: { di: 7 } }, 7],
    ['rdi', 112, { regs: { rdi: '0x11' } }, 17],
    ['the second argument', 104, { args: [1, 2, 3] }, 2],
    ['the return value', 80, { ret: -2 }, 0xffff_fffe],
    ['all of them', 8, { ctx: `${'00'.repeat(8)}2a${'00'.repeat(159)}` }, 42],
    ['no such register', 8, { regs: { foo: 1 } }, 'there is no register foo in struct pt_regs'],
    ['too short', 8, { ctx: '00' }, 'the context has 1 bytes, struct pt_regs has 168'],
    ['nothing', 8, {}, 'neither registers nor a context are recorded'],
    ['too many arguments', 8, { args: [1, 2, 3, 4, 5, 6, 7] }, '7 arguments: only the first 6 are passed in registers'],
  ])('of x86-64: %s', (_, off, line, expected) => {
    expect(one(load('kprobe/f', off), line)).toBe(expected);
  });

  it('of arm64', () => {
    expect(one(load('kprobe/f', 8), { args: [1, 2] }, 'arm64')).toBe(2);
    expect(one(load('kprobe/f', 240), { regs: { lr: 5 } }, 'aarch64')).toBe(5);
    expect(one(load('kprobe/f', 256), { regs: { pc: 9 } }, 'arm64')).toBe(9);
  });

  it('of a sample, with its period and address', () => {
    expect(one(load('perf_event', 168), { regs: { ip: 1 }, fields: { sample_period: 99 } })).toBe(99);
    expect(one(load('perf_event', 176), { fields: { addr: 3 } })).toBe(3);
  });

  it('cannot be written', () => {
    const text = '.section "kprobe/f"\n *(u64 *)(r1 + 8) = 1\n r0 = 0\n exit\n';
    expect(one(text, { regs: {} })).toBe('writes 8 bytes at context+8, which is read-only');
  });
});

describe('records and arguments', () => {
  it.each([
    ['tracepoint/sched/sched_switch', 8, { ctx: `${'ff'.repeat(8)}2a${'00'.repeat(7)}` }, 42],
    ['tracepoint/syscalls/sys_enter_openat', 24, { ev: 'tracepoint:syscalls:sys_enter_openat', args: [5, 6] }, 6],
    ['tracepoint/syscalls/sys_exit_openat', 16, { ev: 'tp:syscalls:sys_exit_openat', ret: -1 }, 0xffff_ffff],
    ['tracepoint/sched/sched_switch', 8, { args: [1] }, 'the record ("ctx") is not told'],
    ['tracepoint/a/b', 16, { ctx: '00'.repeat(16) }, 'reads 8 bytes at context+16, but the context ends at context+16'],
    ['tracepoint/a/b', 0, { ctx: '00'.repeat(16) }, 'reads 8 bytes at context+0, which the kernel keeps to itself'],
    ['raw_tp/x', 8, { args: [1, 2] }, 2],
    ['raw_tp/x', 16, { args: [1, 2] }, 'reads 8 bytes at context+16, but the context ends at context+16'],
    ['raw_tp/x', 0, {}, 'neither arguments ("args") nor a context ("ctx") are recorded'],
    ['fexit/f', 16, { args: [1, 2], ret: 9 }, 9],
    ['lsm/file_open', 8, { args: [1, 0] }, 0],
    ['fentry/f', 0, { args: ['0xffffffff80000001'] }, 0x8000_0001],
  ])('%s at %i', (section, off, line, expected) => {
    expect(one(load(section, off), line)).toBe(expected);
  });

  it('a writable tracepoint has a buffer', () => {
    const text =
      '.section "raw_tp.w/x"\n r2 = *(u64 *)(r1 + 0)\n r0 = *(u32 *)(r2 + 0)\n *(u32 *)(r2 + 0) = 1\n exit\n';
    expect(one(text, { args: [0], data: '05000000' })).toBe(5);
  });

  it('a program of type syscall changes its structure', () => {
    const text = '.section "syscall"\n *(u16 *)(r1 + 2) = 258\n r0 = 0\n exit\n';
    const [result] = run(text, [{ ctx: 'aabbccdd' }]).results;
    expect(toHex(result?.context?.bytes ?? new Uint8Array())).toBe('aabb0201');
    expect(result?.context?.changed).toBe(true);
  });
});

describe('structures', () => {
  it.each([
    ['cgroup/connect4', 4, 'u32', { fields: { user_ip4: '192.0.2.1' } }, 0x0102_00c0],
    ['cgroup/connect6', 16, 'u32', { fields: { user_ip6: [1, 2, 3, 4] } }, 3],
    ['cgroup/sock_create', 4, 'u32', { fields: { family: 10 } }, 10],
    ['cgroup/sysctl', 0, 'u32', { fields: { write: 1 } }, 1],
    ['cgroup/dev', 4, 'u32', { fields: { major: 8 } }, 8],
    ['cgroup/setsockopt', 28, 'u32', { fields: { optname: 13 } }, 13],
    ['sockops', 0, 'u32', { fields: { op: 4 } }, 4],
    ['sk_lookup', 36, 'u16', { fields: { remote_port: 80 } }, 80],
    ['sk_reuseport', 24, 'u32', { fields: { ip_protocol: 17 } }, 17],
    ['sk_msg', 68, 'u32', { fields: { size: 5 } }, 5],
    ['cgroup/dev', 4, 'u32', { fields: { nope: 8 } }, 'there is no field nope in struct bpf_cgroup_dev_ctx'],
    ['cgroup/dev', 4, 'u32', {}, 'neither "fields" nor a context ("ctx") are recorded'],
    ['cgroup/dev', 4, 'u32', { ctx: '0000' }, 'the context has 2 bytes where programs of type cgroup_device see 12'],
  ])('%s at %i', (section, off, size, line, expected) => {
    expect(one(load(section, off, size), line)).toBe(expected);
  });

  it('come back changed', () => {
    const text = '.section "cgroup/connect4"\n *(u32 *)(r1 + 24) = 0x901f0000\n r0 = 1\n exit\n';
    const [result] = run(text, [{ fields: { user_port: 80 } }]).results;
    expect(toHex(result?.context?.bytes.subarray(24, 28) ?? new Uint8Array())).toBe('00001f90');
    expect(result?.context?.changed).toBe(true);
  });

  it('point to data, which comes back changed', () => {
    const text = `.section "cgroup/getsockopt"
      r2 = *(u64 *)(r1 + 8)
      r3 = *(u64 *)(r1 + 16)
      r0 = r3
      r0 -= r2
      *(u8 *)(r2 + 1) = 7
      exit
    `;
    const [result] = run(text, [{ fields: { optlen: 2 }, data: '0102' }]).results;
    expect(result?.returnValue).toBe(2);
    expect(toHex(result?.packet ?? new Uint8Array())).toBe('0107');
    expect(result?.packetChanged).toBe(true);
  });

  it('point to a socket', () => {
    const family = '.section "sk_msg"\n r2 = *(u64 *)(r1 + 72)\n r0 = *(u32 *)(r2 + 4)\n exit\n';
    expect(one(family, { fields: { 'sk.family': 10 } })).toBe(10);
    expect(one(family, { fields: { family: 2 } })).toBe(2);
    expect(run(family, [{ data: '00' }]).summary.notes.join()).toBe(
      '1 event tells nothing of its socket, whose fields are those of the context, or zero',
    );
    const isNull = '.section "sk_lookup"\n r0 = *(u64 *)(r1 + 0)\n exit\n';
    expect(one(isNull, { fields: { family: 2 } })).toBe(0);
    expect(one(isNull, { fields: { 'sk.family': 2 } })).not.toBe(0);
  });
});

describe('what helpers see', () => {
  const helper = (name: string): string => `.section "kprobe/f"\n call ${name}\n exit\n`;
  it.each([
    ['bpf_get_current_pid_tgid', { pid: 7, tid: 8 }, 8],
    ['bpf_get_current_pid_tgid', { pid: 7 }, 7],
    ['bpf_get_current_uid_gid', { uid: 5, gid: 6 }, 5],
    ['bpf_ktime_get_ns', { t: 1234 }, 1234],
    ['bpf_get_current_cgroup_id', { cgroup: 23 }, 23],
    ['bpf_get_current_task', { task: '0xff2bc10102c42100' }, 0x02c4_2100],
    ['bpf_get_numa_node_id', { calls: [{ helper: 'get_numa_node_id', ret: 3 }] }, 3],
  ])('%s: %o', (name, line, expected) => {
    expect(one(`.license "GPL"\n${helper(name)}`, { regs: {}, ...line })).toBe(expected);
  });

  it('is forgotten with the next event', () => {
    const lines = [{ regs: {}, pid: 7 }, { regs: {} }];
    expect(run(helper('bpf_get_current_pid_tgid'), lines).results.map((each) => each.returnValue)).toEqual([7, 0]);
  });

  it('is the processor, as far as there are so many', () => {
    const text = helper('bpf_get_smp_processor_id');
    const ran = run(text, [{ regs: {}, cpu: 1 }, { regs: {}, cpu: 6 }], 'x86_64', 4); // prettier-ignore
    expect(ran.results.map((each) => each.returnValue)).toEqual([1, 2]);
    expect(ran.summary.notes).toEqual([
      'events were recorded on CPU 6, but there are 4 CPUs in this run, so they ran on CPU 2',
    ]);
  });

  const READ = `.license "GPL"
    .section "kprobe/f"
    r3 = *(u64 *)(r1 + 112)
    r1 = r10
    r1 += -8
    r2 = 4
    call bpf_probe_read_NAME
    if r0 != 0 goto out
    r0 = *(u32 *)(r10 - 8)
  out:
    exit
  `;
  it.each([
    ['user', [{ user: 64, hex: '0000000005000000' }], 5],
    ['kernel', [{ kernel: 64, hex: '0000000005000000' }], 5],
    // An address of user space is not even tried.
    ['kernel', [{ user: 64, hex: '0000000005000000' }], 0xffff_ffde],
    ['user', [{ user: 66, hex: '00000500' }, { user: 70, hex: '0000' }], 5], // prettier-ignore
    ['user', [{ user: 66, hex: '00000500' }], 0xffff_fff2],
  ])('is memory of the %s: %o', (space, mem, expected) => {
    const ran = run(READ.replace('NAME', space), [{ regs: { di: 68 }, mem }]);
    expect(ran.results[0]?.returnValue).toBe(expected);
    if (expected === 5) expect(ran.summary.notes).toEqual([]);
    const error = space === 'user' ? '-EFAULT' : '-ERANGE';
    if (expected !== 5)
      expect(ran.summary.notes.join()).toContain(`no memory is recorded at 0x44; it answered ${error}`);
  });
});

describe('pointers to kernel structures', () => {
  const text = '.section "fentry/f"\n r2 = *(u64 *)(r1 + 0)\n r0 = *(SIZE *)(r2 + 4)\n exit\n';
  const mem = [{ kernel: '0xffff888000000004', hex: '80ffffff00000000' }];
  it.each([
    ['u8', 0x80],
    ['s8', 0xffff_ff80],
    ['u16', 0xff80],
    ['u32', 0xffff_ff80],
    ['u64', 0xffff_ff80],
  ])('are followed into recorded memory: %s', (size, expected) => {
    expect(one(text.replace('SIZE', size), { args: ['0xffff888000000000'], mem })).toBe(expected);
  });

  it('stand in the context of netfilter programs', () => {
    const skb = '.section "netfilter"\n r2 = *(u64 *)(r1 + 8)\n r0 = *(u32 *)(r2 + 4)\n exit\n';
    expect(one(skb, { fields: { skb: '0xffff888000000000' }, mem })).toBe(0xffff_ff80);
  });

  it('read zero where they are null, unless a helper has returned null', () => {
    expect(one(text.replace('SIZE', 'u64'), { args: ['0'], mem })).toBe(0);
    const unchecked =
      '.map m, type=hash, key=4, value=8, entries=4\n.section "fentry/f"\n *(u32 *)(r10 - 4) = 0\n r1 = m ll\n r2 = r10\n r2 += -4\n call bpf_map_lookup_elem\n r0 = *(u64 *)(r0 + 0)\n exit\n';
    expect(one(unchecked, { args: ['0'], mem })).toContain('a null pointer (bpf_map_lookup_elem at instruction');
  });

  it('can be written through by what implements a structure, where memory is recorded', () => {
    const write =
      '.section "struct_ops/f"\n r2 = *(u64 *)(r1 + 0)\n *(u16 *)(r2 + 5) = 7\n r0 = *(u32 *)(r2 + 4)\n exit\n';
    expect(one(write, { args: ['0xffff888000000000'], mem })).toBe(0xff00_0780);
    expect(one(write, { args: ['0xffff888000000008'], mem })).toContain('writes 2 bytes at 0xffff88800000000d');
  });

  it('may be all that a program is about: functions of type void leave nothing in r0', () => {
    expect(one('.section "struct_ops/f"\n r1 = 0\n exit\n', { args: ['0'] })).toBe(0);
    expect(one('.section "lsm/f"\n r1 = 0\n exit\n', { args: ['0'] })).toBe(0);
    expect(one('.section "fentry/f"\n r1 = 0\n exit\n', { args: ['0'] })).toBe('reads r0, which holds no value here');
  });

  it('do not lead anywhere else', () => {
    expect(one(text.replace('SIZE', 'u64'), { args: ['0xffff888000000008'], mem })).toBe(
      'reads 8 bytes at 0xffff88800000000c, memory of the kernel that is not recorded with the event',
    );
    const write = '.section "fentry/f"\n r2 = *(u64 *)(r1 + 0)\n *(u8 *)(r2 + 4) = 0\n r0 = 0\n exit\n';
    expect(one(write, { args: ['0xffff888000000000'], mem })).toContain('writes 1 byte at 0xffff888000000004');
    const probe = '.section "kprobe/f"\n r2 = *(u64 *)(r1 + 112)\n r0 = *(u8 *)(r2 + 4)\n exit\n';
    expect(one(probe, { args: ['0xffff888000000000'], mem })).toContain('reads 1 byte at 0xffff888000000004');
  });
});

/** An Ethernet frame: TCP from 192.0.2.1:40000 to 198.51.100.7:80 with three bytes of data. */
const TCP = [
  '020000000001020000000002', '0800', '4500002b0001000040060000c0000201c6336407',
  '9c400050', '0000000100000000', '5018010000000000', 'aabbcc',
].join(''); // prettier-ignore

describe('packets for programs of sockets', () => {
  it.each([
    ['sk_skb/stream_verdict', 'u32', 0, 3],
    ['sk_skb/stream_verdict', 'u32', 88, 2],
    ['sk_skb/stream_verdict', 'u32', 92, 0x0102_00c0],
    ['sk_skb/stream_verdict', 'u32', 132, 0x409c_0000],
    ['sk_skb/stream_verdict', 'u32', 136, 80],
    ['sk_msg', 'u32', 20, 0x0764_33c6],
    ['sk_msg', 'u32', 60, 0x5000_0000],
    ['sk_msg', 'u32', 64, 40_000],
    ['sk_msg', 'u32', 68, 3],
    ['sk_lookup', 'u32', 60, 80],
    ['sk_lookup', 'u16', 36, 0x409c],
    ['sk_reuseport', 'u32', 16, 23],
    ['lwt_in', 'u32', 0, 43],
    ['tc', 'u32', 0, 57],
  ])('%s: %s at %i is %i', (section, size, off, expected) => {
    expect(one(load(section, off, size), { packet: TCP })).toBe(expected);
  });

  it('have data of their own', () => {
    const second = (data: number, size: string): string =>
      `.section "${size === 'u64' ? 'sk_msg' : 'sk_skb/stream_parser'}"\n` +
      ` r2 = *(${size} *)(r1 + ${data})\n r0 = *(u8 *)(r2 + 1)\n *(u8 *)(r2 + 1) = 7\n exit\n`;
    for (const text of [second(0, 'u64'), second(76, 'u32')]) {
      const [result] = run(text, [{ packet: TCP }]).results;
      expect([result?.returnValue, toHex(result?.packet ?? new Uint8Array())]).toEqual([0xbb, 'aa07cc']);
      expect(result?.packetChanged).toBe(true);
    }
  });

  it.each([
    [`${TCP.slice(0, 24)}0806${'00'.repeat(28)}`, 'neither IPv4 nor IPv6'],
    [TCP.slice(0, 60), 'the IPv4 header is cut off or wrong'],
    [TCP.slice(0, 80), 'the TCP header is cut off or wrong'],
    [`${TCP.slice(0, 46)}01${TCP.slice(48)}`, 'protocol 1 is neither TCP nor UDP'],
    [`${TCP.slice(0, 40)}0001${TCP.slice(44)}`, 'a later fragment, which has no ports'],
  ])('%s is left out: %s', (packet, reason) => {
    expect(one(load('sk_msg', 68, 'u32'), { packet })).toBe(reason);
  });

  it('have the fields that are told beside them', () => {
    expect(one(load('tc', 8, 'u32'), { packet: TCP, skb: { mark: 9 } })).toBe(9);
    expect(one(load('tc', 56, 'u32'), { packet: TCP, skb: { cb: [1, 2, 3] } })).toBe(3);
    expect(one(load('tc', 8, 'u32'), { packet: TCP, skb: { data: 9 } })).toBe(
      'data is a pointer: tell what it leads to instead',
    );
    expect(one(load('tc', 8, 'u32'), { packet: TCP, skb: { wire_len: 9 } })).toBe(
      'a length on the wire of 9 bytes: the packet has 57',
    );
    expect(one(load('xdp', 16, 'u32'), { packet: TCP, queue: 4 })).toBe(4);
    expect(one(load('xdp', 12, 'u32'), { packet: TCP, xdp: { ingress_ifindex: 5, data: 4 } })).toBe(5);
    expect(one(load('xdp', 12, 'u32'), { packet: TCP, xdp: { data: 3 } })).toContain('3 bytes of metadata');
    const [result] = run('.section "tc"\n *(u32 *)(r1 + 8) = 5\n r0 = 0\n exit\n', [{ packet: TCP }]).results;
    expect([result?.context?.changed, result?.context?.bytes[8]]).toEqual([true, 5]);
  });
});

describe('several programs', () => {
  const text = `
    .section "kprobe/a"
    entry: r0 = 1
    exit
    .section "kretprobe/a"
    leave: r0 = 2
    exit
  `;

  it('each get the events of their hooks', () => {
    const lines = ['kprobe:a', 'kretprobe:a', 'kprobe:b', 'kprobe:a'].map((ev) => ({ ev, regs: {} }));
    const { results, summary } = run(text, lines);
    expect(results.map(({ program, returnValue, skipped }) => [program, returnValue ?? skipped])).toEqual([
      ['entry', 1],
      ['leave', 2],
      ['entry', 'recorded at kprobe:b, where no program of the file runs'],
      ['entry', 1],
    ]);
    expect(summary).toMatchObject({ events: 4, skipped: 1, traps: 0 });
    expect(results.map(({ hook }) => hook)).toEqual(['kprobe:a', 'kretprobe:a', 'kprobe:b', 'kprobe:a']);
  });

  it('packets are not for probes, and hooks not for packet programs', () => {
    expect(one(load('kprobe/f', 0), { packet: '00'.repeat(20) })).toBe(
      'a packet, but programs of type kprobe run at other hooks',
    );
    expect(one('.section "xdp"\n r0 = 2\n exit\n', { regs: {} })).toBe('this is no packet, but a hook of another kind');
  });
});
