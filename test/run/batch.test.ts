import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { readObject } from '../../server/src/elf/readObject.ts';
import type { Event, PacketEvent } from '../../server/src/events/event.ts';
import { createReader } from '../../server/src/events/openRecording.ts';
import type { BpfObject, Program } from '../../server/src/program/program.ts';
import type { EventResult, RunSummary } from '../../server/src/run/result.ts';
import { createRunSession } from '../../server/src/run/session.ts';
import type { RunOptions, RunSession } from '../../server/src/run/session.ts';
import type { VerifiedProgram } from '../../server/src/verifier/verification.ts';
import { verify } from '../../server/src/verifier/verify.ts';
import { rawProgram } from '../../server/src/vm/runRaw.ts';
import { PACKET_WINDOW, validProgram } from '../fuzz/validProgram.ts';
import { randomProgram } from '../jit/randomProgram.ts';
import { objectOf } from '../support/assembled.ts';
import { sharedFolder, sharedPath } from '../support/shared.ts';
import { times } from '../support/times.ts';

/** Events run together must do what they do one by one. */

type Lines = readonly string[];

function open(object: BpfObject, program: Program, options: Partial<RunOptions>): RunSession {
  const session = createRunSession(object, program, { engine: 'jit', ...options });
  if (typeof session === 'string') throw new Error(session);
  return session;
}

/** All of it as text: comparing the bytes one by one takes minutes. */
function line(result: EventResult | RunSummary): string {
  // A batch's result asks for the packet when it is wanted, so its fields stand in another order.
  const fields: Record<string, unknown> = { ...result, ...('packet' in result ? { packet: result.packet } : {}) };
  delete fields['after'];
  return JSON.stringify(Object.fromEntries(Object.entries(fields).sort(byName)), plain);
}

function byName([a]: readonly [string, unknown], [b]: readonly [string, unknown]): number {
  return a < b ? -1 : 1;
}

function plain(_: string, value: unknown): unknown {
  if (typeof value === 'bigint') return `${value}n`;
  if (value instanceof Map) return [...(value as Map<unknown, unknown>)];
  return value instanceof Uint8Array ? Buffer.from(value).toString('base64') : value;
}

function oneByOne(session: RunSession, events: readonly Event[]): Lines {
  return [...events.map((event) => line(session.run(event))), line(session.summary())];
}

function together(session: RunSession, events: readonly Event[], flushEvery: number): Lines {
  const results: string[] = [];
  const indices: number[] = [];
  const each = (result: EventResult, event: Event): void => {
    results.push(line(result));
    indices.push(event.index);
  };
  events.forEach((event, i) => {
    session.feed(event, each);
    if (i % flushEvery === flushEvery - 1) session.flush(each);
  });
  session.flush(each);
  expect(indices).toEqual(events.map(({ index }) => index));
  return [...results, line(session.summary())];
}

function verifiedOf(program: Program): VerifiedProgram[] {
  const { program: accepted } = verify(program);
  return accepted === null ? [] : [accepted];
}

function expectSame(
  object: BpfObject,
  program: Program,
  events: readonly Event[],
  options: Partial<RunOptions> = {},
): Lines {
  const one = oneByOne(open(object, program, options), events);
  expect(together(open(object, program, options), events, Infinity)).toEqual(one);
  expect(together(open(object, program, options), events, 7)).toEqual(one);
  return one;
}

function eventsOf(file: string): Event[] {
  const events: Event[] = [];
  const reader = createReader();
  reader.push(new Uint8Array(readFileSync(file)), (event) => events.push(event));
  return events;
}

function captures(): string[] {
  return ['pcap', 'pcap-thirdparty', 'pcap-variants'].flatMap((folder) =>
    readdirSync(sharedPath('recordings', folder))
      .filter((name) => /\.pcap(ng)?$/.test(name))
      .map((name) => sharedPath('recordings', folder, name)),
  );
}

describe.skipIf(sharedFolder === null)('golden programs (skipped where ../shared is absent)', () => {
  it.each([
    ['xdp_count', 'xdp_count.v3'],
    ['xdp_rewrite', 'xdp_rewrite.v3'],
    ['xdp_rewrite', 'xdp_rewrite.v1'],
    ['xdp_alu', 'xdp_alu.v4'],
    ['tc_port', 'tc_port.v3'],
    ['cg_ingress', 'cgroup_skb.v3'],
    ['cg_egress', 'cgroup_skb.v4'],
    ['sock_filter', 'sock_filter.v3'],
    ['sock_fields', 'sock_filter.v2'],
  ])('%s of %s does the same over all captures, verified or not', (name, file) => {
    const bytes = new Uint8Array(readFileSync(sharedPath('recordings/golden/objs', `${file}.o`)));
    const object = readObject(file, bytes);
    const program = object.programs.find((one) => one.name === name);
    if (program === undefined) throw new Error(`no program ${name}`);
    const verified = verifiedOf(program);
    // This one loops so long over each packet that every fifth has to do.
    const events = captures()
      .flatMap(eventsOf)
      .filter((_, i) => name !== 'xdp_alu' || i % 5 === 0);
    expectSame(object, program, events, { verified });
    expectSame(object, program, events);
  });
});

const ETHERNET = [2, 0, 0, 0, 0, 1, 2, 0, 0, 0, 0, 2, 8, 0];

function packet(index: number, length: number): PacketEvent {
  const data = Uint8Array.from({ length }, (_, i) => ETHERNET[i] ?? (index * 31 + i) & 0xff);
  const fields = { interfaceId: 0, interfaceName: null, direction: null, packetId: null, verdict: null };
  const timeNs = BigInt(1000 * index);
  return { kind: 'packet', index, timeNs, linkType: 1, data, wireLength: length, queue: index % 3, ...fields };
}

