import { assert } from '../base/assert.ts';
import type { Insn } from '../isa/insn.ts';
import type { Program } from '../program/program.ts';
import { Core, type Caller } from './core.ts';
import type { CallbackState, Machine } from './createMachine.ts';
import { endStopped, executeWatched } from './executeWatched.ts';
import { CODE } from './lower.ts';
import { LAYOUT, type Engine, type Outcome } from './machine.ts';

/** Instructions between two looks at whether the run shall end. */
const ASK_EVERY_INSNS = 200_000;

export function createInterpreter(machine: Machine, program: Program): Interpreter {
  return new Interpreter(machine, program);
}

/** One function that is being executed. */
export interface Frame {
  readonly kind: 'entry' | 'call' | 'callback';
  readonly program: Program;
  /** Innermost frame: the next instruction. Others: the call they wait for. */
  readonly pc: number;
  /** Value of r10; its 512 bytes of stack begin at `stackStart`. */
  readonly framePointer: number;
  readonly stackStart: number;
  /** r0-r10; null for registers that hold no value (callers keep only r6-r10). */
  readonly registers: readonly (bigint | null)[];
}

/** Everything the interpreter knows besides the machine, for checkpoints inside an event. */
export interface InterpreterState {
  readonly program: number;
  readonly pc: number;
  readonly insns: number;
  readonly budget: number;
  readonly initialized: number;
  readonly low: Int32Array;
  readonly high: Int32Array;
  readonly rounds: number;
  readonly isCallback: boolean;
  readonly callers: readonly Caller[];
  readonly callback: CallbackState | null;
  readonly stackWritten: Uint8Array;
  readonly done: Outcome | null;
}

/** Asked before each instruction whether to stop there. */
export type StopTest = (interpreter: Interpreter) => boolean;

/** Executes a program (and what it tail-calls) on a machine, an instruction at a time or at full speed. */
export class Interpreter implements Engine {
  readonly program: Program;
  readonly machine: Machine;
  private readonly core: Core;
  private readonly entry: number;

  constructor(machine: Machine, program: Program) {
    this.machine = machine;
    machine.programType = program.type;
    this.program = program;
    this.entry = machine.programs.indexOf(program);
    assert(this.entry >= 0, 'the program is not one of the machine');
    this.core = new Core(machine, this.entry);
    this.reset(LAYOUT.ctx);
  }

  /** Called for every load, store and atomic of the program itself, just before it happens. */
  set onAccess(hook: ((pc: number, address: number, size: number, write: boolean) => void) | null) {
    this.core.onAccess = hook;
  }
  /** Called before every helper call; its arguments are in r1-r5. */
  set onHelper(hook: ((pc: number, helper: number) => void) | null) {
    this.core.onHelper = hook;
  }

  /** Puts the interpreter at the entry with r1 = `ctx`. */
  reset(ctx: number, budget = 0x7fff_ffff): void {
    this.core.reset(this.entry, ctx, budget);
  }

  /** Runs from the entry until exit, trap or `budget` instructions. Breakpoints do not stop it. */
  run(ctx: number, budget: number): Outcome {
    this.reset(ctx, budget);
    return this.runToEnd(budget);
  }

  /** Runs one function of the program, in a frame of its own, with these arguments. */
  call(pc: number, args: readonly number[], budget: number): Outcome {
    this.reset(0, budget);
    this.core.pc = pc;
    this.core.initialized = 1 << 10;
    for (const [index, value] of args.entries()) this.setReg(index + 1, BigInt(value));
    return this.runToEnd(budget);
  }

  private runToEnd(budget: number): Outcome {
    const { core, machine } = this;
    for (let pauses = 0; core.done === null && pauses <= budget; pauses++) {
      executeWatched(core, machine.stop === null ? Infinity : core.insns + ASK_EVERY_INSNS);
      this.endIfStopped();
    }
    assert(core.done !== null, 'a run ends');
    return core.done;
  }

  /** Ends the run where it stands if somebody wants it to. */
  endIfStopped(): void {
    if (this.core.done === null && this.machine.stop?.() === true) endStopped(this.core);
  }

  /** Executes one instruction. */
  step(): 'running' | Outcome {
    if (this.core.done === null) executeWatched(this.core, this.core.insns + 1);
    return this.core.done ?? 'running';
  }

  /** Runs at full speed to a breakpoint ('stopped'), the end, or until `slice` more instructions are done. */
  resume(slice: number): 'running' | 'stopped' | Outcome {
    if (this.core.done !== null) return this.core.done;
    const status = executeWatched(this.core, this.core.insns + slice);
    return this.core.done ?? (status === 'paused' ? 'stopped' : 'running');
  }

  /**
   * Runs until `stop` says so ('stopped'), the end, or until `slice` more instructions are done. The instruction that
   * the interpreter stands on is executed without asking. A set of pcs is the fast kind of stop; it belongs to the
   * program the interpreter was made for and replaces that program's breakpoints.
   */
  runUntil(stop: StopTest | ReadonlySet<number>, slice: number): 'running' | 'stopped' | Outcome {
    if (typeof stop !== 'function') {
      this.setBreakpoints(this.program, stop);
      return this.resume(slice);
    }
    for (let i = 0; i < slice; i++) {
      const result = this.step();
      if (result !== 'running') return result;
      if (stop(this)) return 'stopped';
    }
    return 'running';
  }

