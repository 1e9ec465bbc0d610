import { describe, expect, it } from 'vitest';
import { toHex } from '../../server/src/base/bytes.ts';
import { LAYOUT } from '../../server/src/vm/machine.ts';
import { givenWorld } from '../support/givenWorld.ts';
import { counting, fixture, shown, type Fixture } from './support.ts';

interface Called extends Fixture {
  readonly answer: bigint;
  readonly buffer: string;
}

interface Around {
  readonly world?: string;
  readonly section: string;
  readonly context: Uint8Array;
  readonly data?: Uint8Array;
}

/** Runs a body; r6 is the context, r9 points to 64 bytes of ones on the stack. */
function call(body: string, { world = '{}', section, context, data }: Around): Called {
  const fill = Array.from({ length: 8 }, (_, i) => `*(u64 *)(r10 - ${8 * (i + 1)}) = -1`).join('\n');
  const text = `.license "GPL"\n.section "${section}"\n.globl main\nmain:\n${fill}\nr6 = r1\nr9 = r10\nr9 += -64\n${body}\nexit\n`;
  const made = fixture(text, {
    context,
    packet: data ?? new Uint8Array(),
    packetOptions: { kind: 'none', headRoom: 0, tailRoom: 4096, networkOffset: 0 },
    machine: { given: givenWorld(world) },
  });
  const answer = BigInt.asIntN(64, BigInt(shown(made.interpreter.run(LAYOUT.ctx, 1000))));
  const end = LAYOUT.stack + LAYOUT.frameBytes;
  return { ...made, answer, buffer: toHex(made.machine.memory.u8.subarray(end - 64, end)) };
}

const effects = ({ machine }: Fixture): string[] => machine.output.map(({ text }) => text);

describe('messages', () => {
  const message = (body: string): Called =>
    call(`r1 = r6\n${body}`, { section: 'sk_msg', context: new Uint8Array(80), data: counting(16) });
  const window = ({ machine }: Fixture): number[] => {
    const { view } = machine.memory;
    const start = view.getUint32(LAYOUT.ctx, true) - machine.packet.start;
    return [start, view.getUint32(LAYOUT.ctx + 8, true) - machine.packet.start, view.getUint32(LAYOUT.ctx + 68, true)];
  };

  it.each([
    [4, 8, 0, 0n, [4, 8, 16]],
    [0, 16, 0, 0n, [0, 16, 16]],
    [8, 17, 0, -22n, null],
    [8, 8, 0, -22n, null],
    [4, 8, 1, -22n, null],
  ] as const)('bpf_msg_pull_data from %i to %i with flags %i', (start, end, flags, answer, seen) => {
    const made = message(`r2 = ${start}\nr3 = ${end}\nr4 = ${flags}\ncall bpf_msg_pull_data`);
    expect(made.answer).toBe(answer);
    if (seen !== null) expect(window(made)).toEqual(seen);
  });

  it('bpf_msg_push_data makes room of zeros', () => {
    const made = message('r2 = 4\nr3 = 2\nr4 = 0\ncall bpf_msg_push_data');
    expect([made.answer, toHex(made.machine.packet.bytes)]).toEqual([
      0n,
      '000102030000' + toHex(counting(16)).slice(8),
    ]);
    expect(window(made)).toEqual([0, 18, 18]);
    expect(message('r2 = 16\nr3 = 2\nr4 = 0\ncall bpf_msg_push_data').machine.packet.length).toBe(18);
    expect(message('r2 = 17\nr3 = 2\nr4 = 0\ncall bpf_msg_push_data').answer).toBe(-22n);
    expect(message('r2 = 17\nr3 = 0\nr4 = 0\ncall bpf_msg_push_data').answer).toBe(0n);
    expect(message('r2 = 0\nr3 = 0x7fffffff\nr4 = 0\ncall bpf_msg_push_data').answer).toBe(-12n);
  });

  it('bpf_msg_pop_data takes bytes away', () => {
    const made = message('r2 = 4\nr3 = 10\nr4 = 0\ncall bpf_msg_pop_data');
    expect([made.answer, toHex(made.machine.packet.bytes)]).toEqual([0n, '000102030e0f']);
    expect(message('r2 = 4\nr3 = 13\nr4 = 0\ncall bpf_msg_pop_data').answer).toBe(-22n);
    expect(message('r2 = 16\nr3 = 0\nr4 = 0\ncall bpf_msg_pop_data').answer).toBe(0n);
  });

  it('bpf_msg_apply_bytes and bpf_msg_cork_bytes are told', () => {
    const made = message('r2 = 5\ncall bpf_msg_apply_bytes\nr1 = r6\nr2 = 7\ncall bpf_msg_cork_bytes');
    expect(effects(made)).toEqual([
      'bpf_msg_apply_bytes: the verdict holds for 5 bytes',
      'bpf_msg_cork_bytes: the message waits for 7 bytes',
    ]);
  });
});

