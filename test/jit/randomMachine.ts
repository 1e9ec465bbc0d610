import { createHash } from 'node:crypto';
import { toHex } from '../../server/src/base/bytes.ts';
import type { Program } from '../../server/src/program/program.ts';
import { createMachine, type Machine } from '../../server/src/vm/createMachine.ts';
import { HELPER_STATUS, LAYOUT, type Outcome } from '../../server/src/vm/machine.ts';
import { rawProgram } from '../../server/src/vm/runRaw.ts';
import { randomProgram } from './randomProgram.ts';

export const PACKET_BYTES = 64;

/** A random program and how it gets at the packet: through r1 itself, or through a context that r1 points to. */
export interface RandomCase {
  readonly program: Program;
  readonly r1: number;
}

export function randomCase(seed: number): RandomCase {
  const through = seed % 2 === 0 ? 'argument' : 'context';
  const raw = rawProgram(randomProgram(seed, through));
  const program: Program = through === 'context' ? { ...raw, type: 'xdp' } : raw;
  return { program, r1: through === 'argument' ? LAYOUT.packet : LAYOUT.ctx };
}

/** Helper 5 gives its argument back, and fails for 0, as the conformance suite's does. */
export function machineFor(programs: readonly Program[]): Machine {
  const machine = createMachine(programs);
  machine.callxHelpers = true;
  machine.helperArgs = () => 1;
  machine.callHelper = (id) => {
    const { i32 } = machine.memory;
    const word = LAYOUT.helperFrame >> 2;
    i32[word + 10] = i32[word] ?? 0;
    i32[word + 11] = i32[word + 1] ?? 0;
    if (id === 5 && (i32[word] !== 0 || i32[word + 1] !== 0)) return HELPER_STATUS.done;
    machine.fault = { kind: 'helper', message: `helper ${id} fails`, address: null };
    return HELPER_STATUS.trap;
  };
  return machine;
}

/** The same start for every run. */
export function resetMachine(machine: Machine): void {
  const { memory } = machine;
  memory.u8.fill(0, LAYOUT.stack, LAYOUT.stack + LAYOUT.callFrames * LAYOUT.frameStride);
  const data = Uint8Array.from({ length: PACKET_BYTES }, (_, i) => 37 * i + 11);
  // The context holds the packet's addresses, as that of XDP does.
  const context = new DataView(new ArrayBuffer(24));
  context.setUint32(0, LAYOUT.packet, true);
  context.setUint32(4, LAYOUT.packet + PACKET_BYTES, true);
  machine.setContext(new Uint8Array(context.buffer), null);
  machine.packet.set(data, { kind: 'none', headRoom: 0, tailRoom: 0, networkOffset: 0 });
}

function digest(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex').slice(0, 16);
}

/** Everything a program can be seen by. */
export function observed(machine: Machine, outcome: Outcome): object {
  const { u8 } = machine.memory;
  const stack = u8.slice(LAYOUT.stack, LAYOUT.stack + LAYOUT.callFrames * LAYOUT.frameStride);
  const packet = u8.slice(LAYOUT.packet, LAYOUT.packet + PACKET_BYTES + 8);
  const end = outcome.kind === 'exit' ? { r0: outcome.r0 } : outcome.trap;
  return { end, stack: digest(stack), packet: toHex(packet) };
}
