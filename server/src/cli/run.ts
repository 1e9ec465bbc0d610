import type { Event } from '../events/event.ts';
import { createReader } from '../events/openRecording.ts';
import type { EventReader } from '../events/reader.ts';
import type { Program } from '../program/program.ts';
import { unexpected } from '../run/expectations.ts';
import { parseFilter } from '../run/filter.ts';
import type { Filter } from '../run/filter.ts';
import { parseInitialMaps } from '../run/initialMaps.ts';
import type { MapsFile } from '../run/initialMaps.ts';
import { ALL_EVENTS, parseSelection } from '../run/selection.ts';
import type { Selection } from '../run/selection.ts';
import type { EventResult } from '../run/result.ts';
import { createRunSession } from '../run/session.ts';
import type { RunOptions, RunSession } from '../run/session.ts';
import { isWorld, parseWorldFile } from '../run/worldFile.ts';
import type { GivenWorld } from '../vm/given.ts';
import type { Arguments } from './arguments.ts';
import { usage, verifyOptions } from './check.ts';
import { coverageJson } from './coverage.ts';
import { requestFor } from './cFile.ts';
import { EXIT, worst } from './exit.ts';
import type { ExitStatus } from './exit.ts';
import { messageOf, OutputFailed } from './failures.ts';
import { readInput } from './inputFile.ts';
import type { InputFile } from './inputFile.ts';
import { asLoadedBy, KernelTypes } from './kernelTypes.ts';
import { nounOf } from './noun.ts';
import { openPackets } from './outputPackets.ts';
import type { PacketWriter } from './outputPackets.ts';
import { asRecorded, choosePrograms, verifyForRun } from './prepareRun.ts';
import type { Verified } from './prepareRun.ts';
import { openRecording, type Recording } from './recording.ts';
import { runReport } from './runReport.ts';
import type { RunReport } from './runReport.ts';
import type { World } from './world.ts';

/** Everything a run needs to know. */
export interface RunJob {
  readonly input: InputFile;
  /** The program, or the first of several. */
  readonly program: Program;
  /** Several where each event of the recording goes to the program that runs at its hook. */
  readonly programs: readonly Program[];
  readonly recording: Recording;
  readonly verified: Verified;
  readonly session: RunSession;
  readonly events: string;
  readonly engine: RunOptions['engine'];
  /** Whether the report says where the instructions went. */
  readonly profile: boolean;
  readonly selection: Selection;
  readonly filter: Filter | null;
}

/** How far a run got. */
export interface RunEnd {
  readonly reader: EventReader;
  /** Events that matched the filter. */
  readonly shown: number;
  /** Events of which something else came than the recording expects: how many, and the first of them. */
  readonly unexpected: { readonly count: number; readonly first: readonly string[] };
  /** Wall time, in milliseconds. */
  readonly elapsedMs: number;
  /** The recording could not be read (any further). */
  readonly failure: string | null;
}

/** Runs a program over a recording. */
export async function run(world: World, args: Arguments): Promise<ExitStatus> {
  const job = await prepare(world, args);
  if (typeof job === 'number') return job;
  const report = runReport(args.values.get('--format') ?? 'text', job, world);
  const target = args.values.get('--output-packets');
  try {
    const packets = target === undefined ? null : await openPackets(world, target, job.program);
    const end = await replay(world, job, report, packets);
    await packets?.close();
    const file = args.values.get('--coverage');
    if (file !== undefined) await writeCoverage(world, file, job);
    return await finish(world, job, report, end);
  } catch (error) {
    if (!(error instanceof OutputFailed)) throw error;
    return usage(world, error.message);
  }
}

async function writeCoverage(world: World, path: string, job: RunJob): Promise<void> {
  try {
    await world.writeFile(path, coverageJson(job));
  } catch (error) {
    throw new OutputFailed(`${path}: ${messageOf(error)}`);
  }
}