/** struct bpf_sock_ops of a connection 10.0.0.1:80 with 10.0.0.2:9 and an operation. */
function sockOps(operation: number): Uint8Array {
  const context = new Uint8Array(224);
  const view = new DataView(context.buffer);
  view.setUint32(0, operation, true);
  view.setUint32(20, 2, true);
  context.set([10, 0, 0, 2], 24);
  context.set([10, 0, 0, 1], 28);
  view.setUint16(66, 9);
  view.setUint32(68, 80, true);
  view.setUint32(72, 1, true);
  return context;
}

describe('socket operations', () => {
  const operate = (body: string, operation = 4, data = new Uint8Array()): Called =>
    call(body, {
      section: 'sockops',
      context: sockOps(operation),
      data,
      world: '{"sockets": [{"protocol":"tcp","local":"10.0.0.1:80","remote":"10.0.0.2:9","cookie":77}]}',
    });

  it('the socket is found by the context', () => {
    expect(operate('call bpf_get_socket_cookie').answer).toBe(77n);
  });

  it('bpf_sock_ops_cb_flags_set answers what it does not know', () => {
    const made = operate('r2 = 0x83\ncall bpf_sock_ops_cb_flags_set');
    expect([made.answer, made.machine.memory.u32[(LAYOUT.ctx + 84) >> 2]]).toEqual([0x80n, 3]);
    expect(operate('r2 = 1\ncall bpf_sock_ops_cb_flags_set', 16).answer).toBe(-95n);
  });

  const option = (helper: string, level: number, name: number, size: number): string =>
    `r1 = r6\nr2 = ${level}\nr3 = ${name}\nr4 = r9\nr5 = ${size}\ncall ${helper}`;
  it('options that were set are known', () => {
    const body = `*(u32 *)(r9 + 0) = 5\n${option('bpf_setsockopt', 1, 36, 4)}\n*(u32 *)(r9 + 0) = 0\n${option('bpf_getsockopt', 1, 36, 4)}`;
    const made = operate(body);
    expect([made.answer, made.buffer.slice(0, 10)]).toEqual([0n, '05000000ff']);
    expect(effects(made)).toEqual(['bpf_setsockopt: level 1, option 36 is set to 05000000']);
  });

  it('other options are not, and some do not exist', () => {
    const unknown = operate(option('bpf_getsockopt', 6, 1, 4));
    expect([unknown.answer, unknown.buffer.slice(0, 10), unknown.machine.runNotes]).toEqual([
      -22n,
      '00000000ff',
      ['bpf_getsockopt: the value of option 6:1 is not recorded; it answered -22'],
    ]);
    expect(operate(option('bpf_setsockopt', 1, 99, 4)).answer).toBe(-22n);
    expect(operate(option('bpf_setsockopt', 1, 36, 2)).answer).toBe(-22n);
    expect(operate(option('bpf_setsockopt', 6, 13, 5)).answer).toBe(0n);
  });

  const header = Uint8Array.from([...new Uint8Array(20), 1, 1, 2, 4, 5, 0xb4, 254, 6, 0xca, 0xfe, 1, 2, 0, 0]);
  const load = (first: number, length: number, size: number, magic = 0): string =>
    `*(u8 *)(r9 + 0) = ${first}\n*(u8 *)(r9 + 1) = ${length}\n*(u16 *)(r9 + 2) = ${magic}\nr1 = r6\nr2 = r9\nr3 = ${size}\nr4 = 0\ncall bpf_load_hdr_opt`;
  it.each([
    [load(2, 0, 4), 4, 4n, '020405b4ff'],
    [load(2, 0, 3), 4, -28n, '020405'],
    [load(254, 4, 6, 0xfeca), 4, 6n, 'fe06cafe0102ff'],
    [load(254, 4, 6, 0xfecb), 4, -42n, null],
    [load(254, 0, 6), 4, -22n, null],
    [load(3, 0, 4), 4, -42n, null],
    [load(2, 4, 4), 4, -22n, null],
    [load(1, 0, 4), 4, -22n, null],
    [load(2, 0, 4), 14, -1n, null],
    [load(2, 0, 4), 16, -95n, null],
  ])('bpf_load_hdr_opt %#', (body, operation, answer, buffer) => {
    const made = operate(body, operation, header);
    expect(made.answer).toBe(answer);
    if (buffer !== null) expect(made.buffer.slice(0, buffer.length)).toBe(buffer);
  });

  const store = (bytes: readonly number[]): string =>
    `${bytes.map((byte, i) => `*(u8 *)(r9 + ${i}) = ${byte}`).join('\n')}\nr1 = r6\nr2 = r9\nr3 = ${bytes.length}\nr4 = 0\ncall bpf_store_hdr_opt`;
  it('bpf_store_hdr_opt and bpf_reserve_hdr_opt', () => {
    const made = operate(store([30, 4, 1, 2]), 15, header);
    expect([made.answer, effects(made)]).toEqual([0n, ['bpf_store_hdr_opt: option 1e040102 is written']]);
    expect(operate(store([2, 4, 1, 2]), 15, header).answer).toBe(-17n);
    expect(operate(store([30, 4, 1, 2]), 14, header).answer).toBe(-1n);
    expect(operate(store([30, 5, 1, 2]), 15, header).answer).toBe(-22n);
    expect(operate('r2 = 8\nr3 = 0\ncall bpf_reserve_hdr_opt', 14).answer).toBe(0n);
    expect(operate('r2 = 41\nr3 = 0\ncall bpf_reserve_hdr_opt', 14).answer).toBe(-28n);
    expect(operate('r2 = 8\nr3 = 0\ncall bpf_reserve_hdr_opt', 4).answer).toBe(-1n);
  });
});

