import type { CallbackState, Machine } from './createMachine.ts';
import { explainAccess } from './explainAccess.ts';
import { clearFrame, MAY_GOTO_ROUNDS } from './frames.ts';
import { FIRST_CONSTANT, lower, type Lowered } from './lower.ts';
import { LoopWatch } from './loopWatch.ts';
import { LAYOUT, type Fault, type Outcome, type TrapKind } from './machine.ts';

/** A loaded program with the register file it runs on: r0-r10, then its constants. */
export interface Loaded {
  readonly lowered: Lowered;
  readonly low: Int32Array;
  readonly high: Int32Array;
}

/** What a caller gets back when its callee returns. */
export interface Caller {
  readonly program: number;
  readonly pc: number;
  readonly initialized: number;
  /** r6-r9. */
  readonly low: Int32Array;
  readonly high: Int32Array;
  readonly rounds: number;
  /** True when this caller itself is a callback. */
  readonly isCallback: boolean;
  /** The helper that waits in this caller for a callback's result. */
  readonly callback: CallbackState | null;
}

export type Status = 'running' | 'paused' | 'ended';

/** Where the interpreter stands: the program, its registers and frames, and how the run ended. */
export class Core {
  readonly machine: Machine;
  onAccess: ((pc: number, address: number, size: number, write: boolean) => void) | null = null;
  onHelper: ((pc: number, helper: number) => void) | null = null;
  loaded: Loaded;
  /** Index of the running program. */
  current = 0;
  pc = 0;
  insns = 0;
  budget = 0;
  /** Bit per register that holds a value. */
  initialized = 0;
  rounds = 0;
  isCallback = false;
  callers: Caller[] = [];
  done: Outcome | null = null;
  /** Index of the program that compiled code left to this interpreter; -1 for a run of its own. */
  takenOver = -1;
  /** So many of the callers are kept by compiled code, for a program that was taken over. */
  callersElsewhere = 0;
  /** The program threw, and compiled code must leave its frames. */
  thrown = false;
  /** Looks on while the budget comes to its end. */
  readonly loops = new LoopWatch();
  private readonly all: (Loaded | null)[];

  constructor(machine: Machine, entry: number) {
    this.machine = machine;
    this.all = machine.programs.map(() => null);
    this.loaded = this.load(entry);
    this.current = entry;
  }

  load(index: number): Loaded {
    const known = this.all[index];
    if (known) return known;
    const { machine } = this;
    const lowered = lower(machine.programs[index]!, machine.mapAddresses, (id) => machine.helperArgs(id));
    const low = new Int32Array(FIRST_CONSTANT + lowered.constantsLow.length);
    const high = new Int32Array(low.length);
    low.set(lowered.constantsLow, FIRST_CONSTANT);
    high.set(lowered.constantsHigh, FIRST_CONSTANT);
    const loaded = { lowered, low, high };
    this.all[index] = loaded;
    return loaded;
  }

  /** Makes another program the running one; registers keep their values. */
  select(index: number): void {
    const next = this.load(index);
    if (next !== this.loaded) {
      next.low.set(this.loaded.low.subarray(0, 11));
      next.high.set(this.loaded.high.subarray(0, 11));
    }
    this.loaded = next;
    this.current = index;
  }

  reset(entry: number, ctx: number, budget: number): void {
    this.machine.begin();
    this.select(entry);
    this.callers = [];
    this.machine.regions.depth = 1;
    clearFrame(this, LAYOUT.stack + LAYOUT.frameBytes);
    this.pc = 0;
    this.insns = 0;
    this.budget = budget;
    this.done = null;
    this.isCallback = false;
    this.rounds = MAY_GOTO_ROUNDS;
    this.loops.reset();
    const { low, high } = this.loaded;
    low.fill(0, 0, 11);
    high.fill(0, 0, 11);
    low[1] = ctx;
    low[10] = LAYOUT.stack + LAYOUT.frameBytes;
    this.initialized = (1 << 1) | (1 << 10);
  }

  /** Stands in the middle of a run that somebody else began, in frame number `depth`; the caller sets the rest. */
  resumeAt(program: number, depth: number): void {
    this.takenOver = program;
    this.callersElsewhere = depth - 1;
    this.select(program);
    this.machine.regions.depth = depth;
    this.done = null;
    this.isCallback = false;
    this.thrown = false;
    this.loaded.low[10] = LAYOUT.stack + (depth - 1) * LAYOUT.frameStride + LAYOUT.frameBytes;
    this.loaded.high[10] = 0;
  }

  value(register: number): bigint {
    const { low, high } = this.loaded;
    return (BigInt(high[register]! >>> 0) << 32n) | BigInt(low[register]! >>> 0);
  }

  /** Ends the run with a trap at the current instruction. */
  end(kind: TrapKind, message: string, address: bigint | null = null): true {
    const trap = { kind, pc: this.pc, program: this.loaded.lowered.program.name, message, address };
    this.done = { kind: 'trap', trap, insns: this.insns };
    return true;
  }

  endWith(fault: Fault | null): true {
    return this.end(fault?.kind ?? 'helper', fault?.message ?? 'a helper failed', fault?.address ?? null);
  }

  uninitialized(missing: number): Status {
    const register = 31 - Math.clz32(missing & -missing);
    this.end('uninitialized', `reads r${register}, which holds no value here`);
    return 'ended';
  }

  outOfBudget(): Status {
    const loop = this.loops.describe(this.loaded.lowered.program);
    this.end('budget', `still running after ${this.budget} instructions${loop === null ? '' : `, ${loop}`}`);
    return 'ended';
  }

  refused(base: number, off: number, size: number, write: boolean): Status {
    const address = BigInt.asUintN(64, this.value(base) + BigInt(off));
    this.refuse(address, size, write);
    return 'ended';
  }

  /** Ends the run because the program may not touch [address, address + size). */
  refuse(address: bigint, size: number, write: boolean): true {
    const { machine } = this;
    const { nullFrom } = machine;
    const mapName = (index: number): string | null => machine.maps[index]?.spec.name ?? null;
    const access = { verb: write ? 'writes' : 'reads', size, write, mapName, nullFrom };
    return this.endWith(explainAccess(machine.regions, address, access));
  }
}
