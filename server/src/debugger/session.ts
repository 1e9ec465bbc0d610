import type { Job } from '../base/job.ts';
import type { PacketEvent } from '../events/event.ts';
import { summarize } from '../events/dissect.ts';
import { returnValueName } from '../kernel/returnValues.ts';
import { subprogAt, type BpfObject, type Program } from '../program/program.ts';
import { contextBuilder } from '../run/contexts/enter.ts';
import { createMachine } from '../vm/createMachine.ts';
import type { Frame } from '../vm/interpreter.ts';
import { Breakpoints } from './breakpoints.ts';
import { type Goal, type Granularity, moveBack, moveForward, type MoveWorld, type Stop } from './moves.ts';
import { Replay } from './replay.ts';
import { DebugTarget, type CodePlace } from './target.ts';
import { mapVariable } from './mapVariables.ts';
import { registerVariable, scopesOf, type Scope, type Variable } from './variables.ts';

export interface SessionOptions {
  /** Name of the program; null when the object holds only one. */
  readonly entry: string | null;
  readonly events: readonly PacketEvent[];
  readonly seed: number;
}

/** A frame of the call stack, innermost first; the last one stands for the event. */
export interface SessionFrame {
  readonly name: string;
  readonly place: CodePlace;
  readonly frame: Frame;
}

/** A debug session in the user's terms: moves through a recording, frames, variables. Knows no protocol. */
export class ReplaySession {
  readonly target: DebugTarget;
  readonly breakpoints: Breakpoints;
  readonly program: Program;
  stopOnTrap = true;
  readonly #replay: Replay;

  /** A string says in plain words why the session cannot be. */
  static open(object: BpfObject, options: SessionOptions): ReplaySession | string {
    const program = chooseProgram(object, options.entry);
    if (typeof program === 'string') return program;
    const builder = contextBuilder(program);
    if (typeof builder === 'string') return builder;
    if (options.events.length === 0) return 'the recording holds no events';
    const machine = createMachine(object, { seed: options.seed });
    const replay = new Replay(machine, program, options.events, (to, event) => {
      to.world.timeNs = event.timeNs ?? 0n;
      return builder.enter(to, event);
    });
    return new ReplaySession(object, program, replay);
  }

  private constructor(object: BpfObject, program: Program, replay: Replay) {
    this.target = new DebugTarget(object);
    this.breakpoints = new Breakpoints(this.target);
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
    const summary = summarize(event.data, event.linkType === 1 ? 'ethernet' : 'ip');
    return `${number}: ${summary}, ${event.data.length} bytes`;
  }

  /** What r0 would be called if the program ended here; "" where it holds nothing. */
  describeVerdict(): string {
    const { interpreter } = this.#replay;
    if (interpreter.currentInsn?.kind !== 'exit' || interpreter.depth > 1 || !interpreter.isInitialized(0)) return '';
    const value = Number(BigInt.asUintN(32, interpreter.reg(0)));
    return returnValueName(this.program.type, this.program.attachType, value) ?? String(value);
  }

  /** Lines that the present event has printed or sent so far. */
  takeOutput(): string[] {
    const { machine } = this.#replay;
    const lines = machine.output.map(({ kind, text, bytes, map }) =>
      kind === 'printk' ? text : `${map ?? kind}: ${bytes.length} bytes`,
    );
    machine.output = [];
    return lines;
  }

  /** Runs from the beginning of an event; unlike `forward` it may stop before the first instruction. */
  start(): Job<Stop> {
    const ids = this.breakpoints.at(this.#replay.interpreter);
    if (ids.length === 0 || this.idle) return this.forward('continue', 'line');
    return { advance: () => true, result: () => ({ kind: 'breakpoint', ids }) };
  }

  forward(goal: Goal, granularity: Granularity): Job<Stop> {
    this.breakpoints.arm(this.#replay.interpreter);
    return moveForward(this.#world(), goal, granularity);
  }

  back(goal: 'over' | 'continue', granularity: Granularity): Job<Stop> {
    this.breakpoints.arm(this.#replay.interpreter);
    return moveBack(this.#world(), goal, granularity);
  }

  /** Goes to the beginning of an event, or as near as the recording reaches. */
  goToEvent(event: number): Stop {
    const wanted = Math.max(0, Math.min(this.eventCount - 1, event));
    this.#replay.goToEvent(wanted);
    return { kind: wanted === event ? 'event' : event < 0 ? 'start' : 'end' };
  }

  frames(): SessionFrame[] {
    return this.#replay.interpreter.frames().map((frame) => {
      const place = { program: this.target.object.programs.indexOf(frame.program), pc: frame.pc };
      const subprog = frame.program.subprogs[subprogAt(frame.program, frame.pc)];
      return { name: subprog?.name ?? frame.program.name, place, frame };
    });
  }

  scopes({ frame }: SessionFrame): Scope[] {
    return scopesOf(this.#replay.machine, frame);
  }

  /** The value of a register or map; null for what is neither. */
  evaluate(expression: string, { frame }: SessionFrame): Variable | null {
    const { machine } = this.#replay;
    const text = expression.trim();
    const register = /^([rw])(\d+)$/.exec(text);
    if (register !== null) return registerValue(machine, frame, register[1] === 'w', Number(register[2]));
    const map = machine.maps.find((one) => one?.spec.name === text);
    if (map) return mapVariable(machine, map);
    const field = /^ctx->(\w+)$/.exec(text)?.[1];
    const context = scopesOf(machine, frame).find(({ name }) => name === 'Context');
    return context?.variables().find(({ name }) => name === field) ?? null;
  }

  #world(): MoveWorld {
    return {
      replay: this.#replay,
      target: this.target,
      breakpoints: this.breakpoints,
      stopOnTrap: this.stopOnTrap,
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
