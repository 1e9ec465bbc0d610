/** The engine that runs compiled programs: what compiled code imports, and how runs end. */
import { assert } from '../base/assert.ts';
import type { Program } from '../program/program.ts';
import type { VerifiedProgram } from '../verifier/verification.ts';
import type { Machine } from '../vm/createMachine.ts';
import type { Engine, Outcome, Trap } from '../vm/machine.ts';
import { imageSaver } from './batch.ts';
import type { JitMode } from './context.ts';
import { type BatchSetup, JitRun } from './jitRun.ts';

export interface JitOptions {
  /** Programs that tail calls may reach and that the verifier accepted; others run with checks. */
  readonly verified?: readonly VerifiedProgram[];
  /** Exact mode: instructions are counted, and the budget is one of instructions as the interpreter's is. */
  readonly exact?: boolean;
  /** For tests: every function becomes a dispatch loop. */
  readonly forceDispatch?: boolean;
  /** For tests: safe code without guesses at what pointers point to. */
  readonly noGuesses?: boolean;
  /** Prepares for batches of events. */
  readonly batch?: BatchSetup | null;
}

export interface JitEngine extends Engine {
  readonly mode: JitMode;
  /** Size of the WebAssembly module. */
  readonly moduleBytes: number;
  /** A function of the program is beyond what engines compile: reaching it traps, so it is better interpreted. */
  readonly tooLarge: boolean;
  /**
   * Runs like `run` without making an object: true when the program left, with r0 in `r0Low` and `r0High`; false when
   * it trapped, with the reason in `trap`. `r2` is for the conformance protocol, which passes a length there.
   */
  execute(ctx: number, budget: number, r2?: number): boolean;
  /**
   * Runs `count` times, at least once, without coming back in between, as BPF_PROG_TEST_RUN does with its `repeat`. What
   * a machine makes fresh for a run is made so only once, and the rounds share the budget. For measuring.
   */
  repeat(ctx: number, budget: number, count: number, r2?: number): boolean;
  /** Saves what the event of a row begins with, which the machine holds at this moment. */
  saveRow(row: number): void;
  /** Runs rows of a batch, at least one, each with this budget. Yields `to`, or the row that trapped. */
  runBatch(from: number, to: number, budget: number): number;
  readonly r0Low: number;
  readonly r0High: number;
  readonly trap: Trap | null;
  /** Instructions of the last run; null unless the mode is exact. */
  readonly insns: number | null;
  /** How often each instruction of each program was begun, over all runs; null unless the mode is exact. */
  readonly visits: ReadonlyMap<Program, Float64Array> | null;
}

/** Compiles a program for a machine. Only what the verifier accepted may run without checks. */
export function createJit(
  machine: Machine,
  program: VerifiedProgram,
  options: JitOptions & { mode: 'verified' },
): JitEngine;
export function createJit(machine: Machine, program: Program, options: JitOptions & { mode: 'safe' }): JitEngine;
export function createJit(machine: Machine, program: Program, options: JitOptions & { mode: JitMode }): JitEngine {
  return new CompiledEngine(machine, program, options);
}

class CompiledEngine implements JitEngine {
  readonly program: Program;
  readonly mode: JitMode;
  readonly moduleBytes: number;
  readonly tooLarge: boolean;
  private readonly entry: number;
  private readonly running: JitRun;
  private readonly saveImage: ((row: number) => void) | null;

  constructor(machine: Machine, program: Program, options: JitOptions & { mode: JitMode }) {
    this.program = program;
    machine.programType = program.type;
    this.mode = options.mode;
    this.entry = machine.programs.indexOf(program);
    assert(this.entry >= 0, 'the program is not one of the machine');
    const trusted = new Set<Program>(options.verified);
    if (options.mode === 'verified') trusted.add(program);
    this.saveImage = options.batch ? imageSaver(machine, options.batch.shape) : null;
    this.running = new JitRun(machine, trusted, {
      batch: options.batch ?? null,
      exact: options.exact ?? false,
      forceDispatch: options.forceDispatch ?? false,
      noGuesses: options.noGuesses ?? false,
    });
    const { bytes, tooLarge, counts } = this.running.load(this.entry);
    this.moduleBytes = bytes;
    this.tooLarge = tooLarge.size > 0 || counts?.full === true;
  }

  execute(ctx: number, budget: number, r2 = 0): boolean {
    return this.running.execute(this.entry, ctx, budget, r2, 1);
  }

  repeat(ctx: number, budget: number, count: number, r2 = 0): boolean {
    return this.running.execute(this.entry, ctx, budget, r2, count);
  }

  saveRow(row: number): void {
    assert(this.saveImage !== null, 'the program was not compiled for batches');
    if (this.mode !== 'verified') this.running.publishWindows();
    this.saveImage(row);
  }

  runBatch(from: number, to: number, budget: number): number {
    return this.running.executeBatch(this.entry, from, to, budget);
  }

  run(ctx: number, budget: number): Outcome {
    if (!this.execute(ctx, budget)) {
      assert(this.trap !== null, 'a run that does not leave has trapped');
      return { kind: 'trap', trap: this.trap, insns: this.insns };
    }
    const r0 = (BigInt(this.r0High >>> 0) << 32n) | BigInt(this.r0Low >>> 0);
    return { kind: 'exit', r0, insns: this.insns };
  }

  get insns(): number | null {
    return this.running.insns;
  }
  get visits(): ReadonlyMap<Program, Float64Array> | null {
    return this.running.visits;
  }
  get r0Low(): number {
    return this.running.resultLow;
  }
  get r0High(): number {
    return this.running.resultHigh;
  }
  get trap(): Trap | null {
    return this.running.trap;
  }
}
