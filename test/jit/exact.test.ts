import { describe, expect, it } from 'vitest';
import type { Program } from '../../server/src/program/program.ts';
import type { Machine } from '../../server/src/vm/createMachine.ts';
import { createInterpreter } from '../../server/src/vm/interpreter.ts';
import type { Outcome } from '../../server/src/vm/machine.ts';
import { LOOK_BACK } from '../../server/src/vm/loopWatch.ts';
import { VisitCounts } from '../../server/src/vm/visitCounts.ts';
import { machineFor, observed, PACKET_BYTES, randomCase, type RandomCase, resetMachine } from './randomMachine.ts';
import { compileFor, flavourName, FLAVOURS, type Flavour } from './support.ts';

const EXACT = FLAVOURS.filter(({ exact }) => exact === true);
const BUDGET = 30_000;

interface Counted {
  readonly seen: object;
  readonly outcome: Outcome;
  readonly visits: readonly [number, number][];
}

/** Slots that were begun, with how often. */
function visitsOf(program: Program, visits: ReadonlyMap<Program, Float64Array> | null): [number, number][] {
  return [...(visits?.get(program) ?? [])].flatMap((count, pc) => (count === 0 ? [] : [[pc, count]]));
}

function interpreted(machine: Machine, { program, r1 }: RandomCase, budget: number): Counted {
  resetMachine(machine);
  const interpreter = createInterpreter(machine, program);
  const visits = new VisitCounts();
  interpreter.reset(r1, budget);
  interpreter.setReg(2, BigInt(PACKET_BYTES));
  for (;;) {
    visits.count(program, interpreter.pc);
    const outcome = interpreter.step();
    if (outcome !== 'running')
      return { seen: observed(machine, outcome), outcome, visits: visitsOf(program, visits.byProgram) };
  }
}

function compiled(machine: Machine, { program, r1 }: RandomCase, flavour: Flavour) {
  const engine = compileFor(machine, program, flavour);
  return (budget: number): Counted => {
    resetMachine(machine);
    const left = engine.execute(r1, budget, PACKET_BYTES);
    const { insns, trap } = engine;
    const r0 = (BigInt(engine.r0High >>> 0) << 32n) | BigInt(engine.r0Low >>> 0);
    const outcome: Outcome = left || trap === null ? { kind: 'exit', r0, insns } : { kind: 'trap', trap, insns };
    return { seen: observed(machine, outcome), outcome, visits: visitsOf(program, engine.visits) };
  };
}

describe('exact mode', () => {
  const COUNT = Number(process.env['JIT_FUZZ_COUNT'] ?? 400);
  const FIRST = Number(process.env['JIT_FUZZ_SEED'] ?? 1);
  const PER_MACHINE = 200;

  it(`counts as the interpreter does on ${COUNT} random programs, and traps where it does`, () => {
    for (let first = FIRST; first < FIRST + COUNT; first += PER_MACHINE) {
      const seeds = Array.from({ length: Math.min(PER_MACHINE, FIRST + COUNT - first) }, (_, i) => first + i);
      const cases = seeds.map(randomCase);
      const machine = machineFor(cases.map(({ program }) => program));
      cases.forEach((each, i) => {
        const expected = interpreted(machine, each, BUDGET);
        for (const flavour of EXACT) {
          if (flavour.mode === 'verified' && expected.outcome.kind !== 'exit') continue;
          const got = compiled(machine, each, flavour)(BUDGET);
          expect(got, `seed ${seeds[i]}, ${flavourName(flavour)}`).toEqual(expected);
        }
      });
    }
  });

  it('spends a budget of any size to the same instruction as the interpreter', () => {
    for (let seed = FIRST; seed < FIRST + COUNT / 40; seed++) {
      const each = randomCase(seed);
      const machine = machineFor([each.program]);
      const whole = interpreted(machine, each, BUDGET).outcome.insns ?? 0;
      // The interpreter takes over this long before the end, at every place where compiled code looks.
      const budgets = [0, LOOK_BACK].flatMap((from) => Array.from({ length: 40 }, (_, i) => from + i + 1));
      for (const flavour of EXACT.filter(({ mode }) => mode === 'safe'))
        for (const budget of budgets.filter((one) => one < whole + LOOK_BACK)) {
          const expected = interpreted(machine, each, budget);
          const got = compiled(machine, each, flavour)(budget);
          expect(got, `seed ${seed}, budget ${budget}, ${flavourName(flavour)}`).toEqual(expected);
        }
    }
  });
});
