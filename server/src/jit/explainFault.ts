import { unreachable } from '../base/assert.ts';
import type { Insn } from '../isa/insn.ts';
import type { Machine } from '../vm/createMachine.ts';
import { frameLimit } from '../vm/frames.ts';
import type { Fault, TrapKind } from '../vm/machine.ts';
import { lower } from '../vm/lower.ts';
import { unsupportedText } from '../vm/unsupportedText.ts';
import type { LoadedModule } from './jitRun.ts';

/** Says in plain words why compiled code stopped at `pc`. `initialized` has a bit per register that held a value. */
export function explainFault(
  machine: Machine,
  module: LoadedModule,
  kind: TrapKind,
  pc: number,
  initialized: number,
): Fault {
  const { program } = module;
  const insn = program.insns[pc];
  const fault = (message: string): Fault => ({ kind, message, address: null });
  // Memory and helpers explain themselves, the interpreter sees budgets end; compiled code stops by itself for these kinds only.
  switch (kind) {
    case 'uninitialized':
      return fault(`reads r${firstMissing(machine, module, pc, initialized)}, which holds no value here`);
    case 'invalidInsn':
      return fault(`invalid instruction: ${insn?.kind === 'invalid' ? insn.reason : 'unknown'}`);
    case 'callDepth':
      return fault(`calls nest deeper than ${frameLimit(machine)} frames`);
    case 'badPc':
      return fault(badPcText(insn, pc));
    case 'unsupported':
    case 'budget':
    case 'stopped':
    case 'memory':
    case 'readOnly':
    case 'unknownHelper':
    case 'helper':
      return explainUnsupported(machine, module, pc, fault);
    default:
      return unreachable(kind);
  }
}

function explainUnsupported(
  machine: Machine,
  { program, tooLarge }: LoadedModule,
  pc: number,
  fault: (message: string) => Fault,
): Fault {
  const insn = program.insns[pc];
  if (tooLarge.has(pc)) return fault('this function is too large to be compiled; run it in the interpreter');
  return insn?.kind === 'loadMap' ? machine.missingMap(insn.map) : fault(unsupportedText(program, pc));
}

function badPcText(insn: Insn | undefined, pc: number): string {
  if (insn === undefined) return `execution reaches instruction ${pc}, outside the program`;
  return `jumps into the middle of the two-slot instruction at ${pc - 1}`;
}

function firstMissing(machine: Machine, module: LoadedModule, pc: number, initialized: number): number {
  const use = lower(module.program, machine.mapAddresses, (id) => machine.helperArgs(id));
  const reads = use.reads[pc] ?? 0;
  const missing = reads & ~initialized;
  return 31 - Math.clz32(missing & -missing);
}
