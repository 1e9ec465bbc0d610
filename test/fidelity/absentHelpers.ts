import { probeHelpers } from '../support/probeHelpers.ts';
import { kverify } from '../support/kverify.ts';

/** Helpers that depend on how a kernel was built and locked down, and a type of program that may call them otherwise. */
const OPTIONAL = [36, 58] as const;

/** Those that the kernel of this machine does not offer; none where no kernel can be asked. */
export function absentHelpers(): readonly number[] {
  const offered = kverify === null ? null : probeHelpers('kprobe');
  return offered === null ? [] : OPTIONAL.filter((id) => !offered.available.has(id));
}
