import { describe, expect, it } from 'vitest';
import type { Insn, JumpOp } from '../../server/src/isa/insn.ts';
import { compileProgram, compileToWasm } from '../../server/src/jit/compile.ts';
import { flowGraph, FlowMarks, successors, type FlowGraph } from '../../server/src/jit/controlFlow.ts';
import { rawProgram } from '../../server/src/vm/runRaw.ts';
import { randomNumbers } from '../support/random.ts';
import { FLAVOURS, flavourName, runRawJit } from './support.ts';

/** A graph in letters: "if 3" jumps to slot 3 when r2 is 0, "goto 3" always, "exit", and "." counts in r0. */
function program(text: string): Insn[] {
  return text.split(/[;\n]/).map((part, pc) => {
    const [word = '', target = '0'] = part.trim().split(' ');
    const off = Number(target) - pc - 1;
    if (word === 'if') return test('eq', off);
    if (word === 'goto') return { kind: 'goto', off, long: false };
    if (word === 'exit') return { kind: 'exit' };
    return count(1);
  });
}

function count(imm: number): Insn {
  return { kind: 'alu', op: 'add', wide: true, dst: 0, signExtendBits: 0, source: 'imm', src: 0, imm };
}

function test(op: JumpOp, off: number): Insn {
  return { kind: 'jump', op, wide: true, dst: 2, off, source: 'imm', src: 0, imm: 0 };
}

function graph(text: string) {
  const insns = program(text);
  return flowGraph(insns, 0, new FlowMarks(insns.length));
}

describe('control-flow graphs', () => {
  it.each([
    ['straight', '.;.;exit', 1, true],
    ['a diamond', 'if 2;.;exit', 3, true],
    ['a loop', '.;if 0;exit', 2, true],
    ['a loop with two ways back', '.;if 0;.;if 0;exit', 3, true],
    ['a loop with two entries', 'if 2;.;.;if 1;exit', 4, false],
    ['a jump into a loop in a loop', '.;.;if 1;if 0;exit', 4, true],
    ['code that nothing reaches', 'goto 3;.;.;exit', 2, true],
    ['a jump out of the program', 'goto 9', 2, true],
  ] as const)('%s', (_name, text, blocks, reducible) => {
    const flow = graph(text);
    expect(flow.blocks.length).toBe(blocks);
    expect(flow.reducible).toBe(reducible);
  });

  it('knows the nearest block that all paths pass', () => {
    // Blocks in order: 0 "if 3", then the fall-through, its two sides, and where all meet.
    const flow = graph('if 5;if 4;.;goto 5;.;exit');
    const starts = flow.blocks.map(({ start }) => start);
    const dominators = [...flow.dominator].map((block) => starts[block]);
    expect(Object.fromEntries(starts.map((start, i) => [start, dominators[i]]))).toEqual({
      0: 0,
      1: 0,
      2: 1,
      4: 1,
      5: 0,
    });
  });
});

/** Blocks that can be reached from the entry without passing `removed`. */
function reachable(flow: FlowGraph, removed: number): Set<number> {
  const seen = new Set<number>();
  const work = removed === 0 ? [] : [0];
  for (let block = work.pop(); block !== undefined; block = work.pop()) {
    if (seen.has(block) || block === removed) continue;
    seen.add(block);
    work.push(...successors(flow.blocks[block]!.exit));
  }
  return seen;
}

describe('dominators of random graphs', () => {
  it('are what removing blocks shows', () => {
    let reducible = 0;
    for (let seed = 1; seed <= 400; seed++) {
      const next = randomNumbers(seed);
      const length = 5 + next(40);
      const text = Array.from({ length }, (_, i) => {
        const target = next(6) === 0 ? next(i + 1) : Math.min(length, i + 1 + next(8));
        return next(3) === 0 ? '.' : `${next(5) === 0 ? 'goto' : 'if'} ${target}`;
      });
      const flow = graph([...text, 'exit'].join(';'));
      const cut = flow.blocks.map((_, block) => reachable(flow, block));
      const dominates = (a: number, b: number): boolean => a === b || !cut[a]!.has(b);
      const back = flow.blocks.flatMap(({ exit }, from) => successors(exit).map((to) => [from, to] as const));
      expect(flow.reducible).toBe(back.every(([from, to]) => to > from || dominates(to, from)));
      if (!flow.reducible) continue;
      reducible++;
      // The immediate dominator is the one that all others dominate: the last in reverse postorder.
      for (let block = 1; block < flow.blocks.length; block++) {
        const all = flow.blocks.map((_, other) => other).filter((other) => other !== block && dominates(other, block));
        expect(flow.dominator[block], `seed ${seed}, block ${block}`).toBe(Math.max(...all));
      }
    }
    expect(reducible).toBeGreaterThan(50);
  });
});

