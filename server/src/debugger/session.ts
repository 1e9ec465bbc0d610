import type { Job } from '../base/job.ts';
import { bytesOf, type Event } from '../events/event.ts';
import type { RecordingHead } from '../events/reader.ts';
import { summaryOf } from '../events/summary.ts';
import { HELPERS } from '../kernel/helpers.ts';
import { inlinedAround, subprogAt, type BpfObject, type InlinedFunction, type Program } from '../program/program.ts';
import { verdictName } from '../program/verdictName.ts';
import { withConstants } from '../run/constants.ts';
import { contextBuilder } from '../run/contexts/enter.ts';
import { Surroundings } from '../run/contexts/surroundings.ts';
import { fillMaps } from '../run/fillMaps.ts';
import { programFor } from '../run/hooks.ts';
import { NO_MAPS, parseInitialMaps, resolveInitialMaps, type InitialMaps } from '../run/initialMaps.ts';
import { isWorld, parseWorldFile } from '../run/worldFile.ts';
import { createMachine } from '../vm/createMachine.ts';
import { runDeferred } from '../vm/runDeferred.ts';
import type { GivenWorld } from '../vm/given.ts';
import type { Frame } from '../vm/interpreter.ts';
import { Breakpoints } from './breakpoints.ts';
import { moveBackToBreakpoint, stepBack } from './backward.ts';
import { classicVariable } from './classicVariables.ts';
import { type Goal, moveForward } from './forward.ts';
import type { Coordinate } from './moments.ts';
import {
  enteredAt,
  type Granularity,
  moveThen,
  moveTo,
  moveToEvent,
  type MoveWorld,
  placeHere,
  type Stop,
} from './moves.ts';
import { Replay } from './replay.ts';
import { DebugTarget, type CodePlace } from './target.ts';
import { globalValue, mapVariable } from './mapVariables.ts';
import { valueOfPath } from './cPath.ts';
import { cVariable } from './cValue.ts';
import { localValue, localVariable } from './localVariables.ts';
import { registerVariable, scopesOf, type Scope, type Variable } from './variables.ts';

export interface SessionOptions {
  /** Name of the program; null when the object holds only one. */
  readonly entry: string | null;
  readonly events: readonly Event[];
  /** null leaves it to the world file. */
  readonly seed: number | null;
  /** The user's world file. */
  readonly world?: NamedText | null;
  /** Contents of maps before the first event. */
  readonly maps?: NamedText | null;
  /** What the recording says of itself: constants, and maps unless the user gives some. */
  readonly head?: RecordingHead | null;
}

export interface NamedText {
  readonly path: string;
  readonly text: string;
}

/** A frame of the call stack, innermost first; the last one stands for the event. */
export interface SessionFrame {
  readonly name: string;
  readonly place: CodePlace;
  readonly frame: Frame;
  /** 0 for the frame itself, 1 for a function that was inlined there, 2 for one that was inlined in that. */
  readonly depth: number;
  /** The call that the frame waits for, where that was inlined; null where its own instruction comes next. */
  readonly waitsAt: InlinedFunction | null;
}

/** A debug session in the user's terms: moves through a recording, frames, variables. Knows no protocol. */
export class ReplaySession {
  readonly target: DebugTarget;
  readonly breakpoints: Breakpoints;
  readonly program: Program;
  stopOnTrap = true;
  readonly #replay: Replay;
  readonly #noted = new Set<string>();
  /** How many of the inlined calls at a moment the user sees as entered, since a move ended there. */
  #entered: { readonly at: Coordinate; readonly level: number } | null = null;

  /** A string says in plain words why the session cannot be. */
  static open(file: BpfObject, options: SessionOptions): ReplaySession | string {
    const { object, notes } = withConstants(file, options.head?.constants ?? new Map());
    const program = chooseProgram(object, options.entry);
    if (typeof program === 'string') return program;
    const builder = contextBuilder(program);
    if (typeof builder === 'string') return builder;
    const world = worldOf(options.world ?? null);
    if (typeof world === 'string') return world;
    const initial = mapsOf(options.maps ?? mapsOfHead(options.head ?? null), object, world);
    if (typeof initial === 'string') return initial;
    if (options.events.length === 0) return 'the recording holds no events';
    const machine = createMachine(object, {
      ...(options.seed === null ? {} : { seed: options.seed }),
      ...(world === null ? {} : { given: world }),
      innerMaps: initial.inner,
    });
    const refused = fillMaps(machine, initial);
    if (refused !== null) return refused;
    for (const note of notes) machine.notes.add(note);
    const surroundings = new Surroundings(machine);
    const replay = new Replay(machine, program, options.events, (to, event) => {
      runDeferred(to, event.timeNs ?? 0n);
      surroundings.enter(event);
      const found = programFor([program], event);
      if (typeof found === 'string') return found;
      return builder.enter(to, event);
    });
    return new ReplaySession(object, program, replay);
  }

