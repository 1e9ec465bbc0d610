import { describe, expect, it } from 'vitest';
import { toHex } from '../../server/src/base/bytes.ts';
import * as checksum from '../../server/src/vm/checksum.ts';
import { format } from '../../server/src/vm/helpers/format.ts';
import { LAYOUT } from '../../server/src/vm/machine.ts';
import { SKB } from '../../server/src/vm/packet.ts';
import { counting, fixture, run, type Fixture, type Surroundings } from './support.ts';

const EINVAL = 0xffff_ffff_ffff_ffean;
const EFAULT = 0xffff_ffff_ffff_fff2n;

/** Runs a helper with r1 = context and the other arguments as given; answers r0 and the fixture. */
function call(helper: string, args: readonly number[], around: Surroundings = {}): Fixture & { r0: bigint } {
  const loads = args.map((arg, i) => `r${i + 2} = ${arg}`).join('\n');
  const made = fixture(`${loads}\ncall ${helper}\nexit`, around);
  const outcome = made.interpreter.run(LAYOUT.ctx, 100);
  if (outcome.kind === 'trap') throw new Error(outcome.trap.message);
  return { ...made, r0: outcome.r0 };
}

function packetOf({ machine }: Fixture): string {
  return toHex(machine.packet.bytes);
}

describe('XDP packets', () => {
  const packet = counting(32);

  it('bpf_xdp_adjust_head moves the beginning and the context fields', () => {
    const pushed = call('bpf_xdp_adjust_head', [-4], { packet });
    expect([pushed.r0, packetOf(pushed)]).toEqual([0n, `00000000${toHex(packet)}`]);
    const view = pushed.machine.memory.view;
    expect(view.getUint32(LAYOUT.ctx + 4, true) - view.getUint32(LAYOUT.ctx, true)).toBe(36);
    expect(packetOf(call('bpf_xdp_adjust_head', [4], { packet }))).toBe(toHex(packet.subarray(4)));
    expect(call('bpf_xdp_adjust_head', [19], { packet }).r0).toBe(EINVAL);
    expect(call('bpf_xdp_adjust_head', [-216], { packet }).r0).toBe(0n);
    expect(call('bpf_xdp_adjust_head', [-217], { packet }).r0).toBe(EINVAL);
  });

  it('bpf_xdp_adjust_tail cuts, and grows with zeros to the end of the page', () => {
    const packetOptions = { tailRoom: 3520 - 32 };
    expect(packetOf(call('bpf_xdp_adjust_tail', [-2], { packet }))).toBe(toHex(packet.subarray(0, 30)));
    expect(packetOf(call('bpf_xdp_adjust_tail', [2], { packet }))).toBe(`${toHex(packet)}0000`);
    expect(call('bpf_xdp_adjust_tail', [3488], { packet, packetOptions }).r0).toBe(0n);
    expect(call('bpf_xdp_adjust_tail', [3489], { packet, packetOptions }).r0).toBe(EINVAL);
    expect(call('bpf_xdp_adjust_tail', [-19], { packet }).r0).toBe(EINVAL);
  });

  it('bpf_xdp_adjust_meta takes multiples of four that fit the head room', () => {
    expect(
      [-4, -216, 0, -3, -220, 4].map((delta) => BigInt.asIntN(64, call('bpf_xdp_adjust_meta', [delta]).r0)),
    ).toEqual([0n, 0n, 0n, -13n, -22n, -22n]);
  });

  it('what does not fit the page lies in fragments', () => {
    const large = fixture('r2 = *(u32 *)(r1 + 0)\nr0 = *(u32 *)(r1 + 4)\nr0 -= r2\nexit', {
      packet: counting(5000),
      packetOptions: { kind: 'xdp', tailRoom: 0 },
    });
    expect(large.interpreter.run(LAYOUT.ctx, 10)).toMatchObject({ r0: 3520n });
    expect(call('bpf_xdp_get_buff_len', [], { packet: counting(5000), packetOptions: { tailRoom: 0 } }).r0).toBe(5000n);
  });
});

