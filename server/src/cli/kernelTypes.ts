import { withKernel, type Kernel } from '../core/withKernel.ts';
import { openKernelBtf } from '../elf/kernelBtf.ts';
import type { Program } from '../program/program.ts';
import { wantsKernelTypes } from '../verifier/kernelTypes.ts';
import type { Arguments } from './arguments.ts';
import { messageOf } from './failures.ts';
import { withObject, type InputFile } from './inputFile.ts';
import type { OwnKernel, World } from './world.ts';

/** The types of the kernel whose verdict is asked for, read once and only when a program wants them. */
export class KernelTypes {
  readonly #world: World;
  readonly #given: string | undefined;
  readonly #kernel: string;
  readonly #own: OwnKernel | null;
  #read: Promise<Kernel | string | null> | null = null;

  /** `recorded` is the release of the kernel that events were recorded on: types of another lay its memory out wrongly. */
  constructor(world: World, args: Arguments, kernel: string, recorded = '') {
    this.#world = world;
    this.#own = recorded === '' || recorded === world.ownKernel?.release ? world.ownKernel : null;
    this.#given = args.values.get('--btf');
    this.#kernel = kernel;
  }

  /** A string says what is wrong with the file that was given. */
  async for(programs: readonly Program[]): Promise<Kernel | string | null> {
    if (this.#given === undefined && !programs.some(wantsKernelTypes)) return null;
    this.#read ??=
      this.#given === undefined ? this.#readOwn() : this.#readGiven(this.#given, `the kernel of ${this.#given}`);
    return this.#read;
  }

  async #readGiven(path: string, name: string): Promise<Kernel | string> {
    try {
      const opened = openKernelBtf(await this.#world.readKernelTypes(path));
      return 'btf' in opened ? { name, btf: opened.btf } : `${path}: ${opened.problem}`;
    } catch (error) {
      return `${path}: ${messageOf(error)}`;
    }
  }

  /** This machine's kernel speaks only for itself: the types of another version would make the answer wrong. */
  async #readOwn(): Promise<Kernel | null> {
    const own = this.#own;
    if (own === null || !own.release.startsWith(`${this.#kernel}.`)) return null;
    const read = await this.#readGiven(own.types, `Linux ${own.release}`);
    return typeof read === 'string' ? null : read;
  }
}

/** The file as loaders load it into that kernel. */
export function asLoadedBy(kernel: Kernel | null, input: InputFile): InputFile {
  return input.object === null || kernel === null ? input : withObject(input, withKernel(input.object, kernel));
}
