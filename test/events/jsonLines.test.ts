import { describe, expect, it } from 'vitest';
import type { Event, HookEvent } from '../../server/src/events/event.ts';
import { createReader } from '../../server/src/events/openRecording.ts';
import type { EventReader } from '../../server/src/events/reader.ts';
import { random } from './readAll.ts';

const HEAD = '{"format":"bpf-events","version":1,"arch":"x86_64","kernel":"6.1","rodata":{"target_cg":23}}';
const KPROBE =
  '{"ev":"kprobe:do_sys_openat2","t":7669060680,"cpu":1,"pid":135,"tid":136,"uid":0,"gid":5,"cgroup":23,"comm":"cat",' +
  '"task":"0xff2bc10102c42100","ctx":"00ff","mem":[{"user":"0x7ffd","hex":"2f746d70"},{"kernel":"0xff72","hex":""}]}';

function read(text: string, chunk = text.length): { events: Event[]; reader: EventReader } {
  const bytes = new TextEncoder().encode(text);
  const reader = createReader();
  const events: Event[] = [];
  for (let at = 0; at < bytes.length; at += chunk)
    reader.push(bytes.subarray(at, at + chunk), (one) => events.push(one));
  reader.end((one) => events.push(one));
  return { events, reader };
}

function only(text: string): HookEvent {
  const { events, reader } = read(`${HEAD}\n${text}\n`);
  expect(reader.problems).toEqual([]);
  if (events[0]?.kind !== 'hook') throw new Error('no hook');
  return events[0];
}

function problemsOf(text: string): string[] {
  return read(text).reader.problems.map(({ code, message }) => `${code}: ${message}`);
}

describe('a recording in JSON Lines', () => {
  it('tells where and when a hook was reached, by whom, and what lay in memory', () => {
    const event = only(KPROBE);
    expect(event).toMatchObject({ kind: 'hook', index: 0, timeNs: 7_669_060_680n, registers: null, args: null });
    expect(event.context).toEqual(new Uint8Array([0, 0xff]));
    expect(event.recorded).toMatchObject({
      hook: 'kprobe:do_sys_openat2',
      cpu: 1,
      tgid: 135,
      tid: 136,
      uid: 0,
      gid: 5,
    });
    expect(event.recorded).toMatchObject({ cgroupId: 23n, comm: 'cat', task: 0xff2bc10102c42100n });
    expect(event.recorded.memory).toEqual([
      { space: 'user', address: 0x7ffdn, bytes: new Uint8Array([0x2f, 0x74, 0x6d, 0x70]) },
      { space: 'kernel', address: 0xff72n, bytes: new Uint8Array() },
    ]);
  });

  it('says on which machine it was made and with which constants the program was loaded', () => {
    const { reader } = read(`${HEAD}\n`);
    expect(reader.format).toBe('JSON Lines, x86_64 6.1');
    expect([...(reader.head?.constants ?? [])]).toEqual([['target_cg', 23]]);
  });

  it('may be written by hand: registers, arguments, fields, answers of helpers', () => {
    const event = only(
      '{"ev":"kprobe/foo","regs":{"di":"0x1f","si":-1},"args":[1,"0xffffffffffffffff"],"ret":-2,"data":"0a0b",' +
        '"fields":{"user_ip4":"192.0.2.1","cb":[7,8]},"calls":[{"helper":"get_stackid","ret":3},{"helper":"bpf_x","out":"01"}]}',
    );
    expect(event.recorded.hook).toBe('kprobe:foo');
    expect([...(event.registers ?? [])]).toEqual([['di', 31n], ['si', 0xffff_ffff_ffff_ffffn]]); // prettier-ignore
    expect(event).toMatchObject({ args: [1n, 0xffff_ffff_ffff_ffffn], returned: 0xffff_ffff_ffff_fffen });
    expect(event.data).toEqual(new Uint8Array([10, 11]));
    expect([...event.recorded.fields]).toEqual([['user_ip4', 0x0102_00c0n], ['cb[0]', 7n], ['cb[1]', 8n]]); // prettier-ignore
    expect(event.recorded.calls).toEqual([
      { helper: 'bpf_get_stackid', returned: 3n, output: null },
      { helper: 'bpf_x', returned: 0n, output: new Uint8Array([1]) },
    ]);
  });

  it('may tell of stacks, cookies and settings', () => {
    const event = only(
      '{"ev":"cgroup/sysctl","ctx":"00","stack":["0xffffffff81000000",2],"ustack":[3],"cookie":7,"func":"0x10",' +
        '"sysctl":{"name":"a/b","value":"0\\n"}}',
    );
    expect(event.recorded).toMatchObject({
      stack: [0xffff_ffff_8100_0000n, 2n],
      userStack: [3n],
      cookie: 7n,
      functionAddress: 16n,
      sysctl: { name: 'a/b', value: '0\n', newValue: null },
    });
  });

  it('may hold packets with fields of their context', () => {
    const { events } = read(
      `${HEAD}\n{"t":5,"packet":"0102","linkType":101,"wireLength":60,"queue":3,"skb":{"mark":9}}`,
    );
    expect(events).toMatchObject([{ kind: 'packet', index: 0, timeNs: 5n, linkType: 101, wireLength: 60, queue: 3 }]);
    expect([...(events[0]?.recorded?.fields ?? [])]).toEqual([['mark', 9n]]);
  });

  it('keeps every digit of large numbers', () => {
    expect(only('{"t":1700000000123456789,"cgroup":18446744073709551615}')).toMatchObject({
      timeNs: 1_700_000_000_123_456_789n,
      recorded: { cgroupId: 0xffff_ffff_ffff_ffffn },
    });
  });

  it('gives the same events whatever the chunks, with and without a newline at the end', () => {
    const text = [HEAD, '', KPROBE, '{"ev":"lsm:file_open","args":[1]}', `${KPROBE}\r`].join('\n');
    const whole = read(text);
    expect(whole.events).toHaveLength(3);
    for (const size of [1, 2, 7, 64, 101]) expect(read(`${text}\n`, size).events).toEqual(whole.events);
  });
});

