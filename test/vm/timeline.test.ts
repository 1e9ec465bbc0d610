import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { toHex } from '../../server/src/base/bytes.ts';
import { Timeline } from '../../server/src/vm/timeline.ts';
import { LAYOUT } from '../../server/src/vm/machine.ts';
import { counting, fixture, mapNamed, type Fixture } from './support.ts';

/** Writes stack, packet and every kind of map storage, and moves the packet's head. */
const TEXT = `
.license "GPL"
.map counts, type=array, key=4, value=8, entries=4
.map flows, type=hash, key=4, value=8, entries=8
.map recent, type=lru_hash, key=4, value=8, entries=2
.map lines, type=ringbuf, entries=4096
.section "xdp"
.globl main
main:
  r6 = r1
  r2 = *(u32 *)(r6 + 0)
  r3 = *(u32 *)(r6 + 4)
  r4 = r2
  r4 += 8
  if r4 > r3 goto out
  r7 = *(u8 *)(r2 + 0)
  *(u8 *)(r2 + 1) = r7
  *(u32 *)(r10 - 4) = r7
  call bpf_get_prandom_u32
  *(u64 *)(r10 - 16) = r0
  r1 = flows ll
  r2 = r10
  r2 += -4
  r3 = r10
  r3 += -16
  r4 = 0
  call bpf_map_update_elem
  r1 = recent ll
  r2 = r10
  r2 += -4
  r3 = r10
  r3 += -16
  r4 = 0
  call bpf_map_update_elem
  r1 = lines ll
  r2 = r10
  r2 += -16
  r3 = 16
  r4 = 0
  call bpf_ringbuf_output
  r1 = counts[0] + 8 ll
  r2 = 1
  lock *(u64 *)(r1 + 0) += r2
  r1 = r6
  r2 = -4
  call bpf_xdp_adjust_head
out:
  r0 = 2
  exit
`;

function digest({ machine }: Fixture): string {
  const { memory, packet, world, output } = machine;
  const hash = createHash('sha256');
  hash.update(memory.u8.subarray(LAYOUT.stack));
  return JSON.stringify([hash.digest('hex'), packet.save(), world.random, output.map(({ bytes }) => toHex(bytes))]);
}

function event(fixture: Fixture, number: number): void {
  fixture.machine.packet.set(counting(20).fill(number, 0, 1));
  expect(fixture.interpreter.run(LAYOUT.ctx, 1000)).toMatchObject({ kind: 'exit', r0: 2n });
}

describe('timeline', () => {
  it('goes back to any checkpoint, and forward again to the same states', () => {
    const it = fixture(TEXT);
    const timeline = new Timeline(it.machine);
    const points = [];
    const digests: string[] = [];
    for (let i = 0; i < 12; i++) {
      points.push(timeline.checkpoint());
      digests.push(digest(it));
      event(it, i % 5);
    }
    const last = digest(it);
    for (const back of [11, 7, 7, 3, 0]) {
      timeline.restore(points[back]!);
      expect(digest(it)).toBe(digests[back]);
      if (back !== 7) continue;
      event(it, 7 % 5);
      expect(digest(it)).toBe(digests[8]);
    }
    for (let i = 0; i < 12; i++) {
      expect(digest(it)).toBe(digests[i]);
      event(it, i % 5);
    }
    expect(digest(it)).toBe(last);
  });

  it('comes back to the middle of an event', () => {
    const it = fixture(TEXT);
    const timeline = new Timeline(it.machine);
    it.interpreter.reset(LAYOUT.ctx);
    const seen: {
      state: ReturnType<Fixture['interpreter']['save']>;
      point: ReturnType<Timeline['checkpoint']>;
      digest: string;
    }[] = [];
    for (let i = 0; i < 40; i += 5) {
      seen.push({ state: it.interpreter.save(), point: timeline.checkpoint(), digest: digest(it) });
      it.interpreter.resume(5);
    }
    for (const { state, point, digest: expected } of seen.toReversed()) {
      timeline.restore(point);
      it.interpreter.restore(state);
      expect(digest(it)).toBe(expected);
      expect(it.interpreter.pc).toBe(state.pc);
    }
    expect(it.interpreter.resume(1000)).toMatchObject({ kind: 'exit', r0: 2n, insns: 39 });
  });

  it('a dropped checkpoint leaves the ones before it good', () => {
    const it = fixture(TEXT);
    const timeline = new Timeline(it.machine);
    const before = timeline.checkpoint();
    const expected = digest(it);
    event(it, 1);
    const dropped = timeline.checkpoint();
    event(it, 2);
    const last = timeline.checkpoint();
    event(it, 3);
    timeline.drop(dropped);
    timeline.drop(last);
    event(it, 4);
    timeline.restore(before);
    expect(digest(it)).toBe(expected);
  });

  it('a checkpoint dropped at once does not hide what was there before', () => {
    const it = fixture(TEXT);
    const timeline = new Timeline(it.machine);
    const before = timeline.checkpoint();
    const expected = digest(it);
    event(it, 1);
    timeline.drop(timeline.checkpoint());
    event(it, 2);
    timeline.restore(before);
    expect(digest(it)).toBe(expected);
  });

  it.each([
    '*(u8 *)(r1 + 0) = 1',
    '*(u16 *)(r1 + 0) = 1',
    '*(u32 *)(r1 + 0) = 1',
    '*(u64 *)(r1 + 0) = 1',
    'r2 = 1\nlock *(u64 *)(r1 + 0) += r2',
  ])('takes back %s', (store) => {
    const head =
      '.license "GPL"\n.map values, type=array, key=4, value=16, entries=1\n.section "xdp"\n.globl main\nmain:\n';
    const { machine, interpreter } = fixture(`${head}r1 = values[0] + 8 ll\n${store}\nr0 = *(u64 *)(r1 + 0)\nexit`);
    const timeline = new Timeline(machine);
    const before = timeline.checkpoint();
    for (let round = 0; round < 2; round++) {
      expect(interpreter.run(LAYOUT.ctx, 10)).toMatchObject({ kind: 'exit', r0: 1n });
      expect(machine.memory.u8[mapNamed(machine, 'values').values! + 8]).toBe(1);
      timeline.restore(before);
      expect(machine.memory.u8[mapNamed(machine, 'values').values! + 8]).toBe(0);
    }
  });

  it('costs only the pages that change', () => {
    const it = fixture(TEXT);
    const timeline = new Timeline(it.machine);
    for (let i = 0; i < 100; i++) {
      timeline.checkpoint();
      event(it, i % 5);
    }
    expect(timeline.bytes / 100).toBeLessThan(32 * 1024);
    timeline.stop();
    expect(timeline.bytes).toBe(0);
  });
});
