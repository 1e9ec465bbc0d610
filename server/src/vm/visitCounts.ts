import type { Program } from '../program/program.ts';

/** How often each instruction of each program was begun. */
export class VisitCounts {
  readonly byProgram = new Map<Program, Float64Array>();

  count(program: Program, pc: number): void {
    const counts = this.of(program);
    counts[pc] = (counts[pc] ?? 0) + 1;
  }

  /** The counts of one program, by slot. */
  of(program: Program): Float64Array {
    let counts = this.byProgram.get(program);
    if (counts === undefined) {
      counts = new Float64Array(program.insns.length);
      this.byProgram.set(program, counts);
    }
    return counts;
  }
}
