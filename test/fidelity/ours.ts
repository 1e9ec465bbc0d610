import type { Program } from '../../server/src/program/program.ts';
import type { Verification, VerifyOptions } from '../../server/src/verifier/verification.ts';
import { verifyJob, VERIFY_DEFAULTS } from '../../server/src/verifier/verify.ts';
import type { OurVerdict } from './compare.ts';

/** Our verdict on a program, given up after so much processor time. A bug of ours is an answer like any other. */
export function ourVerdict(program: Program, options: Partial<VerifyOptions>, limitMs: number): OurVerdict {
  const begin = process.cpuUsage();
  try {
    const job = verifyJob(program, { ...VERIFY_DEFAULTS, ...options });
    while (!job.advance(2000))
      if (process.cpuUsage(begin).user / 1000 > limitMs) return noVerdict('too slow', `no verdict in ${limitMs} ms`);
    return verdictOf(job.result());
  } catch (error) {
    return noVerdict('crash', error instanceof Error ? (error.stack ?? error.message) : String(error));
  }
}

function verdictOf({ outcome, finding, processed, log }: Verification): OurVerdict {
  const message = outcome === 'unsupported' ? finding?.message : finding?.kernelMessage;
  return { outcome, message: message ?? '', pc: finding?.pc ?? null, processed, log };
}

function noVerdict(outcome: 'too slow' | 'crash', message: string): OurVerdict {
  return { outcome, message, pc: null, processed: 0, log: '' };
}
