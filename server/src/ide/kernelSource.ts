import { withKernel, type Kernel } from '../core/withKernel.ts';
import { openKernelBtf } from '../elf/kernelBtf.ts';
import type { BpfObject, Program } from '../program/program.ts';
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
  /** Whether programs may be adapted to it: recorded memory is laid out as the kernel had it that recorded. */
  readonly adapts: boolean;
}

/** A kernel, and whether programs may be adapted to it. */
export interface ChosenKernel extends Kernel {
  readonly adapts: boolean;
}

export interface WantedKernel {
  /** The file that the user names; "" for none. */
  readonly given: string;
  /** The version whose verdict is asked for, "6.18". */
  readonly version: string;
  /** The release of the kernel that events with their memory were recorded on, "" when nobody tells; null without such. */
  readonly recorded: string | null;
}

/**
 * Where to read the types of the kernel that the programs are for; null when there are none, or no program wants them.
 * This machine's own kernel speaks only for itself: the types of another version would make answers wrong.
 */
export function kernelSource(
  programs: readonly Program[],
  own: OwnKernel | null,
  { given, version, recorded }: WantedKernel,
): KernelSource | null {
  if (given !== '') return { path: given, name: `the kernel of ${given}`, given: true, adapts: true };
  if (own === null || !programs.some(wantsKernelTypes)) return null;
  if (!own.release.startsWith(`${version}.`)) return null;
  const adapts = recorded === null || recorded === own.release;
  return { path: own.types, name: `Linux ${own.release}`, given: false, adapts };
}

/** A string says what is wrong with the file. */
export function openKernel({ path, name, adapts }: KernelSource, bytes: Uint8Array): ChosenKernel | string {
  const opened = openKernelBtf(bytes);
  return 'btf' in opened ? { name, btf: opened.btf, adapts } : `${path}: ${opened.problem}`;
}

/** The object as loaders load it into the kernel. */
export function loadedBy(kernel: ChosenKernel | null, object: BpfObject): BpfObject {
  return kernel?.adapts === true ? withKernel(object, kernel) : object;
}
