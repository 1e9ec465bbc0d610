import {
  kernelSource,
  loadedBy,
  openKernel,
  type ChosenKernel,
  type KernelSource,
  type WantedKernel,
} from '../ide/kernelSource.ts';
import type { Program } from '../program/program.ts';
import type { Arguments } from './arguments.ts';
import { messageOf } from './failures.ts';
import { withObject, type InputFile } from './inputFile.ts';
import type { World } from './world.ts';

/** The types of the kernel whose verdict is asked for, read once and only when a program wants them. */
export class KernelTypes {
  readonly #world: World;
  readonly #wanted: WantedKernel;
  #read: Promise<ChosenKernel | string | null> | null = null;

  /** `recorded` is the release of the kernel that events with their memory were recorded on; null without such. */
  constructor(world: World, args: Arguments, version: string, recorded: string | null = null) {
    this.#world = world;
    this.#wanted = { given: args.values.get('--btf') ?? '', version, recorded };
  }

  /** A string says what is wrong with the file that was given. */
  async for(programs: readonly Program[]): Promise<ChosenKernel | string | null> {
    const source = kernelSource(programs, this.#world.ownKernel, this.#wanted);
    if (source === null) return null;
    this.#read ??= this.#open(source);
    return this.#read;
  }

  async #open(source: KernelSource): Promise<ChosenKernel | string | null> {
    const opened = await this.#world
      .readKernelTypes(source.path)
      .then((bytes) => openKernel(source, bytes))
      .catch((error: unknown) => `${source.path}: ${messageOf(error)}`);
    return typeof opened === 'string' && !source.given ? null : opened;
  }
}

/** The file as loaders load it into that kernel. */
export function asLoadedBy(kernel: ChosenKernel | null, input: InputFile): InputFile {
  return input.object === null || kernel === null ? input : withObject(input, loadedBy(kernel, input.object));
}
