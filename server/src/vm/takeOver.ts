/** The interpreter goes on where compiled code leaves off, until the function that was left returns. */
import { Core, type Caller } from './core.ts';
import type { Machine } from './createMachine.ts';
import { executeWatched } from './executeWatched.ts';
import type { Trap } from './machine.ts';
import type { VisitCounts } from './visitCounts.ts';

/** Where to begin. Registers are put in by the caller of `TakeOver.run`. */
export interface TakeOverPoint {
  /** Index of the program. */
  readonly program: number;
  readonly pc: number;
  /** Frames in use, that of the function included. */
  readonly depth: number;
  /** Bit per register that holds a value. */
  readonly initialized: number;
  /** Rounds of may_goto that are left. */
  readonly rounds: number;
  /** Instructions the event may take, and how many of them it took. */
  readonly budget: number;
  readonly insns: number;
}

/** Stands for frames that compiled code keeps. */
const ELSEWHERE: Omit<Caller, 'program'> = {
  pc: 0,
  initialized: 0,
  low: new Int32Array(4),
  high: new Int32Array(4),
  rounds: 0,
  isCallback: false,
  callback: null,
};

export class TakeOver {
  private readonly core: Core;
  private readonly visits: VisitCounts | null;

  constructor(machine: Machine, visits: VisitCounts | null) {
    this.core = new Core(machine, 0);
    this.visits = visits;
  }

  /** A new event begins. */
  reset(): void {
    this.core.loops.reset();
  }

  /** Runs to the function's end; null, the trap that ended the run, or that the program threw. `registers` holds r0-r9, low half first. */
  run(point: TakeOverPoint, registers: Int32Array): Trap | 'thrown' | null {
    const { core } = this;
    this.begin(point, registers);
    const { programs } = core.machine;
    for (;;) {
      this.visits?.count(programs[core.current]!, core.pc);
      executeWatched(core, core.insns + 1);
      if (core.thrown) return 'thrown';
      if (core.done !== null) return core.done.kind === 'trap' ? core.done.trap : null;
      if (core.callers.length < point.depth - 1) return null;
    }
  }

  /** Instructions of the event so far. */
  get insns(): number {
    return this.core.insns;
  }
  get resultLow(): number {
    return this.core.loaded.low[0] ?? 0;
  }
  get resultHigh(): number {
    return this.core.loaded.high[0] ?? 0;
  }

  private begin(point: TakeOverPoint, registers: Int32Array): void {
    const { core } = this;
    core.resumeAt(point.program, point.depth);
    const { low, high } = core.loaded;
    for (let reg = 0; reg < 10; reg++) {
      low[reg] = registers[2 * reg] ?? 0;
      high[reg] = registers[2 * reg + 1] ?? 0;
    }
    const caller = { ...ELSEWHERE, program: point.program };
    core.callers = Array.from({ length: point.depth - 1 }, () => caller);
    const { pc, insns, budget, initialized, rounds } = point;
    Object.assign(core, { pc, insns, budget, initialized, rounds });
  }
}
