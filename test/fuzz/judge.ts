/** Our verdict on a made-up program beside the kernel's. */
import { availableParallelism } from 'node:os';
import type { Program } from '../../server/src/program/program.ts';
import type { Verification } from '../../server/src/verifier/verification.ts';
import { VERIFY_DEFAULTS, verifyJob } from '../../server/src/verifier/verify.ts';
import type { ShortVerdict } from '../support/verdictStream.ts';

/** A verdict, a bug of ours as text, or null for a walk that is too long to be worth it. */
export type Ours = Verification | string | null;

/** Longer walks are left out: endless counting costs both sides a second each. */
const LONGEST_WALK = 2500;
/** The kernel knows how many there may be. */
const PROCESSORS = availableParallelism();

export function judge(program: Program): Ours {
  try {
    const job = verifyJob(program, { ...VERIFY_DEFAULTS, processors: PROCESSORS });
    return job.advance(LONGEST_WALK) ? job.result() : null;
  } catch (error) {
    return error instanceof Error ? (error.stack ?? error.message) : String(error);
  }
}

/** What differs, with numbers folded so that one cause is one text; null when nothing does. */
export function difference(ours: Verification | string, kernel: ShortVerdict): string | null {
  const found = rawDifference(ours, kernel);
  return found === null ? null : foldNumbers(found);
}

function rawDifference(ours: Verification | string, kernel: ShortVerdict): string | null {
  if (typeof ours === 'string') return `crash: ${ours.split('\n').slice(0, 3).join(' ')}`;
  if (ours.outcome === 'unsupported') return null;
  const message = ours.finding?.kernelMessage ?? '';
  if (kernel.accepted !== (ours.outcome === 'accepted'))
    return kernel.accepted ? `false reject: ${message}` : `false accept: ${kernel.message}`;
  if (kernel.message !== message) return `message: ${kernel.message} / ${message}`;
  if (kernel.processed !== null && kernel.processed !== ours.processed)
    return `processed, ${kernel.accepted ? 'accepted' : message}`;
  const pc = ours.finding?.pc ?? null;
  return kernel.pc !== null && kernel.pc !== pc ? `pc: ${message}` : null;
}

export function foldNumbers(text: string): string {
  return text.replaceAll(/-?\b(?:0x[0-9a-f]+|\d+)\b/gi, 'N').replaceAll(/\bR\d+/g, 'R');
}
