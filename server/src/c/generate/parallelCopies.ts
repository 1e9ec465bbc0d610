/** Copies that happen at once, as a sequence. */

export interface Copy {
  readonly dst: number;
  readonly src: number;
}

/** Every source is read before it is overwritten; `spare` gives a register to break a ring of copies with. */
export function orderCopies(copies: readonly Copy[], spare: (reg: number) => number): Copy[] {
  const source = new Map<number, number>();
  const readers = new Map<number, number>();
  for (const { dst, src } of copies) {
    if (dst === src) continue;
    source.set(dst, src);
    readers.set(src, (readers.get(src) ?? 0) + 1);
  }
  const ordered: Copy[] = [];
  const ready = [...source.keys()].filter((dst) => !readers.has(dst));
  while (source.size > 0) {
    let dst = ready.pop();
    if (dst === undefined) {
      dst = breakRing(source, readers, ordered, spare);
    }
    const src = source.get(dst);
    if (src === undefined) continue;
    ordered.push({ dst, src });
    source.delete(dst);
    const left = (readers.get(src) ?? 1) - 1;
    readers.set(src, left);
    if (left === 0 && source.has(src)) ready.push(src);
  }
  return ordered;
}

/** All that are left are read by another: saves one of them elsewhere, so that it may be overwritten. */
function breakRing(
  source: Map<number, number>,
  readers: Map<number, number>,
  ordered: Copy[],
  spare: (reg: number) => number,
): number {
  const [first] = source.keys();
  const dst = first ?? 0;
  const saved = spare(dst);
  ordered.push({ dst: saved, src: dst });
  for (const [other, src] of source) if (src === dst) source.set(other, saved);
  readers.set(saved, readers.get(dst) ?? 0);
  readers.set(dst, 0);
  return dst;
}
