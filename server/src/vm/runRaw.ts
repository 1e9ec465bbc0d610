import type { Insn } from '../isa/insn.ts';
import type { Program } from '../program/program.ts';
import { createMachine, type Machine } from './createMachine.ts';
import { createInterpreter } from './interpreter.ts';
import { HELPER_STATUS, LAYOUT, type Outcome } from './machine.ts';

/** A program around bare instructions, with one subprogram and no maps. */
export function rawProgram(insns: readonly Insn[]): Program {
  const entry = { name: 'main', start: 0, end: insns.length, global: true, typeId: 0 };
  const about = { name: 'main', type: 'unspec', attachType: null, section: '', license: 'GPL' } as const;
  const rest = { maps: [], lines: [], labels: new Map<number, string>(), btf: null, sleepable: false, flags: 0 };
  return { ...about, ...rest, insns, subprogs: [entry] };
}

/** Helper 5 of the conformance suite: returns its argument; 0 ends the program. */
const UNWIND = 5;

/**
 * A machine as the public bpf_conformance suite wants it: `memory` is one writable region, `call 5` is its unwind
 * function, and `callx` with a small number calls that helper.
 */
export function rawMachine(program: Program, memory: Uint8Array): Machine {
  const machine = createMachine([program]);
  machine.callxHelpers = true;
  machine.helperArgs = () => 1;
  machine.callHelper = (id) => {
    if (id !== UNWIND) {
      machine.fault = { kind: 'unknownHelper', message: `there is no helper number ${id}`, address: null };
      return HELPER_STATUS.trap;
    }
    const frame = LAYOUT.helperFrame;
    machine.memory.move(frame + 40, frame, 8);
    if (machine.memory.i32[frame >> 2] !== 0 || machine.memory.i32[(frame >> 2) + 1] !== 0) return HELPER_STATUS.done;
    machine.fault = UNWOUND;
    return HELPER_STATUS.trap;
  };
  machine.packet.set(memory, { kind: 'none', headRoom: 0, tailRoom: 0, networkOffset: 0 });
  return machine;
}

const UNWOUND = { kind: 'helper', message: 'unwound', address: null } as const;

/** Runs bare instructions in the interpreter with r1 = address and r2 = length of `memory` (0 and 0 when empty). */
export function runRaw(program: Program, memory: Uint8Array, budget = 1_000_000): Outcome {
  const machine = rawMachine(program, memory);
  const interpreter = createInterpreter(machine, program);
  interpreter.reset(memory.length > 0 ? LAYOUT.packet : 0, budget);
  interpreter.setReg(2, BigInt(memory.length));
  let outcome = interpreter.resume(budget + 1);
  if (outcome === 'running' || outcome === 'stopped') outcome = interpreter.run(0, 0);
  if (machine.fault === UNWOUND && outcome.kind === 'trap') return { kind: 'exit', r0: 0n, insns: outcome.insns };
  return outcome;
}
