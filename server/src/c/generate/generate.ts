/** The back end: functions of the intermediate language become instructions of the machine. */
import { pauses } from '../../base/steps.ts';
import type { IrFunction, IrModule } from '../ir/ir.ts';
import type { CompileOptions } from '../compile.ts';
import type { Cpu, MachineFunction } from '../machine.ts';
import { newProblems, reportError, type Problem, type Problems } from '../problem.ts';
import { assignRegisters } from './assign.ts';
import { coalesce } from './coalesce.ts';
import type { Code } from './code.ts';
import { splitCriticalEdges } from './criticalEdges.ts';
import { dropDead } from './deadCode.ts';
import { emitCode } from './emit.ts';
import { frameConflicts } from './frameConflicts.ts';
import { forwardCopies } from './forwardCopies.ts';
import { layFrame } from './frame.ts';
import { layOut } from './layout.ts';
import { lifetimesOf } from './lifetimes.ts';
import { allocate } from './linearScan.ts';
import { plainLoads } from './plainLoads.ts';
import { selectFunction } from './select.ts';
import { shareAddresses } from './shareAddresses.ts';
import { threadJumps } from './threadJumps.ts';
import { locationsOf } from './locations.ts';

type Profile = CompileOptions['profile'];

export interface Generated {
  readonly functions: readonly MachineFunction[];
  readonly problems: readonly Problem[];
}

/** Instructions after which other things get their turn: some tens of milliseconds. */
const STEP = 3000;

/** Functions in `done` have their code already. */
export function* generate(
  module: IrModule,
  cpu: Cpu,
  profile: Profile,
  done: ReadonlyMap<string, { readonly code: MachineFunction | null }> = new Map(),
): Generator<undefined, Generated> {
  const problems = newProblems();
  const functions: MachineFunction[] = [];
  const pause = pauses(STEP);
  for (const fn of module.functions.values()) {
    if (fn.blocks.length === 0) continue;
    const known = done.get(fn.name)?.code;
    const code = known ?? generateFunction(module, fn, cpu, profile, problems);
    functions.push(code);
    if (known === undefined && pause(code.insns.length)) yield;
  }
  return { functions, problems: problems.list };
}

function generateFunction(
  module: IrModule,
  fn: IrFunction,
  cpu: Cpu,
  profile: Profile,
  problems: Problems,
): MachineFunction {
  if (cpu < 4) plainLoads(fn);
  // A debugger shows a variable as long as its block runs.
  const conflicts = profile === 'debug' ? null : frameConflicts(module, fn);
  const code = selectFunction(module, fn, cpu, conflicts, problems);
  giveRegisters(code, fn, problems);
  dropDead(code);
  forwardCopies(code);
  threadJumps(code);
  const stackBytes = layFrame(code, fn, problems);
  const emitted = emitCode(code, module, fn, cpu, problems);
  const { insns, relocations, core, lines } = emitted;
  const { symbol, section } = fn;
  return {
    symbol,
    section,
    insns,
    relocations,
    core,
    lines,
    locations: locationsOf(code, emitted, profile === 'debug'),
    stackBytes,
  };
}

function giveRegisters(code: Code, fn: IrFunction, problems: Problems): void {
  splitCriticalEdges(code);
  layOut(code);
  shareAddresses(code);
  coalesce(code);
  const line = lifetimesOf(code);
  const allocation = allocate(line);
  if (allocation.failedAt === null) return assignRegisters(code, line, allocation);
  const at = line.ops[allocation.failedAt]?.place ?? fn.place;
  reportError(
    problems,
    'inline-assembly',
    { start: at, end: at },
    'inline assembly requires more registers than available',
  );
}
