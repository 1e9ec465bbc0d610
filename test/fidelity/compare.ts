/** Our verdict beside the kernel's: which class a program falls into, and what of an agreed verdict is the same. */
import type { Verification } from '../../server/src/verifier/verification.ts';
import type { KernelVerdict } from '../support/oracle.ts';

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
}

export function compare(kernel: KernelVerdict | null, ours: OurVerdict): Comparison {
  const found = classOf(kernel, ours);
  const agreed = found === 'accept/accept' || found === 'reject/reject';
  const rejected = found === 'reject/reject';
  return {
    class: found,
    sameMessage: rejected ? foldNumbers(kernel?.message ?? '') === foldNumbers(ours.message) : null,
    samePc: rejected ? kernel?.pc === ours.pc : null,
    sameProcessed: agreed && kernel !== null && kernel.processed !== null ? kernel.processed === ours.processed : null,
  };
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
