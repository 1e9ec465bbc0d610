import { describe, expect, it } from 'vitest';
import { LAYOUT } from '../../server/src/vm/machine.ts';
import { createInterpreter } from '../../server/src/vm/interpreter.ts';
import { createMachine } from '../../server/src/vm/createMachine.ts';
import { fixture, mapNamed, object, shown } from './support.ts';

const LOOP = 'r6 = 0\nr7 = 3\nagain: r6 += r7\nr7 -= 1\nif r7 != 0 goto again\nr0 = r6\nexit';
const CALLS = 'r6 = 5\nr1 = 7\ncall f\nr0 += r6\nexit\nf: r6 = r1\nr0 = r6\nexit';

describe('stepping', () => {
  it('executes one instruction at a time', () => {
    const { interpreter } = fixture(LOOP);
    interpreter.reset(LAYOUT.ctx);
    const pcs: number[] = [];
    while (interpreter.outcome === null && pcs.length < 100) {
      pcs.push(interpreter.pc);
      interpreter.step();
    }
    expect(pcs).toEqual([0, 1, 2, 3, 4, 2, 3, 4, 2, 3, 4, 5, 6]);
    expect(interpreter.outcome).toEqual({ kind: 'exit', r0: 6n, insns: 13 });
    expect(interpreter.step()).toEqual({ kind: 'exit', r0: 6n, insns: 13 });
  });

  it('stops before breakpoints, every time, and runs over the one it stands on', () => {
    const { interpreter, program } = fixture(LOOP);
    interpreter.reset(LAYOUT.ctx);
    interpreter.setBreakpoints(program, new Set([3]));
    const seen: string[] = [];
    for (let i = 0; i < 10 && interpreter.outcome === null; i++) {
      const result = interpreter.resume(1000);
      seen.push(typeof result === 'string' ? `${result} ${interpreter.pc} r7=${interpreter.reg(7)}` : shown(result));
    }
    expect(seen).toEqual(['stopped 3 r7=3', 'stopped 3 r7=2', 'stopped 3 r7=1', '0x6']);
  });

  it('a run from the entry does not stop at breakpoints', () => {
    const { interpreter, program } = fixture(LOOP);
    interpreter.setBreakpoints(program, new Set([0, 3]));
    expect(interpreter.run(LAYOUT.ctx, 1000)).toEqual({ kind: 'exit', r0: 6n, insns: 13 });
  });

  it('stops where a test says so', () => {
    const { interpreter } = fixture(LOOP);
    interpreter.reset(LAYOUT.ctx);
    expect(interpreter.runUntil((at) => at.reg(6) === 5n, 1000)).toBe('stopped');
    expect([interpreter.pc, interpreter.insns]).toEqual([3, 6]);
    expect(interpreter.runUntil(new Set([5]), 1000)).toBe('stopped');
    expect(interpreter.runUntil(new Set(), 1)).toBe('running');
  });

  it('ends after the budget, wherever slices end', () => {
    const { interpreter } = fixture('again: goto again\nexit');
    interpreter.reset(LAYOUT.ctx, 10);
    expect(interpreter.resume(7)).toBe('running');
    expect(interpreter.resume(7)).toMatchObject({ kind: 'trap', insns: 10, trap: { kind: 'budget' } });
  });

  it('shows registers as far as they hold values, and takes new ones', () => {
    const { interpreter } = fixture('r0 = -1\nr0 += 0\nexit');
    interpreter.reset(LAYOUT.ctx);
    expect([0, 1, 2, 10].map((r) => interpreter.isInitialized(r))).toEqual([false, true, false, true]);
    interpreter.step();
    expect(interpreter.reg(0)).toBe(0xffff_ffff_ffff_ffffn);
    interpreter.setReg(0, -2n);
    interpreter.step();
    expect(interpreter.step()).toMatchObject({ r0: 0xffff_ffff_ffff_fffen });
  });

  it('shows the frames with what each knows', () => {
    const { interpreter } = fixture(CALLS);
    interpreter.reset(LAYOUT.ctx);
    interpreter.runUntil(new Set([6]), 100);
    const frames = interpreter.frames();
    expect(frames.map(({ kind, pc }) => [kind, pc])).toEqual([
      ['call', 6],
      ['entry', 2],
    ]);
    expect(frames[0]?.registers.slice(1, 8)).toEqual([7n, null, null, null, null, 7n, null]);
    expect(frames[1]?.registers.slice(5, 8)).toEqual([null, 5n, null]);
    expect(frames[0]!.framePointer - frames[1]!.framePointer).toBe(LAYOUT.frameStride);
    expect(interpreter.resume(100)).toMatchObject({ r0: 12n });
  });

  it('knows which stack bytes were written', () => {
    const { interpreter } = fixture('*(u16 *)(r10 - 8) = 1\nr0 = 0\nexit');
    interpreter.reset(LAYOUT.ctx);
    interpreter.step();
    const top = interpreter.frames()[0]!.framePointer;
    expect([-9, -8, -7, -6].map((off) => interpreter.isStackWritten(top + off))).toEqual([false, true, true, false]);
  });

  it('reports loads and stores before they happen', () => {
    const { interpreter } = fixture('*(u16 *)(r10 - 8) = 1\nr0 = *(u8 *)(r10 - 7)\nexit');
    const seen: unknown[] = [];
    interpreter.onAccess = (...access) => seen.push(access);
    interpreter.run(LAYOUT.ctx, 100);
    const top = LAYOUT.stack + LAYOUT.frameBytes;
    expect(seen).toEqual([
      [0, top - 8, 2, true],
      [1, top - 7, 1, false],
    ]);
  });
});

