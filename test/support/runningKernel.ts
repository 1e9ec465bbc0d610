import { LATEST, NEWEST } from '../../server/src/kernel/releases.ts';
import { programOfText } from './assembled.ts';
import { kernelOracle } from './oracle.ts';

/** Functions take no null, other than those that say so. */
const PROBE = '.license "GPL"\n.section "tc"\nmain:\n  r1 = 0\n  call bpf_dynptr_size\n  r0 = 0\n  exit\n';

/** The version whose rules this machine's kernel has: some builds of 6.18 have those of 7.0. */
export const RUNNING_KERNEL: string = runningKernel();

function runningKernel(): string {
  const [verdict] = kernelOracle()?.verify([programOfText(PROBE)]) ?? [];
  return verdict?.lines.some((line) => line.includes('passed to trusted arg0')) === true ? LATEST : NEWEST;
}
