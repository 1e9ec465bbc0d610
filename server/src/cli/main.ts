import { distance, parseArguments } from './arguments.ts';
import type { Arguments, CommandSpec } from './arguments.ts';
import { assembleCommand } from './assembleCommand.ts';
import { check, usage } from './check.ts';
import { COMMANDS } from './commands.ts';
import { compileCommand } from './compileCommand.ts';
import { conformance } from './conformance.ts';
import { disassemble } from './disassemble.ts';
import { EXIT } from './exit.ts';
import type { ExitStatus } from './exit.ts';
import { commandHelp, generalHelp } from './help.ts';
import { run } from './run.ts';
import type { World } from './world.ts';

type Command = (world: World, args: Arguments) => Promise<number>;

const ACTIONS: Readonly<Record<string, Command>> = {
  check,
  run,
  compile: compileCommand,
  assemble: assembleCommand,
  disassemble,
  'conformance-plugin': conformance,
  lsp: serveLsp,
  dap: serveDap,
};

/** The command line: words after the program's name to an exit status. */
export async function main(outside: World, words: readonly string[]): Promise<number> {
  const world = withoutControls(outside);
  const [name, ...rest] = words;
  if (name === undefined || name === '--help' || name === '-h' || name === 'help') return general(world, name, rest);
  if (name === '--version') {
    await world.out(`ebpf-workbench ${world.version}\n`);
    return EXIT.ok;
  }
  const spec = COMMANDS.find((command) => command.name === name);
  const action = Object.hasOwn(ACTIONS, name) ? ACTIONS[name] : undefined;
  if (spec === undefined || action === undefined) return usage(world, unknownCommand(name));
  return runCommand(world, spec, action, rest);
}

/** Names and text come from files that nobody vouches for: control characters in them must not reach the terminal. */
function withoutControls(world: World): World {
  const clean = (text: string): string => text.replace(CONTROL, (match) => allowed(match, world.color));
  return { ...world, out: (text) => world.out(clean(text)), error: (text) => world.error(clean(text)) };
}

const ESCAPE = 0x1b;
/** A control character, with what makes it a change of colour if that follows. */
const CONTROL = /\p{Cc}(?:\[\d{1,2}m)?/gu;

function allowed(match: string, color: boolean): string {
  if (match.startsWith('\n') || match.startsWith('\t')) return match;
  if (color && match.length > 1 && match.charCodeAt(0) === ESCAPE) return match;
  return `\uFFFD${match.slice(1)}`;
}

async function runCommand(world: World, spec: CommandSpec, action: Command, rest: readonly string[]): Promise<number> {
  const end = rest.indexOf('--');
  if (rest.some((word, i) => (word === '--help' || word === '-h') && (end === -1 || i < end))) {
    await world.out(commandHelp(spec));
    return EXIT.ok;
  }
  const args = parseArguments(spec, rest);
  if (typeof args === 'string') return usage(world, args);
  try {
    return await action(world, args);
  } catch (error) {
    // A bug of ours: say so, with what helps to find it.
    world.error(
      `ebpf-workbench: internal error: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`,
    );
    return EXIT.usage;
  }
}

async function general(world: World, name: string | undefined, rest: readonly string[]): Promise<ExitStatus> {
  const spec = COMMANDS.find((command) => command.name === rest[0]);
  if (name === undefined) {
    world.error(generalHelp());
    return EXIT.usage;
  }
  await world.out(spec === undefined ? generalHelp() : commandHelp(spec));
  return EXIT.ok;
}

function unknownCommand(name: string): string {
  const close = COMMANDS.find((command) => distance(command.name, name) <= 2);
  const hint = close === undefined ? 'see ebpf-workbench --help' : `did you mean ${close.name}?`;
  return `unknown command '${name}'; ${hint}`;
}

async function serveLsp(world: World, args: Arguments): Promise<number> {
  if (!args.switches.has('--stdio')) return usage(world, 'lsp needs --stdio');
  return world.serveLsp === null ? usage(world, 'unsupported command lsp: not part of this build') : world.serveLsp();
}

async function serveDap(world: World, args: Arguments): Promise<number> {
  const port = args.values.get('--port');
  if ((port === undefined) === !args.switches.has('--stdio'))
    return usage(world, 'dap needs either --stdio or --port N');
  if (port !== undefined && !(/^\d+$/.test(port) && Number(port) <= 65_535))
    return usage(world, `'${port}' is no port`);
  if (world.serveDap === null) return usage(world, 'unsupported command dap: not part of this build');
  return world.serveDap(port === undefined ? null : Number(port));
}
