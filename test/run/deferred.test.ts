import { describe, expect, it } from 'vitest';
import type { PacketEvent } from '../../server/src/events/event.ts';
import { parseInitialMaps } from '../../server/src/run/initialMaps.ts';
import { createRunSession, type RunSession } from '../../server/src/run/session.ts';
import { objectOf } from '../support/assembled.ts';

const FRAME = Uint8Array.from({ length: 60 }, (_, i) => i);

function at(timeNs: bigint, index: number): PacketEvent {
  const fields = { interfaceId: 0, interfaceName: null, direction: null, queue: null, packetId: null, verdict: null };
  return { kind: 'packet', index, timeNs, linkType: 1, data: FRAME, wireLength: FRAME.length, ...fields };
}

function session(text: string, maps = '{}'): RunSession {
  const object = objectOf(text);
  const initial = parseInitialMaps(maps);
  if (typeof initial === 'string') throw new Error(initial);
  const made = createRunSession(object, object.programs[0]!, { engine: 'both', maps: initial });
  if (typeof made === 'string') throw new Error(made);
  return made;
}

/** Prints the time, so that a run shows when the function ran. */
const PRINT_TIME = `
  call bpf_ktime_get_ns
  r3 = r0
  r1 = format ll
  r2 = 7
  call bpf_trace_printk`;

const HEAD = `.license "GPL"
.map timers, type=array, key=4, value=32, entries=2
.section ".rodata"
format: .asciz "at %llu"
.text
.type tick, @function
tick:
  r6 = r3
  r7 = *(u32 *)(r2 + 0)
${PRINT_TIME.replace('r2 = 7', 'r2 = 8')}
  AGAIN
  r0 = 0
  exit
.section "tc"
.globl main
main:
`;

/** Starts the timer in element 0; r8 and r9 hold what init and start answered. */
const START = `
  r1 = timers[0] ll
  r2 = timers ll
  r3 = 1
  call bpf_timer_init
  r8 = r0
  r1 = timers[0] ll
  r2 = tick ll
  call bpf_timer_set_callback
  r1 = timers[0] ll
  r2 = DELAY ll
  r3 = 0
  call bpf_timer_start
  r9 = r0
  r0 = r8
  exit`;

function timerText(delay: number, again = ''): string {
  return HEAD.replace('AGAIN', again) + START.replace('DELAY', String(delay));
}

function outputs(run: RunSession, times: readonly bigint[]): string[][] {
  return times.map((time, index) => run.run(at(time, index)).output.map(({ text }) => text));
}

describe('timers', () => {
  it('expire between events, at their own time', () => {
    const run = session(timerText(50));
    // The second event comes first and starts the timer anew.
    expect(outputs(run, [1000n, 1049n, 1100n, 1200n])).toEqual([[], [], ['at 1099'], ['at 1150']]);
    expect(run.difference).toBeNull();
    expect(run.summary().notes).toEqual(['a timer was still waiting when the recording ended']);
  });

  it('are told with the event before which they ran', () => {
    const run = session(timerText(50));
    run.run(at(1000n, 0));
    const { callbacks } = run.run(at(2000n, 1));
    expect(callbacks).toEqual([{ kind: 'timer', name: 'tick', dueNs: 1050n, trap: null }]);
  });

  it('may start themselves again', () => {
    const again = 'r1 = r6\n r2 = 100 ll\n r3 = 0\n call bpf_timer_start';
    const run = session(timerText(50, again));
    run.run(at(1000n, 0));
    expect(run.run(at(1300n, 1)).output.map(({ text }) => text)).toEqual(['at 1050', 'at 1150', 'at 1250']);
  });

  it('that never end are cut off, with a note', () => {
    const run = session(timerText(1, 'r1 = r6\n r2 = 1 ll\n r3 = 0\n call bpf_timer_start'));
    run.run(at(1000n, 0));
    expect(run.run(at(1_000_000_000n, 1)).callbacks).toHaveLength(10_000);
    expect(run.summary().notes[0]).toMatch(/^more than 10000 functions of timers/);
  });

  it('answer as the kernel does', () => {
    const run = session(timerText(50));
    expect([0, 1].map((i) => run.run(at(1000n + BigInt(i), i)).returnValue)).toEqual([0, 0xffff_fff0]);
  });

  it('that fail leave a note', () => {
    const run = session(timerText(50, 'r1 = 0\n r0 = *(u8 *)(r1 + 0)'));
    run.run(at(1000n, 0));
    expect(run.run(at(2000n, 1)).callbacks[0]?.trap?.kind).toBe('memory');
    expect(run.summary().notes[0]).toMatch(/^timer: tick failed at instruction \d+: reads 1 byte at 0x0/);
  });
});

