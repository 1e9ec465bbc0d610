/** Where a line was entered in one frame. */
interface Beginning {
  line: number;
  insns: number;
  /** False when the line may have begun before we looked. */
  certain: boolean;
}

/** While instructions pass by in their order: for every frame that is alive, where its present line was entered. */
export class LineBeginnings {
  /** By depth. */
  readonly #frames: (Beginning | undefined)[] = [];
  /** The next instruction, or the one after a return, is the first we see of its frame. */
  #depth: number;

  /** `fromStart`: the first instruction that is noted is the event's first. */
  constructor(fromStart: boolean) {
    this.#depth = fromStart ? 0 : Number.POSITIVE_INFINITY;
  }

  /** The instruction before which `insns` have run stands on `line` in the frame of that depth. */
  note(insns: number, depth: number, line: number): void {
    // Frames deeper than this one have returned.
    this.#frames.length = Math.min(this.#frames.length, depth + 1);
    const frame = this.#frames[depth];
    if (frame === undefined) this.#frames[depth] = { line, insns, certain: depth > this.#depth };
    else if (frame.line !== line) this.#frames[depth] = { line, insns, certain: true };
    this.#depth = depth;
  }

  /** The latest beginning of all frames that are alive: that of the deepest one. */
  latest(): Beginning | null {
    return this.#frames.at(-1) ?? null;
  }
}
