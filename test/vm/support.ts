import { expect } from 'vitest';
import { assemble } from '../../server/src/asm/assembler/assemble.ts';
import { sourceText } from '../../server/src/base/source.ts';
import type { BpfObject, Program } from '../../server/src/program/program.ts';
import { createMachine, type Machine, type MachineOptions } from '../../server/src/vm/createMachine.ts';
import { createInterpreter, type Interpreter } from '../../server/src/vm/interpreter.ts';
import { LAYOUT, type Outcome } from '../../server/src/vm/machine.ts';
import type { GuestMap } from '../../server/src/vm/maps/guestMap.ts';
import type { PacketOptions } from '../../server/src/vm/packet.ts';

/** Assembles a file; a text without a section becomes the program `main` of section xdp. */
export function object(text: string): BpfObject {
  const whole = text.includes('.section') ? text : `.license "GPL"\n.section "xdp"\n.globl main\nmain:\n${text}\n`;
  const { object } = assemble(sourceText('test.bpfasm', whole));
  expect(object.diagnostics.map(({ message }) => message)).toEqual([]);
  return object;
}

export interface Fixture {
  readonly machine: Machine;
  readonly program: Program;
  readonly interpreter: Interpreter;
}

export interface Surroundings {
  readonly packet?: Uint8Array;
  readonly packetOptions?: Partial<PacketOptions>;
  readonly context?: Uint8Array;
  readonly contextWritable?: Uint8Array | null;
  readonly machine?: MachineOptions;
}

const XDP_CONTEXT = new Uint8Array(24);
const SKB_CONTEXT = new Uint8Array(192);

/** A machine for the file's first program with a context and a packet of 64 bytes that count up. */
export function fixture(text: string, around: Surroundings = {}): Fixture {
  const parsed = object(text);
  const machine = createMachine(parsed, around.machine);
  const program = parsed.programs[0];
  if (program === undefined) throw new Error('the test has no program');
  const skb = around.packetOptions?.kind === 'skb';
  machine.setContext(around.context ?? (skb ? SKB_CONTEXT : XDP_CONTEXT), around.contextWritable ?? null);
  machine.packet.set(around.packet ?? counting(64), around.packetOptions);
  return { machine, program, interpreter: createInterpreter(machine, program) };
}

export function counting(length: number): Uint8Array {
  return Uint8Array.from({ length }, (_, i) => i);
}

/** "0x…" for an exit with that r0, "pc: message" for a trap. */
export function shown(outcome: Outcome): string {
  return outcome.kind === 'exit' ? `0x${outcome.r0.toString(16)}` : `${outcome.trap.pc}: ${outcome.trap.message}`;
}

export function run(text: string, around: Surroundings = {}, budget = 100_000): string {
  return shown(fixture(text, around).interpreter.run(LAYOUT.ctx, budget));
}

export function mapNamed(machine: Machine, name: string): GuestMap {
  const map = machine.maps.find((candidate) => candidate?.spec.name === name);
  if (!map) throw new Error(`the test has no map ${name}`);
  return map;
}
