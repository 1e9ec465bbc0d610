import { describe, expect, it } from 'vitest';
import { toHex } from '../../server/src/base/bytes.ts';
import { LAYOUT } from '../../server/src/vm/machine.ts';
import type { World } from '../../server/src/vm/world.ts';
import { givenWorld } from '../support/givenWorld.ts';
import { fixture, shown, type Fixture } from './support.ts';

interface Called extends Fixture {
  readonly answer: string;
  /** 64 bytes at r10 - 64, which are ones before. */
  readonly buffer: string;
}

/** Runs a body after filling r10-64…r10 with ones; r6 is the context, r9 the buffer. */
function call(
  body: string,
  around: { world?: string; state?: Partial<World>; context?: Uint8Array; head?: string } = {},
): Called {
  const fill = Array.from({ length: 8 }, (_, i) => `*(u64 *)(r10 - ${8 * (i + 1)}) = -1`).join('\n');
  const text = `${around.head ?? ''}\n.license "GPL"\n.section "kprobe/x"\n.globl main\nmain:\n${fill}\nr6 = r1\nr9 = r10\nr9 += -64\n${body}\nexit\n`;
  const made = fixture(text, {
    ...(around.context === undefined ? {} : { context: around.context }),
    packetOptions: { kind: 'none' },
    machine: { given: givenWorld(around.world ?? '{}') },
  });
  Object.assign(made.machine.world, around.state);
  const answer = shown(made.interpreter.run(LAYOUT.ctx, 1000));
  const end = LAYOUT.stack + LAYOUT.frameBytes;
  return { ...made, answer, buffer: toHex(made.machine.memory.u8.subarray(end - 64, end)) };
}

const signed = (answer: string): bigint => BigInt.asIntN(64, BigInt(answer));
const effects = ({ machine }: Fixture): string[] => machine.output.map(({ kind, text }) => `${kind} ${text}`);
const notes = ({ machine }: Fixture): string[] => machine.runNotes;

describe('stacks', () => {
  const state = { stack: [0x11n, 0x22n, 0x33n], userStack: [0x44n] };
  const get = (size: number, flags: number): string =>
    `r1 = r6\nr2 = r9\nr3 = ${size}\nr4 = ${flags}\ncall bpf_get_stack`;

  it.each([
    [24, 0, 24, '110000000000000022000000000000003300000000000000ff'],
    [16, 0, 16, '11000000000000002200000000000000ff'],
    [32, 1, 16, '2200000000000000330000000000000000000000000000000000000000000000ff'],
    [16, 256, 8, '44000000000000000000000000000000ff'],
    [16, 3, 0, '00000000000000000000000000000000ff'],
    [16, 4, -14, '00000000000000000000000000000000ff'],
    [12, 0, -22, '000000000000000000000000ff'],
    [16, 512, -22, '00000000000000000000000000000000ff'],
    [32, 256 | 2048, 32, `02000000${'00'.repeat(20)}4400000000000000ff`],
  ])('bpf_get_stack of %i bytes with flags %i', (size, flags, answer, buffer) => {
    const made = call(get(size, flags), { state });
    expect([signed(made.answer), made.buffer.slice(0, buffer.length)]).toEqual([BigInt(answer), buffer]);
  });

  it('says when none is recorded', () => {
    const made = call(get(16, 0));
    expect([signed(made.answer), notes(made)]).toEqual([
      -14n,
      ['bpf_get_stack: no stack is recorded; it answered -14'],
    ]);
  });

  const head = '.map stacks, type=stack_trace, key=4, value=32, entries=16';
  const id = (flags: number): string => `r1 = r6\nr2 = stacks ll\nr3 = ${flags}\ncall bpf_get_stackid`;
  it('bpf_get_stackid keeps stacks in the map', () => {
    const made = call(id(0), { state, head });
    const map = made.machine.maps[0];
    const at = map?.find(Uint8Array.of(Number(signed(made.answer)), 0, 0, 0), 0, 0) ?? 0;
    expect(toHex(made.machine.memory.u8.subarray(at, at + 24))).toBe(
      '110000000000000022000000000000003300000000000000',
    );
    expect(call(`${id(0)}\nr7 = r0\n${id(0)}\nr0 -= r7`, { state, head }).answer).toBe('0x0');
    expect(signed(call(id(3), { state, head }).answer)).toBe(-14n);
    expect(signed(call(id(4096), { state, head }).answer)).toBe(-22n);
  });

  it("bpf_get_task_stack knows the current task's", () => {
    const body = 'r2 = r9\nr3 = 16\nr4 = 0\ncall bpf_get_task_stack';
    const task = { ...state, task: 0xffff_8880_0000_1000n };
    expect(call(`r1 = 0xffff888000001000 ll\n${body}`, { state: task }).answer).toBe('0x10');
    expect(signed(call(`r1 = 0xffff888000002000 ll\n${body}`, { state: task }).answer)).toBe(-14n);
  });
});

