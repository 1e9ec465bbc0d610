import { describe, expect, it } from 'vitest';
import { verify } from '../../server/src/verifier/verify.ts';
import type { KernelVerdict } from '../support/oracle.ts';
import { logLines } from '../support/logLines.ts';
import { kernelOracle } from '../support/oracle.ts';
import { fuzzProgram } from './fuzzPrograms.ts';
import { times } from '../support/times.ts';

const oracle = kernelOracle();
const BATCH = 50;
const BATCHES = times(3);
/** Seeds of an area that no other test uses. */
const FIRST = 100_000;

/** Random programs get the verdict, text, place and count of steps that the running kernel gives. */
describe.skipIf(oracle === null)('random programs, against the running kernel (skipped where there is none)', () => {
  it.each(Array.from({ length: BATCHES }, (_, i) => FIRST + i * BATCH))(
    'seeds from %i',
    { timeout: 120_000 },
    (from) => {
      const programs = Array.from({ length: BATCH }, (_, i) => fuzzProgram(from + i));
      const kernel = oracle?.verify(programs) ?? [];
      const ours = programs.map((program, i) => [from + i, seen(verify(program), kernel[i])]);
      expect(ours).toEqual(kernel.map((verdict, i) => [from + i, told(verdict)]));
    },
  );
});

/** Line by line; kernel addresses, names of maps and times are left out. */
describe.skipIf(oracle === null)(
  'logs of random programs, against the running kernel (skipped where there is none)',
  () => {
    const programs = Array.from({ length: times(50) }, (_, i) => fuzzProgram(FIRST - 1 - i));
    const small = programs.filter((program) => verify(program).processed < 2000);
    it.each([1, 2] as const)('level %i', (logLevel) => {
      const kernel = oracle?.verify(small, logLevel) ?? [];
      const ours = small.map((program) => logLines(verify(program, { logLevel }).log));
      expect(ours).toEqual(kernel.map((verdict) => logLines(verdict.log)));
    });
  },
);

interface Told {
  readonly verdict: string;
  readonly message: string;
  readonly pc: number | null;
  readonly processed: number;
}

function seen(ours: ReturnType<typeof verify>, kernel: KernelVerdict | undefined): Told {
  const pc = ours.finding?.pc ?? null;
  return {
    verdict: ours.outcome === 'accepted' ? 'accept' : ours.outcome === 'rejected' ? 'reject' : 'unsupported',
    message: ours.finding?.kernelMessage ?? '',
    pc: kernel?.pc === null || stepsNotPrinted(kernel) ? (kernel?.pc ?? null) : pc,
    processed: ours.processed,
  };
}

function told(kernel: KernelVerdict): Told {
  const loop = kernel.lines.length > 0 ? /infinite loop detected at insn \d+/.exec(kernel.log)?.[0] : undefined;
  const { verdict, pc, processed } = kernel;
  return { verdict, message: loop ?? kernel.message, pc, processed: processed ?? 0 };
}

/** At an endless loop the kernel stops before it prints the instruction. */
function stepsNotPrinted(kernel: KernelVerdict | undefined): boolean {
  return kernel !== undefined && kernel.log.includes('infinite loop detected');
}
