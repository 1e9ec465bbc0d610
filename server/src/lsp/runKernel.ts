import { kernelSource, openKernel, type ChosenKernel } from '../ide/kernelSource.ts';
import type { Program } from '../program/program.ts';
import { VERIFY_DEFAULTS } from '../verifier/verify.ts';
import type { KernelTypesHost } from './kernelTypes.ts';

/** The kernel that programs are run for; null when there is none, or none is wanted. Rejects with a reason for people. */
export async function kernelForRun(
  host: KernelTypesHost | undefined,
  programs: readonly Program[],
  given: string,
  recorded: string | null,
): Promise<ChosenKernel | null> {
  const wanted = { given, version: VERIFY_DEFAULTS.kernel, recorded };
  const source = kernelSource(programs, host?.own ?? null, wanted);
  if (source === null) return null;
  if (host === undefined) throw new Error(`${source.path}: files with kernel types cannot be read here`);
  try {
    const opened = openKernel(source, await host.read(source.path));
    if (typeof opened !== 'string') return opened;
    throw new Error(opened);
  } catch (error) {
    if (!source.given) return null;
    const reason = error instanceof Error ? error.message : String(error);
    throw new Error(reason.startsWith(source.path) ? reason : `${source.path}: ${reason}`, { cause: error });
  }
}
