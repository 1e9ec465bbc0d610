import { verify } from '../../server/src/verifier/verify.ts';
import type { VerifyOptions } from '../../server/src/verifier/verification.ts';
import { askKernel, kverify } from './kverify.ts';
import { kernelVerdict, rawProgram } from './oracle.ts';
import type { KernelVerdict } from './oracle.ts';
import { RUNNING_KERNEL } from './runningKernel.ts';
import type { TypedProgram } from './typedProgram.ts';

/** What is compared of a verdict. */
export interface Told {
  readonly verdict: string;
  /** What the kernel says first, and the instruction it stops at. */
  readonly message: string;
  readonly pc: number | null;
  readonly processed: number | null;
  /** Stack of each function that is left, when accepted: "16+0". */
  readonly stack: string;
}

/** Whether this machine's kernel can be asked. */
export const kernelAnswers = kverify !== null;

export function ours({ program }: TypedProgram, options: Partial<VerifyOptions> = {}): Told {
  const { outcome, finding, processed, stackBytes } = verify(program, { kernel: RUNNING_KERNEL, ...options });
  const verdict = outcome === 'accepted' ? 'accept' : outcome === 'rejected' ? 'reject' : outcome;
  return {
    verdict,
    message: finding?.kernelMessage ?? '',
    pc: finding?.pc ?? null,
    processed,
    stack: outcome === 'accepted' ? stackBytes.join('+') : '',
  };
}

/** The kernel's verdicts, in order. */
export function kernels(programs: readonly TypedProgram[]): Told[] {
  return askKernel(programs.map(({ program, btf }) => rawProgram(program, btf)))
    .map(kernelVerdict)
    .map(toldBy);
}

function toldBy({ verdict, message, pc, processed, log }: KernelVerdict): Told {
  const stack = verdict === 'accept' ? (/^stack depth (\S+)$/m.exec(log)?.[1] ?? '') : '';
  // The states that follow this line look like the walk going on.
  const [loop, at] = /infinite loop detected at insn (\d+)/.exec(log) ?? [];
  if (loop === undefined || verdict === 'accept') return { verdict, message, pc, processed, stack };
  return { verdict, message: loop, pc: Number(at), processed, stack };
}