describe('work queues', () => {
  const text = `${HEAD.replace('AGAIN', '')}
  r1 = timers[0] ll
  r1 += 16
  r2 = timers ll
  r3 = 0
  call bpf_wq_init
  r1 = timers[0] ll
  r1 += 16
  r2 = tick ll
  r3 = 0
  r4 = 0
  call bpf_wq_set_callback_impl
  r1 = timers[0] ll
  r1 += 16
  r2 = 0
  call bpf_wq_start
  exit`;

  it('work before the next event', () => {
    const run = session(text);
    expect(outputs(run, [1000n, 5000n])).toEqual([[], ['at 1000']]);
    expect(run.difference).toBeNull();
  });
});

describe('samples that user space wrote', () => {
  const text = `.license "GPL"
.map samples, type=user_ringbuf, entries=4096
.map sums, type=array, key=4, value=8, entries=1
.text
.type each, @function
each:
  r6 = r2
  r3 = r1
  r1 = r10
  r1 += -8
  r2 = 2
  r4 = 0
  r5 = 0
  call bpf_dynptr_read
  r1 = *(u16 *)(r10 - 8)
  r2 = *(u64 *)(r6 + 0)
  r2 += r1
  *(u64 *)(r6 + 0) = r2
  r0 = r1
  r0 >>= 15
  exit
.section "tc"
.globl main
main:
  r1 = samples ll
  r2 = each ll
  r3 = sums[0] ll
  r4 = 0
  call bpf_user_ringbuf_drain
  exit`;

  it('are drained in order until the function has enough', () => {
    const run = session(
      text,
      '{"samples": [{"value": "0100"}, {"value": "02000000"}, {"value": "0380"}, {"value": "0400"}]}',
    );
    expect([0, 1, 2].map((i) => run.run(at(1000n, i)).returnValue)).toEqual([3, 1, 0]);
    expect(run.difference).toBeNull();
    const sums = run.summary().maps.find(({ name }) => name === 'sums');
    expect(sums?.entries[0]?.values[0]?.[0]).toBe(10);
  });
});

describe('timers in hash maps', () => {
  const text = `.license "GPL"
.map timers, type=hash, key=4, value=16, entries=2
.text
.type tick, @function
tick:
  r0 = 0
  exit
.section "tc"
.globl main
main:
  r6 = r1
  *(u64 *)(r10 - 8) = 0
  *(u64 *)(r10 - 16) = 0
  *(u64 *)(r10 - 24) = 0
  r1 = timers ll
  r2 = r10
  r2 += -8
  r3 = r10
  r3 += -24
  r4 = 0
  call bpf_map_update_elem
  r1 = timers ll
  r2 = r10
  r2 += -8
  call bpf_map_lookup_elem
  r7 = r0
  r1 = r7
  r2 = timers ll
  r3 = 1
  call bpf_timer_init
  r1 = r7
  r2 = tick ll
  call bpf_timer_set_callback
  r1 = r7
  r2 = 50
  r3 = 0
  call bpf_timer_start
  r1 = r7
  call bpf_timer_cancel
  r8 = r0
  r1 = r7
  r2 = 50
  r3 = 0
  call bpf_timer_start
  r8 -= r0
  r0 = r8
  exit
`;

  it('do not start again once they were cancelled', () => {
    const run = session(text);
    // 1, because it was waiting, and -EINVAL, because cancelling takes the function away.
    expect(run.run(at(1000n, 0)).returnValue).toBe(23);
    expect(run.run(at(2000n, 1)).callbacks).toEqual([]);
  });
});
