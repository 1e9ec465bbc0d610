import { toHex } from '../base/bytes.ts';
import { encode } from '../isa/encode.ts';
import type { Program } from '../program/program.ts';
import type { Arguments } from './arguments.ts';
import { usage } from './check.ts';
import { EXIT } from './exit.ts';
import type { ExitStatus } from './exit.ts';
import { messageOf } from './failures.ts';
import { readInput } from './inputFile.ts';
import { chooseProgram } from './prepareRun.ts';
import type { World } from './world.ts';

/** Assembles a file into instructions. */
export async function assembleCommand(world: World, args: Arguments): Promise<ExitStatus> {
  const output = args.values.get('--output');
  const format =
    args.values.get('--format') ?? (output === undefined ? 'hex' : output.endsWith('.bin') ? 'bin' : 'elf');
  if (format === 'elf')
    return usage(world, 'unsupported format elf: objects cannot be written yet; use --format hex or bin');
  if (format === 'bin' && output === undefined) return usage(world, '--format bin needs a file: -o OUT.bin');
  const input = await readInput(world, args.positionals[0] ?? '', undefined, {
    classic: args.values.get('--dialect') === 'classic',
  });
  if (input.object !== null && input.source === null) return usage(world, `${input.path} is no assembly text`);
  const program = chooseProgram(world, input, args.values.get('--program'));
  if (typeof program === 'number') return program;
  if (program.insns.some(({ kind }) => kind === 'loadMap'))
    world.error(`${input.path}: warning: the maps of ${program.name} are lost in bare instructions\n`);
  return write(world, program, format, output);
}

async function write(world: World, program: Program, format: string, output: string | undefined): Promise<ExitStatus> {
  const bytes = encode(program.insns);
  const lines = Array.from({ length: bytes.length / 8 }, (_, i) => `${toHex(bytes.subarray(8 * i, 8 * i + 8))}\n`);
  const data = format === 'bin' ? bytes : new TextEncoder().encode(lines.join(''));
  if (output === undefined) {
    await world.out(lines.join(''));
    return EXIT.ok;
  }
  try {
    await world.writeFile(output, data);
    return EXIT.ok;
  } catch (error) {
    return usage(world, `${output}: ${messageOf(error)}`);
  }
}
