import type { DebugProtocol } from '@vscode/debugprotocol';
import { ReplaySession, type NamedText } from '../debugger/session.ts';
import { openCSource, type CSourceOptions } from '../ide/c/openCSource.ts';
import { openObject } from '../ide/openObject.ts';
import type { BpfObject } from '../program/program.ts';
import { forKernel } from './forKernel.ts';
import { loadEvents, madeUpEvent } from './loadEvents.ts';
import type { DapHost } from './server.ts';
import { Sources } from './sources.ts';
import { UserError } from './userError.ts';

export interface LaunchArguments extends DebugProtocol.LaunchRequestArguments {
  readonly program?: unknown;
  readonly entry?: unknown;
  readonly events?: unknown;
  readonly startAt?: unknown;
  readonly stopOnEntry?: unknown;
  readonly seed?: unknown;
  readonly world?: unknown;
  readonly maps?: unknown;
  readonly kernelBtf?: unknown;
  readonly includePaths?: unknown;
  readonly defines?: unknown;
  readonly cpu?: unknown;
  readonly headers?: unknown;
  readonly compiler?: unknown;
}

/** What a launch configuration comes to. */
export interface Launched {
  readonly replay: ReplaySession;
  readonly sources: Sources;
  /** Zero-based event to begin with. */
  readonly startAt: number;
  readonly stopOnEntry: boolean;
  readonly noDebug: boolean;
  /** For the user, in plain words. */
  readonly notes: readonly string[];
}

const NO_RECORDING = 'No recording was given: the program runs on one made-up TCP packet. Name a capture in "events".';

/** Errors of the program's file that are told. */
const MOST_ERRORS = 5;

/** Texts that line information may name; more are not looked for. */
const MOST_TEXTS = 200;

export async function openLaunch(host: DapHost, args: LaunchArguments): Promise<Launched> {
  const path = textArgument(args.program, 'program');
  if (path === null) throw new UserError('The launch configuration names no "program".');
  const entry = textArgument(args.entry, 'entry');
  const recording = textArgument(args.events, 'events');
  const world = await openText(host, 'world', textArgument(args.world, 'world'));
  const maps = await openText(host, 'maps', textArgument(args.maps, 'maps'));
  const seed = args.seed === undefined ? null : numberArgument(args.seed, 'seed', 1);
  const wanted = numberArgument(args.startAt, 'startAt', 1);
  const given = textArgument(args.kernelBtf, 'kernelBtf') ?? '';
  const read = await openProgram(host, path, { user: cSettings(args), profile: 'debug', kernelBtf: given });
  const { events, notes, head } =
    recording === null
      ? { events: [madeUpEvent()], notes: [NO_RECORDING], head: null }
      : await loadEvents(host, recording);
  const object = await forKernel(host, read, given, head?.kernel ?? null);
  const replay = ReplaySession.open(object, {
    entry,
    events,
    seed,
    world,
    maps,
    head,
  });
  if (typeof replay === 'string') throw new UserError(`The program cannot be debugged: ${replay}.`);
  if (wanted < 1 || wanted > events.length)
    throw new UserError(`"startAt" is ${wanted}, but the recording has events 1 to ${events.length}.`);
  const files = await filesOf(host, replay.target.paths(), path);
  replay.target.showOnly(new Set(files.keys()));
  const said = [...notes, ...problemsOf(object), ...(entry === null ? severalPrograms(replay) : [])];
  const noDebug = args.noDebug === true;
  const stopOnEntry = args.stopOnEntry !== false && !noDebug;
  return { replay, sources: new Sources(replay.target, files), startAt: wanted - 1, stopOnEntry, noDebug, notes: said };
}

async function openText(host: DapHost, what: 'world' | 'maps', path: string | null): Promise<NamedText | null> {
  if (path === null) return null;
  const bytes = await host.readFile(path).catch((error: unknown) => {
    throw new UserError(
      `The ${what} file ${path} cannot be read: ${error instanceof Error ? error.message : String(error)}`,
    );
  });
  return { path, text: new TextDecoder().decode(bytes) };
}

