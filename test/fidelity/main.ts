/**
 * Compares our verdicts with those a kernel gave on captured programs.
 *
 *     node test/fidelity/main.ts --corpus FOLDER [--filter REGEX] [--file NAME] [--show WHAT] [--log] [--limit MS]
 *
 * FOLDER is what `kverify obj --selftest --capture capture.jsonl --btfdir btf --logdir logs` filled. WHAT is a class with
 * hyphens (`false-accept`, `unsupported`, …), `disagreements`, `messages`, `pcs`, `processed`, `logs` (with --log) or
 * `all`.
 */
import { parseArgs } from 'node:util';
import { readCorpus, type Captured } from './captured.ts';
import { CLASSES, compare, type Comparison, type OurVerdict } from './compare.ts';
import type { KernelVerdict } from '../support/oracle.ts';
import { kernelTypes } from './kernelTypes.ts';
import { ourVerdict } from './ours.ts';
import { programOfCapture } from './programOfCapture.ts';
import { secondOracle } from './secondOracle.ts';

interface Row {
  readonly captured: Captured;
  readonly ours: OurVerdict;
  readonly comparison: Comparison;
}

const { values } = parseArgs({
  options: {
    corpus: { type: 'string', multiple: true, default: [] },
    filter: { type: 'string', default: '' },
    file: { type: 'string' },
    show: { type: 'string', default: '' },
    log: { type: 'boolean', default: false },
    limit: { type: 'string', default: '5000' },
  },
});

const wanted = new RegExp(values.filter);
const corpus = values.corpus
  .flatMap(readCorpus)
  .filter(({ id }) => (values.file === undefined || id.startsWith(`${values.file}/`)) && wanted.test(id));
const kernelBtf = kernelTypes();
const second = secondOracle();
const rows = corpus.map(row);
const shown = rows.filter(matches(values.show));
for (const { captured, ours, comparison } of shown) {
  const { log } = comparison;
  const { id } = captured;
  const kernel = kernelOf(captured);
  const said = kernel === null ? 'none' : `${kernel.verdict} pc ${kernel.pc ?? '-'} n ${kernel.processed ?? '-'}`;
  console.log(`${id} (${captured.load.section})`);
  console.log(`  kernel ${said}: ${kernel?.message ?? ''}`);
  console.log(`  ours   ${ours.outcome} pc ${ours.pc ?? '-'} n ${ours.processed}: ${ours.message}`);
  if (log !== null && log !== 'same') console.log(`  log line ${log.line}\n    ${log.kernel}\n    ${log.ours}`);
}
if (values.show === 'unsupported') console.log(unsupportedSummary(rows));
console.log(table(rows));

function row(captured: Captured): Row {
  const options = { logLevel: values.log ? captured.logLevel : (0 as const), kernelBtf };
  const ours = ourVerdict(programOfCapture(captured), options, Number(values.limit));
  const comparison = compare(kernelOf(captured), ours);
  // The last line of a foreign log and the count of another program compare with nothing.
  if (captured.kernel !== null) return { captured, ours, comparison };
  return {
    captured,
    ours,
    comparison: { ...comparison, samePc: null, sameMessage: null, sameProcessed: null, log: null },
  };
}

function kernelOf({ id, kernel }: Captured): KernelVerdict | null {
  return kernel ?? second.get(id) ?? null;
}

function matches(what: string): (row: Row) => boolean {
  const name = what.replaceAll('-', ' ').replace(/s$/, '');
  return ({ comparison }) => {
    if (name === 'all') return true;
    if (name === 'disagreement')
      return ['false accept', 'false reject', 'too slow', 'crash'].includes(comparison.class);
    if (name === 'message') return comparison.sameMessage === false;
    if (name === 'pc') return comparison.samePc === false;
    if (name === 'log') return comparison.log !== null && comparison.log !== 'same';
    if (name === 'processed') return comparison.sameProcessed === false;
    return comparison.class === name;
  };
}

/** How often each thing is not modelled. */
function unsupportedSummary(rows: readonly Row[]): string {
  const counts = new Map<string, number>();
  for (const { ours, comparison } of rows)
    if (comparison.class === 'unsupported') counts.set(ours.message, (counts.get(ours.message) ?? 0) + 1);
  return [...counts]
    .toSorted(([, a], [, b]) => b - a)
    .map(([message, count]) => `${String(count).padStart(6)}  ${message}`)
    .join('\n');
}

function table(rows: readonly Row[]): string {
  const lines = CLASSES.map(
    (name) => [name, rows.filter(({ comparison }) => comparison.class === name).length] as const,
  );
  const part = (of: (comparison: Comparison) => boolean | null) => {
    const known = rows.map(({ comparison }) => of(comparison)).filter((same) => same !== null);
    return `${known.filter(Boolean).length} of ${known.length}`;
  };
  return [
    '',
    ...lines.map(([name, count]) => `${name.padEnd(16)}${String(count).padStart(6)}`),
    `same message    ${part(({ sameMessage }) => sameMessage)}`,
    `same pc         ${part(({ samePc }) => samePc)}`,
    `same log        ${part(({ log }) => (log === null ? null : log === 'same'))}`,
    `same processed  ${part(({ sameProcessed }) => sameProcessed)}`,
  ].join('\n');
}
