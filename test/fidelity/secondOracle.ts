import { existsSync, readFileSync } from 'node:fs';
import type { KernelVerdict } from '../support/oracle.ts';
import { sharedPath } from '../support/shared.ts';

/** Verdict tables of kernels that load what this machine's refuses before its verifier looks. */
const TABLES = ['selftests-annotated.tsv', 'selftests-unannotated.tsv'];

interface Told {
  readonly verdict: KernelVerdict | null;
  readonly level: number | null;
}

/**
 * What another kernel (6.17 in a virtual machine) said about the selftests of 6.18, by `file/program`, and how much of a
 * verifier each needs. The programs may differ a little from those at hand. Empty where the tables are missing.
 */
export type SecondOracle = ReadonlyMap<string, Told>;

export function secondOracle(): SecondOracle {
  const told = new Map<string, Told>();
  for (const name of TABLES) {
    const file = sharedPath('vectors', 'verdicts', name);
    if (!existsSync(file)) continue;
    const [head = '', ...lines] = readFileSync(file, 'utf8').trimEnd().split('\n');
    const columns = head.split('\t');
    for (const line of lines) {
      const cells = line.split('\t');
      const cell = (column: string) => cells[columns.indexOf(column)] ?? '';
      const id = `${cell('file').replace(/\.c$/, '')}/${cell('prog')}`;
      told.set(id, { verdict: verdictOf(cell), level: Number(cell('level')) || null });
    }
  }
  return told;
}

function verdictOf(cell: (column: string) => string): KernelVerdict | null {
  const verdict = cell('verdict');
  if ((verdict !== 'accept' && verdict !== 'reject') || cell('stage') === 'syscall') return null;
  const message = verdict === 'accept' ? '' : cell('message');
  const processed = cell('processed') === '' ? null : Number(cell('processed'));
  const lines = message === '' ? [] : [message];
  return { verdict, lines, message, pc: null, processed, errno: Number(cell('errno')), log: '' };
}

/** Where one kernel has spoken for all. */
export const NO_SECOND_ORACLE: SecondOracle = new Map();
