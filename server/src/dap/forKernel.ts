import { kernelSource, loadedBy, openKernel } from '../ide/kernelSource.ts';
import type { BpfObject } from '../program/program.ts';
import { VERIFY_DEFAULTS } from '../verifier/verify.ts';
import type { DapHost } from './server.ts';
import { UserError } from './userError.ts';

/** The object as loaders load it into the kernel of the launch configuration, or into this machine's where it fits. */
export async function forKernel(
  { kernelTypes }: DapHost,
  object: BpfObject,
  given: string,
  recorded: string | null,
): Promise<BpfObject> {
  const wanted = { given, version: VERIFY_DEFAULTS.kernel, recorded };
  const source = kernelSource(object.programs, kernelTypes?.own ?? null, wanted);
  if (source === null) return object;
  const reading =
    kernelTypes?.read(source.path) ?? Promise.reject(new Error('files with kernel types cannot be read here'));
  const opened = await reading
    .then((bytes) => openKernel(source, bytes))
    .catch((error: unknown) => `${source.path}: ${error instanceof Error ? error.message : String(error)}`);
  if (typeof opened !== 'string') return loadedBy(opened, object);
  if (!source.given) return object;
  throw new UserError(`"kernelBtf": ${opened}`);
}