describe('tasks and functions', () => {
  it('bpf_get_func_ip and bpf_get_attach_cookie answer what is recorded', () => {
    const state = { functionAddress: 0xffff_ffff_8100_0000n, cookie: 7n };
    expect(call('call bpf_get_func_ip', { state }).answer).toBe('0xffffffff81000000');
    expect(call('call bpf_get_attach_cookie', { state }).answer).toBe('0x7');
    expect(notes(call('call bpf_get_func_ip'))).toHaveLength(1);
  });

  it('bpf_override_return and signals are told', () => {
    const made = call('r1 = r6\nr2 = -12\ncall bpf_override_return\nr1 = 9\ncall bpf_send_signal', {
      state: { tgid: 5, tid: 6 },
    });
    expect(effects(made)).toEqual([
      'effect bpf_override_return: the function returns -12 without running',
      'effect bpf_send_signal: signal 9 to process 5',
    ]);
    expect(signed(call('r1 = 65\ncall bpf_send_signal', { state: { tgid: 5 } }).answer)).toBe(-22n);
    expect(signed(call('r1 = 9\ncall bpf_send_signal_thread', { state: { tgid: 1 } }).answer)).toBe(-1n);
  });

  it('bpf_probe_write_user writes recorded memory, which is read again', () => {
    const state = { memory: [{ space: 'user', address: 0x7000n, bytes: new Uint8Array(16).fill(5) }] } as const;
    const made = call(
      'r1 = 0x7004 ll\nr2 = r9\nr3 = 4\ncall bpf_probe_write_user\nr7 = r0\nr1 = r9\nr2 = 16\nr3 = 0x7000 ll\ncall bpf_probe_read_user\nr0 |= r7',
      { state },
    );
    expect([made.answer, made.buffer.slice(0, 34)]).toEqual(['0x0', '05050505ffffffff0505050505050505ff']);
    expect(effects(made)).toEqual(['effect bpf_probe_write_user: ffffffff to 0x7004']);
    expect(signed(call('r1 = 0x7004 ll\nr2 = r9\nr3 = 4\ncall bpf_probe_write_user').answer)).toBe(-14n);
  });

  it("bpf_copy_from_user_task reads the current task's memory", () => {
    const body = (task: string, flags: number): string =>
      `r1 = r9\nr2 = 8\nr3 = 0x7000 ll\nr4 = ${task} ll\nr5 = ${flags}\ncall bpf_copy_from_user_task`;
    const memory = [{ space: 'user', address: 0x7000n, bytes: new Uint8Array(16).fill(5) }] as const;
    const state = { memory, task: 0x9000n };
    const made = call(body('0x9000', 0), { state });
    expect([made.answer, made.buffer.slice(0, 18)]).toEqual(['0x0', '0505050505050505ff']);
    expect(signed(call(body('0x9000', 1), { state }).answer)).toBe(-22n);
    expect(signed(call(body('0x8000', 0), { state }).answer)).toBe(-14n);
  });
});

