/** A stream of numbers that is the same in every run. */
export function seededRandom(seed: number): (below: number) => number {
  let state = seed >>> 0;
  return (below) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 0x1_0000_0000) * below);
  };
}

const TELLING = [0, 1, 0x7f, 0x80, 0xfe, 0xff];

/**
 * A damaged copy: cut off, with some bytes changed, or with whole fields of 4 or 8 bytes overwritten. With `table`
 * (the place of a table of headers) half of the damage is done from there on.
 */
export function damaged(bytes: Uint8Array, random: (below: number) => number, table: number | null): Uint8Array {
  const copy = bytes.slice(0, random(5) === 0 ? random(bytes.length + 1) : bytes.length);
  if (copy.length === 0) return copy;
  for (let rounds = 1 + random(10); rounds > 0; rounds--) {
    const from = table !== null && table < copy.length && random(2) === 0 ? table : 0;
    const at = from + random(copy.length - from);
    const field = [1, 1, 4, 8][random(4)] ?? 1;
    const value = random(2) === 0 ? TELLING[random(TELLING.length)] : null;
    for (let i = at; i < Math.min(at + field, copy.length); i++) copy[i] = value ?? random(256);
  }
  return copy;
}

/** Runs `read` on many damaged copies. */
export function fuzz(
  samples: readonly Uint8Array[],
  runs: number,
  tableOf: (bytes: Uint8Array) => number | null,
  read: (bytes: Uint8Array) => void,
): void {
  const random = seededRandom(20_251_120);
  for (let run = 0; run < runs; run++) {
    const sample = samples[run % samples.length] ?? new Uint8Array();
    read(damaged(sample, random, tableOf(sample)));
  }
}
