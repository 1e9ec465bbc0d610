/**
 * Our verdicts beside those of a kernel, `npm run fidelity`: compiles and converts the programs of all sources (see
 * sources/), asks the running kernel, compares and prints tables; `--write` puts them into docs/fidelity.md,
 * `--kept` takes what the kernel said last time.
 *
 *     npm run fidelity -- [--source NAME]… [--kernel-tree DIR] [--projects DIR] [--work DIR] [--kept] [--write]
 *     node test/fidelity/main.ts --corpus FOLDER [--filter REGEX] [--file NAME] [--show WHAT] [--log] [--limit MS]
 *     node test/fidelity/main.ts --corpus FOLDER --guest 6.1 [--unprivileged]
 *
 * The second form compares what `kverify obj --capture capture.jsonl --btfdir btf --logdir logs > verdicts.jsonl` left in
 * a folder. WHAT is a class with hyphens (`false-accept`, `unsupported`, …), `disagreements`, `messages`, `pcs`,
 * `processed`, `logs` or `all`. The third compares with what askGuest.ts had another kernel say of these programs.
 */
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { openKernelBtf } from '../../server/src/elf/kernelBtf.ts';
import { NEWEST } from '../../server/src/kernel/releases.ts';
import { kernelBtf } from '../support/kernelBtf.ts';
import { readCorpus } from './captured.ts';
import type { Judged } from './judged.ts';
import { absentHelpers } from './absentHelpers.ts';
import { possibleProcessors } from './processors.ts';
import { readOptions, type FidelityOptions } from './options.ts';
import { writePage } from './page.ts';
import { rowOf, shows, type Row, type RowOptions } from './rows.ts';
import { NO_SECOND_ORACLE, secondOracle } from './secondOracle.ts';
import { collect } from './sources/all.ts';
import { CannotAsk } from './sources/source.ts';
import { plainTable, unsupportedCounts } from './table.ts';

async function main(): Promise<void> {
  const options = readOptions(process.argv.slice(2));
  const oracle = options.guest === '' ? secondOracle() : NO_SECOND_ORACLE;
  const sources = options.corpora.length > 0 ? readCorpora(options) : await collect(options);
  const compared = new Map<string, Row[]>();
  const { logs, limitMs } = options;
  const asked = options.guest === '' ? runningKernel() : guestKernel(options);
  const rowOptions = {
    ...asked,
    privileged: !options.unprivileged,
    logs,
    limitMs,
  };
  for (const [name, programs] of sources) {
    const wanted = programs.filter(({ id }) => options.wanted(id));
    const rows = wanted.map((judged) => rowOf(judged, oracle, rowOptions));
    print(name, rows, options.show);
    compared.set(name, rows);
  }
  if (options.write) writePage(compared);
}

type AskedKernel = Pick<RowOptions, 'kernel' | 'kernelBtf' | 'processors' | 'absentHelpers'>;

function runningKernel(): AskedKernel {
  return {
    kernel: NEWEST,
    kernelBtf: kernelBtf(),
    processors: possibleProcessors(),
    absentHelpers: absentHelpers(),
  };
}

/** A guest has one processor. */
function guestKernel({ guest, corpora }: FidelityOptions): AskedKernel {
  const types = path.join(corpora[0] ?? '', `types-${guest}.btf`);
  const opened = existsSync(types) ? openKernelBtf(readFileSync(types)) : null;
  const btf = opened !== null && 'btf' in opened ? opened.btf : null;
  return { kernel: guest, kernelBtf: btf, processors: 1, absentHelpers: [] };
}

function readCorpora({ corpora, guest, unprivileged }: FidelityOptions): Map<string, Judged[]> {
  const by = guest === '' ? '' : guest + (unprivileged ? '-unprivileged' : '');
  return new Map(corpora.map((folder) => [folder, readCorpus(folder, by)]));
}

function print(name: string, rows: readonly Row[], show: string): void {
  for (const row of rows) if (shows(show, row)) console.log(rowText(row));
  if (show === 'unsupported')
    for (const [message, count] of unsupportedCounts(rows)) console.log(`${String(count).padStart(6)}  ${message}`);
  console.log(`\n${name}\n${plainTable(rows)}`);
}

function rowText({ id, section, kernel, ours, comparison, second }: Row): string {
  const said = kernel === null ? 'none' : `${kernel.verdict} pc ${kernel.pc ?? '-'} n ${kernel.processed ?? '-'}`;
  const { log } = comparison;
  return [
    `${id} (${section})`,
    `  kernel ${second ? '6.17 ' : ''}${said}: ${kernel?.message ?? ''}`,
    `  ours   ${ours.outcome} pc ${ours.pc ?? '-'} n ${ours.processed}: ${ours.message}`,
    ...(log === null || log === 'same' ? [] : [`  log line ${log.line}`, `    ${log.kernel}`, `    ${log.ours}`]),
  ].join('\n');
}

try {
  await main();
} catch (error) {
  if (!(error instanceof CannotAsk)) throw error;
  console.error(error.message);
  process.exitCode = 1;
}
