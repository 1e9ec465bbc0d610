import { createJit } from '../jit/createJit.ts';
import type { Program } from '../program/program.ts';
import type { VerifiedProgram } from '../verifier/verification.ts';
import type { Machine } from '../vm/createMachine.ts';
import { createInterpreter } from '../vm/interpreter.ts';
import { LAYOUT } from '../vm/machine.ts';
import type { Trap } from '../vm/machine.ts';
import { VisitCounts } from '../vm/visitCounts.ts';
import type { Batch } from './batch.ts';

/** One machine with the engine that runs the program on it. */
export interface Runner {
  readonly name: 'jit' | 'interpreter';
  readonly machine: Machine;
  /** Runs one event whose context is in place. True when the program left; then `low` is r0's low half. */
  run(): boolean;
  readonly low: number;
  readonly high: number;
  readonly trap: Trap | null;
  readonly insns: number | null;
  /** How often each instruction was begun; null when nobody counts. */
  readonly visits: ReadonlyMap<Program, Float64Array> | null;
}

/**
 * Compiles the program. Where the verifier accepted it (and every program it may tail-call to), nothing is checked at
 * run time; otherwise everything is. With `exact`, instructions are counted.
 */
export function jitRunner(
  machine: Machine,
  program: Program,
  verified: readonly VerifiedProgram[],
  budget: number,
  exact: boolean,
  events: Batch | null = null,
): Runner {
  const batch = events?.setup ?? null;
  const accepted = verified.find((one) => one === program);
  const engine =
    accepted === undefined
      ? createJit(machine, program, { mode: 'safe', verified, exact, batch })
      : createJit(machine, accepted, { mode: 'verified', verified, exact, batch });
  if (engine.tooLarge) {
    machine.notes.add(`${program.name} is too large to be compiled, so it runs in the interpreter`);
    return interpreterRunner(machine, program, budget, exact ? new VisitCounts() : null);
  }
  events?.use(engine);
  return {
    name: 'jit',
    machine,
    run: () => engine.execute(LAYOUT.ctx, budget),
    get low() {
      return engine.r0Low;
    },
    get high() {
      return engine.r0High;
    },
    get trap() {
      return engine.trap;
    },
    get insns() {
      return engine.insns;
    },
    get visits() {
      return engine.visits;
    },
  };
}

/** Instructions between two looks at whether the run shall end, less one; a power of two. */
const ASK_EVERY_STEPS = 0xffff;

/** Runs in the interpreter. `visits` counts how often each instruction was executed, when somebody asks. */
export function interpreterRunner(
  machine: Machine,
  program: Program,
  budget: number,
  visits: VisitCounts | null,
): Runner {
  const interpreter = createInterpreter(machine, program);
  const runner = { low: 0, high: 0, trap: null as Trap | null, insns: null as number | null };
  const run = (): boolean => {
    const outcome = visits === null ? interpreter.run(LAYOUT.ctx, budget) : counted();
    runner.insns = outcome.insns;
    runner.trap = outcome.kind === 'trap' ? outcome.trap : null;
    if (outcome.kind === 'trap') return false;
    runner.low = Number(BigInt.asIntN(32, outcome.r0));
    runner.high = Number(BigInt.asIntN(32, outcome.r0 >> 32n));
    return true;
  };
  const counted = (): Exclude<ReturnType<typeof interpreter.step>, 'running'> => {
    interpreter.reset(LAYOUT.ctx, budget);
    let steps = 0;
    for (;;) {
      visits?.count(interpreter.currentProgram, interpreter.pc);
      if ((++steps & ASK_EVERY_STEPS) === 0) interpreter.endIfStopped();
      const outcome = interpreter.step();
      if (outcome !== 'running') return outcome;
    }
  };
  return Object.assign(runner, { name: 'interpreter' as const, machine, run, visits: visits?.byProgram ?? null });
}
