import type { MoveWorld } from '../../server/src/debugger/moves.ts';
import { Breakpoints } from '../../server/src/debugger/breakpoints.ts';
import { KEEPING } from '../../server/src/debugger/moments.ts';
import { type Feed, Replay } from '../../server/src/debugger/replay.ts';
import { DebugTarget } from '../../server/src/debugger/target.ts';
import { assemble } from '../../server/src/asm/assembler/assemble.ts';
import { sourceText } from '../../server/src/base/source.ts';
import type { Event } from '../../server/src/events/event.ts';
import type { BpfObject, LineInfo, Program } from '../../server/src/program/program.ts';
import { contextBuilder } from '../../server/src/run/contexts/enter.ts';
import { createMachine, type Machine } from '../../server/src/vm/createMachine.ts';
import { createInterpreter, type Interpreter } from '../../server/src/vm/interpreter.ts';
import { LAYOUT } from '../../server/src/vm/machine.ts';
import { randomNumbers } from '../support/random.ts';

/** Before one instruction of one event, as plain running forward finds it. */
export interface OracleState {
  readonly place: string;
  readonly depth: number;
  readonly line: number;
  readonly isExit: boolean;
  readonly digest: string;
}

export interface OracleEvent {
  readonly states: readonly OracleState[];
  readonly trapped: boolean;
  readonly output: readonly string[];
}

const MOST_INSNS = 20_000;

export function assembleText(text: string): BpfObject {
  const { object } = assemble(sourceText('random.bpfasm', text));
  const errors = object.diagnostics.filter(({ severity }) => severity === 'error');
  if (errors.length > 0) throw new Error(`${errors[0]?.message}\n${text}`);
  return object;
}

/** Several instructions to a line, and lines in several pieces, as compilers make them. */
export function withCoarseLines(object: BpfObject, seed: number): BpfObject {
  const next = randomNumbers(seed);
  const programs = object.programs.map((program): Program => {
    let line = 1;
    const lines = program.lines.map((info): LineInfo => {
      if (next(3) === 0) line = next(3) === 0 ? 1 + next(line + 1) : line + 1;
      return { ...info, line };
    });
    return { ...program, lines };
  });
  return { ...object, programs };
}

export function randomEvents(seed: number, count: number): Event[] {
  const next = randomNumbers(seed);
  return Array.from({ length: count }, (_, index): Event => {
    // Some are too short for an Ethernet header, so the program never sees them.
    const data = Uint8Array.from({ length: next(7) === 0 ? next(14) : 20 + next(60) }, () => next(256));
    const nothing = { interfaceName: null, direction: null, queue: null, packetId: null, verdict: null } as const;
    const timeNs = BigInt(index) * 1_000_000n;
    return { kind: 'packet', index, timeNs, linkType: 1, data, wireLength: data.length, interfaceId: 0, ...nothing };
  });
}

function feedOf(program: Program): Feed {
  const builder = contextBuilder(program);
  if (typeof builder === 'string') throw new Error(builder);
  return (machine, event) => {
    machine.world.timeNs = event.timeNs ?? 0n;
    return builder.enter(machine, event);
  };
}

/** `tiny`: moments and windows so small that going back crosses many of them in a short program. */
export function newWorld(object: BpfObject, events: readonly Event[], stopOnTrap: boolean, tiny: boolean): MoveWorld {
  const program = object.programs[0] as Program;
  const keeping = tiny ? { insns: 23, near: 2, stride: 4, bytes: 40_000 } : KEEPING;
  const replay = new Replay(createMachine(object, { seed: 7 }), program, events, feedOf(program), keeping);
  const target = new DebugTarget(object);
  const breakpoints = new Breakpoints(target, replay.interpreter);
  return { replay, target, breakpoints, stopOnTrap, window: tiny ? 5 : 2048 };
}

/** Every state of every event by running forward one instruction at a time, on a machine without any undo. */
export function trace(object: BpfObject, events: readonly Event[], digests = true): OracleEvent[] {
  const program = object.programs[0] as Program;
  const machine = createMachine(object, { seed: 7 });
  const interpreter = createInterpreter(machine, program);
  const target = new DebugTarget(object);
  const feed = feedOf(program);
  return events.map((event) => {
    machine.output = [];
    const states: OracleState[] = [];
    if (feed(machine, event) !== null) return { states, trapped: false, output: [] };
    interpreter.reset(LAYOUT.ctx);
    while (interpreter.outcome === null && states.length < MOST_INSNS) {
      states.push(stateOf(target, machine, interpreter, digests));
      interpreter.step();
    }
    const trapped = interpreter.outcome?.kind === 'trap';
    return { states, trapped, output: machine.output.map(({ text }) => text) };
  });
}

function stateOf(target: DebugTarget, machine: Machine, interpreter: Interpreter, digests: boolean): OracleState {
  const place = { program: target.indexOf(interpreter.currentProgram), pc: interpreter.pc };
  return {
    place: `${place.program}:${place.pc}`,
    depth: interpreter.depth,
    line: target.lineNumber(place),
    isExit: interpreter.currentInsn?.kind === 'exit',
    digest: digests ? digest(machine, interpreter) : '',
  };
}

/** Registers and frames in full; memory (stack, context, packet, maps) and which stack bytes count, as a hash. */
export function digest(machine: Machine, interpreter: Interpreter): string {
  const { memory, packet, world } = machine;
  const frames = interpreter.frames().map(({ kind, program, pc, registers }) => {
    return `${kind} ${program.name}+${pc}: ${registers.map((value) => value?.toString(16) ?? '-').join(' ')}`;
  });
  let hash = 0x811c9dc5;
  // By index: an iterator takes six times as long here, and this is most of what these tests do.
  const mix = (words: Uint32Array): void => {
    for (let i = 0; i < words.length; i++) hash = Math.imul(hash ^ words[i]!, 0x01000193);
  };
  const u32 = (start: number, end: number): Uint32Array => memory.u32.subarray(start >> 2, end >> 2);
  mix(u32(LAYOUT.stack, LAYOUT.stack + LAYOUT.callFrames * LAYOUT.frameStride));
  mix(u32(LAYOUT.ctx, LAYOUT.ctx + 24));
  mix(u32(LAYOUT.packet, LAYOUT.packet + 1024));
  mix(u32(LAYOUT.maps, Math.min(memory.byteLength, LAYOUT.maps + 16_384)));
  const { buffer, byteOffset } = memory.stackWritten;
  mix(new Uint32Array(buffer, byteOffset, (interpreter.depth * LAYOUT.frameStride) / 4));
  const outside = [packet.start, packet.end, packet.meta, world.random, world.timeNs, machine.tailCalls];
  return `${frames.join(' | ')} # ${outside.join(',')} # ${hash >>> 0} ${JSON.stringify(machine.callback)}`;
}
