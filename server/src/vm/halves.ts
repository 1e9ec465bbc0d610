/**
 * The halves of a 64-bit number that helpers answer with again and again, worked out once: taking one apart costs more
 * than the whole call otherwise does.
 */
export class Halves {
  low = 0;
  high = 0;
  private value = 0n;

  of(value: bigint): this {
    if (value !== this.value) {
      this.value = value;
      this.low = Number(BigInt.asIntN(32, value));
      this.high = Number(BigInt.asIntN(32, value >> 32n));
    }
    return this;
  }
}

/** A number that follows from the time. */
export class HalvesAt {
  private readonly halves = new Halves();
  private timeNs = -1n;

  /** Null at another time than that it was last worked out for. */
  at(timeNs: bigint): Halves | null {
    return timeNs === this.timeNs ? this.halves : null;
  }

  set(timeNs: bigint, value: bigint): Halves {
    this.timeNs = timeNs;
    return this.halves.of(value);
  }
}