const kind = { kind: 'skb' } as const;
const frame = counting(60);
frame.set([0x08, 0x00, 0x45], 12);

function field({ machine }: Fixture, offset: number): number {
  return machine.memory.view.getUint32(LAYOUT.ctx + offset, true);
}

/** Loads four bytes at an offset into a buffer of ones; the answer above, the buffer below. */
function load(offset: number): string {
  const text = `*(u32 *)(r10 - 4) = -1
    r2 = ${offset}
    r3 = r10
    r3 += -4
    r4 = 4
    call bpf_skb_load_bytes
    r1 = *(u32 *)(r10 - 4)
    r0 <<= 32
    r0 |= r1
    exit`;
  return run(text, { packet: frame, packetOptions: kind });
}

function skb(helper: string, args: readonly number[], protocol: number, packet = frame): Fixture & { r0: bigint } {
  const context = new Uint8Array(SKB.bytes);
  new DataView(context.buffer).setUint16(SKB.protocol, protocol);
  return call(helper, args, { packet, packetOptions: kind, context });
}

describe('packets of the network stack', () => {
  it('bpf_skb_vlan_push puts the tag beside the packet', () => {
    const pushed = skb('bpf_skb_vlan_push', [0x0081, 0x123], 0x0800);
    expect([pushed.r0, packetOf(pushed)]).toEqual([0n, toHex(frame)]);
    expect([SKB.vlanPresent, SKB.vlanTci, SKB.vlanProto, SKB.len].map((at) => field(pushed, at))).toEqual([
      1, 0x123, 0x0081, 60,
    ]);
  });

  it('bpf_skb_vlan_pop takes a tag out of the packet', () => {
    const tagged = new Uint8Array([...frame.subarray(0, 12), 0x81, 0, 0x01, 0x23, ...frame.subarray(12)]);
    const popped = skb('bpf_skb_vlan_pop', [], 0x8100, tagged);
    expect([popped.r0, packetOf(popped), field(popped, SKB.protocol)]).toEqual([0n, toHex(frame), 0x0008]);
    expect(packetOf(skb('bpf_skb_vlan_pop', [], 0x0800))).toBe(toHex(frame));
  });

  it('bpf_skb_change_tail', () => {
    expect(packetOf(skb('bpf_skb_change_tail', [62, 0], 0x0800))).toBe(`${toHex(frame)}0000`);
    expect(field(skb('bpf_skb_change_tail', [20, 0], 0x0800), SKB.len)).toBe(20);
    expect([13, 16_065].map((length) => skb('bpf_skb_change_tail', [length, 0], 0x0800).r0)).toEqual([EINVAL, EINVAL]);
    expect(skb('bpf_skb_change_tail', [16_064, 0], 0x0800).r0).toBe(0n);
  });

  it('bpf_skb_adjust_room opens and closes room behind the network header or the link header', () => {
    const opened = skb('bpf_skb_adjust_room', [4, 0, 0], 0x0800);
    expect(packetOf(opened)).toBe(`${toHex(frame.subarray(0, 34))}00000000${toHex(frame.subarray(34))}`);
    expect(field(opened, SKB.dataMeta)).toBe(field(opened, SKB.data));
    const closed = skb('bpf_skb_adjust_room', [-4, 1, 0], 0x0800);
    expect(packetOf(closed)).toBe(toHex(frame.subarray(0, 14)) + toHex(frame.subarray(18)));
    expect(BigInt.asIntN(64, skb('bpf_skb_adjust_room', [4, 0, 0], 0x0806).r0)).toBe(-524n);
    expect(BigInt.asIntN(64, skb('bpf_skb_adjust_room', [-27, 0, 0], 0x0800).r0)).toBe(-524n);
    expect(BigInt.asIntN(64, skb('bpf_skb_adjust_room', [4096, 0, 0], 0x0800).r0)).toBe(-14n);
  });

  it('bpf_skb_load_bytes clears the buffer when the range is not in the packet', () => {
    expect(load(56)).toBe('0x3b3a3938');
    expect(load(57)).toBe('0xfffffff200000000');
  });

  it('bpf_skb_change_proto makes room for the longer header', () => {
    const six = skb('bpf_skb_change_proto', [0xdd86, 0], 0x0800);
    expect([six.r0, field(six, SKB.len), field(six, SKB.protocol)]).toEqual([0n, 80, 0xdd86]);
    expect(BigInt.asIntN(64, skb('bpf_skb_change_proto', [0x0008, 0], 0x0800).r0)).toBe(-524n);
  });

  it('checksum helpers refuse odd and distant offsets', () => {
    expect(skb('bpf_l3_csum_replace', [25, 0, 0, 2], 0x0800).r0).toBe(EFAULT);
    expect(skb('bpf_l3_csum_replace', [60, 0, 0, 2], 0x0800).r0).toBe(EFAULT);
    expect(skb('bpf_l3_csum_replace', [24, 0, 0, 3], 0x0800).r0).toBe(EINVAL);
    expect(skb('bpf_l3_csum_replace', [24, 0, 0, 0x12], 0x0800).r0).toBe(EINVAL);
    expect(skb('bpf_l4_csum_replace', [24, 0, 0, 0x12], 0x0800).r0).toBe(0n);
  });
});