describe('functions that return nothing', () => {
  it('may end without a value in r0, the program may not', () => {
    expect(shown(fixture('call f\nr0 = 1\nexit\nf: r2 = 0\nexit').interpreter.run(LAYOUT.ctx, 10))).toBe('0x1');
    expect(shown(fixture('r2 = 0\nexit').interpreter.run(LAYOUT.ctx, 10))).toBe(
      '1: reads r0, which holds no value here',
    );
  });
});

describe('callbacks are stepped like calls', () => {
  const TEXT =
    'r1 = 3\nr2 = f ll\nr3 = r10\nr3 += -8\nr4 = 0\n*(u64 *)(r10 - 8) = 100\ncall bpf_loop\nr1 = *(u64 *)(r10 - 8)\nr0 += r1\nexit\nf: r1 <<= 1\nr3 = *(u64 *)(r2 + 0)\nr3 += r1\n*(u64 *)(r2 + 0) = r3\nr0 = 0\nexit';

  it('bpf_loop calls the function with the round and its pointer', () => {
    const { interpreter } = fixture(TEXT);
    expect(shown(interpreter.run(LAYOUT.ctx, 1000))).toBe(`0x${(3 + 100 + 6).toString(16)}`);
    expect(interpreter.insns).toBe(10 + 3 * 6);
  });

  it('a frame of a callback stands on the helper that calls it', () => {
    const { interpreter } = fixture(TEXT);
    interpreter.reset(LAYOUT.ctx);
    interpreter.runUntil(new Set([11]), 1000);
    expect(interpreter.frames().map(({ kind, pc }) => [kind, pc])).toEqual([
      ['callback', 11],
      ['entry', 7],
    ]);
  });

  it('a result that is not 0 ends the loop', () => {
    const { interpreter } = fixture(TEXT.replace('r0 = 0\nexit', 'r0 = 1\nexit'));
    expect(shown(interpreter.run(LAYOUT.ctx, 1000))).toBe(`0x${(1 + 100).toString(16)}`);
  });

  it('for_each_map_elem visits every element', () => {
    const { interpreter } = fixture(`
      .license "GPL"
      .map values, type=array, key=4, value=8, entries=4
      .section "xdp"
      .globl main
      main: r1 = values ll
        r2 = f ll
        r3 = 0
        r4 = 0
        call bpf_for_each_map_elem
        r6 = r0
        r1 = values[0] + 0 ll
        r0 = *(u64 *)(r1 + 24)
        r0 <<= 8
        r0 += r6
        exit
      f: r1 = *(u32 *)(r2 + 0)
        r1 += 7
        *(u64 *)(r3 + 0) = r1
        r0 = 0
        exit
    `);
    expect(shown(interpreter.run(LAYOUT.ctx, 1000))).toBe('0xa04');
  });
});

describe('tail calls', () => {
  const TEXT = `
    .license "GPL"
    .map jumps, type=prog_array, key=4, value=4, entries=2
    .slot jumps, 1, second
    .map counts, type=array, key=4, value=8, entries=1
    .section "xdp"
    .globl first
    first:
      r3 = INDEX
      r2 = jumps ll
      call bpf_tail_call
      r0 = 7
      exit
    .globl second
    second:
      r2 = counts[0] + 0 ll
      r3 = *(u64 *)(r2 + 0)
      r3 += 1
      *(u64 *)(r2 + 0) = r3
      r3 = 1
      r2 = jumps ll
      call bpf_tail_call
      r0 = 9
      exit
  `;
  const start = (index: number): string => {
    const { interpreter, machine } = fixture(TEXT.replace('INDEX', String(index)));
    const outcome = shown(interpreter.run(LAYOUT.ctx, 10_000));
    return `${outcome}, ${machine.memory.view.getUint32(mapNamed(machine, 'counts').values!, true)} rounds`;
  };

  it('go on in another program at most 33 times', () => {
    expect(start(1)).toBe('0x9, 33 rounds');
    expect(start(0)).toBe('0x7, 0 rounds');
    expect(start(2)).toBe('0x7, 0 rounds');
  });
});

/** A program that only loads the address of a map. */
function bigMap(type: string, entries: number): string {
  return `
    .license "GPL"
    .map big, type=${type}, key=4, value=4096, entries=${entries}
    .section "xdp"
    .globl main
    main: r1 = big ll
      r0 = 0
      exit`;
}

describe('an object whose maps cannot be made', () => {
  it('is a machine with a diagnostic, and a trap where the map is used', () => {
    const parsed = object(bigMap('array', 1_000_000_000));
    const machine = createMachine(parsed);
    const expected = 'map big: needs 3906251 MiB, more than the 256 MiB left for maps; lower max_entries';
    expect(machine.diagnostics.map(({ message }) => message)).toEqual([expected]);
    const outcome = createInterpreter(machine, parsed.programs[0]!).run(LAYOUT.ctx, 100);
    expect(shown(outcome)).toBe(`0: ${expected}`);
  });

  it('takes no memory for hash maps of any size either', () => {
    const machine = createMachine(object(bigMap('hash', 2_147_483_648)));
    expect(machine.diagnostics.length).toBe(1);
    expect(machine.memory.byteLength).toBe(LAYOUT.maps);
  });
});
