import { createJit } from '../../server/src/jit/createJit.ts';
import { createInterpreter } from '../../server/src/vm/interpreter.ts';
import { createMachine, type Machine, type MachineOptions } from '../../server/src/vm/createMachine.ts';
import { LAYOUT, type Outcome } from '../../server/src/vm/machine.ts';
import { object, shown } from './support.ts';

export interface EngineRun {
  readonly outcome: Outcome;
  readonly machine: Machine;
}

const BUDGET = 1_000_000;

/** Runs the first program of a text once in each engine, each with a machine of its own. */
export function runBoth(
  text: string,
  prepare: (machine: Machine) => void = () => {},
  options: MachineOptions = {},
): readonly [EngineRun, EngineRun] {
  const run = (engine: 'interpreter' | 'jit'): EngineRun => {
    const parsed = object(text);
    const machine = createMachine(parsed, options);
    const program = machine.programs[0];
    if (program === undefined) throw new Error('the test has no program');
    machine.setContext(new Uint8Array(24), null);
    prepare(machine);
    const made = engine === 'jit' ? createJit(machine, program, { mode: 'safe' }) : createInterpreter(machine, program);
    return { outcome: made.run(LAYOUT.ctx, BUDGET), machine };
  };
  return [run('interpreter'), run('jit')];
}

/** What both engines answer; a text that names the two where they differ. */
export function answer(text: string, prepare?: (machine: Machine) => void, options?: MachineOptions): string {
  const [interpreter, jit] = runBoth(text, prepare, options).map(({ outcome }) => shown(outcome));
  return interpreter === jit ? (jit ?? '') : `interpreter ${interpreter}, JIT ${jit}`;
}