describe('binding', () => {
  const bind = (size: number, family: number): Called =>
    call(
      `*(u16 *)(r9 + 0) = ${family}\n*(u16 *)(r9 + 2) = 0x5000\n*(u32 *)(r9 + 4) = 0x0100007f\nr1 = r6\nr2 = r9\nr3 = ${size}\ncall bpf_bind`,
      { section: 'cgroup/connect4', context: new Uint8Array(72) },
    );
  it('takes addresses of IPv4 and IPv6', () => {
    expect([bind(16, 2).answer, effects(bind(16, 2))]).toEqual([
      0n,
      ['bpf_bind: the socket is bound to 127.0.0.1, port 80'],
    ]);
    expect([bind(15, 2).answer, bind(16, 10).answer, bind(24, 10).answer, bind(16, 1).answer, bind(1, 2).answer]).toEqual([
      -22n, -22n, 0n, -97n, -22n,
    ]); // prettier-ignore
  });
});

describe('choosing a socket', () => {
  const world = `{"sockets": [{"protocol":"tcp","local":"10.0.0.1:80"}, {"protocol":"udp","local":"10.0.0.1:53"},
    {"protocol":"tcp","local":"10.0.0.1:80","remote":"10.0.0.2:9"}]}`;
  const lookup = (port: number, remote: number, flags: number, more = ''): Called => {
    const context = new Uint8Array(72);
    const view = new DataView(context.buffer);
    view.setUint32(8, 2, true);
    view.setUint32(12, 6, true);
    const tuple = `*(u32 *)(r10 - 80) = 0x0200000a\n*(u32 *)(r10 - 76) = 0x0100000a\n*(u16 *)(r10 - 72) = ${remote}\n*(u16 *)(r10 - 70) = ${port}`;
    const find = `r1 = r6\nr2 = r10\nr2 += -80\nr3 = 12\nr4 = -1\nr5 = 0\ncall ${port === 0x5000 ? 'bpf_skc_lookup_tcp' : 'bpf_sk_lookup_udp'}\nr8 = r0`;
    const assign = `r1 = r6\nr2 = r8\nr3 = ${flags}\ncall bpf_sk_assign`;
    return call(`${tuple}\n${find}\n${assign}\n${more === '' ? '' : assign.replace(`r3 = ${flags}`, `r3 = ${more}`)}`, {
      section: 'sk_lookup',
      context,
      world,
    });
  };

  it('takes listeners of the same protocol, once unless told to replace', () => {
    expect([lookup(0x5000, 0x0100, 0).answer, effects(lookup(0x5000, 0x0100, 0))]).toEqual([
      0n,
      ['bpf_sk_assign: the tcp socket of cookie 1 gets the packet'],
    ]);
    expect(lookup(0x5000, 0x0900, 0).answer).toBe(-94n);
    expect(lookup(0x3500, 0x0100, 0).answer).toBe(-91n);
    expect(lookup(0x5000, 0x0100, 4).answer).toBe(-22n);
    expect(lookup(0x5000, 0x0100, 0, '0').answer).toBe(-17n);
    expect(lookup(0x5000, 0x0100, 0, '1').answer).toBe(0n);
  });
});

describe('sockets that are not held', () => {
  const world = '{"sockets": [{"protocol":"tcp","local":"0.0.0.0:80"}]}';
  const find = `*(u32 *)(r10 - 80) = 1\n*(u32 *)(r10 - 76) = 2\n*(u32 *)(r10 - 72) = 0x50000000\nr1 = r6\nr2 = r10\nr2 += -80\nr3 = 12\nr4 = -1\nr5 = 0\ncall bpf_sk_lookup_tcp\nr8 = r0`;
  const run = (body: string): string => {
    const text = `.license "GPL"\n.section "tc"\n.globl main\nmain:\nr6 = r1\n${body}\nexit\n`;
    const made = fixture(text, { packetOptions: { kind: 'skb' }, machine: { given: givenWorld(world) } });
    return shown(made.interpreter.run(LAYOUT.ctx, 1000));
  };
  it('cannot be read or given back', () => {
    expect(run(`${find}\nr0 = *(u32 *)(r8 + 44)`)).toBe('0x50');
    expect(run(`${find}\nr1 = r8\ncall bpf_sk_release\nr0 = *(u32 *)(r8 + 44)`)).toMatch(/reads 4 bytes at/);
    expect(run(`${find}\nr1 = r8\ncall bpf_sk_release\nr1 = r8\ncall bpf_sk_release`)).toMatch(
      /that the program does not hold/,
    );
    expect(run(`${find}\nr1 = r8\ncall bpf_skc_to_tcp_sock\nr0 = *(u32 *)(r0 + 0)`)).toMatch(/reads 4 bytes at/);
  });
});
