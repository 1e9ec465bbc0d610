import { createJit } from '../../server/src/jit/createJit.ts';
import type { JitMode } from '../../server/src/jit/context.ts';
import type { Program } from '../../server/src/program/program.ts';
import type { VerifiedProgram } from '../../server/src/verifier/verification.ts';
import type { Machine } from '../../server/src/vm/createMachine.ts';
import { LAYOUT, type Outcome } from '../../server/src/vm/machine.ts';
import { rawMachine } from '../../server/src/vm/runRaw.ts';

/** One way to compile. */
export interface Flavour {
  readonly mode: JitMode;
  readonly forceDispatch: boolean;
  readonly exact?: boolean;
  readonly noGuesses?: boolean;
}

export const FLAVOURS: readonly Flavour[] = [
  { mode: 'verified', forceDispatch: false },
  { mode: 'verified', forceDispatch: true },
  { mode: 'safe', forceDispatch: false },
  { mode: 'safe', forceDispatch: true },
  { mode: 'safe', forceDispatch: false, noGuesses: true },
  { mode: 'verified', forceDispatch: false, exact: true },
  { mode: 'verified', forceDispatch: true, exact: true },
  { mode: 'safe', forceDispatch: false, exact: true },
  { mode: 'safe', forceDispatch: true, exact: true },
];

export function flavourName({ mode, forceDispatch, exact, noGuesses }: Flavour): string {
  return `${mode}${exact === true ? ', exact' : ''}${noGuesses === true ? ', no guesses' : ''}, ${forceDispatch ? 'dispatch loop' : 'structured'}`;
}

/** Compiles without asking the verifier: a test knows what it does. */
export function compileFor(
  machine: Machine,
  program: Program,
  { mode, forceDispatch, exact = false, noGuesses = false }: Flavour,
) {
  if (mode === 'safe') return createJit(machine, program, { mode, forceDispatch, exact, noGuesses });
  return createJit(machine, program as VerifiedProgram, { mode, forceDispatch, exact });
}

/** Runs bare instructions on memory as the conformance suite wants it. */
export function runRawJit(program: Program, memory: Uint8Array, flavour: Flavour, budget = 1_000_000): Outcome {
  const machine = rawMachine(program, memory);
  const engine = compileFor(machine, program, flavour);
  const left = engine.execute(memory.length > 0 ? LAYOUT.packet : 0, budget, memory.length);
  if (!left && machine.fault?.message === 'unwound') return { kind: 'exit', r0: 0n, insns: null };
  if (!left && engine.trap !== null) return { kind: 'trap', trap: engine.trap, insns: null };
  const r0 = (BigInt(engine.r0High >>> 0) << 32n) | BigInt(engine.r0Low >>> 0);
  return { kind: 'exit', r0, insns: null };
}
