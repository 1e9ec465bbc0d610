import type { Btf } from '../btf/btf.ts';
import { openKernelBtf } from '../elf/kernelBtf.ts';
import type { Program } from '../program/program.ts';
import { wantsKernelTypes } from '../verifier/kernelTypes.ts';
import type { Arguments } from './arguments.ts';
import { messageOf } from './failures.ts';
import type { World } from './world.ts';

/** The types of the kernel whose verdict is asked for, read once and only when a program wants them. */
export class KernelTypes {
  readonly #world: World;
  readonly #given: string | undefined;
  readonly #kernel: string;
  #read: Promise<Btf | string | null> | null = null;

  constructor(world: World, args: Arguments, kernel: string) {
    this.#world = world;
    this.#given = args.values.get('--btf');
    this.#kernel = kernel;
  }

  /** A string says what is wrong with the file that was given. */
  async for(programs: readonly Program[]): Promise<Btf | string | null> {
    if (this.#given === undefined && !programs.some(wantsKernelTypes)) return null;
    this.#read ??= this.#given === undefined ? this.#readOwn() : this.#readGiven(this.#given);
    return this.#read;
  }

  async #readGiven(path: string): Promise<Btf | string> {
    try {
      const opened = openKernelBtf(await this.#world.readKernelTypes(path));
      return 'btf' in opened ? opened.btf : `${path}: ${opened.problem}`;
    } catch (error) {
      return `${path}: ${messageOf(error)}`;
    }
  }

  /** This machine's kernel speaks only for itself: the types of another version would make the answer wrong. */
  async #readOwn(): Promise<Btf | null> {
    const own = this.#world.ownKernel;
    if (own === null || !own.release.startsWith(`${this.#kernel}.`)) return null;
    const read = await this.#readGiven(own.types);
    return typeof read === 'string' ? null : read;
  }
}
