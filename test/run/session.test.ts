import { describe, expect, it } from 'vitest';
import { toHex } from '../../server/src/base/bytes.ts';
import type { PacketEvent } from '../../server/src/events/event.ts';
import { parseInitialMaps } from '../../server/src/run/initialMaps.ts';
import type { RunOptions, RunSession } from '../../server/src/run/session.ts';
import { createRunSession } from '../../server/src/run/session.ts';
import { LAYOUT } from '../../server/src/vm/machine.ts';
import { random } from '../events/readAll.ts';
import { objectOf } from '../support/assembled.ts';
import { sharedFolder, sharedPath } from '../support/shared.ts';
import { openSession } from './goldenRun.ts';

const ETHERNET = [2, 0, 0, 0, 0, 1, 2, 0, 0, 0, 0, 2];

function packet(data: readonly number[] | Uint8Array, more: Partial<PacketEvent> = {}): PacketEvent {
  const fields = { interfaceId: 0, interfaceName: null, direction: null, queue: null, packetId: null, verdict: null };
  const bytes = Uint8Array.from(data);
  return {
    kind: 'packet',
    index: 0,
    timeNs: 5n,
    linkType: 1,
    data: bytes,
    wireLength: bytes.length,
    ...fields,
    ...more,
  };
}

function session(text: string, options: Partial<RunOptions> = {}): RunSession {
  const object = objectOf(text);
  const made = createRunSession(object, object.programs[0]!, { engine: 'both', ...options });
  if (typeof made === 'string') throw new Error(made);
  return made;
}

const frame = (type: readonly [number, number], rest: readonly number[] = []): number[] => [
  ...ETHERNET,
  ...type,
  ...rest,
];
const ip4 = [0x45, 0, 0, 20, 0, 0, 0, 0, 64, 17, 0, 0, 192, 0, 2, 1, 198, 51, 100, 7];

describe('what a program finds in its context', () => {
  it.each([
    ['xdp', 'length', 'r2 = *(u32 *)(r1 + 0)\n r0 = *(u32 *)(r1 + 4)\n r0 -= r2', frame([8, 0], ip4), {}, 34],
    ['xdp', 'metadata', 'r2 = *(u32 *)(r1 + 8)\n r0 = *(u32 *)(r1 + 0)\n r0 -= r2', frame([8, 0], ip4), {}, 0],
    ['xdp', 'device', 'r0 = *(u32 *)(r1 + 12)', frame([8, 0]), {}, 1],
    ['xdp', 'queue', 'r0 = *(u32 *)(r1 + 16)', frame([8, 0]), { queue: 3 }, 3],
    ['tc', 'length', 'r0 = *(u32 *)(r1 + 0)', frame([8, 0], ip4), {}, 34],
    ['tc', 'protocol', 'r0 = *(u32 *)(r1 + 16)', frame([8, 6]), {}, 0x0608],
    ['tc', 'protocol of 802.3', 'r0 = *(u32 *)(r1 + 16)', frame([0, 3], [0x42, 0x42, 3]), {}, 0x0400],
    ['tc', 'protocol of Novell frames', 'r0 = *(u32 *)(r1 + 16)', frame([0, 3], [0xff, 0xff, 3]), {}, 0x0100],
    ['tc', 'other host', 'r0 = *(u32 *)(r1 + 4)', frame([8, 6]), {}, 3],
    ['tc', 'multicast', 'r0 = *(u32 *)(r1 + 4)', [255, 255, 255, 255, 255, 255, ...ETHERNET.slice(6), 8, 6], {}, 2],
    ['tc', 'this host', 'r0 = *(u32 *)(r1 + 4)', [0, 0, 0, 0, 0, 0, ...ETHERNET.slice(6), 8, 6], {}, 0],
    ['cgroup_skb/ingress', 'length', 'r0 = *(u32 *)(r1 + 0)', frame([8, 0], ip4), {}, 20],
    ['cgroup_skb/ingress', 'family', 'r0 = *(u32 *)(r1 + 88)', frame([8, 0], ip4), {}, 2],
    ['cgroup_skb/ingress', 'sender', 'r0 = *(u32 *)(r1 + 96)', frame([8, 0], ip4), {}, 0x010200c0],
    ['cgroup_skb/ingress', 'receiver', 'r0 = *(u32 *)(r1 + 92)', frame([8, 0], ip4), {}, 0x076433c6],
    [
      'cgroup_skb/ingress',
      'socket',
      'r1 = *(u64 *)(r1 + 168)\n r0 = *(u32 *)(r1 + 24)',
      frame([8, 0], ip4),
      {},
      0x010200c0,
    ],
    ['socket', 'length', 'r0 = *(u32 *)(r1 + 0)', frame([8, 0], ip4), {}, 20],
    ['socket', 'first byte', 'r6 = r1\n r0 = *(u8 *)skb[0]', frame([8, 0], ip4), {}, 0x45],
    ['xdp', 'time', 'call bpf_ktime_get_ns', frame([8, 0]), { timeNs: 77n }, 77],
  ] as const)('%s: %s', (section, _, code, data, more, expected) => {
    const { returnValue, trap } = session(`.license "GPL"\n.section "${section}"\n ${code}\n exit\n`).run(
      packet(data, more),
    );
    expect(trap).toBeNull();
    expect(returnValue).toBe(expected);
  });

  it.each([
    ['xdp', [1, 2, 3], '3 bytes are too few: an Ethernet header has 14'],
    ['tc', frame([8, 0], [0x45]), '1 bytes after the Ethernet header are no IPv4 header'],
    ['tc', frame([0x86, 0xdd], ip4), '20 bytes after the Ethernet header are no IPv6 header'],
    ['tc', Array.from({ length: 3713 }, () => 0), '3713 bytes are too many: the kernel’s test run takes at most 3712'],
  ])('%s: skips what the kernel’s test run would not take', (section, data, reason) => {
    const run = session(`.section "${section}"\n r0 = 0\n exit\n`);
    expect(run.run(packet(data))).toMatchObject({ skipped: reason, returnValue: null, packet: null });
    expect(run.summary()).toMatchObject({ events: 1, skipped: 1, traps: 0 });
  });
});