/** r0 of the program, in every flavour; r2 is 0, so that every "if" jumps, or 8. */
function checkRuns(insns: readonly Insn[], r2: 0 | 8, expected: bigint): void {
  const start: Insn = { kind: 'alu', op: 'mov', wide: true, dst: 0, signExtendBits: 0, source: 'imm', src: 0, imm: 0 };
  for (const flavour of FLAVOURS) {
    const outcome = runRawJit(rawProgram([start, ...insns]), new Uint8Array(r2), flavour);
    expect(outcome, flavourName(flavour)).toMatchObject({ kind: 'exit', r0: expected });
  }
}

describe('shapes of code', () => {
  it('an irreducible loop runs through the dispatch loop', () => {
    checkRuns(program('if 2;.;.;.;exit'), 0, 2n);
    checkRuns(program('if 2;.;.;if 5;exit;.;exit'), 0, 2n);
    checkRuns(program('if 2;.;.;if 1;exit'), 8, 2n);
  });

  it('ten thousand tests that leave to one place', () => {
    const insns: Insn[] = [];
    for (let i = 0; i < 5_000; i++) insns.push(count(1), test('eq', 2 * (5_000 - i) - 2));
    checkRuns([...insns, { kind: 'exit' }], 8, 5_000n);
    checkRuns([...insns, { kind: 'exit' }], 0, 1n);
  });

  it('thousands of blocks that all end behind one another nest too deep and still run', () => {
    const insns: Insn[] = Array.from({ length: 3_000 }, () => test('ne', 3_000));
    for (let i = 0; i < 3_001; i++) insns.push(count(1));
    checkRuns([...insns, { kind: 'exit' }], 0, 3_001n);
    checkRuns([...insns, { kind: 'exit' }], 8, 3_000n);
  });

  it('a thousand loops in a row', () => {
    const loop: Insn[] = [count(1), test('ne', 0)];
    checkRuns([...Array.from({ length: 1_000 }, () => loop).flat(), { kind: 'exit' }], 8, 1_000n);
    const again: Insn[] = [count(1), test('ne', -2)];
    checkRuns([...Array.from({ length: 1_000 }, () => again).flat(), { kind: 'exit' }], 0, 1_000n);
  });

  it('what is too large for an engine traps by name instead of failing to compile', () => {
    const insns: Insn[] = Array.from({ length: 400_000 }, () => count(1));
    const large = rawProgram([...insns, { kind: 'exit' }]);
    expect([...compileProgram(large, 'verified').tooLarge]).toEqual([0]);
    const outcome = runRawJit(large, new Uint8Array(), FLAVOURS[0]!);
    expect(outcome).toMatchObject({ kind: 'trap', trap: { kind: 'unsupported', pc: 0 } });
  });

  // Some 0.1 s each; anything quadratic takes minutes and meets the limit of every test.
  it('compiles 64,000 instructions of any shape in time that grows with their number', () => {
    const shapes: Record<string, (i: number) => Insn> = {
      straight: () => count(1),
      diamonds: (i) => (i % 4 === 0 ? test('eq', 2) : count(1)),
      overlapping: (i) => (i % 4 === 0 ? test('eq', Math.min(50, 64_000 - i)) : count(1)),
      loops: (i) => (i % 4 === 3 ? test('eq', -3) : count(1)),
      nested: (i) => (i < 32_000 ? count(1) : test('eq', -Math.min(2 * (i - 32_000) + 2, 30_000))),
    };
    for (const [name, shape] of Object.entries(shapes)) {
      const insns = Array.from({ length: 64_000 }, (_, i) => shape(i));
      const bytes = compileToWasm(rawProgram([...insns, { kind: 'exit' }]), 'safe');
      expect(WebAssembly.validate(bytes as Uint8Array<ArrayBuffer>), name).toBe(true);
    }
  });
});
