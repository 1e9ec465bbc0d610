/** Our verdict beside the kernel's: which class a program falls into, and what of an agreed verdict is the same. */
import type { Verification } from '../../server/src/verifier/verification.ts';
import type { KernelVerdict } from '../support/oracle.ts';
import { firstDifference, type LogDifference } from './compareLog.ts';

export const CLASSES = [
  'accept/accept', 'reject/reject', 'false accept', 'false reject', 'unsupported', 'too slow', 'crash', 'no verdict',
] as const; // prettier-ignore

export type FidelityClass = (typeof CLASSES)[number];

/** What we said. `too slow` and `crash` are answers too: both are our fault. */
export interface OurVerdict {
  readonly outcome: Verification['outcome'] | 'too slow' | 'crash';
  /** First error line, what is not modelled, or the bug's text. */
  readonly message: string;
  readonly pc: number | null;
  readonly processed: number;
  readonly log: string;
}

export interface Comparison {
  readonly class: FidelityClass;
  /** Of agreed rejections; null elsewhere. */
  readonly sameMessage: boolean | null;
  readonly samePc: boolean | null;
  /** Of agreed verdicts; null elsewhere, and where the kernel did not begin to walk. */
  readonly sameProcessed: boolean | null;
  /** Of agreed verdicts whose logs are at hand: where they part, or that they do not. */
  readonly log: LogDifference | 'same' | null;
}

export function compare(kernel: KernelVerdict | null, ours: OurVerdict): Comparison {
  const found = classOf(kernel, ours);
  const agreed = found === 'accept/accept' || found === 'reject/reject';
  const rejected = found === 'reject/reject';
  return {
    class: found,
    sameMessage: rejected ? foldNumbers(kernel?.message ?? '') === foldNumbers(ours.message) : null,
    samePc: rejected && tellsPc(kernel) ? kernel?.pc === ours.pc : null,
    sameProcessed: agreed && kernel !== null && kernel.processed !== null ? kernel.processed === ours.processed : null,
    log: agreed && kernel !== null && kernel.log !== '' && ours.log !== '' ? logsOf(kernel, ours) : null,
  };
}

function logsOf(kernel: KernelVerdict, ours: OurVerdict): LogDifference | 'same' {
  return firstDifference(kernel.log, ours.log) ?? 'same';
}

/** Said in the middle of a walk without an instruction, a message leaves open where the kernel stood. */
function tellsPc(kernel: KernelVerdict | null): boolean {
  return kernel !== null && (kernel.pc !== null || kernel.processed === null || kernel.processed === 0);
}

function classOf(kernel: KernelVerdict | null, ours: OurVerdict): FidelityClass {
  if (kernel === null) return 'no verdict';
  if (ours.outcome === 'unsupported' || ours.outcome === 'too slow' || ours.outcome === 'crash') return ours.outcome;
  if (kernel.verdict === 'accept') return ours.outcome === 'accepted' ? 'accept/accept' : 'false reject';
  return ours.outcome === 'rejected' ? 'reject/reject' : 'false accept';
}

/** Numbers become N and runs of blanks one, so that texts that differ in a count or an id only are the same text. */
export function foldNumbers(text: string): string {
  return text
    .replaceAll(/-?\b(?:0x[0-9a-f]+|\d+)\b/gi, 'N')
    .replaceAll(/\bR(?:\d+)/g, 'RN')
    .replaceAll(/\s+/g, ' ')
    .trim();
}