const PACKETS = Array.from({ length: 300 }, (_, i) => packet(i, i % 10 === 9 ? i % 14 : 14 + ((i * 37) % 900)));

const BOUNDS =
  'r6 = r1\nr7 = *(u32 *)(r6 + 0)\nr8 = *(u32 *)(r6 + 4)\nr2 = r7\nr2 += 20\nr0 = 1\nif r2 > r8 goto out\n';

const PROGRAMS: readonly (readonly [what: string, text: string])[] = [
  ['counts in an array', `.map counts, type=array, key=4, value=8, entries=4
.section "xdp"
${BOUNDS}r1 = *(u8 *)(r7 + 17)
r1 &= 3
*(u32 *)(r10 - 4) = r1
r2 = r10
r2 += -4
r1 = counts ll
call bpf_map_lookup_elem
if r0 == 0 goto out
r1 = 1
lock *(u64 *)(r0 + 0) += r1
r0 = 2
out: exit`],
  ['takes its key from the packet', `.map seen, type=hash, key=4, value=8, entries=64
.section "xdp"
${BOUNDS}*(u64 *)(r10 - 8) = 1
r2 = r7
r2 += 14
r3 = r10
r3 += -8
r4 = 0
r1 = seen ll
call bpf_map_update_elem
r0 = 2
out: exit`],
  ['writes into some packets', `.section "xdp"
${BOUNDS}r1 = *(u8 *)(r7 + 16)
if r1 & 1 goto out
*(u8 *)(r7 + 19) = 7
r0 = 3
out: exit`],
  ['moves the head of some packets', `.section "xdp"
${BOUNDS}r1 = *(u8 *)(r7 + 16)
r0 = 2
if r1 & 1 goto out
r2 = -8
if r1 & 2 goto grow
r2 = 4
grow:
r1 = r6
call bpf_xdp_adjust_head
r0 = 3
out: exit`],
  ['prints the time of some packets and records others', `.license "GPL"
.map ring, type=ringbuf, entries=4096
.section "xdp"
${BOUNDS}r9 = *(u8 *)(r7 + 16)
r0 = 2
if r9 & 1 goto out
call bpf_ktime_get_ns
*(u64 *)(r10 - 8) = r0
if r9 & 2 goto print
r1 = ring ll
r2 = r10
r2 += -8
r3 = 8
r4 = 0
call bpf_ringbuf_output
goto done
print:
r3 = r0
*(u32 *)(r10 - 16) = 0x000a7525
r1 = r10
r1 += -16
r2 = 4
call bpf_trace_printk
done:
r0 = 2
out: exit`],
  ['faults on some packets', `.section "xdp"
${BOUNDS}r1 = *(u8 *)(r7 + 16)
r0 = 2
if r1 & 3 goto out
*(u8 *)(r7 + 18) = 9
r0 = *(u64 *)(r8 + 0)
out: exit`],
  ['redirects some packets', `.section "xdp"
${BOUNDS}r1 = *(u8 *)(r7 + 16)
r0 = 2
if r1 & 1 goto out
r2 = 0
call bpf_redirect
out: exit`],
  ['never ends on some packets', `.section "xdp"
${BOUNDS}r1 = *(u8 *)(r7 + 16)
again:
if r1 == 5 goto again
r0 = 2
out: exit`],
  ['rewrites with helpers and marks', `.section "tc"
r6 = r1
r1 = *(u32 *)(r6 + 0)
*(u32 *)(r6 + 8) = r1
r0 = 0
if r1 < 40 goto out
*(u32 *)(r10 - 4) = r1
r1 = r6
r2 = 16
r3 = r10
r3 += -4
r4 = 4
r5 = 0
call bpf_skb_store_bytes
r1 = r6
r2 = 0x0081
r3 = 5
call bpf_skb_vlan_push
r0 = *(u32 *)(r6 + 8)
out: exit`],
  ['looks at the socket of the event', `.section "cgroup_skb/ingress"
r1 = *(u64 *)(r1 + 168)
r0 = 1
if r1 == 0 goto out
r0 = *(u32 *)(r1 + 24)
r0 &= 1
out: exit`],
]; // prettier-ignore

describe('made-up packets, the too short ones skipped', () => {
  it.each(PROGRAMS)('a program that %s', (_, text) => {
    const object = objectOf(text);
    const program = object.programs[0] as Program;
    const budget = 10_000;
    const one = expectSame(object, program, PACKETS, { verified: verifiedOf(program), budget });
    expectSame(object, program, PACKETS, { budget });
    expectSame(object, program, PACKETS, { engine: 'interpreter', budget });
    expect(one).toHaveLength(PACKETS.length + 1);
  });
});

function objectWith(program: Program): BpfObject {
  return { path: 'random', programs: [program], maps: program.maps, license: 'GPL', btf: null, diagnostics: [] };
}

describe('random programs', () => {
  const packets = PACKETS.filter(({ data }) => data.length >= PACKET_WINDOW).slice(0, 40);

  it('that the verifier accepts', () => {
    for (let seed = 1; seed <= times(12); seed++) {
      const program = validProgram(seed);
      const verified = verifiedOf(program);
      expect(verified).toHaveLength(1);
      expectSame(objectWith(program), program, packets, { verified });
      expectSame(objectWith(program), program, packets);
    }
  });

  it('that do what they like', () => {
    for (let seed = 1; seed <= times(25); seed++) {
      const bare = rawProgram(randomProgram(seed, 'context'));
      const program: Program = { ...bare, type: 'xdp', section: 'xdp' };
      expectSame(objectWith(program), program, PACKETS.slice(0, 40), { budget: 10_000 });
    }
  });
});