describe('strings of user space', () => {
  const text = new TextEncoder().encode('abcdefghij\0');
  const memory = [
    { space: 'user', address: 0x7000n, bytes: Uint8Array.from([...text, ...Array(20).fill(7)]) },
  ] as const;
  const read = (size: number, from = 0x7000): Called =>
    call(`r1 = r9\nr2 = ${size}\nr3 = ${from} ll\ncall bpf_probe_read_user_str`, { state: { memory } });
  const hex = toHex(text);
  // Words of eight bytes are written whole, with zeros behind the text.
  it.each([
    [16, 11n, `${hex}0000000000ff`],
    [15, 11n, `${hex}ff`],
    [11, 11n, `${hex}ff`],
    [5, 5n, '6162636400ff'],
    [0, 0n, 'ff'],
  ])('into %i bytes', (size, answer, buffer) => {
    expect([signed(read(size).answer), read(size).buffer.slice(0, buffer.length)]).toEqual([answer, buffer]);
  });

  it('that are not recorded leave zeros', () => {
    expect([signed(read(8, 0x9000).answer), read(8, 0x9000).buffer.slice(0, 18)]).toEqual([-14n, '0000000000000000ff']);
  });
});

describe('files', () => {
  const world = '{"files": [{"address": "0x9000", "path": "/etc/hosts", "hash": "0a0b0c"}]}';
  const path = (size: number, address = '0x9000'): string =>
    `r1 = ${address} ll\nr2 = r9\nr3 = ${size}\ncall bpf_d_path`;
  it('bpf_d_path', () => {
    const made = call(path(32), { world });
    expect([made.answer, made.buffer.slice(0, 24)]).toEqual([
      '0xb',
      `${toHex(new TextEncoder().encode('/etc/hosts'))}00ff`,
    ]);
    expect([signed(call(path(10), { world }).answer), call(path(0), { world }).answer]).toEqual([-36n, '0x0']);
    const missing = call(path(32, '0x9001'), { world });
    expect([signed(missing.answer), notes(missing)[0]]).toEqual([
      -2n,
      expect.stringMatching(/^bpf_d_path: nothing is known of/),
    ]);
  });

  it('hashes', () => {
    const made = call('r1 = 0x9000 ll\nr2 = r9\nr3 = 2\ncall bpf_ima_inode_hash', { world });
    expect([made.answer, made.buffer.slice(0, 6)]).toEqual(['0x4', '0a0bff']);
    expect(signed(call('r1 = 1\nr2 = r9\nr3 = 2\ncall bpf_ima_file_hash', { world }).answer)).toBe(-95n);
  });
});

describe('settings', () => {
  const sysctl = { name: 'net/ipv4/ip_forward', value: '0\n', newValue: '1\n' };
  const writing = Uint8Array.of(1, 0, 0, 0, 0, 0, 0, 0);
  const text = (value: string): string => toHex(new TextEncoder().encode(value));
  it('names', () => {
    const name = (size: number, flags: number): Called =>
      call(`r1 = r6\nr2 = r9\nr3 = ${size}\nr4 = ${flags}\ncall bpf_sysctl_get_name`, { state: { sysctl } });
    expect([name(32, 0).answer, name(32, 0).buffer.slice(0, 42)]).toEqual([
      '0x13',
      `${text('net/ipv4/ip_forward')}00ff`,
    ]);
    expect([name(32, 1).answer, name(32, 1).buffer.slice(0, 24)]).toEqual(['0xa', `${text('ip_forward')}00ff`]);
    expect([signed(name(4, 0).answer), name(4, 0).buffer.slice(0, 10)]).toEqual([-7n, `${text('net')}00ff`]);
  });

  it('values, now and new', () => {
    const value = (helper: string, size: number, context = writing): Called =>
      call(`r1 = r6\nr2 = r9\nr3 = ${size}\ncall ${helper}`, { state: { sysctl }, context });
    expect(value('bpf_sysctl_get_current_value', 4).buffer.slice(0, 10)).toBe('300a0000ff');
    expect([
      value('bpf_sysctl_get_new_value', 4).answer,
      value('bpf_sysctl_get_new_value', 4).buffer.slice(0, 10),
    ]).toEqual(['0x2', '310a0000ff']);
    expect([
      signed(value('bpf_sysctl_get_new_value', 2).answer),
      value('bpf_sysctl_get_new_value', 2).buffer.slice(0, 6),
    ]).toEqual([-7n, '3100ff']);
    expect(signed(value('bpf_sysctl_get_new_value', 4, new Uint8Array(8)).answer)).toBe(-22n);
  });

  it('another value is written instead', () => {
    const body =
      '*(u16 *)(r9 + 0) = 0x3233\nr1 = r6\nr2 = r9\nr3 = 2\ncall bpf_sysctl_set_new_value\nr1 = r6\nr2 = r9\nr3 = 8\ncall bpf_sysctl_get_new_value';
    const made = call(body, { state: { sysctl }, context: writing });
    expect([made.answer, made.buffer.slice(0, 16)]).toEqual(['0x2', '3332000000000000']);
    expect(effects(made)).toEqual(['effect bpf_sysctl_set_new_value: "32" is written instead']);
    expect(signed(call(body, { state: { sysctl }, context: new Uint8Array(8) }).answer)).toBe(-22n);
  });

  it('what the system call returns', () => {
    const made = call('r1 = -1\ncall bpf_set_retval\ncall bpf_get_retval');
    expect([signed(made.answer), effects(made)]).toEqual([-1n, ['effect bpf_set_retval: the system call returns -1']]);
  });
});

