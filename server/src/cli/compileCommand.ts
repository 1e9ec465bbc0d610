import { isUnsupported } from '../base/diagnostic.ts';
import { printModule } from '../c/ir/print.ts';
import { listingRows, sourceLineText } from '../asm/listing.ts';
import { printInsn } from '../asm/pseudoC/print.ts';
import type { LineInfo, Program } from '../program/program.ts';
import type { Arguments } from './arguments.ts';
import { compileFile, isC, objectOf, requestFor, type CompiledFile } from './cFile.ts';
import { usage } from './check.ts';
import { diagnosticText } from './checkText.ts';
import { EXIT } from './exit.ts';
import type { ExitStatus } from './exit.ts';
import { messageOf } from './failures.ts';
import { counted } from './style.ts';
import type { World } from './world.ts';

/** Compiles a C source to an object, or shows what it becomes on the way. */
export async function compileCommand(world: World, args: Arguments): Promise<ExitStatus> {
  const path = args.positionals[0] ?? '';
  if (!isC(path)) return usage(world, `${path} is no C source: its name does not end in .c`);
  let text: string;
  try {
    text = new TextDecoder().decode(await world.readFile(path));
  } catch (error) {
    return usage(world, `${path}: ${messageOf(error)}`);
  }
  const compiled = await compileFile(world, path, text, requestFor(world, args, path));
  if (typeof compiled === 'string') return usage(world, compiled);
  tell(world, compiled);
  const failed = statusOf(compiled);
  return failed === EXIT.ok ? write(world, args, path, compiled) : failed;
}

/** All findings with their lines, then how many there are, as compilers do. */
function tell(world: World, { diagnostics, source, sourceOf }: CompiledFile): void {
  for (const one of diagnostics) world.error(diagnosticText({ path: source.path, source, sourceOf }, one, world));
  const count = (severity: string): number => diagnostics.filter((one) => one.severity === severity).length;
  const [errors, warnings] = [count('error'), count('warning')];
  const counts = [
    ...(warnings > 0 ? [counted(warnings, 'warning')] : []),
    ...(errors > 0 ? [counted(errors, 'error')] : []),
  ];
  if (counts.length > 0) world.error(`${source.path}: ${counts.join(' and ')}\n`);
}

function statusOf({ diagnostics, bytes }: CompiledFile): ExitStatus {
  if (bytes !== null) return EXIT.ok;
  const errors = diagnostics.filter(({ severity }) => severity === 'error');
  return errors.length > 0 && errors.every(isUnsupported) ? EXIT.unsupported : EXIT.failed;
}

async function write(world: World, args: Arguments, path: string, compiled: CompiledFile): Promise<ExitStatus> {
  const emit = args.values.get('--emit') ?? 'object';
  const given = args.values.get('--output');
  const bytes = emitted(compiled, emit);
  if (bytes === null) return usage(world, '--emit ir is about the built-in compiler, not about clang');
  if (emit !== 'object' && given === undefined) {
    await world.out(new TextDecoder().decode(bytes));
    return EXIT.ok;
  }
  const output = given ?? objectPath(path);
  try {
    await world.writeFile(output, bytes);
    return EXIT.ok;
  } catch (error) {
    return usage(world, `${output}: ${messageOf(error)}`);
  }
}

function emitted(compiled: CompiledFile, emit: string): Uint8Array | null {
  if (emit === 'object') return compiled.bytes;
  if (emit === 'asm')
    return new TextEncoder().encode(
      objectOf(compiled)
        .programs.map((one) => listing(one))
        .join('\n'),
    );
  const module = compiled.result?.module ?? null;
  return module === null ? null : new TextEncoder().encode(printModule(module));
}

/** Instructions below the lines of C that they come from. */
function listing(program: Program): string {
  const source = (line: LineInfo): string => `; ${line.path}:${line.line}  ${sourceLineText(line)}`;
  const rows = listingRows(program, { printInsn, width: 6, source });
  return `${[`${program.name} (${program.section}):`, ...rows.map(({ text }) => text)].join('\n')}\n`;
}

/** As compilers do, the object goes to the folder where one is. */
function objectPath(path: string): string {
  const name = path.slice(Math.max(path.lastIndexOf('/'), path.lastIndexOf('\\')) + 1);
  return `${name.slice(0, -2)}.o`;
}