async function prepare(world: World, args: Arguments): Promise<RunJob | ExitStatus> {
  const settings = await readSettings(world, args);
  if (typeof settings === 'string') return usage(world, settings);
  const recording = await openRecording(world, settings.job.events);
  const options = verifyOptions(args);
  if (typeof options === 'string') return usage(world, options);
  const read = await readInput(world, args.positionals[0] ?? '', args.values.get('--type'), {
    c: requestFor(world, args, args.positionals[0] ?? ''),
  });
  const types = new KernelTypes(world, args, options.kernel, recording.head?.kernel ?? null);
  const kernel = await types.for(read.object?.programs ?? []);
  if (typeof kernel === 'string') return usage(world, kernel);
  const { input, notes } = asRecorded(asLoadedBy(kernel, read), recording.head);
  const programs = choosePrograms(world, input, args.values.get('--program'), recording.head !== null);
  if (typeof programs === 'number') return programs;
  const unverified = args.switches.has('--unverified');
  const kernelBtf = kernel?.btf ?? null;
  const verified = verifyForRun(world, input, programs, { ...options, kernelBtf }, unverified);
  if (typeof verified === 'number') return verified;
  const { object } = input;
  const [program] = programs;
  if (object === null || program === undefined) return EXIT.usage;
  const maps = mapsOf(settings, recording);
  if (typeof maps === 'string') return usage(world, maps);
  const session = createRunSession(object, programs, {
    ...settings.run,
    maps,
    verified: verified.programs,
    now: world.now,
  });
  if (typeof session === 'string') {
    const inMaps = settings.run.maps?.path ?? '';
    world.error(inMaps !== '' && session.startsWith(`${inMaps}:`) ? `${session}\n` : `${input.path}: ${session}\n`);
    return session.includes('cannot be run') ? EXIT.unsupported : EXIT.usage;
  }
  for (const note of notes) session.machine.notes.add(note);
  return { input, program, programs, recording, verified, session, ...settings.job };
}

/** Maps as the recording found them, unless the user says otherwise. */
function mapsOf({ run, job }: Settings, { head }: Recording): MapsFile | null | string {
  if (run.maps !== null || head?.maps === undefined || head.maps === null) return run.maps;
  return parseInitialMaps(JSON.stringify(head.maps), `${job.events}, maps of line 1`);
}

interface Settings {
  readonly run: RunOptions & { readonly maps: MapsFile | null };
  readonly job: Pick<RunJob, 'events' | 'engine' | 'profile' | 'selection' | 'filter'>;
}

async function readSettings(world: World, args: Arguments): Promise<Settings | string> {
  const { values } = args;
  const events = values.get('--events');
  if (events === undefined) return 'run needs a recording: --events FILE.pcap';
  const selection = values.has('--select') ? parseSelection(values.get('--select') ?? '') : ALL_EVENTS;
  if (typeof selection === 'string') return `--select: ${selection}`;
  const filter = values.has('--filter') ? parseFilter(values.get('--filter') ?? '') : null;
  if (typeof filter === 'string') return `--filter: ${filter}`;
  const maps = await readMaps(world, values.get('--maps'));
  if (typeof maps === 'string') return maps;
  const given = await readWorld(world, values.get('--world'));
  if (typeof given === 'string') return given;
  const numbers = readNumbers(values);
  if (typeof numbers === 'string') return numbers;
  const engine = engineOf(values.get('--engine'));
  const profile = args.switches.has('--profile');
  const counts = { coverage: profile || values.has('--coverage'), exact: wantsInsns(args) };
  return {
    run: { engine, ...numbers, maps, world: given, attached: args.switches.has('--attached'), ...counts },
    job: { events, engine, profile, selection, filter },
  };
}

function readNumbers(values: ReadonlyMap<string, string>): Pick<RunOptions, 'seed' | 'cpus' | 'budget'> | string {
  const seed = values.has('--seed') ? wholeNumber(values.get('--seed') ?? '') : undefined;
  if (seed === null || (seed ?? 0) > 0xffff_ffff) return `--seed: '${values.get('--seed')}' is no number below 2^32`;
  const cpus = values.has('--cpus') ? wholeNumber(values.get('--cpus') ?? '') : undefined;
  if (cpus === null || cpus === 0 || (cpus ?? 1) > 1024)
    return `--cpus: '${values.get('--cpus')}' is no number from 1 to 1024`;
  const budget = values.has('--budget') ? wholeNumber(values.get('--budget') ?? '') : undefined;
  if (budget === null || budget === 0 || (budget ?? 1) > MOST_BUDGET)
    return `--budget: '${values.get('--budget')}' is no number of instructions from 1 to ${MOST_BUDGET}`;
  return {
    ...(seed === undefined ? {} : { seed }),
    ...(cpus === undefined ? {} : { cpus }),
    ...(budget === undefined ? {} : { budget }),
  };
}