describe('system calls', () => {
  it('find symbols of the world', () => {
    const world = '{"symbols": {"abc": "0xffffffff81000000"}}';
    const find = (size: number): Called =>
      call(
        `*(u32 *)(r9 + 0) = 0x636261\nr1 = r9\nr2 = ${size}\nr3 = 0\nr4 = r9\nr4 += 8\ncall bpf_kallsyms_lookup_name`,
        { world },
      );
    expect([find(4).answer, find(4).buffer.slice(16, 32)]).toEqual(['0x0', '00000081ffffffff']);
    expect([signed(find(3).answer), find(3).buffer.slice(16, 32)]).toEqual([-22n, '0000000000000000']);
  });

  it('answer defined errors otherwise, and say so', () => {
    const sys = (command: number): Called => call(`r1 = ${command}\nr2 = r9\nr3 = 8\ncall bpf_sys_bpf`);
    expect([signed(sys(0).answer), signed(sys(10).answer)]).toEqual([-1n, -22n]);
    expect(notes(sys(0))).toEqual(['bpf_sys_bpf: command 0 is not carried out; it answered -1']);
    expect(signed(call('r1 = 3\ncall bpf_sys_close').answer)).toBe(-9n);
    expect(
      signed(call('*(u32 *)(r9 + 0) = 0x61\nr1 = r9\nr2 = 4\nr3 = 4\nr4 = 0\ncall bpf_btf_find_by_name_kind').answer),
    ).toBe(-2n);
  });

  it('remote controls are told', () => {
    expect(effects(call('r1 = r6\nr2 = 4\nr3 = 0x1f\nr4 = 1\ncall bpf_rc_keydown'))).toEqual([
      'effect bpf_rc_keydown: protocol 4, scan code 0x1f, toggle 1',
    ]);
  });
});

describe('control groups', () => {
  const world = `{"task": {"cgroup": 30}, "cgroups": [{"id": 10, "path": "/"}, {"id": 20, "path": "/a"}, {"id": 30, "path": "/a/b", "classid": 5},
    {"id": 40, "path": "/a/bc"}]}`;
  it('ancestors by level', () => {
    const level = (n: number): string => call(`r1 = ${n}\ncall bpf_get_current_ancestor_cgroup_id`, { world }).answer;
    expect([0, 1, 2, 3, -1].map(level)).toEqual(['0xa', '0x14', '0x1e', '0x0', '0x0']);
  });

  const under = (slot: number, task: number): bigint => {
    const head = '.map groups, type=cgroup_array, key=4, value=4, entries=2';
    const text = `.license "GPL"\n${head}\n.section "kprobe/x"\n.globl main\nmain:\nr1 = groups ll\nr2 = ${task}\ncall bpf_current_task_under_cgroup\nexit\n`;
    const { machine, interpreter } = fixture(text, { machine: { given: givenWorld(world) } });
    machine.maps[0]?.update(new Uint8Array(4), 0, Uint8Array.of(slot, 0, 0, 0), 0, 0, null);
    return signed(shown(interpreter.run(LAYOUT.ctx, 100)));
  };
  it('bpf_current_task_under_cgroup', () => {
    expect([under(2, 0), under(3, 0), under(4, 0), under(1, 0), under(2, 1), under(2, 2)]).toEqual([
      1n,
      1n,
      0n,
      1n,
      -11n,
      -7n,
    ]);
  });
});
