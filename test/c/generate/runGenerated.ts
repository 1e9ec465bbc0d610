import type { IrModule } from '../../../server/src/c/ir/ir.ts';
import { wholly } from '../../../server/src/base/steps.ts';
import { generate } from '../../../server/src/c/generate/generate.ts';
import type { Cpu, MachineFunction } from '../../../server/src/c/machine.ts';
import type { Insn } from '../../../server/src/isa/insn.ts';
import type { Program, Subprog } from '../../../server/src/program/program.ts';
import { createMachine } from '../../../server/src/vm/createMachine.ts';
import { createInterpreter } from '../../../server/src/vm/interpreter.ts';
import { HELPER_STATUS, LAYOUT } from '../../../server/src/vm/machine.ts';
import { rawProgram } from '../../../server/src/vm/runRaw.ts';

/** Functions one behind the other, the entry first, with calls between them resolved. */
export function linked(functions: readonly MachineFunction[], entry: string): Program {
  const ordered = [...functions].sort((a, b) => Number(b.symbol.name === entry) - Number(a.symbol.name === entry));
  const insns: Insn[] = [];
  const subprogs: Subprog[] = [];
  for (const { symbol, insns: own } of ordered) {
    subprogs.push({ name: symbol.name, start: insns.length, end: insns.length + own.length, global: false, typeId: 0 });
    insns.push(...own);
  }
  for (const [i, { relocations }] of ordered.entries())
    for (const { pc, kind, symbol } of relocations) {
      const at = (subprogs[i]?.start ?? 0) + pc;
      const target = subprogs.find(({ name }) => name === symbol.name)?.start ?? 0;
      if (kind === 'call') insns[at] = { kind: 'call', target: 'subprog', imm: target - at - 1, off: 0 };
    }
  return { ...rawProgram(insns), subprogs };
}

export interface Ran {
  readonly value: bigint | string;
  readonly trace: readonly string[];
  readonly memory: readonly number[];
}

/** What a helper gives: something that depends on everything it was given. */
export function mixed(number: number, args: readonly bigint[]): bigint {
  return BigInt.asUintN(
    64,
    args.reduce((sum, arg) => sum * 0x9e3779b97f4a7c15n + arg + 1n, BigInt(number)),
  );
}

export interface HelperShape {
  readonly args: number;
}

/** Runs `f(memory, …rest)` in the interpreter. */
export function runGenerated(
  module: IrModule,
  cpu: Cpu,
  memory: Uint8Array,
  rest: readonly bigint[],
  helperArgs: (number: number) => number,
): Ran {
  const { functions, problems } = wholly(generate(module, cpu, 'optimised'));
  if (problems.length > 0) return { value: problems.map(({ message }) => message).join('; '), trace: [], memory: [] };
  const program = linked(functions, 'f');
  const machine = createMachine([program]);
  const trace: string[] = [];
  machine.helperArgs = helperArgs;
  machine.callHelper = (id) => {
    const args = Array.from({ length: helperArgs(id) }, (_, i) =>
      new DataView(machine.memory.u8.buffer).getBigUint64(LAYOUT.helperFrame + 8 * i, true),
    );
    trace.push(`helper ${id}(${args.join(', ')})`);
    new DataView(machine.memory.u8.buffer).setBigUint64(LAYOUT.helperFrame + 40, mixed(id, args), true);
    return HELPER_STATUS.done;
  };
  machine.packet.set(memory, { kind: 'none', headRoom: 0, tailRoom: 0, networkOffset: 0 });
  const interpreter = createInterpreter(machine, program);
  interpreter.reset(LAYOUT.packet, 1_000_000);
  for (const [i, value] of rest.entries()) interpreter.setReg(i + 2, value);
  let outcome = interpreter.resume(1_000_001);
  if (outcome === 'running' || outcome === 'stopped') outcome = interpreter.run(0, 0);
  const value =
    outcome.kind === 'exit'
      ? outcome.r0
      : JSON.stringify(outcome, (_, one: unknown) => (typeof one === 'bigint' ? String(one) : one));
  return { value, trace, memory: Array.from(machine.memory.u8.subarray(LAYOUT.packet, LAYOUT.packet + memory.length)) };
}