/** The checksum of bytes, straight from RFC 1071. */
function reference(bytes: Uint8Array): number {
  let sum = 0;
  for (let i = 0; i < bytes.length; i += 2) sum += bytes[i]! | ((bytes[i + 1] ?? 0) << 8);
  while (sum > 0xffff) sum = (sum & 0xffff) + Math.floor(sum / 0x1_0000);
  return ~sum & 0xffff;
}

describe('checksums', () => {
  it('of bytes at any length', () => {
    for (let length = 0; length < 40; length++) {
      const bytes = counting(length).map((n) => n * 37 + 200);
      expect(checksum.checksumFold(checksum.checksumPartial(bytes, 0, length, 0))).toBe(reference(bytes));
    }
  });

  it('after a replaced word equal the checksum of the new bytes', () => {
    const bytes = counting(20).map((n) => n * 91 + 3);
    const view = new DataView(bytes.buffer);
    const before = reference(bytes);
    const [old16, old32] = [view.getUint16(4, true), view.getUint32(8, true)];
    view.setUint16(4, 0xbeef, true);
    expect(checksum.checksumReplace2(before, old16, 0xbeef)).toBe(reference(bytes));
    const between = reference(bytes);
    view.setUint32(8, 0xdead_beef, true);
    expect(checksum.checksumReplace4(between, old32, 0xdead_beef)).toBe(reference(bytes));
    const difference = checksum.checksumSub(0xdead_beef, old32);
    expect(checksum.checksumReplaceByDifference(between, difference)).toBe(reference(bytes));
  });
});

