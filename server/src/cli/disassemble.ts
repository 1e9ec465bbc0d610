import { CLASSIC_STYLES, printClassic, type ClassicStyle } from '../asm/classic/print.ts';
import { unconvert } from '../asm/classic/unconvert.ts';
import { dialectNamed, type Dialect } from '../asm/dialects.ts';
import { listingRows } from '../asm/listing.ts';
import { printInsn } from '../asm/pseudoC/print.ts';
import type { LineInfo, Program } from '../program/program.ts';
import type { Arguments } from './arguments.ts';
import { frontEndLines } from './check.ts';
import { requestFor } from './cFile.ts';
import { EXIT } from './exit.ts';
import type { ExitStatus } from './exit.ts';
import { noProgram, readInput } from './inputFile.ts';
import type { InputFile } from './inputFile.ts';
import { placeOfLine, type Place } from './place.ts';
import { counted } from './style.ts';
import type { World } from './world.ts';

/** Prints programs in one of the notations: a listing with numbers, or a file that can be assembled again. */
export async function disassemble(world: World, args: Arguments): Promise<ExitStatus> {
  const input = await readInput(world, args.positionals[0] ?? '', args.values.get('--type'), {
    c: requestFor(world, args, args.positionals[0] ?? ''),
  });
  const { object, error, path } = input;
  if (object === null) {
    world.error(`${path}: ${error?.message ?? 'unreadable'}\n`);
    return error?.unsupported === true ? EXIT.unsupported : EXIT.usage;
  }
  const wanted = args.values.get('--program');
  const programs = object.programs.filter((program) => wanted === undefined || program.name === wanted);
  const errors = frontEndLines(input);
  if (programs.length === 0 && wanted !== undefined) errors.push(`${path}: ${noProgram(object, wanted)}`);
  const texts = programs.map(printerOf(input, args));
  errors.push(...texts.flatMap((text) => (typeof text === 'string' ? [] : [`${path}: ${text.problem}`])));
  for (const line of errors) world.error(`${line}\n`);
  await world.out(texts.filter((text) => typeof text === 'string').join('\n'));
  return errors.length > 0 ? EXIT.failed : EXIT.ok;
}

/** A program's text, or why there is none. */
type Printer = (program: Program) => string | { readonly problem: string };

/** The options are checked when they are read, so the dialect is one that there is. */
function printerOf(input: InputFile, args: Arguments): Printer {
  const name = args.values.get('--dialect') ?? 'pseudo-c';
  const style = CLASSIC_STYLES.find((one) => one === args.values.get('--style')) ?? 'd';
  const dialect = dialectNamed(name);
  if (dialect === null) return (program) => classicText(program, style);
  return args.values.get('--format') === 'file' ? dialect.printFile : listing(dialect, input, args);
}

function classicText(program: Program, style: ClassicStyle): string | { readonly problem: string } {
  const found = unconvert(program);
  if (!('reason' in found)) return printClassic(found, style);
  const { pc, reason } = found;
  const insn = program.insns[pc];
  const text = insn === undefined ? '' : ` (${printInsn(insn, { pc, maps: program.maps })})`;
  return {
    problem: `${program.name} cannot be written in classic BPF, because of instruction ${pc}${text}: ${reason}`,
  };
}

function listing(dialect: Dialect, input: InputFile, args: Arguments): (program: Program) => string {
  const withSource = args.switches.has('--source');
  return (program) => programText(program, dialect, input, withSource);
}

function programText(program: Program, dialect: Dialect, input: InputFile, withSource: boolean): string {
  const title = `${program.name} (${program.type}, ${counted(program.insns.length, 'insn')}):`;
  const source = (line: LineInfo): string => (withSource ? sourceRow(placeOfLine(line, input.source)) : '');
  const width = String(program.insns.length).length + 2;
  const rows = listingRows(program, { printInsn: dialect.printInsn, width, source });
  return `${[title, ...rows.map(({ text }) => text)].join('\n')}\n`;
}

function sourceRow({ path, line, text }: Place): string {
  return `; ${path}:${line}${text === null ? '' : `  ${text.trim()}`}`;
}
