/** Limits what reading one file's debug information may cost, and remembers what was wrong with it. */
export class Work {
  #left: number;
  #damaged: number | null = null;

  constructor(most: number) {
    this.#left = most;
  }

  /** Whether there is still so much to spend. */
  spend(steps: number): boolean {
    this.#left -= steps;
    return this.#left >= 0;
  }

  get exhausted(): boolean {
    return this.#left < 0;
  }

  /** Something at that byte of `.debug_info` makes no sense. */
  complain(at: number): void {
    this.#damaged ??= at;
  }

  /** The first byte of `.debug_info` that makes no sense; null where there is none. */
  get damaged(): number | null {
    return this.#damaged;
  }
}
