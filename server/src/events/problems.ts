import type { ReadProblem } from './reader.ts';

/** More than this many problems are counted as one sentence: a broken file must not fill the memory. */
const MOST_PROBLEMS = 100;

export class ProblemList {
  readonly list: ReadProblem[] = [];
  stopped = false;

  /** Something is odd, but reading goes on. */
  note(code: string, offset: number, message: string): void {
    this.add({ code, message, offset, recoverable: true });
  }

  /** Reading ends here. */
  stop(code: string, offset: number, message: string): void {
    if (this.stopped) return;
    this.stopped = true;
    if (this.list.length >= MOST_PROBLEMS) this.list.pop();
    this.add({ code, message, offset, recoverable: false });
  }

  private add(problem: ReadProblem): void {
    if (this.list.length < MOST_PROBLEMS) this.list.push(problem);
  }
}

/** What a message says about the packets before a damaged place. */
export function kept(count: number): string {
  if (count === 0) return 'there is no packet before it';
  return count === 1 ? 'the packet before it is kept' : `the ${count} packets before it are kept`;
}
