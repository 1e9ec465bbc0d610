import { describe, expect, it } from 'vitest';
import { toHex } from '../../server/src/base/bytes.ts';
import { createJit } from '../../server/src/jit/createJit.ts';
import { createMachine } from '../../server/src/vm/createMachine.ts';
import { createInterpreter } from '../../server/src/vm/interpreter.ts';
import { LAYOUT } from '../../server/src/vm/machine.ts';
import { mapContents, setMapValue } from '../../server/src/vm/maps/contents.ts';
import { StackTraceMap } from '../../server/src/vm/maps/stackTrace.ts';
import { UserRingbufMap } from '../../server/src/vm/maps/userRingbuf.ts';
import { Timeline } from '../../server/src/vm/timeline.ts';
import { fixture, mapNamed, object, run, shown } from './support.ts';

function text(map: string, body: string, type = 'xdp'): string {
  return `.license "GPL"\n.map m, ${map}\n.section "${type}"\n.globl main\nmain:\n${body}\nexit\n`;
}

describe('values that hang on kernel objects', () => {
  const GET = (helper: string, flags: number, value = 'r3 = 0'): string =>
    `r1 = m ll\nr2 = 0x1234560000 ll\n${value}\nr4 = ${flags}\ncall bpf_${helper}_get`;

  it.each(['sk_storage', 'inode_storage', 'task_storage', 'cgrp_storage'])('%s: one value for each object', (type) => {
    const map = `type=${type}, key=4, value=8`;
    expect(run(text(map, GET(type, 0)))).toBe('0x0');
    expect(run(text(map, `${GET(type, 1)}\nr0 = *(u64 *)(r0 + 0)`))).toBe('0x0');
    const given = '*(u64 *)(r10 - 8) = 77\nr3 = r10\nr3 += -8';
    expect(run(text(map, `${GET(type, 1, given)}\nr0 = *(u64 *)(r0 + 0)`))).toBe('0x4d');
    expect(run(text(map, `${GET(type, 1, given)}\n${GET(type, 1)}\nr0 = *(u64 *)(r0 + 0)`))).toBe('0x4d');
    expect(run(text(map, GET(type, 2)))).toBe('0x0');
    const gone = `r1 = m ll\nr2 = 0x1234560000 ll\ncall bpf_${type}_delete`;
    expect(run(text(map, gone))).toBe('0xfffffffffffffffe');
    expect(run(text(map, `${GET(type, 1)}\n${gone}`))).toBe('0x0');
    expect(run(text(map, `r1 = m ll\nr2 = 0\ncall bpf_${type}_delete`))).toBe('0xffffffffffffffea');
  });

  it('a value is shown by its object, and going back takes it away', () => {
    const { machine, interpreter } = fixture(
      text('type=sk_storage, key=4, value=4', `${GET('sk_storage', 1)}\nr0 = 0`),
    );
    const timeline = new Timeline(machine);
    const before = timeline.checkpoint();
    interpreter.run(0x3_0000, 100);
    const shown = (): string[] => mapContents(mapNamed(machine, 'm'), 1).entries.map(({ key }) => toHex(key));
    expect(shown()).toEqual(['0000563412000000']);
    timeline.restore(before);
    expect(shown()).toEqual([]);
  });

  it('objects beyond the room there is get none, and the run says so', () => {
    const body = `r6 = 1\nagain: r1 = m ll\nr2 = r6\nr3 = 0\nr4 = 1\ncall bpf_sk_storage_get\nif r0 == 0 goto full\nr6 += 1\nif r6 < 3000 goto again\nfull: r0 = r6`;
    const { machine, interpreter } = fixture(text('type=sk_storage, key=4, value=8', body));
    expect(interpreter.run(0x3_0000, 100_000)).toMatchObject({ kind: 'exit', r0: 1025n });
    expect([...machine.notes]).toEqual(['bpf_sk_storage_get: map m has no room for more objects']);
  });

  it.each([
    ['cgroup_storage', '0x2'],
    ['percpu_cgroup_storage', '0x2'],
  ])('%s: the value is always there', (type, second) => {
    const body =
      'r1 = m ll\nr2 = 0\ncall bpf_get_local_storage\nr1 = *(u32 *)(r0 + 0)\nr1 += 1\n*(u32 *)(r0 + 0) = r1\nr0 = r1';
    const { interpreter } = fixture(text(`type=${type}, key=8, value=4`, body, 'cgroup_skb/ingress'), {
      machine: { cpus: 2 },
    });
    interpreter.run(0x3_0000, 100);
    const outcome = interpreter.run(0x3_0000, 100);
    expect(outcome.kind === 'exit' ? `0x${outcome.r0.toString(16)}` : outcome.trap.message).toBe(second);
  });
});