describe('damage in JSON Lines', () => {
  it.each([
    ['{"ev":"kprobe:a"', 'damaged-line: line 2: no valid JSON'],
    ['[1]', 'damaged-line: line 2: expected an object in braces; the event is left out'],
    ['{"ctx":"0"}', 'damaged-line: line 2: "ctx": expected bytes in hex, two digits each; the event is left out'],
    ['{"ctx":5}', 'damaged-line: line 2: "ctx": expected a text; the event is left out'],
    ['{"pid":-1}', 'damaged-line: line 2: "pid": expected a number from 0 to 4294967295; the event is left out'],
    [
      '{"t":"soon"}',
      'damaged-line: line 2: "t": expected an integer or a text such as "0xffff8880"; the event is left out',
    ],
    [
      '{"args":[1,2,3,4,5,6,7,8,9,10,11,12,13]}',
      'damaged-line: line 2: "args": more than 12 entries; the event is left out',
    ],
    ['{"regs":{"di":{}}}', 'damaged-line: line 2: "regs.di": expected an integer'],
    ['{"mem":[{"hex":"00"}]}', 'damaged-line: line 2: "mem[0].kernel": expected the address, as "user" or as "kernel"'],
    ['{"mem":[7]}', 'damaged-line: line 2: "mem[0]": expected an object in braces; the event is left out'],
    ['{"stack":["x"]}', 'damaged-line: line 2: "stack[0]": expected an address'],
    ['{"calls":[{"ret":1}]}', 'damaged-line: line 2: "calls[0].helper": expected the name of a helper'],
    ['{"args":[1],"arg":[1]}', 'unknown-member: line 2: there is no "arg" in this format; it is passed over'],
  ])('%s is told, and the lines around it are kept', (line, problem) => {
    const text = `${HEAD}\n${line}\n${KPROBE}\n`;
    expect(problemsOf(text)).toEqual([expect.stringContaining(problem)]);
    expect(read(text).events.at(-1)).toMatchObject({ kind: 'hook', timeNs: 7_669_060_680n });
    expect(read(text).reader.problems.every(({ recoverable }) => recoverable)).toBe(true);
  });

  it.each([
    ['{"a":1}', 'unknown-format: line 1: a recording in JSON Lines begins with {"format":"bpf-events","version":1}'],
    ['{"format":"bpf-events","version":2}', 'unsupported-version: version 2 of bpf-events is not known; 1 is'],
    ['{"format":"bpf-events","version":1,"endian":"big"}', 'unsupported-format: recordings of big-endian machines'],
    ['{oops', 'unknown-format: line 1: no valid JSON'],
    ['{   ', 'unknown-format: line 1: no valid JSON'],
  ])('%s at the beginning stops', (head, problem) => {
    const { events, reader } = read(`${head}\n${KPROBE}\n`);
    expect(events).toEqual([]);
    expect(reader.problems).toMatchObject([{ recoverable: false }]);
    expect(problemsOf(`${head}\n`)).toEqual([expect.stringContaining(problem)]);
  });

  it('bytes that are no UTF-8 are told', () => {
    const bytes = new TextEncoder().encode(`${HEAD}\n{"comm":"\u00e9"}\n${KPROBE}`);
    bytes[bytes.indexOf(0xc3)] = 0xff;
    const reader = createReader();
    let events = 0;
    reader.push(bytes, () => events++);
    reader.end(() => events++);
    expect(events).toBe(1);
    expect(reader.problems).toMatchObject([
      { code: 'damaged-line', message: 'line 2: no valid UTF-8; the event is left out' },
    ]);
  });

  it('a line without end does not fill the memory', () => {
    const reader = createReader();
    let events = 0;
    const each = (): void => void events++;
    reader.push(new TextEncoder().encode(`${HEAD}\n`), each);
    const chunk = new Uint8Array(1 << 20).fill(0x20);
    for (let i = 0; i < 40; i++) reader.push(chunk, each);
    reader.push(new TextEncoder().encode(`\n${KPROBE}\n`), each);
    reader.end(each);
    expect(events).toBe(1);
    expect(reader.problems).toMatchObject([{ code: 'absurd-length', message: 'line 2: longer than 16 MiB' }]);
  });

  it('the same member is told once, and problems are bounded', () => {
    const lines = Array.from({ length: 500 }, (_, i) => `{"oops":1,"more${i}":2}`);
    expect(problemsOf([HEAD, ...lines].join('\n')).length).toBeLessThanOrEqual(100);
  });

  it('survives 5,000 mutations', () => {
    const bytes = new TextEncoder().encode(`${HEAD}\n${KPROBE}\n${KPROBE}\n`);
    const next = random(11);
    for (let round = 0; round < 5000; round++) {
      const broken = bytes.slice();
      for (let i = 0; i <= next(4); i++) broken[HEAD.length + next(bytes.length - HEAD.length)] = next(256);
      const reader = createReader();
      let events = 0;
      reader.push(broken, () => events++);
      reader.end(() => events++);
      expect(events).toBeLessThanOrEqual(6);
      expect(reader.problems.length).toBeLessThanOrEqual(100);
    }
  });
});