/** Beyond this, counts would not be exact. */
const MOST_BUDGET = 1_000_000_000_000;

function engineOf(name: string | undefined): RunOptions['engine'] {
  return name === 'interpreter' || name === 'both' ? name : 'jit';
}

/** Whether anybody looks at the number of instructions of an event. */
function wantsInsns({ values }: Arguments): boolean {
  return (
    values.has('--budget') ||
    (values.get('--format') ?? 'text') !== 'text' ||
    (values.get('--filter') ?? '').includes('insns')
  );
}

function wholeNumber(text: string): number | null {
  return /^(0x[0-9a-fA-F]+|\d+)$/.test(text) ? Number(text) : null;
}

async function readMaps(world: World, path: string | undefined): Promise<MapsFile | null | string> {
  if (path === undefined) return null;
  try {
    return parseInitialMaps(new TextDecoder().decode(await world.readFile(path)), path);
  } catch (error) {
    return `${path}: ${messageOf(error)}`;
  }
}

async function readWorld(world: World, path: string | undefined): Promise<GivenWorld | null | string> {
  if (path === undefined) return null;
  try {
    const given = parseWorldFile(new TextDecoder().decode(await world.readFile(path)));
    return isWorld(given) ? given : given.map((line) => `${path}:${line}`).join('\n');
  } catch (error) {
    return `${path}: ${messageOf(error)}`;
  }
}

const MOST_UNEXPECTED = 20;

/** Streams the recording through the session; a chunk is done before the next one is read. */
async function replay(world: World, job: RunJob, report: RunReport, packets: PacketWriter | null): Promise<RunEnd> {
  const reader = createReader();
  const started = world.now();
  const { session, selection, filter } = job;
  let shown = 0;
  let last = -1;
  const each = (event: Event): void => {
    last = event.index;
    if (selection.has(event.index) && session.difference === null) session.feed(event, take);
  };
  const unmet: string[] = [];
  let unmetCount = 0;
  const take = (result: EventResult, event: Event): void => {
    const otherwise = unexpected(event, result);
    if (otherwise !== null && ++unmetCount <= MOST_UNEXPECTED)
      unmet.push(`${nounOf(job)} ${event.index}: ${otherwise}`);
    if (filter !== null && !filter(result)) return;
    shown++;
    report.event(result, event);
    packets?.add(event, result);
  };
  let failure: string | null = null;
  await world.out(report.begin());
  try {
    for await (const chunk of job.recording.chunks()) {
      reader.push(chunk, each);
      session.flush(take);
      await world.out(report.take());
      await packets?.flush();
      if (last + 1 >= selection.end || session.difference !== null || world.outputClosed()) break;
      if (reader.problems.some(({ recoverable }) => !recoverable)) break;
    }
    if (last + 1 < selection.end && session.difference === null && !world.outputClosed()) reader.end(each);
    session.flush(take);
  } catch (error) {
    if (error instanceof OutputFailed) throw error;
    failure = messageOf(error);
  }
  return { reader, shown, unexpected: { count: unmetCount, first: unmet }, elapsedMs: world.now() - started, failure };
}

async function finish(world: World, job: RunJob, report: RunReport, end: RunEnd): Promise<ExitStatus> {
  const summary = job.session.summary();
  await world.out(report.end(summary, end));
  let status: ExitStatus = report.onlyUnsupportedTraps() ? EXIT.unsupported : summary.traps > 0 ? EXIT.failed : EXIT.ok;
  if (summary.events > 0 && summary.skipped === summary.events) status = worst(status, EXIT.unsupported);
  if (end.unexpected.count > 0) status = worst(status, EXIT.failed);
  if (job.session.difference !== null) {
    world.error(`${job.input.path}: the engines differ: ${job.session.difference}\n`);
    status = worst(status, EXIT.failed);
  }
  for (const { message, recoverable } of end.reader.problems) {
    world.error(`${job.events}: ${message}\n`);
    if (!recoverable) status = worst(status, EXIT.usage);
  }
  if (end.failure === null) return status;
  world.error(`${job.events}: ${end.failure}\n`);
  return EXIT.usage;
}
