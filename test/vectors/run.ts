import { createMachine } from '../../server/src/vm/createMachine.ts';
import { createInterpreter } from '../../server/src/vm/interpreter.ts';
import { LAYOUT } from '../../server/src/vm/machine.ts';
import { compileFor, type Flavour } from '../jit/support.ts';
import type { BpfObject } from '../../server/src/program/program.ts';

const BUDGET = 30_000_000;

/** How a program ends in the interpreter (no flavour) or compiled: r0 in hex, or the message of the trap. */
export function endOf(object: BpfObject, flavour: Flavour | null): string {
  const machine = createMachine(object);
  machine.setContext(new Uint8Array(24), null);
  machine.packet.set(
    Uint8Array.from({ length: 64 }, (_, i) => i),
    { kind: 'xdp' },
  );
  const program = machine.programs[0]!;
  const engine = flavour === null ? createInterpreter(machine, program) : compileFor(machine, program, flavour);
  const outcome = engine.run(LAYOUT.ctx, BUDGET);
  return outcome.kind === 'exit' ? `0x${outcome.r0.toString(16)}` : outcome.trap.message;
}
