import { describe, expect, it } from 'vitest';
import type { Insn } from '../../server/src/isa/insn.ts';
import { compileToWasm } from '../../server/src/jit/compile.ts';
import type { Machine } from '../../server/src/vm/createMachine.ts';
import { createInterpreter } from '../../server/src/vm/interpreter.ts';
import type { Outcome } from '../../server/src/vm/machine.ts';
import { rawProgram } from '../../server/src/vm/runRaw.ts';
import { machineFor, observed, PACKET_BYTES, randomCase, type RandomCase, resetMachine } from './randomMachine.ts';
import { randomProgram } from './randomProgram.ts';
import { compileFor, type Flavour, flavourName, FLAVOURS } from './support.ts';

/** The interpreter gets this many instructions; compiled code counts rounds of loops, so it gets more. */
const BUDGET = 30_000;
const LARGE_BUDGET = 1e12;

function runInterpreter(machine: Machine, { program, r1 }: RandomCase): Outcome {
  const interpreter = createInterpreter(machine, program);
  interpreter.reset(r1, BUDGET);
  interpreter.setReg(2, BigInt(PACKET_BYTES));
  const outcome = interpreter.resume(BUDGET + 1);
  if (outcome === 'running' || outcome === 'stopped') throw new Error('the interpreter did not end');
  return outcome;
}

function runJit(machine: Machine, { program, r1 }: RandomCase, flavour: Flavour, budget: number): Outcome {
  const engine = compileFor(machine, program, flavour);
  if (!engine.execute(r1, budget, PACKET_BYTES) && engine.trap !== null)
    return { kind: 'trap', trap: engine.trap, insns: null };
  return { kind: 'exit', r0: (BigInt(engine.r0High >>> 0) << 32n) | BigInt(engine.r0Low >>> 0), insns: null };
}

function checkSame(machine: Machine, each: RandomCase, tally: Map<string, number>): void {
  resetMachine(machine);
  const outcome = runInterpreter(machine, each);
  const expected = observed(machine, outcome);
  const kind = outcome.kind === 'exit' ? 'exit' : outcome.trap.kind;
  tally.set(kind, (tally.get(kind) ?? 0) + 1);
  const endless = kind === 'budget';
  for (const flavour of FLAVOURS) {
    if (flavour.exact === true || (flavour.mode === 'verified' && kind !== 'exit')) continue;
    resetMachine(machine);
    const outcome = runJit(machine, each, flavour, endless ? BUDGET : LARGE_BUDGET);
    if (!endless) expect(observed(machine, outcome), flavourName(flavour)).toEqual(expected);
  }
}

describe('compiled code does what the interpreter does', () => {
  const COUNT = Number(process.env['JIT_FUZZ_COUNT'] ?? 1000);
  const FIRST = Number(process.env['JIT_FUZZ_SEED'] ?? 1);
  const PER_MACHINE = 200;

  it(`on ${COUNT} random programs, in result, memory, and place and reason of traps`, () => {
    const tally = new Map<string, number>();
    for (let first = FIRST; first < FIRST + COUNT; first += PER_MACHINE) {
      const seeds = Array.from({ length: Math.min(PER_MACHINE, FIRST + COUNT - first) }, (_, i) => first + i);
      const cases = seeds.map(randomCase);
      const machine = machineFor(cases.map(({ program }) => program));
      for (const [i, each] of cases.entries()) {
        try {
          checkSame(machine, each, tally);
        } catch (error) {
          throw new Error(`seed ${seeds[i]}`, { cause: error });
        }
      }
    }
    // The programs must not all end the same way, or little was compared.
    expect(tally.get('exit') ?? 0).toBeGreaterThan(COUNT / 4);
    for (const kind of [
      'memory',
      'uninitialized',
      'badPc',
      'callDepth',
      'helper',
      'budget',
      'invalidInsn',
      'unsupported',
    ])
      expect(tally.get(kind) ?? 0, `${kind} in ${JSON.stringify([...tally])}`).toBeGreaterThan(0);
  });

  it('gives valid modules for random programs in every form', () => {
    for (let seed = 1; seed <= 300; seed++) {
      const program = rawProgram(randomProgram(seed) satisfies Insn[]);
      for (const mode of ['verified', 'safe'] as const)
        for (const forceDispatch of [false, true])
          expect(WebAssembly.validate(compileToWasm(program, mode, { forceDispatch }) as Uint8Array<ArrayBuffer>)).toBe(
            true,
          );
    }
  });
});
