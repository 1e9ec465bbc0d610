/** One accepted program on made-up events: whether all that the verifier knows of it is true. */
import type { Event } from '../../server/src/events/event.ts';
import type { Program } from '../../server/src/program/program.ts';
import { contextBuilder, type ContextBuilder } from '../../server/src/run/contexts/enter.ts';
import { Surroundings } from '../../server/src/run/contexts/surroundings.ts';
import { newEnv, preflight } from '../../server/src/verifier/preflight.ts';
import { Rejection, Unsupported } from '../../server/src/verifier/rejection.ts';
import { regAt } from '../../server/src/verifier/state/frame.ts';
import type { VerifyOptions } from '../../server/src/verifier/verification.ts';
import { verify, VERIFY_DEFAULTS } from '../../server/src/verifier/verify.ts';
import { createMachine, type Machine } from '../../server/src/vm/createMachine.ts';
import { createInterpreter } from '../../server/src/vm/interpreter.ts';
import { LAYOUT, type Trap } from '../../server/src/vm/machine.ts';
import { untrueOnPath, trapText } from './followPath.ts';
import { eventsFor, type Place } from './madeEvents.ts';
import { madeMemory } from './madeMemory.ts';

/** Instructions of a run; the first may take what eight million rounds of may_goto take. */
const BUDGET = 1_000_000;
const LONG = 200_000_000;

/** Programs of more instructions than this get one event only. */
const HUGE = 50_000;

/** Bytes of the buffers that iterators hand out. */
const BUFFER_BYTES = 4096;

export interface Followed {
  /** What is untrue; null for nothing. */
  readonly complaint: string | null;
  /** Why the program did not come to an end on any event; null when it did. */
  readonly stopped: string | null;
}

export function followProgram(given: Program, options: Partial<VerifyOptions>): Followed {
  const program = withFunctions(given);
  try {
    const builder = contextBuilder(program);
    if (typeof builder === 'string') return { complaint: null, stopped: builder.replace(program.name, 'it') };
    return new Following(placeOf(program, options), builder, options).onAll();
  } catch (error) {
    if (error instanceof Unsupported) return { complaint: null, stopped: `not modelled: ${error.message}` };
    if (error instanceof Rejection)
      return complaint(`the verifier refuses on a path that runs: ${error.lines[0] ?? ''}`);
    return complaint(`crash: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`);
  }
}

function complaint(text: string): Followed {
  return { complaint: text, stopped: null };
}

function placeOf(program: Program, options: Partial<VerifyOptions>): Place {
  const env = newEnv(program, { ...VERIFY_DEFAULTS, ...options });
  preflight(env);
  return { program, target: env.target };
}

interface Side {
  readonly machine: Machine;
  readonly surroundings: Surroundings;
}

function sideOf(program: Program): Side {
  const machine = createMachine([program]);
  return { machine, surroundings: new Surroundings(machine) };
}

/** Whether the trap comes of a pointer to a kernel structure: made-up memory does not keep what a kernel keeps. */
function isOfKernel(program: Program, { pc }: Trap, options: Partial<VerifyOptions>): boolean {
  const insn = program.insns[pc ?? -1];
  const used = insn?.kind === 'load' ? [insn.src] : insn?.kind === 'call' ? [1, 2, 3, 4, 5] : [];
  const states = verify(program, options).states[pc ?? -1] ?? [];
  return states.some(({ frames }) =>
    used.some((number) => {
      const frame = frames.at(-1);
      return frame !== undefined && regAt(frame, number).kind === 'btfId';
    }),
  );
}

/** Addresses, names and numbers do not count in a reason. */
function stoppedBy(program: Program, trap: Trap, options: Partial<VerifyOptions>): Followed {
  const stopped = trap.message.replaceAll(/\b0x[0-9a-f]+|\b\d+\b|\bmap \w+/g, (text) =>
    text.startsWith('map') ? 'map M' : 'N',
  );
  const complaint = trapText(trap);
  return { complaint: complaint !== null && isOfKernel(program, trap, options) ? null : complaint, stopped };
}

class Following {
  private readonly place: Place;
  private readonly builder: ContextBuilder;
  private readonly options: Partial<VerifyOptions>;
  /** One for paths that are left in the middle, and one for runs to the end. */
  private readonly sides: readonly [Side, Side];

  constructor(place: Place, builder: ContextBuilder, options: Partial<VerifyOptions>) {
    this.place = place;
    this.builder = builder;
    this.options = options;
    this.sides = [sideOf(place.program), sideOf(place.program)];
  }

  onAll(): Followed {
    const why = new Set<string>();
    let ended = 0;
    const events = this.place.program.insns.length > HUGE ? 1 : Infinity;
    for (const [seed, event] of eventsFor(this.place).slice(0, events).entries()) {
      const came = this.on(event, seed);
      if (came.complaint !== null) return came;
      if (came.stopped === null) ended++;
      else why.add(came.stopped);
    }
    return { complaint: null, stopped: ended > 0 ? null : ([...why][0] ?? 'no events') };
  }

  private on(event: Event, seed: number): Followed {
    const { place, options } = this;
    const { program } = place;
    const [followed, whole] = this.sides;
    const refused = this.enter(followed, event, seed);
    if (refused !== null) return { complaint: null, stopped: refused };
    const interpreter = createInterpreter(followed.machine, program);
    interpreter.reset(LAYOUT.ctx);
    const untrue = untrueOnPath(program, interpreter, options);
    const ended = interpreter.outcome;
    if (ended?.kind === 'trap') return stoppedBy(program, ended.trap, options);
    if (untrue !== null) return complaint(untrue);
    this.enter(whole, event, seed);
    const outcome = createInterpreter(whole.machine, program).run(LAYOUT.ctx, seed === 0 ? LONG : BUDGET);
    return outcome.kind === 'exit' ? { complaint: null, stopped: null } : stoppedBy(program, outcome.trap, options);
  }

  private enter({ machine, surroundings }: Side, event: Event, seed: number): string | null {
    const { builder } = this;
    surroundings.enter(event);
    machine.foreignMemory = madeMemory(seed);
    machine.writeForeign = () => true;
    const refused = builder.enter(machine, event);
    if (refused === null && this.place.program.attachType === 'trace_iter') giveBuffer(machine);
    return refused;
  }
}

function giveBuffer({ regions }: Machine): void {
  const start = LAYOUT.objects;
  regions.objects = [{ kind: 'object', name: 'buffer', start, end: start + BUFFER_BYTES, writable: true }];
}

/** Loads without type data do not say where functions begin; the machine asks for it. */
function withFunctions(program: Program): Program {
  if (program.subprogs.length > 1) return program;
  const starts = new Set([0]);
  for (const [pc, insn] of program.insns.entries()) {
    if (insn.kind === 'call' && insn.target === 'subprog') starts.add(pc + 1 + insn.imm);
    if (insn.kind === 'loadFunc') starts.add(pc + 1 + insn.off);
  }
  const sorted = [...starts].sort((a, b) => a - b);
  const subprogs = sorted.map((start, i) => {
    const end = sorted[i + 1] ?? program.insns.length;
    return { name: `f${start}`, start, end, global: false, typeId: 0 };
  });
  return subprogs.length === 1 ? program : { ...program, subprogs };
}
