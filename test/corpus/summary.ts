import type { ProgramVerdict } from './kernelVerdicts.ts';

/** What became of one file. */
export interface Compiled {
  readonly repo: string;
  readonly file: string;
  readonly lines: number;
  readonly object: Uint8Array | null;
  /** The first error; null where it compiled. */
  readonly error: string | null;
  readonly crash: boolean;
  readonly ms: number;
}

type Row = Compiled & { readonly ours: readonly ProgramVerdict[]; readonly clangs: readonly ProgramVerdict[] };

/** How many files compile, by project; then, of the programs that clang gets accepted, how ours fare and compare. */
export function summary(rows: readonly Row[]): string {
  const repos = [...new Set(rows.map(({ repo }) => repo))];
  const lines = repos.map((repo) => {
    const own = rows.filter((row) => row.repo === repo);
    return `${repo}: ${own.filter(({ error }) => error === null).length} of ${own.length} compile`;
  });
  const compiled = rows.filter(({ error }) => error === null);
  const crashes = rows.filter(({ crash }) => crash).length;
  const unsupported = rows.filter(({ error }) => error?.startsWith('unsupported') ?? false).length;
  lines.push(`all: ${compiled.length} of ${rows.length} compile, ${unsupported} unsupported, ${crashes} crashes`);
  lines.push(`time: ${quantiles(compiled.map(({ ms }) => ms))} ms`);
  return [...lines, ...programs(rows)].join('\n');
}

function programs(rows: readonly Row[]): string[] {
  const pairs = rows.flatMap((row) =>
    row.clangs
      .filter(({ verdict }) => verdict === 'accept')
      .map((clang) => ({
        row,
        clang,
        ours: row.ours.find(({ prog, section }) => prog === clang.prog && section === clang.section),
      })),
  );
  if (pairs.length === 0) return [];
  const accepted = pairs.filter(({ ours }) => ours?.verdict === 'accept');
  const lines = pairs
    .filter(({ ours }) => ours?.verdict !== 'accept')
    .map(
      ({ row, clang, ours }) =>
        `  ${row.repo}/${row.file} ${clang.prog}: ${ours === undefined ? 'not in our object' : `${ours.verdict}: ${ours.msg.trim().split('\n').at(-1)}`}`,
    );
  const insns = accepted.map(({ clang, ours }) => (ours?.insns ?? 0) / Math.max(1, clang.insns));
  const processed = accepted.map(({ clang, ours }) => (ours?.processed ?? 0) / Math.max(1, clang.processed ?? 1));
  const worst = accepted
    .map(({ row, clang, ours }) => ({
      name: `${row.file} ${clang.prog}`,
      of: clang,
      ours,
      ratio: (ours?.insns ?? 0) / Math.max(1, clang.insns),
    }))
    .toSorted((a, b) => b.ratio - a.ratio)
    .slice(0, 25)
    .map(
      ({ name, of, ours, ratio }) =>
        `  ${ratio.toFixed(2)}x ${name}: ${ours?.insns} for ${of.insns}; processed ${ours?.processed} for ${of.processed}`,
    );
  return [
    `programs that clang gets accepted: ${pairs.length}, ours accepted: ${accepted.length} (${((100 * accepted.length) / pairs.length).toFixed(1)} %)`,
    ...lines,
    `instructions against clang: ${quantiles(insns)}`,
    `processed instructions against clang: ${quantiles(processed)}`,
    'the longest against clang:',
    ...worst,
  ];
}

function quantiles(values: readonly number[]): string {
  const sorted = values.toSorted((a, b) => a - b);
  const at = (q: number): string =>
    (sorted[Math.min(sorted.length - 1, Math.floor(q * sorted.length))] ?? 0).toFixed(2);
  return `p50 ${at(0.5)}, p90 ${at(0.9)}, p99 ${at(0.99)}, most ${at(1)}`;
}
