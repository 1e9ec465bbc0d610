import type { Kernel } from '../core/withKernel.ts';
import { openKernelBtf } from '../elf/kernelBtf.ts';
import type { Program } from '../program/program.ts';
import { wantsKernelTypes } from '../verifier/kernelTypes.ts';

/** The kernel this machine runs and where its types are. */
export interface OwnKernel {
  /** "6.18.44-amd64". */
  readonly release: string;
  readonly types: string;
}

/** A file with the types of a kernel. */
export interface KernelSource {
  readonly path: string;
  /** What to call the kernel. */
  readonly name: string;
  /** Named by the user, who must be told when it cannot be read. */
  readonly given: boolean;
}

export interface WantedKernel {
  /** The file that the user names; "" for none. */
  readonly given: string;
  /** The version whose verdict is asked for, "6.18". */
  readonly version: string;
  /** The release of the kernel that events were recorded on; "" when nobody tells. */
  readonly recorded: string;
}

/**
 * Where to read the types of the kernel that the programs are for; null when there are none, or no program wants them.
 * This machine's own kernel speaks only for itself: the types of another version would make answers wrong, and lay the
 * memory of recorded events out wrongly.
 */
export function kernelSource(
  programs: readonly Program[],
  own: OwnKernel | null,
  { given, version, recorded }: WantedKernel,
): KernelSource | null {
  if (given !== '') return { path: given, name: `the kernel of ${given}`, given: true };
  if (own === null || !programs.some(wantsKernelTypes)) return null;
  const fits = own.release.startsWith(`${version}.`) && (recorded === '' || recorded === own.release);
  return fits ? { path: own.types, name: `Linux ${own.release}`, given: false } : null;
}

/** A string says what is wrong with the file. */
export function openKernel({ path, name }: KernelSource, bytes: Uint8Array): Kernel | string {
  const opened = openKernelBtf(bytes);
  return 'btf' in opened ? { name, btf: opened.btf } : `${path}: ${opened.problem}`;
}
