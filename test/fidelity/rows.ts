import type { Btf } from '../../server/src/btf/btf.ts';
import type { KernelVerdict } from '../support/oracle.ts';
import { compare, type Comparison, type OurVerdict } from './compare.ts';
import type { Judged } from './judged.ts';
import { ourVerdict } from './ours.ts';
import type { SecondOracle } from './secondOracle.ts';

/** One program of the comparison. */
export interface Row {
  readonly id: string;
  readonly section: string;
  readonly kernel: KernelVerdict | null;
  readonly ours: OurVerdict;
  readonly comparison: Comparison;
  /** The verdict is of another kernel, about a program that may differ a little. */
  readonly second: boolean;
  /** How much of a verifier the program needs, from 1; null where no table says so. */
  readonly level: number | null;
}

export interface RowOptions {
  /** Version of the kernel that was asked. */
  readonly kernel: string;
  readonly privileged: boolean;
  readonly kernelBtf: Btf | null;
  /** Of the kernel that was asked. */
  readonly processors: number;
  readonly absentHelpers: readonly number[];
  readonly logs: boolean;
  readonly limitMs: number;
}

export function rowOf(judged: Judged, oracle: SecondOracle, options: RowOptions): Row {
  const { id, section } = judged;
  const second = judged.kernel === null ? (oracle.get(id)?.verdict ?? null) : null;
  const kernel = judged.kernel ?? second;
  const logLevel = options.logs ? judged.logLevel : 0;
  const { kernel: version, privileged, kernelBtf, processors, absentHelpers } = options;
  const ours = ourVerdict(
    judged.program(),
    { kernel: version, privileged, logLevel, kernelBtf, processors, absentHelpers },
    options.limitMs,
  );
  const comparison = compare(kernel, ours);
  return {
    id,
    section,
    kernel,
    ours,
    comparison: second === null ? comparison : verdictAlone(comparison),
    second: second !== null,
    level: oracle.get(id)?.level ?? null,
  };
}

/** The last line of a foreign log and the counts of another program compare with nothing. */
function verdictAlone(comparison: Comparison): Comparison {
  return { class: comparison.class, sameMessage: null, samePc: null, sameProcessed: null, log: null };
}

/** Whether a row is one of those that the user wants to see. */
export function shows(what: string, { comparison }: Row): boolean {
  const { log } = comparison;
  switch (what) {
    case '':
      return false;
    case 'all':
      return true;
    case 'disagreements':
      return ['false accept', 'false reject', 'too slow', 'crash'].includes(comparison.class);
    case 'messages':
      return comparison.sameMessage === false;
    case 'pcs':
      return comparison.samePc === false;
    case 'processed':
      return comparison.sameProcessed === false;
    case 'logs':
      return log !== null && log !== 'same';
    default:
      return comparison.class === what.replaceAll('-', ' ').replace(/s$/, '');
  }
}
