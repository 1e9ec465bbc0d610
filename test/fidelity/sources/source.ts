import type { Judged } from '../judged.ts';

/** Where programs come from. One file each; all.ts lists them. */
export interface Source {
  /** Names its folder and its row of the table. */
  readonly name: string;
  /** One sentence for the page: what the programs are. */
  readonly what: string;
  /** Asks the kernel about all of its programs. Throws CannotAsk where something is missing. */
  collect(workshop: Workshop): Promise<Judged[]>;
}

/** What sources work with. Everything is built when it is first asked for and kept in `work`. */
export interface Workshop {
  /** A folder that outlives the run. */
  readonly work: string;
  /** What the kernel said last time will do. */
  readonly kept: boolean;
  /** Sources of a kernel: an unpacked linux-source package, or the tree that the user named. */
  kernelTree(): string;
  /** libbpf of that tree: the archive and the folder of its headers. */
  libbpf(): { readonly archive: string; readonly include: string };
  /** Folder with vmlinux.h, the types of the running kernel. */
  kernelHeaders(): string;
  /** The tool that asks the kernel, linked with that libbpf. */
  kverify(): string;
  readonly clang: string;
  /** Folder of public projects that the user has already; null: they are cloned. */
  readonly sources: string | null;
}

/** Something outside is missing: tools, sources, a kernel that answers. The message says what to do. */
export class CannotAsk extends Error {}
