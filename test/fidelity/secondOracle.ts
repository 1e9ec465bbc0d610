import { existsSync, readFileSync } from 'node:fs';
import type { KernelVerdict } from '../support/oracle.ts';
import { sharedPath } from '../support/shared.ts';

/** Verdict tables of kernels that load what this machine's refuses before its verifier looks. */
const TABLES = ['selftests-annotated.tsv', 'selftests-unannotated.tsv'];

/**
 * What another kernel (6.17 in a virtual machine) said about the selftests of 6.18, by `file/program`. The programs may
 * differ a little from those at hand. Empty where the tables are missing.
 */
export function secondOracle(): ReadonlyMap<string, KernelVerdict> {
  const verdicts = new Map<string, KernelVerdict>();
  for (const name of TABLES) {
    const file = sharedPath('vectors', 'verdicts', name);
    if (!existsSync(file)) continue;
    const [head = '', ...lines] = readFileSync(file, 'utf8').trimEnd().split('\n');
    const columns = head.split('\t');
    for (const line of lines) {
      const cells = line.split('\t');
      const cell = (column: string) => cells[columns.indexOf(column)] ?? '';
      const verdict = verdictOf(cell);
      if (verdict !== null) verdicts.set(`${cell('file').replace(/\.c$/, '')}/${cell('prog')}`, verdict);
    }
  }
  return verdicts;
}

function verdictOf(cell: (column: string) => string): KernelVerdict | null {
  const verdict = cell('verdict');
  if (verdict !== 'accept' && verdict !== 'reject') return null;
  const message = verdict === 'accept' ? '' : cell('message');
  const processed = cell('processed') === '' ? null : Number(cell('processed'));
  const lines = message === '' ? [] : [message];
  return { verdict, lines, message, pc: null, processed, errno: Number(cell('errno')), log: '' };
}
