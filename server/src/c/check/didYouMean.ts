/**
 * The known name that was probably meant; null when none is near or two are equally near. As near as clang wants it: at
 * most one letter in three differs (Sema::CorrectTypo, v19).
 */
export function closest(name: string, known: Iterable<string>): string | null {
  let best: string | null = null;
  let least = Math.floor(name.length / 3) + 1;
  let tied = false;
  for (const one of known) {
    if (Math.abs(one.length - name.length) > least || one === name) continue;
    const distance = editDistance(name, one, least);
    if (distance > least || (distance === least && best === null)) continue;
    tied = distance === least && best !== null && best !== one;
    if (distance < least) best = one;
    least = distance;
  }
  return tied || name.length < 3 ? null : best;
}

/** Letters to insert, remove or exchange; anything above `limit` once it is reached. */
function editDistance(from: string, to: string, limit: number): number {
  let row = Array.from({ length: to.length + 1 }, (_, i) => i);
  for (let i = 1; i <= from.length; i++) {
    const next = [i];
    let least = i;
    for (let k = 1; k <= to.length; k++) {
      const replaced = (row[k - 1] ?? 0) + (from[i - 1] === to[k - 1] ? 0 : 1);
      const value = Math.min(replaced, (row[k] ?? 0) + 1, (next[k - 1] ?? 0) + 1);
      next.push(value);
      least = Math.min(least, value);
    }
    if (least > limit) return least;
    row = next;
  }
  return row[to.length] ?? 0;
}