  private constructor(object: BpfObject, program: Program, replay: Replay) {
    this.target = new DebugTarget(object);
    this.breakpoints = new Breakpoints(this.target, replay.interpreter);
    this.program = program;
    this.#replay = replay;
  }

  get eventCount(): number {
    return this.#replay.events.length;
  }

  /** Zero-based number of the present event. */
  get event(): number {
    return this.#replay.event;
  }

  /** The next event in a direction that was recorded at the program's hook; beyond the recording when there is none. */
  nearestEvent(step: 1 | -1): number {
    const { events } = this.#replay;
    let at = this.event + step;
    for (; at >= 0 && at < events.length; at += step) {
      const event = events[at];
      if (event !== undefined && typeof programFor([this.program], event) !== 'string') break;
    }
    return at;
  }

  get insns(): number {
    return this.#replay.coordinate.insns;
  }

  /** The session stands between events with nothing to look at: its event could not be given to the program. */
  get idle(): boolean {
    return this.#replay.skipped !== null;
  }

  /** `event 17/4000`, and what the event is. */
  describeEvent(): string {
    const event = this.#replay.events[this.#replay.event];
    const number = `event ${this.#replay.event + 1}/${this.eventCount}`;
    if (event === undefined) return number;
    const { skipped } = this.#replay;
    const left = skipped === null ? '' : ` — not given to the program: ${skipped}`;
    return `${number}: ${summaryOf(event)}, ${bytesOf(event).length} bytes${left}`;
  }

  /** What r0 would be called if the program ended here; "" where it holds nothing. */
  describeVerdict(): string {
    const { interpreter } = this.#replay;
    if (interpreter.currentInsn?.kind !== 'exit' || interpreter.depth > 1 || !interpreter.isInitialized(0)) return '';
    const value = Number(BigInt.asUintN(32, interpreter.reg(0)));
    return verdictName(this.program, value) ?? String(value);
  }

  /** Lines that the program has printed or sent since this was last asked, each told once. */
  takeOutput(): string[] {
    const { records, lost } = this.#replay.takeOutput();
    const lines = records.map(({ kind, text, bytes, map }) =>
      kind === 'printk' || bytes.length === 0 ? text : `${map ?? (text === '' ? kind : text)}: ${bytes.length} bytes`,
    );
    return lost === 0 ? lines : [...lines, `… and ${lost} more lines that are not shown`];
  }