describe('what a program does to its packet', () => {
  const store =
    ' r2 = *(u32 *)(r1 + 76)\n r3 = *(u32 *)(r1 + 80)\n r0 = 0\n r4 = r2\n r4 += 1\n if r4 > r3 goto out\n *(u8 *)(r2 + 0) = 9\nout:\n exit\n';

  it('is in the result, and only then is the packet changed', () => {
    const result = session(`.section "tc"\n${store}`).run(packet(frame([8, 6])));
    expect(toHex(result.packet ?? new Uint8Array())).toBe('0900000000010200000000020806');
    expect(result.packetChanged).toBe(true);
    expect(session('.section "tc"\n r0 = 0\n exit\n').run(packet(frame([8, 6]))).packetChanged).toBe(false);
  });

  it('is refused where the program may only read', () => {
    const { trap } = session(`.section "cgroup_skb/ingress"\n${store}`).run(packet(frame([8, 0], ip4)));
    expect(trap).toMatchObject({ kind: 'readOnly', pc: 6 });
  });

  it('is refused in fields of the context that are no one’s to write', () => {
    const { trap } = session('.section "tc"\n r0 = 0\n *(u32 *)(r1 + 0) = r0\n exit\n').run(packet(frame([8, 6])));
    expect(trap).toMatchObject({ kind: 'readOnly', pc: 1 });
    expect(
      session('.section "tc"\n r0 = 0\n *(u32 *)(r1 + 8) = r0\n exit\n').run(packet(frame([8, 6]))).trap,
    ).toBeNull();
  });

  it('leaves link headers of the network-layer types zero, as the kernel does', () => {
    const { packet: after } = session('.section "socket"\n r0 = 0\n exit\n').run(packet(frame([8, 0], ip4)));
    expect(toHex(after ?? new Uint8Array())).toBe(`${'00'.repeat(14)}${toHex(Uint8Array.from(ip4))}`);
  });
});

const COUNTER = `.map counts, type=array, key=4, value=8, entries=2
.section "xdp"
  *(u32 *)(r10 - 4) = 0
  r2 = r10
  r2 += -4
  r1 = counts ll
  call bpf_map_lookup_elem
  if r0 == 0 goto out
  r1 = *(u64 *)(r0 + 0)
  r1 += 1
  *(u64 *)(r0 + 0) = r1
out:
  r0 = XDP_PASS
  exit
`;

describe('maps', () => {
  it('keep their contents between events and begin with what was asked for', () => {
    const maps = parseInitialMaps('{"counts": [{"key": "00000000", "value": "2800000000000000"}]}');
    if (typeof maps === 'string') throw new Error(maps);
    const run = session(COUNTER, { maps });
    run.run(packet(frame([8, 6])));
    run.run(packet(frame([8, 6]), { index: 1 }));
    const { maps: after, returns } = run.summary();
    expect(returns).toEqual(new Map([['XDP_PASS', 2]]));
    expect(
      after.map(({ name, entries }) => [name, entries.map(({ values }) => toHex(values[0] ?? new Uint8Array()))]),
    ).toEqual([['counts', ['2a00000000000000']]]);
    expect(run.difference).toBeNull();
  });

  it('are listed in a moment however large an array is', () => {
    const large = COUNTER.replace('entries=2', 'entries=8000000');
    const run = session(large, { engine: 'jit' });
    run.run(packet(frame([8, 6])));
    expect(run.summary().maps).toMatchObject([{ name: 'counts', truncated: false, entries: [{ values: [{ 0: 1 }] }] }]);
  });

  it('that are queues keep their contents when listed', () => {
    const push =
      '.map q, type=queue, key=0, value=4, entries=4\n.section "xdp"\n r2 = *(u32 *)(r1 + 16)\n *(u32 *)(r10 - 4) = r2\n r2 = r10\n r2 += -4\n r1 = q ll\n r3 = 0\n call bpf_map_push_elem\n r0 = 2\n exit\n';
    const run = session(push);
    for (const queue of [7, 8]) run.run(packet(frame([8, 6]), { queue }));
    const values = (): string[] =>
      run.summary().maps.flatMap(({ entries }) => entries.map((entry) => toHex(entry.values[0] ?? new Uint8Array())));
    expect(values()).toEqual(['07000000', '08000000']);
    expect(values()).toEqual(['07000000', '08000000']);
  });

  it.each([
    ['[]', 'maps:1:1: expected an object with a list of entries for each map'],
    ['{"a": 1', "maps:1:8: expected '}'"],
  ])('refuses %s', (text, message) => expect(parseInitialMaps(text)).toContain(message.split(': ')[0]!));
});