describe('maps that user space fills or reads', () => {
  it('stack_trace keeps a stack by its hash', () => {
    const machine = createMachine(object(text('type=stack_trace, key=4, value=16, entries=1', 'r0 = 0')));
    const map = mapNamed(machine, 'm');
    if (!(map instanceof StackTraceMap)) throw new Error('not a stack map');
    const stack = (n: number): Uint8Array => Uint8Array.of(n, 0, 0, 0, 0, 0, 0, 0, 9, 0, 0, 0, 0, 0, 0, 0, 7);
    expect(map.put(stack(1), 0)).toBe(0);
    expect(map.put(stack(1), 0)).toBe(0);
    expect(map.put(stack(2), 0)).toBe(-17);
    expect(map.put(stack(2), 1 << 9)).toBe(-17);
    expect(map.put(new Uint8Array(), 0)).toBe(-14);
    expect(mapContents(map, 1).entries.map(({ values }) => toHex(values[0]!))).toEqual([
      '01000000000000000900000000000000',
    ]);
  });

  it('user_ringbuf hands samples out in order', () => {
    const machine = createMachine(object(text('type=user_ringbuf, entries=4096', 'r0 = 0')));
    const map = mapNamed(machine, 'm');
    if (!(map instanceof UserRingbufMap)) throw new Error('not a ring');
    for (const size of [1, 2000, 2000]) expect(map.add(new Uint8Array(size).fill(size))).toBe(0);
    expect(map.add(new Uint8Array(100))).toBe(-7);
    expect(map.samples(10).map((sample) => sample.length)).toEqual([1, 2000, 2000]);
    expect(map.peek()?.size).toBe(1);
    map.release();
    expect(map.peek()?.size).toBe(2000);
    map.release();
    expect(map.add(new Uint8Array(1500))).toBe(0);
    map.release();
    map.release();
    map.release();
    expect(map.peek()).toBeNull();
  });

  it('xskmap shows the queue of a socket', () => {
    const body =
      '*(u32 *)(r10 - 4) = 1\nr2 = r10\nr2 += -4\nr1 = m ll\ncall bpf_map_lookup_elem\nif r0 == 0 goto out\nr0 = *(u32 *)(r0 + 0)\nr0 += 100\nout:';
    const { machine, interpreter } = fixture(text('type=xskmap, key=4, value=4, entries=2', body));
    expect(interpreter.run(0x3_0000, 100)).toMatchObject({ r0: 0n });
    expect(setMapValue(mapNamed(machine, 'm'), 1, Uint8Array.of(1), [Uint8Array.of(0)])).toBe(0);
    expect(interpreter.run(0x3_0000, 100)).toMatchObject({ r0: 100n });
  });

  it('cpumap takes processors that there are', () => {
    const machine = createMachine(object(text('type=cpumap, key=4, value=4, entries=4', 'r0 = 0')), { cpus: 2 });
    const set = (cpu: number, queue: number): number =>
      setMapValue(mapNamed(machine, 'm'), 2, Uint8Array.of(cpu), [Uint8Array.of(queue, queue >> 8)]);
    expect([set(0, 192), set(1, 192), set(2, 192), set(4, 192), set(0, 20_000)]).toEqual([0, 0, -19, -7, -75]);
  });

  it('an arena is a name: access to it says so', () => {
    expect(run(text('type=arena, key=0, value=0, entries=1', 'r1 = m ll\nr0 = *(u64 *)(r1 + 0)'))).toContain(
      'reads 8 bytes of the map m itself',
    );
  });

  it('the memory of an arena is not there', () => {
    const found = object(text('type=array, value=8, entries=1', 'r1 = m[0] ll\nr0 = *(u64 *)(r1 + 0)'));
    const arena = { ...found.maps[0]!, type: 'arena' as const, keySize: 0, valueSize: 0 };
    const programs = found.programs.map((program) => ({ ...program, maps: [arena] }));
    const machine = createMachine({ ...found, maps: [arena], programs });
    for (const engine of [createInterpreter(machine, programs[0]!), createJit(machine, programs[0]!, { mode: 'safe' })])
      expect(shown(engine.run(LAYOUT.ctx, 10))).toBe('0: map m is an arena, whose memory is not simulated');
  });
});
