/** Looks for a piece of text from growing positions on, without going over the text each time when it is not there. */
export class Finder {
  private from = 0;
  private at = -1;
  private readonly source: string;
  private readonly piece: string;

  constructor(source: string, piece: string) {
    this.source = source;
    this.piece = piece;
  }

  /** Infinity when there is none at or behind a position. */
  next(from: number): number {
    if (from >= this.from && from <= this.at) return this.at;
    this.from = from;
    const at = this.source.indexOf(this.piece, from);
    return (this.at = at === -1 ? Number.POSITIVE_INFINITY : at);
  }
}
