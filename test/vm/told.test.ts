import { describe, expect, it } from 'vitest';
import { HELPERS } from '../../server/src/kernel/helpers.ts';
import { createJit } from '../../server/src/jit/createJit.ts';
import { LAYOUT } from '../../server/src/vm/machine.ts';
import { Timeline } from '../../server/src/vm/timeline.ts';
import { ALWAYS_COMPUTED } from '../../server/src/vm/told.ts';
import { givenWorld as given } from '../support/givenWorld.ts';
import { fixture, run, shown } from './support.ts';

const RANDOM = 'call bpf_get_prandom_u32\nexit';
const UID = 'call bpf_get_current_uid_gid\nexit';

describe('mocks', () => {
  it('answer in turn, and the last one stays', () => {
    const { interpreter } = fixture(RANDOM, {
      machine: { given: given('{"mocks": {"get_prandom_u32": [5, 6, -1]}}') },
    });
    const answers = Array.from({ length: 4 }, () => shown(interpreter.run(LAYOUT.ctx, 10)));
    expect(answers).toEqual(['0x5', '0x6', '0xffffffffffffffff', '0xffffffffffffffff']);
  });

  it('other helpers are computed', () => {
    const world = given('{"mocks": {"get_prandom_u32": 5}, "task": {"uid": 3, "gid": 4}}');
    expect(run(UID, { machine: { given: world } })).toBe('0x400000003');
  });

  it('answer the JIT as well', () => {
    const { machine, program } = fixture(RANDOM, { machine: { given: given('{"mocks": {"get_prandom_u32": 77}}') } });
    const jit = createJit(machine, program, { mode: 'safe', verified: [] });
    expect(jit.execute(LAYOUT.ctx, 100)).toBe(true);
    expect(jit.r0Low).toBe(77);
  });

  const TUNNEL = `*(u64 *)(r10 - 8) = -1
    r2 = r10
    r2 += -8
    r3 = 6
    r4 = 0
    call bpf_skb_get_tunnel_key
    r0 = *(u64 *)(r10 - 8)
    exit`;

  it('write memory of a parameter, no more than the program gives', () => {
    const world = given('{"mocks": {"bpf_skb_get_tunnel_key": {"writes": {"key": "0102030405060708"}}}}');
    expect(run(TUNNEL, { machine: { given: world } })).toBe('0xffff060504030201');
    const placed = given('{"mocks": {"bpf_skb_get_tunnel_key": {"writes": {"key": {"offset": 5, "hex": "aabb"}}}}}');
    expect(run(TUNNEL, { machine: { given: placed } })).toBe('0xffffaaffffffffff');
  });

  it('a bad pointer is still a fault', () => {
    const world = given('{"mocks": {"bpf_skb_get_tunnel_key": {"writes": {"key": "01"}}}}');
    const text = 'r2 = 5\nr3 = 6\nr4 = 0\ncall bpf_skb_get_tunnel_key\nexit';
    expect(run(text, { machine: { given: world } })).toMatch(/bpf_skb_get_tunnel_key writes/);
  });

  it('answer helpers that are unsupported otherwise', () => {
    const world = given('{"mocks": {"bpf_get_func_arg_cnt": 3}}');
    expect(run('call bpf_get_func_arg_cnt\nexit', { machine: { given: world } })).toBe('0x3');
  });
});

describe('recorded calls', () => {
  it('come before mocks, each once and in order', () => {
    const { machine, interpreter } = fixture(RANDOM, {
      machine: { given: given('{"mocks": {"get_prandom_u32": 5}}') },
    });
    const call = (helper: number, returns: bigint) => ({ helper, returns, writes: [] });
    machine.world.recordedCalls = [call(15, 1n), call(7, 2n), call(7, 3n)];
    const answers = Array.from({ length: 3 }, () => shown(interpreter.run(LAYOUT.ctx, 10)));
    expect(answers).toEqual(['0x2', '0x3', '0x5']);
    expect(machine.world.recordedCalls).toEqual([call(15, 1n)]);
  });

  it('going back gives the same answers again', () => {
    const { machine, interpreter } = fixture(RANDOM, {
      machine: { given: given('{"mocks": {"get_prandom_u32": [5, 6]}}') },
    });
    machine.world.recordedCalls = [{ helper: 7, returns: 2n, writes: [] }];
    const timeline = new Timeline(machine);
    const start = timeline.checkpoint();
    const answers = (): string[] => Array.from({ length: 3 }, () => shown(interpreter.run(LAYOUT.ctx, 10)));
    const first = answers();
    timeline.restore(start);
    expect([first, answers()]).toEqual([['0x2', '0x5', '0x6'], ['0x2', '0x5', '0x6']]); // prettier-ignore
  });
});

describe('the clock', () => {
  const TIME = 'call bpf_ktime_get_ns\nexit';
  const at = (text: string, program: string, timeNs: bigint): string => {
    const { machine, interpreter } = fixture(program, { machine: { given: given(text) } });
    machine.world.timeNs = timeNs;
    return shown(interpreter.run(LAYOUT.ctx, 10));
  };

  it('counts from the boot time', () => {
    expect(at('{"bootTime": 1000}', TIME, 1255n)).toBe('0xff');
    expect(at('{}', TIME, 1255n)).toBe('0x4e7');
    expect(at('{"bootTime": 1000}', 'call bpf_ktime_get_tai_ns\nexit', 1255n)).toBe('0x4e7');
  });

  it('jiffies begin five minutes before 32 bits overflow', () => {
    expect(at('{"ticks": 100}', 'call bpf_jiffies64\nexit', 300_000_000_000n)).toBe('0x100000000');
  });
});

describe('what can be told', () => {
  /** A call of a helper whose arguments are all zero or the context; mocked helpers do not look at them. */
  const callOf = (name: string): string => `r2 = 0\nr3 = 0\nr4 = 0\nr5 = 0\ncall ${name}\nr0 <<= 32\nr0 s>>= 32\nexit`;
  const mockable = HELPERS.filter(
    ({ id, proto }) => !ALWAYS_COMPUTED.has(id) && (proto === null || proto.returns === 'integer'),
  );

  it('both engines hear the answers of every helper', () => {
    for (const { name } of mockable) {
      const world = given(`{"mocks": {"${name}": -12345}}`);
      const { machine, program, interpreter } = fixture(callOf(name), { machine: { given: world } });
      expect(shown(interpreter.run(LAYOUT.ctx, 100)), name).toBe('0xffffffffffffcfc7');
      const jit = createJit(machine, program, { mode: 'safe', verified: [] });
      jit.execute(LAYOUT.ctx, 100);
      expect(jit.r0Low, name).toBe(-12345);
    }
    expect(mockable.length).toBeGreaterThan(150);
  });

  it('recorded pointers and map operations are computed', () => {
    const { machine, interpreter } = fixture('r2 = 0\nr3 = 0\nr4 = -1\nr5 = 0\ncall bpf_sk_lookup_tcp\nexit');
    machine.world.recordedCalls = [{ helper: 84, returns: 0xffff_8880_0000_1000n, writes: [] }];
    expect(shown(interpreter.run(LAYOUT.ctx, 100))).toBe('0x0');
  });
});