  /** What the user should know about the program and its run: what is wrong, left out or cannot be computed. */
  takeNotes(): string[] {
    const { machine, skips } = this.#replay;
    const skipped = [...skips].map(([reason, event]) => `Event ${event + 1} is not given to the program: ${reason}.`);
    const missing = machine.diagnostics.map(({ message }) => message);
    const fresh = [...missing, ...skipped, ...machine.notes].filter((note) => !this.#noted.has(note));
    for (const note of fresh) this.#noted.add(note);
    return fresh;
  }

  /** Goes to an event and stops there, or runs on; unlike `forward` it may stop before the first instruction. */
  start(event: number, stopThere: boolean): Job<Stop> {
    return moveThen(moveToEvent(this.#world(), event), () => {
      const hit = this.idle ? null : this.breakpoints.at(this.#replay.interpreter);
      if (hit === null && (!stopThere || this.idle)) return this.forward(stopThere ? 'into' : 'continue', 'line');
      const stop: Stop = stopThere || hit === null ? { kind: 'entry' } : { kind: 'breakpoint', ...hit };
      return this.#noting(moveTo(this.#replay, this.#replay.coordinate, stop), 'line');
    });
  }

  forward(goal: Goal, granularity: Granularity): Job<Stop> {
    return this.#noting(moveForward(this.#world(), goal, granularity), granularity);
  }

  back(goal: 'over' | 'continue', granularity: Granularity): Job<Stop> {
    const job = goal === 'over' ? stepBack(this.#world(), granularity) : moveBackToBreakpoint(this.#world());
    return this.#noting(job, granularity);
  }

  /** Goes to the beginning of an event, or as near as the recording reaches. */
  toEvent(event: number): Job<Stop> {
    return this.#noting(moveToEvent(this.#world(), event), 'line');
  }

  /** The move; once it has ended, what the user sees there is settled. */
  #noting(job: Job<Stop>, granularity: Granularity): Job<Stop> {
    return {
      advance: (budget) => job.advance(budget),
      result: () => {
        const stop = job.result();
        if (!this.idle) this.#entered = { at: this.#replay.coordinate, level: this.#levelOf(stop, granularity) };
        return stop;
      },
    };
  }

  /** A call that begins at the instruction is still to be entered, unless one looks at single instructions or a fault. */
  #levelOf(stop: Stop, granularity: Granularity): number {
    if ('level' in stop && stop.level !== undefined) return stop.level;
    const place = placeHere(this.#world());
    const all = this.target.callsAt(place).length;
    const single = stop.kind === 'step' ? granularity === 'instruction' : stop.kind === 'breakpoint';
    return single || stop.kind === 'trap' || stop.kind === 'pause' ? all : enteredAt(this.target, place);
  }

  /** Undefined while no move has ended here: then all are entered. */
  get #level(): number | undefined {
    const { event, insns } = this.#replay.coordinate;
    const { at, level } = this.#entered ?? {};
    return at?.event === event && at.insns === insns ? level : undefined;
  }

  frames(): SessionFrame[] {
    return this.#replay.interpreter.frames().flatMap((frame, index, all) => {
      const place = { program: this.target.indexOf(frame.program), pc: frame.pc };
      const calls = inlinedAround(frame.program, frame.pc);
      const names = [this.#nameOf(frame, all[index + 1]), ...calls.map(({ name }) => name)];
      const shown = index === 0 ? names.slice(0, 1 + (this.#level ?? calls.length)) : names;
      return shown.map((name, depth) => ({ name, place, frame, depth, waitsAt: calls[depth] ?? null })).toReversed();
    });
  }

  /** A function that a helper calls back says which helper that is. */
  #nameOf({ kind, program, pc }: Frame, caller: Frame | undefined): string {
    const name = program.subprogs[subprogAt(program, pc)]?.name ?? program.name;
    const call = kind === 'callback' ? caller?.program.insns[caller.pc] : undefined;
    const helper = call?.kind === 'call' ? HELPERS[call.imm - 1]?.name : undefined;
    return helper === undefined ? name : `${name} (called by ${helper})`;
  }

  scopes({ frame, depth }: SessionFrame): Scope[] {
    return scopesOf(this.#replay.machine, frame, depth);
  }

  /** The value of a register, map, field of the context, or of a variable in C and what it leads to; null for anything else. */
  evaluate(expression: string, { frame, depth }: SessionFrame): Variable | null {
    const { machine } = this.#replay;
    const text = expression.trim();
    const ofFilter = frame.program.classic === undefined ? null : classicVariable(machine, frame, text);
    if (ofFilter !== null) return ofFilter;
    const local = localVariable(machine, frame, depth, text);
    if (local !== null) return local;
    const register = /^([rw])(\d+)$/.exec(text);
    if (register !== null) return registerValue(machine, frame, register[1] === 'w', Number(register[2]));
    const map = machine.maps.find((one) => one?.spec.name === text);
    if (map) return mapVariable(machine, map);
    const field = /^ctx->(\w+)$/.exec(text)?.[1];
    const context = scopesOf(machine, frame).find(({ name }) => name === 'Context');
    const ofContext = context?.variables().find(({ name }) => name === field);
    if (ofContext !== undefined) return ofContext;
    const path = valueOfPath(text, (name) => {
      const local = localValue(machine, frame, depth, name);
      return local === undefined ? globalValue(machine, frame, name) : local;
    });
    return path ? cVariable(text, text, path) : null;
  }

  #world(): MoveWorld {
    return {
      replay: this.#replay,
      target: this.target,
      breakpoints: this.breakpoints,
      stopOnTrap: this.stopOnTrap,
      ...(this.#level === undefined ? {} : { level: this.#level }),
    };
  }
}

function registerValue(machine: Replay['machine'], frame: Frame, lower: boolean, number: number): Variable | null {
  const value = frame.registers[number];
  if (value === undefined) return null;
  if (value === null) return { name: `r${number}`, value: 'not set', type: '', evaluateName: null, children: null };
  return registerVariable(machine, frame, number, lower ? BigInt.asUintN(32, value) : value);
}

function chooseProgram(object: BpfObject, entry: string | null): Program | string {
  const names = object.programs.map(({ name }) => name).join(', ');
  if (entry !== null)
    return (
      object.programs.find(({ name }) => name === entry) ??
      `there is no program ${entry}; the file holds ${names || 'none'}`
    );
  const error = object.diagnostics.find(({ severity }) => severity === 'error');
  return object.programs[0] ?? error?.message ?? 'the file holds no eBPF program';
}

/** A string tells the file's mistakes, a line each. */
function mapsOfHead(head: RecordingHead | null): NamedText | null {
  if (head?.maps === undefined || head.maps === null) return null;
  return { path: 'the recording, maps of line 1', text: JSON.stringify(head.maps) };
}

function mapsOf(file: NamedText | null, object: BpfObject, world: GivenWorld | null): InitialMaps | string {
  if (file === null) return NO_MAPS;
  const parsed = parseInitialMaps(file.text, file.path);
  return typeof parsed === 'string' ? parsed : resolveInitialMaps(parsed, { object, world });
}

function worldOf(file: NamedText | null): GivenWorld | string | null {
  if (file === null) return null;
  const world = parseWorldFile(file.text);
  return isWorld(world) ? world : world.map((line) => `${file.path}:${line}`).join('\n');
}
