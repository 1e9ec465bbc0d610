/** What it costs to keep values in memory, by how often their uses are likely to run. */
import { isRemade, type Line, type Track } from './lifetimes.ts';
import { firstAbove, type Piece } from './pieces.ts';

/** A loop is taken to run ten times; deeper ones count no more. */
const BY_DEPTH: readonly number[] = [1, 10, 100, 1000];

export class Costs {
  private readonly line: Line;
  private readonly depths: Uint8Array;
  /** By register: the costs of its uses, added up. */
  private readonly sums: (Float64Array | undefined)[] = [];

  constructor(line: Line) {
    this.line = line;
    this.depths = new Uint8Array(line.ops.length);
    for (const [i, { depth }] of line.blocks.entries())
      this.depths.fill(Math.min(depth, BY_DEPTH.length - 1), line.starts[i], line.starts[i + 1]);
  }

  /** Of a piece from a position on. */
  of({ track, from, to }: Piece, position = from): number {
    const sums = (this.sums[track.reg] ??= this.sum(track));
    const first = firstAbove(track.uses, position - 1);
    return (sums[firstAbove(track.uses, to - 1)] ?? 0) - (sums[first] ?? 0);
  }

  private sum({ uses, must, writes }: Track): Float64Array {
    const sums = new Float64Array(uses.length + 1);
    const only = writes.length === 1 ? this.line.ops[(writes[0] ?? 0) >> 2] : undefined;
    const share = only !== undefined && isRemade(only) ? 0.5 : 1;
    for (const [i, use] of uses.entries()) {
      const weight = (BY_DEPTH[this.depths[use >> 2] ?? 0] ?? 1) * share;
      // A copy from memory is a load: it costs what the copy would have cost.
      sums[i + 1] = (sums[i] ?? 0) + (must[i] === true ? weight : weight * 0.25);
    }
    return sums;
  }
}