  /** Replaces the breakpoints of one program; `resume` stops before these instructions. They cost nothing elsewhere. */
  setBreakpoints(program: Program, pcs: ReadonlySet<number>): void {
    const index = this.machine.programs.indexOf(program);
    assert(index >= 0, 'the program is not one of the machine');
    const { code, plain } = this.core.load(index).lowered;
    code.set(plain);
    for (const pc of pcs) if (pc >= 0 && pc < program.insns.length) code[pc] = CODE.pause;
  }

  /** The next instruction. */
  get pc(): number {
    return this.core.pc;
  }
  set pc(pc: number) {
    this.core.pc = pc;
  }
  /** The program being executed; tail calls change it. */
  get currentProgram(): Program {
    return this.machine.programs[this.core.current]!;
  }
  get currentInsn(): Insn | null {
    return this.currentProgram.insns[this.core.pc] ?? null;
  }
  /** Instructions executed since the entry. */
  get insns(): number {
    return this.core.insns;
  }
  /** Number of frames; 1 in the entry function. */
  get depth(): number {
    return this.core.callers.length + 1;
  }
  /** How the run ended; null while it has not. */
  get outcome(): Outcome | null {
    return this.core.done;
  }

  /** Unsigned 64-bit value of r0-r10. */
  reg(register: number): bigint {
    return this.core.value(register);
  }

  setReg(register: number, value: bigint): void {
    assert(register >= 0 && register <= 10, 'no such register');
    const { low, high } = this.core.loaded;
    low[register] = Number(BigInt.asIntN(32, value));
    high[register] = Number(BigInt.asIntN(32, value >> 32n));
    this.core.initialized |= 1 << register;
  }

  /** Whether the register holds a value the program may use. */
  isInitialized(register: number): boolean {
    return (this.core.initialized & (1 << register)) !== 0;
  }

  /** Whether a stack byte has been written since its frame began. */
  isStackWritten(address: number): boolean {
    return this.machine.memory.stackWritten[address - LAYOUT.stack] === 1;
  }

  /** Innermost first. */
  frames(): Frame[] {
    const { callers, current, pc, isCallback } = this.core;
    const registers = Array.from({ length: 11 }, (_, r) => (this.isInitialized(r) ? this.reg(r) : null));
    const frames = [this.frame(callers.length, current, pc, isCallback, registers)];
    for (let i = callers.length - 1; i >= 0; i--) {
      const caller = callers[i]!;
      frames.push(this.frame(i, caller.program, caller.pc, caller.isCallback, callerRegisters(caller, i)));
    }
    return frames;
  }

  private frame(i: number, program: number, pc: number, callback: boolean, registers: (bigint | null)[]): Frame {
    return {
      kind: i === 0 ? 'entry' : callback ? 'callback' : 'call',
      program: this.machine.programs[program]!,
      pc,
      stackStart: LAYOUT.stack + i * LAYOUT.frameStride,
      framePointer: framePointer(i),
      registers,
    };
  }

  /** Copies the state; with a checkpoint of the machine it makes a moment one can come back to. */
  save(): InterpreterState {
    const { current, pc, insns, budget, initialized, rounds, isCallback, callers, done, loaded } = this.core;
    const { callback, memory } = this.machine;
    const low = loaded.low.slice(0, 11);
    const high = loaded.high.slice(0, 11);
    const common = { program: current, pc, insns, budget, initialized, rounds, isCallback, done, low, high };
    const stackWritten = memory.stackWritten.slice(0, this.depth * LAYOUT.frameStride);
    return { ...common, stackWritten, callers: [...callers], callback };
  }

  /** Goes back to a saved state; the machine must be restored to the same moment first. */
  restore(state: InterpreterState): void {
    const { core, machine } = this;
    core.select(state.program);
    core.loaded.low.set(state.low);
    core.loaded.high.set(state.high);
    const { pc, insns, budget, initialized, rounds, isCallback, done } = state;
    Object.assign(core, { pc, insns, budget, initialized, rounds, isCallback, done });
    core.callers = [...state.callers];
    machine.callback = state.callback;
    machine.memory.stackWritten.set(state.stackWritten);
    machine.regions.depth = this.depth;
    core.loops.reset();
  }
}

function framePointer(frame: number): number {
  return LAYOUT.stack + frame * LAYOUT.frameStride + LAYOUT.frameBytes;
}

function callerRegisters({ low, high, initialized }: Caller, frame: number): (bigint | null)[] {
  return Array.from({ length: 11 }, (_, r) => {
    if (r === 10) return BigInt(framePointer(frame));
    if (r < 6 || (initialized & (1 << r)) === 0) return null;
    return (BigInt(high[r - 6]! >>> 0) << 32n) | BigInt(low[r - 6]! >>> 0);
  });
}