/** The program may run all the same: what could not be read is a fault when it comes to that. */
function problemsOf({ diagnostics, path }: BpfObject): string[] {
  const told = diagnostics.filter(({ severity, code }) => severity === 'error' || code === 'debug-info-unread');
  const errors = told.map(({ message }) => `${path}: ${message}`);
  const more = errors.length - MOST_ERRORS;
  return more <= 0 ? errors : [...errors.slice(0, MOST_ERRORS), `… and ${more} more errors`];
}

function severalPrograms({ program, target }: ReplaySession): string[] {
  const others = target.object.programs.filter((other) => other !== program).map(({ name }) => name);
  if (others.length === 0) return [];
  return [
    `This is ${program.name}, the file's first program. To debug another, name it in "entry": ${others.join(', ')}.`,
  ];
}

/** Client settings of the same names. */
function cSettings({ includePaths, defines, cpu, headers, compiler }: LaunchArguments): CSourceOptions['user'] {
  return {
    includePaths: listArgument(includePaths, 'includePaths'),
    defines: listArgument(defines, 'defines'),
    cpu: textArgument(cpu, 'cpu') ?? '',
    headers: textArgument(headers, 'headers') ?? '',
    compiler: textArgument(compiler, 'compiler') ?? 'auto',
  };
}

async function openProgram(host: DapHost, path: string, options: CSourceOptions): Promise<BpfObject> {
  const bytes = await host.readFile(path).catch((error: unknown) => {
    throw new UserError(
      `The program ${path} cannot be read: ${error instanceof Error ? error.message : String(error)}`,
    );
  });
  const opened = /\.c$/i.test(path)
    ? await openCSource({ path, text: new TextDecoder().decode(bytes) }, host, options)
    : openObject(path, bytes, { locals: true });
  if ('problem' in opened) throw new UserError(`${path}: ${opened.problem}.`);
  return opened.object;
}

/** Which of the texts that line information names are really there, by those names. */
async function filesOf(host: DapHost, paths: readonly string[], program: string): Promise<Map<string, string>> {
  const files = new Map<string, string>();
  for (const path of paths.slice(0, MOST_TEXTS)) {
    const found = path === program ? path : await firstThatExists(host, candidates(path, program));
    if (found !== null) files.set(path, found);
  }
  return files;
}

/** Where the object was built, relative to the object, and right beside it. */
function candidates(path: string, program: string): string[] {
  const folder = /^(.*[\\/])?/.exec(program)?.[0] ?? '';
  const name = path.split(/[\\/]/).at(-1) ?? path;
  const absolute = /^([\\/]|[a-z]:|[a-z][\w+.-]+:\/\/)/i.test(path);
  const paths = absolute ? [path, folder + name] : [folder + path, folder + name, path];
  return [...new Set(paths.map(plainPath))];
}

/** Without `.` and `..` in the middle, as clients write paths. */
function plainPath(path: string): string {
  const parts: string[] = [];
  for (const part of path.split('/')) {
    const before = parts.at(-1);
    if (part === '..' && before !== undefined && before !== '' && before !== '..') parts.pop();
    else if (part !== '.' || path === '.') parts.push(part);
  }
  return parts.join('/');
}

async function firstThatExists(host: DapHost, paths: readonly string[]): Promise<string | null> {
  for (const path of paths) {
    try {
      await host.readFile(path);
      return path;
    } catch {
      // The next one, then.
    }
  }
  return null;
}

function textArgument(value: unknown, name: string): string | null {
  if (value === undefined || value === null || value === '') return null;
  if (typeof value === 'string') return value;
  throw new UserError(`"${name}" in the launch configuration must be a text.`);
}

function listArgument(value: unknown, name: string): readonly string[] {
  if (value === undefined || value === null) return [];
  if (Array.isArray(value) && value.every((one) => typeof one === 'string')) return value;
  throw new UserError(`"${name}" in the launch configuration must be a list of texts.`);
}

function numberArgument(value: unknown, name: string, otherwise: number): number {
  if (value === undefined || value === null) return otherwise;
  if (typeof value === 'number' && Number.isSafeInteger(value)) return value;
  throw new UserError(`"${name}" in the launch configuration must be a whole number.`);
}
