import type { Checker } from './checker.ts';
import { type Entity, lookup, visibleNames } from './scope.ts';

/** Of all that can be seen here, as long as there are few errors: headers declare ten thousands of names. */
export function closestName(c: Checker, name: string, fits: (entity: Entity) => boolean): string | null {
  if (c.problems.errors >= MOST_SEARCHES) return null;
  return closest(name, visibleNames(c.scope), (one) => {
    const entity = lookup(c.scope, one);
    return entity !== null && fits(entity);
  });
}

const MOST_SEARCHES = 20;

/**
 * The known name that was probably meant; null when none is near or two are equally near. As near as clang wants it
 * (Sema::CorrectTypo, v19): two letters in three are right, and at most one in three differs from the nearest name of all.
 */
export function closest(
  name: string,
  known: Iterable<string>,
  fits: (one: string) => boolean = () => true,
): string | null {
  const most = Math.floor((name.length + 2) / 3);
  let nearest = most + 1;
  const found: { readonly one: string; readonly distance: number }[] = [];
  for (const one of known) {
    if (Math.abs(one.length - name.length) > most || one === name) continue;
    const distance = editDistance(name, one, most);
    if (distance > most) continue;
    nearest = Math.min(nearest, distance);
    if (found.length < MOST) found.push({ one, distance });
  }
  if (Math.floor(name.length / nearest) < 3) return null;
  const fitting = found.filter(({ one }) => fits(one)).sort((a, b) => a.distance - b.distance);
  const [best, second] = fitting;
  const tied = second !== undefined && second.distance === best?.distance && second.one !== best.one;
  return best === undefined || tied ? null : best.one;
}

/** Of names that are near enough. */
const MOST = 1000;

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
