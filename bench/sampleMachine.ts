import type { BpfObject } from '../server/src/program/program.ts';
import { createMachine, type Machine } from '../server/src/vm/createMachine.ts';
import { XDP } from '../server/src/vm/packet.ts';
import { samplePacket } from './packet.ts';

/** Rounds of loops, or instructions in the interpreter, that no measured program needs. */
export const BUDGET = 1_000_000_000;

/** A machine whose context and packet are in place. */
export function machineOf(object: BpfObject): Machine {
  const machine = createMachine(object);
  machine.setContext(new Uint8Array(XDP.bytes), null);
  machine.packet.set(samplePacket(), { kind: 'xdp' });
  return machine;
}