describe('text', () => {
  const { machine } = fixture('r0 = 0\nexit');
  machine.memory.copyIn(machine.packet.start, Uint8Array.of(119, 120, 121, 0, 10, 9, 0, 1));
  const text = BigInt(machine.packet.start);

  it.each<[string, bigint[], string | null]>([
    ['%d %u %x', [-1n, 0xffff_ffff_ffff_fffen, 255n], '-1 4294967294 ff'],
    ['%ld %llu %llx', [-1n, 0xffff_ffff_ffff_fffen, 0x1234_5678_9abcn], '-1 18446744073709551614 123456789abc'],
    ['[%5d] [%-5d] [%05d] [%+d]', [42n, 42n, -42n, 42n], '[   42] [42   ] [-0042] [+42]'],
    ['%s|%6s|%-6s|%c', [text, text, text, 65n], 'wxy|   wxy|wxy   |A'],
    ['%pI4 %pi4', [text + 4n, text + 4n], '10.9.0.1 010.009.000.001'],
    ['100%%', [], '100%'],
    ['%d', [], null],
    ['%.3d', [1n], null],
    ['%hd', [1n], null],
    ['%q', [1n], null],
    ['50%', [], null],
  ])('%j', (pattern, values, expected) => {
    const bytes = format(machine, pattern, values);
    expect(bytes === null ? null : new TextDecoder('latin1').decode(bytes)).toBe(expected);
  });

  it.each([
    ['" 42x"', 0, [3n, 42n]],
    ['"-0x1f"', 0, [5n, -31n]],
    ['"017"', 0, [3n, 15n]],
    ['"17"', 16, [2n, 23n]],
    ['"x"', 10, [-22n, 0n]],
    ['"9223372036854775808"', 10, [-34n, 0n]],
  ])('bpf_strtol of %s in base %i', (literal, base, expected) => {
    const characters = (JSON.parse(literal) as string)
      .split('')
      .map((c, i) => `*(u8 *)(r10 - ${40 - i}) = ${c.charCodeAt(0)}`);
    const made = fixture(
      `*(u64 *)(r10 - 8) = 0\n${characters.join('\n')}\nr1 = r10\nr1 += -40\nr2 = ${characters.length}\nr3 = ${base}\nr4 = r10\nr4 += -8\ncall bpf_strtol\nexit`,
    );
    const outcome = made.interpreter.run(LAYOUT.ctx, 100);
    const stored = made.machine.memory.view.getBigInt64(LAYOUT.stack + 504, true);
    expect([outcome.kind === 'exit' ? BigInt.asIntN(64, outcome.r0) : outcome, stored]).toEqual(expected);
  });
});

function draw(seed: number): unknown {
  return fixture('call bpf_get_prandom_u32\nexit', { machine: { seed } }).interpreter.run(LAYOUT.ctx, 10);
}

describe('surroundings', () => {
  it('time, CPU and task are what the machine says', () => {
    const made = fixture(
      'call bpf_ktime_get_ns\nr6 = r0\ncall bpf_get_current_pid_tgid\nr7 = r0\ncall bpf_get_smp_processor_id\nr0 += r6\nr0 += r7\nexit',
    );
    Object.assign(made.machine.world, { timeNs: 5_000_000_000n, tid: 7, tgid: 3, cpu: 0 });
    expect(made.interpreter.run(LAYOUT.ctx, 100)).toMatchObject({ r0: 5_000_000_000n + (3n << 32n) + 7n });
  });

  it('random numbers depend on the seed alone', () => {
    expect(draw(5)).toEqual(draw(5));
    expect(draw(5)).not.toEqual(draw(6));
  });

  it('reads recorded memory, and says which is missing', () => {
    const text =
      'r1 = r10\nr1 += -8\nr2 = 8\nr3 = 0x7fff00001000 ll\ncall bpf_probe_read_user\nr1 = *(u64 *)(r10 - 8)\nr0 += r1\nexit';
    const missing = fixture(text);
    expect(missing.interpreter.run(LAYOUT.ctx, 100)).toMatchObject({ r0: EFAULT });
    expect([...missing.machine.notes]).toEqual([
      'bpf_probe_read_user: no memory is recorded at 0x7fff00001000; it answered -EFAULT',
    ]);
    const present = fixture(text);
    present.machine.foreignMemory = (address, size, user) =>
      address === 0x7fff_0000_1000n && user ? new Uint8Array(size).fill(1) : null;
    expect(present.interpreter.run(LAYOUT.ctx, 100)).toMatchObject({ r0: 0x0101_0101_0101_0101n });
  });

  it('what cannot be known leaves a note', () => {
    const made = call('bpf_get_socket_cookie', []);
    expect([made.r0, ...made.machine.notes]).toEqual([0n, expect.stringMatching(/^bpf_get_socket_cookie: /)]);
  });
});
