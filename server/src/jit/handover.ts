/**
 * What compiled code cannot do while it runs: the interpreter takes over where the budget comes to its end, and exact
 * mode's counters are read, with where frames stood when a run ended.
 */
import type { Program } from '../program/program.ts';
import type { Machine } from '../vm/createMachine.ts';
import { type Fault, LAYOUT, type Trap } from '../vm/machine.ts';
import { TakeOver } from '../vm/takeOver.ts';
import { STOPPED } from '../vm/stopSignal.ts';
import { VisitCounts } from '../vm/visitCounts.ts';
import { MAY_GOTO_ROUNDS } from '../vm/frames.ts';
import { CELLS } from './context.ts';
import { COUNTER_SPACE } from './counting.ts';
import type { LoadedModule } from './jitRun.ts';
import type { ModuleCounts } from './moduleCounts.ts';

const WORD = {
  budget: CELLS.budget >> 2,
  initialized: CELLS.initialized >> 2,
  registers: CELLS.registers >> 2,
  rounds: CELLS.rounds >> 2,
  stoppedFrame: CELLS.stoppedFrame >> 2,
} as const;

/** Callbacks between two looks at whether the run shall end, less one; a power of two. */
const ASK_EVERY_CALLBACKS = 0xfff;

/** A program that gave way to another one by a tail call that has not returned. */
interface Replaced {
  readonly module: LoadedModule;
  readonly depth: number;
}

export class Handover {
  private readonly machine: Machine;
  /** Made when it is first needed: most runs never come to the end of their budget. */
  private interpreter: TakeOver | null = null;
  /** What the interpreter executed. */
  private readonly interpreted = new VisitCounts();
  private readonly counted: { readonly program: Program; readonly counts: ModuleCounts }[] = [];
  private readonly replaced: Replaced[] = [];
  private budget = 0;
  /** Callbacks of this event so far. */
  private callbacks = 0;
  /** The highest frame that was waiting when the program threw. */
  thrownDepth = 0;
  private nextCounter: number = COUNTER_SPACE.start;

  constructor(machine: Machine) {
    this.machine = machine;
  }

  private get takeOver(): TakeOver {
    return (this.interpreter ??= new TakeOver(this.machine, this.interpreted));
  }

  begin(budget: number): void {
    this.budget = budget;
    this.callbacks = 0;
    this.replaced.length = 0;
    this.interpreter?.reset();
  }

  /**
   * Counts a callback. A fault says that there were more than the budget has instructions: accepted programs, which
   * nothing else stops, may nest helpers that call back millions of times each.
   */
  countCallback(helper: string): Fault | null {
    if ((++this.callbacks & ASK_EVERY_CALLBACKS) === 0 && this.machine.stop?.() === true) return STOPPED;
    if (this.callbacks <= this.budget) return null;
    const message = `still running after ${this.budget} callbacks, in ${helper}, which calls a function again and again`;
    return { kind: 'budget', message, address: null };
  }

  /** Where the next module may lay its counters. */
  get space(): { readonly start: number; readonly end: number } {
    return { start: this.nextCounter, end: COUNTER_SPACE.end };
  }

  loaded(program: Program, counts: ModuleCounts): void {
    this.machine.memory.u8.fill(0, this.nextCounter, this.nextCounter + counts.bytes);
    this.nextCounter += counts.bytes;
    this.counted.push({ program, counts });
  }

  /** Instructions of this event so far. */
  get insns(): number {
    return this.budget - this.left;
  }

  /** What is left of the budget. */
  get left(): number {
    const { i32, u32 } = this.machine.memory;
    return (i32[WORD.budget + 1] ?? 0) * 0x1_0000_0000 + (u32[WORD.budget] ?? 0);
  }

  /** How often each instruction was begun since the machine was made. */
  get visits(): ReadonlyMap<Program, Float64Array> {
    const visits = new VisitCounts();
    for (const [program, counts] of this.interpreted.byProgram) visits.byProgram.set(program, counts.slice());
    const { u32 } = this.machine.memory;
    const read = (cell: number): number => (u32[(cell >> 2) + 1] ?? 0) * 0x1_0000_0000 + (u32[cell >> 2] ?? 0);
    for (const { program, counts } of this.counted) counts.addVisits(program.insns, read, visits.of(program));
    return visits.byProgram;
  }

  /** Runs the rest of a function in the interpreter; null, the trap that ends the run, or that the program threw. */
  finish(module: LoadedModule, frame: number, pc: number, site: number): Trap | 'thrown' | null {
    const stopped = module.counts?.sites[site];
    if (stopped !== undefined) stopped.stops++;
    const { i32 } = this.machine.memory;
    const point = { pc, initialized: i32[WORD.initialized] ?? 0, rounds: i32[WORD.rounds] ?? 0 };
    return this.interpret(module, frame, point);
  }

  /** Runs a whole program in the interpreter, in a frame that a tail call left to it. */
  runProgram(module: LoadedModule, frame: number): Trap | 'thrown' | null {
    const { i32 } = this.machine.memory;
    i32[WORD.registers + 2] = LAYOUT.ctx;
    i32[WORD.registers + 3] = 0;
    return this.interpret(module, frame, { pc: 0, initialized: (1 << 1) | (1 << 10), rounds: MAY_GOTO_ROUNDS });
  }

  private interpret(
    module: LoadedModule,
    frame: number,
    point: { pc: number; initialized: number; rounds: number },
  ): Trap | 'thrown' | null {
    const { machine, takeOver, budget, insns } = this;
    const { i32 } = machine.memory;
    const depth = depthOf(frame);
    const program = machine.programs.indexOf(module.program);
    const registers = i32.subarray(WORD.registers, WORD.registers + 20);
    const trap = takeOver.run({ ...point, program, depth, budget, insns }, registers);
    const left = budget - takeOver.insns;
    i32[WORD.budget] = left;
    i32[WORD.budget + 1] = Math.floor(left / 0x1_0000_0000);
    this.thrownDepth = depth - 1;
    if (trap !== null && trap !== 'thrown') this.stopFrames(module, depth - 1);
    return trap;
  }

  get result(): { readonly low: number; readonly high: number } {
    return { low: this.takeOver.resultLow, high: this.takeOver.resultHigh };
  }

  beforeTailCall(module: LoadedModule, frame: number): void {
    this.replaced.push({ module, depth: depthOf(frame) });
  }
  afterTailCall(): void {
    this.replaced.pop();
  }

  /** The frame in which compiled code stopped by itself. */
  get stoppedDepth(): number {
    return depthOf(this.machine.memory.i32[WORD.stoppedFrame] ?? LAYOUT.stack);
  }

  /** The run ends with frames `depth` and those below it, down to `last`, waiting: they stop where they stand. */
  stopFrames(module: LoadedModule, depth: number, last = 1): void {
    const { i32 } = this.machine.memory;
    const replaced = this.replaced.slice();
    let current = module;
    for (let at = depth; at >= last; at--) {
      for (let last = replaced.at(-1); last !== undefined && at < last.depth; last = replaced.at(-1)) {
        current = last.module;
        replaced.pop();
      }
      const frame = LAYOUT.stack + (at - 1) * LAYOUT.frameStride;
      const site = current.counts?.sites[i32[(frame + CELLS.siteOfFrame) >> 2] ?? -1];
      if (site !== undefined) site.stops++;
    }
  }
}

function depthOf(frame: number): number {
  return (frame - LAYOUT.stack) / LAYOUT.frameStride + 1;
}
