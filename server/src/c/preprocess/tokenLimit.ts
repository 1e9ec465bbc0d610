/** What becomes of units that grow beyond all measure, mostly because a header includes itself. */
import { MOST_TOKENS } from './tokenColumns.ts';
import { stop, type Unit } from './unit.ts';

/** So many tokens are still worth looking at when reading ended before its time. */
const MOST_CHECKED = 200_000;

/** After the last token: tells that there are too many. What is said of the rest would only hide that. */
export function endAtLimit(unit: Unit): void {
  const { out } = unit;
  if (out.full) stop(unit, { code: 'too-many-tokens', at: out.last(), message: tooMany(unit) });
  if (unit.stopped && out.count > MOST_CHECKED) out.clear();
}

function tooMany(unit: Unit): string {
  const limit = `more than ${MOST_TOKENS.toLocaleString('en')} tokens`;
  const { name, times } = mostIncluded(unit);
  if (times < 2) return `the program has ${limit}; move a part of it to another file`;
  return `the program has ${limit}, as '${name}' is included ${times} times; begin it with #pragma once`;
}

/** The file that was entered most often. */
function mostIncluded({ places }: Unit): { readonly name: string; readonly times: number } {
  const times = new Map<string, number>();
  for (const { path } of places.files.slice(1)) times.set(path, (times.get(path) ?? 0) + 1);
  const [name, most] = [...times].reduce((a, b) => (b[1] > a[1] ? b : a), ['', 0]);
  return { name: name.slice(name.lastIndexOf('/') + 1), times: most };
}
