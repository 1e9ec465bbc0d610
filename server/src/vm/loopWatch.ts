/** Where a program goes round that does not come to an end: its last instructions before the budget tell. */
import { lineAt, type Program } from '../program/program.ts';

/** So many instructions before the budget ends, somebody begins to look. */
export const LOOK_BACK = 10_000;

/** Watches one function: the outermost one that the program returns to while it is watched. */
export class LoopWatch {
  private looks = 0;
  private program = -1;
  private depth = Infinity;
  private last = -1;
  private end = -1;
  /** How often control came back to an instruction from further down. */
  private readonly rounds = new Map<number, number>();

  reset(): void {
    this.looks = 0;
    this.restart(-1, Infinity);
  }

  look(program: number, depth: number, pc: number): void {
    this.looks++;
    if (program !== this.program || depth < this.depth) this.restart(program, depth);
    if (depth > this.depth) return;
    if (pc <= this.last) this.rounds.set(pc, (this.rounds.get(pc) ?? 0) + 1);
    this.last = pc;
    this.end = Math.max(this.end, pc);
  }

  private restart(program: number, depth: number): void {
    this.program = program;
    this.depth = depth;
    this.last = this.end = -1;
    this.rounds.clear();
  }

  /** "in the loop of instructions 3 to 9 (lines 12 to 20), …"; null when no loop was seen. */
  describe(program: Program): string | null {
    if (this.rounds.size === 0) return null;
    const head = Math.min(...this.rounds.keys());
    const count = this.rounds.get(head) ?? 0;
    const rounds = count === 1 ? 'one round' : `${count} rounds`;
    const place = head === this.end ? `at instruction ${head}` : `of instructions ${head} to ${this.end}`;
    return `in the loop ${place}${linesOf(program, head, this.end)}, which made ${rounds} during the last ${this.looks} instructions`;
  }
}

function linesOf(program: Program, first: number, last: number): string {
  const from = lineAt(program, first);
  const to = lineAt(program, last);
  if (from === null || to === null || from.path !== to.path) return '';
  const [low, high] = [Math.min(from.line, to.line), Math.max(from.line, to.line)];
  return low === high ? ` (line ${low})` : ` (lines ${low} to ${high})`;
}
