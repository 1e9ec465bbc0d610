import { type KernelBtf, openKernelBtf } from '../elf/kernelBtf.ts';
import type { OwnKernel } from '../ide/kernelSource.ts';

type Types = Extract<KernelBtf, { btf: unknown }>['btf'] | null;

/** What the platform lends for reading the types of kernels; absent in browsers. */
export interface KernelTypesHost {
  /** The bytes of the file, unpacked. Rejects with a reason for people. */
  readonly read: (path: string) => Promise<Uint8Array>;
  /** The kernel this machine runs and where its types are; null where there is none. */
  readonly own: OwnKernel | null;
}

/** The types of the kernel that the settings name, or of this machine's own; read when they are first wanted. */
export class KernelTypes {
  readonly #host: KernelTypesHost | undefined;
  #kernel: string;
  readonly #tell: (problem: string) => void;
  #path = '';
  #read: Promise<Types> | null = null;

  constructor(host: KernelTypesHost | undefined, kernel: string, tell: (problem: string) => void) {
    this.#host = host;
    this.#kernel = kernel;
    this.#tell = tell;
  }

  /** Takes the setting's path, "" for none; true when it is another one than before. */
  setPath(path: string): boolean {
    if (path === this.#path) return false;
    this.#path = path;
    this.#read = null;
    return true;
  }

  /** True when it is another kernel than before. */
  setKernel(kernel: string): boolean {
    if (kernel === this.#kernel) return false;
    this.#kernel = kernel;
    this.#read = null;
    return true;
  }

  get(): Promise<Types> {
    this.#read ??= this.#path === '' ? this.#readOwn() : this.#readGiven(this.#path, this.#tell);
    return this.#read;
  }

  async #readGiven(path: string, tell: (problem: string) => void): Promise<Types> {
    try {
      if (this.#host === undefined) throw new Error('files with kernel types cannot be read here');
      const opened = openKernelBtf(await this.#host.read(path));
      if ('btf' in opened) return opened.btf;
      tell(`ebpf.kernelBtf: ${path}: ${opened.problem}`);
    } catch (error) {
      tell(`ebpf.kernelBtf: ${path}: ${error instanceof Error ? error.message : String(error)}`);
    }
    return null;
  }

  /** Of another version than the one that is checked for, its types would make the answers wrong. */
  async #readOwn(): Promise<Types> {
    const own = this.#host?.own ?? null;
    if (own === null || !own.release.startsWith(`${this.#kernel}.`)) return null;
    return this.#readGiven(own.types, () => undefined);
  }
}
