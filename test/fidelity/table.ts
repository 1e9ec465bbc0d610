/** Counts of a comparison, as rows of a table. */
import { CLASSES, type Comparison } from './compare.ts';
import type { Row } from './rows.ts';

/** `n of m`: how many of those that can be compared are the same. */
function share(rows: readonly Row[], of: (comparison: Comparison) => boolean | null): string {
  const known = rows.map(({ comparison }) => of(comparison)).filter((same) => same !== null);
  return `${known.filter(Boolean).length} of ${known.length}`;
}

const SHARES: readonly (readonly [string, (comparison: Comparison) => boolean | null])[] = [
  ['same message', ({ sameMessage }) => sameMessage],
  ['same instruction', ({ samePc }) => samePc],
  ['same processed', ({ sameProcessed }) => sameProcessed],
  ['same log', ({ log }) => (log === null ? null : log === 'same')],
];

/** Name and value of every figure; classes that never occur are left out of short tables. */
export function figures(rows: readonly Row[]): [string, string][] {
  const counts = CLASSES.map((name): [string, string] => [
    name,
    String(rows.filter(({ comparison }) => comparison.class === name).length),
  ]);
  return [...counts, ...SHARES.map(([name, of]): [string, string] => [name, share(rows, of)])];
}

/** For a terminal. */
export function plainTable(rows: readonly Row[]): string {
  return figures(rows)
    .map(([name, value]) => `${name.padEnd(18)}${value.padStart(6)}`)
    .join('\n');
}

/** A Markdown table: one line for each group of rows, one column for each figure. */
export function markdownTable(head: string, groups: readonly (readonly [string, readonly Row[]])[]): string {
  const filled = groups.filter(([, rows]) => rows.length > 0).map(([name, rows]) => [name, figures(rows)] as const);
  const columns = (filled[0]?.[1] ?? []).map(([name]) => name);
  return [
    `| ${[head, ...columns].join(' | ')} |`,
    `| --- |${columns.map(() => ' ---: |').join('')}`,
    ...filled.map(([name, values]) => `| ${[name, ...values.map(([, value]) => value)].join(' | ')} |`),
  ].join('\n');
}

/** How often each thing is not modelled, most frequent first. */
export function unsupportedCounts(rows: readonly Row[]): (readonly [string, number])[] {
  const counts = new Map<string, number>();
  for (const { ours, comparison } of rows)
    if (comparison.class === 'unsupported') counts.set(ours.message, (counts.get(ours.message) ?? 0) + 1);
  return [...counts].toSorted(([, a], [, b]) => b - a);
}
