/**
 * Sums of a constant and of steps that loops make: `offset` plus, for each term, `step` times the rounds of the loop
 * whose first block is `loop`, counted from 0 since the loop was last entered from outside.
 */
export interface Term {
  readonly loop: number;
  readonly step: number;
}

export interface Linear {
  readonly offset: number;
  /** By ascending loop; no step is 0. */
  readonly terms: readonly Term[];
}

/** By a loop's first block: its rounds are never more than this. */
export type Bounds = ReadonlyMap<number, number>;

/** More loops than this around one value are not followed. */
const MOST_TERMS = 6;

export function linearSum(a: Linear, b: Linear, sign: 1 | -1): Linear | null {
  const steps = new Map(a.terms.map(({ loop, step }) => [loop, step]));
  for (const { loop, step } of b.terms) steps.set(loop, (steps.get(loop) ?? 0) + sign * step);
  const terms = [...steps].flatMap(([loop, step]) => (step === 0 ? [] : [{ loop, step }]));
  terms.sort((x, y) => x.loop - y.loop);
  return terms.length > MOST_TERMS ? null : { offset: a.offset + sign * b.offset, terms };
}

export function linearProduct({ offset, terms }: Linear, by: number): Linear {
  return { offset: offset * by, terms: by === 0 ? [] : terms.map(({ loop, step }) => ({ loop, step: step * by })) };
}

/** The least and the greatest value; null where a loop has no bound. */
export function extentOf({ offset, terms }: Linear, bounds: Bounds): readonly [low: number, high: number] | null {
  let low = offset;
  let high = offset;
  for (const { loop, step } of terms) {
    const rounds = bounds.get(loop);
    if (rounds === undefined) return null;
    if (step > 0) high += step * rounds;
    else low += step * rounds;
  }
  return [low, high];
}

/**
 * What a value is at the beginning of block `loop`, where `a` is what it was so far and `b` what comes along an edge.
 * Along an edge back the first difference is taken for the loop's step, which the next pass confirms or refutes.
 */
export function joinLinear(a: Linear, b: Linear, loop: number, back: boolean): Linear | null {
  const own = a.terms.find((term) => term.loop === loop)?.step ?? 0;
  const rest = own === 0 ? a.terms : a.terms.filter((term) => term.loop !== loop);
  const fresh = b.terms.every((term) => term.loop !== loop);
  // From outside the loop begins anew; what an earlier run of it left behind counts the rounds of that run.
  if (!back) return fresh && a.offset === b.offset && sameTerms(rest, b.terms) ? a : null;
  const step = b.offset - a.offset;
  if (own !== 0) return step === own && sameTerms(a.terms, b.terms) ? a : null;
  if (!fresh || !sameTerms(a.terms, b.terms)) return null;
  return step === 0 ? a : linearSum(a, { offset: 0, terms: [{ loop, step }] }, 1);
}

function sameTerms(a: readonly Term[], b: readonly Term[]): boolean {
  return a.length === b.length && a.every(({ loop, step }, i) => loop === b[i]?.loop && step === b[i]?.step);
}
