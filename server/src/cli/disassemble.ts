import { printInsn } from '../asm/pseudoC/print.ts';
import type { Program } from '../program/program.ts';
import type { Arguments } from './arguments.ts';
import { frontEndLines, usage } from './check.ts';
import { EXIT } from './exit.ts';
import type { ExitStatus } from './exit.ts';
import { noProgram, readInput } from './inputFile.ts';
import type { InputFile } from './inputFile.ts';
import { placeOf } from './place.ts';
import { counted } from './style.ts';
import type { World } from './world.ts';

/** Prints programs as the kernel's pseudo-C, one instruction a line with its number. */
export async function disassemble(world: World, args: Arguments): Promise<ExitStatus> {
  const dialect = args.values.get('--dialect') ?? 'pseudo-c';
  if (dialect !== 'pseudo-c') return usage(world, `unsupported dialect '${dialect}': only pseudo-c is there yet`);
  const input = await readInput(world, args.positionals[0] ?? '', args.values.get('--type'));
  const { object, error, path } = input;
  if (object === null) {
    world.error(`${path}: ${error?.message ?? 'unreadable'}\n`);
    return error?.unsupported === true ? EXIT.unsupported : EXIT.usage;
  }
  const name = args.values.get('--program');
  const programs = object.programs.filter((program) => name === undefined || program.name === name);
  const errors = frontEndLines(input);
  if (programs.length === 0 && name !== undefined) errors.push(`${path}: ${noProgram(object, name)}`);
  for (const line of errors) world.error(`${line}\n`);
  for (const [i, program] of programs.entries())
    await world.out(`${i > 0 ? '\n' : ''}${programText(program, input, args.switches.has('--source'))}`);
  return errors.length > 0 ? EXIT.failed : EXIT.ok;
}

function programText(program: Program, input: InputFile, withSource: boolean): string {
  const lines = [`${program.name} (${program.type}, ${counted(program.insns.length, 'insn')}):`];
  const width = String(program.insns.length).length;
  const subprogs = new Map(program.subprogs.slice(1).map(({ start, name }) => [start, name]));
  let last = '';
  program.insns.forEach((insn, pc) => {
    if (insn.kind === 'wideSlot') return;
    const subprog = subprogs.get(pc);
    if (subprog !== undefined) lines.push('', `${subprog}:`);
    const place = withSource ? placeOf(program, pc, input.source) : null;
    const source =
      place === null ? '' : `; ${place.path}:${place.line}${place.text === null ? '' : `  ${place.text.trim()}`}`;
    if (source !== '' && source !== last) lines.push(source);
    last = source;
    lines.push(`${String(pc).padStart(width + 2)}: ${printInsn(insn, { pc, maps: program.maps })}`);
  });
  return `${lines.join('\n')}\n`;
}