describe('comparing the engines', () => {
  it('tells a difference in a map and the event', () => {
    const run = session(COUNTER);
    run.run(packet(frame([8, 6])));
    expect(run.difference).toBeNull();
    const { memory } = run.machine;
    memory.u8[LAYOUT.maps + 8] = 1;
    run.run(packet(frame([8, 6]), { index: 1 }));
    expect(run.difference).toBe('event 1: value of map counts differs between jit and interpreter');
  });

  it('tells a difference in the return value', () => {
    const run = session(
      '.map values, type=array, key=4, value=4, entries=1\n.section "xdp"\n r1 = values[0] ll\n r0 = *(u32 *)(r1 + 0)\n exit\n',
    );
    run.machine.memory.u8[LAYOUT.maps] = 1;
    expect(run.run(packet(frame([8, 6]))).returnValue).toBe(1);
    expect(run.difference).toBe('event 0: the jit returns 0x1, the interpreter returns 0x0');
  });

  it.each([
    ['no access', 'r0 = 0'],
    ['null', 'r0 = 0\n r0 = *(u8 *)(r0 + 0)'],
    ['beyond the packet', 'r1 = *(u32 *)(r1 + 0)\n r0 = *(u64 *)(r1 + 7)'],
    ['uninitialised register', 'r0 = r5'],
    ['unsupported helper', 'call 9999'],
    ['end of the program', 'r0 = 0\n goto +5'],
  ])('finds none for unverified programs: %s', (_, code) => {
    const run = session(`.section "xdp"\n ${code}\n exit\n`);
    for (let index = 0; index < 3; index++) run.run(packet(frame([8, 6]), { index }));
    run.summary();
    expect(run.difference).toBeNull();
  });

  it.skipIf(sharedFolder === null).each([
    ['xdp_count', 'xdp_count'],
    ['xdp_rewrite', 'xdp_rewrite'],
    ['tc_port', 'tc_port'],
    ['sock_filter', 'sock_fields'],
    ['cgroup_skb', 'cg_ingress'],
  ])('finds none for %s over 500 damaged packets (skipped where ../shared is absent)', (object, program) => {
    const run = openSession(sharedPath('recordings/golden/objs', `${object}.v3.o`), program, 'both', null);
    const next = random(11);
    for (let index = 0; index < 500; index++) {
      const data = frame([8, 0], [...ip4, ...Array.from({ length: next(60) }, () => next(256))]);
      for (let i = 0; i < next(4); i++) data[12 + next(data.length - 12)] = next(256);
      run.run(packet(data.slice(0, 10 + next(data.length)), { index }));
    }
    expect(run.summary().traps).toBe(0);
    expect(run.difference).toBeNull();
  });
});

it('counts how often each instruction ran', () => {
  const run = session('.section "xdp"\n r0 = *(u32 *)(r1 + 16)\n if r0 == 1 goto out\n r0 = 2\nout:\n exit\n', {
    engine: 'interpreter',
    coverage: true,
  });
  for (const queue of [0, 1, 1]) run.run(packet(frame([8, 6]), { queue }));
  expect([...(run.coverage?.values() ?? [])]).toEqual([Float64Array.of(3, 3, 1, 3)]);
});

it('says what it cannot run', () => {
  const object = objectOf('.section "freplace/x"\n r0 = 0\n exit\n');
  const [program] = object.programs;
  expect(program && createRunSession(object, program, { engine: 'jit' })).toBe(
    'programs of type ext cannot be run on recorded events yet',
  );
});

it('does not run what only a kernel can complete', () => {
  const object = objectOf('.section "xdp"\n r0 = 0\n exit\n');
  const [program] = object.programs;
  if (program === undefined) throw new Error('no program');
  const needy = { ...program, needs: [{ pc: 0, code: 'kernel-symbol', what: 'the address of jiffies' }] };
  expect(createRunSession({ ...object, programs: [needy] }, needy, { engine: 'jit' })).toBe(
    `${program.name} cannot be run without a kernel: it needs the address of jiffies`,
  );
});

it('interprets what is too large to be compiled, and says so', () => {
  const many = Array.from({ length: 400_000 }, () => ' r0 += 1').join('\n');
  const run = session(`.section "xdp"\n r0 = 0\n${many}\n r0 = 2\n exit\n`, { engine: 'jit' });
  for (let i = 0; i < 2; i++) expect(run.run(packet(frame([8, 6]))).verdict).toBe('XDP_PASS');
  expect(run.summary().notes.join(' ')).toMatch(/too large to be compiled, so it runs in the interpreter/);
});
