import type { BpfObject, Program } from '../program/program.ts';
import { mayFollowKernelPointers } from '../program/kernelPointers.ts';
import { createMachine } from '../vm/createMachine.ts';
import type { Machine } from '../vm/createMachine.ts';
import { VisitCounts } from '../vm/visitCounts.ts';
import { batchPlaces } from '../jit/batch.ts';
import { Batch } from './batch.ts';
import { batchShape } from './batchShape.ts';
import { contextBuilder, contextVaries } from './contexts/enter.ts';
import type { ContextBuilder } from './contexts/enter.ts';
import { Surroundings } from './contexts/surroundings.ts';
import { interpreterRunner, jitRunner } from './engines.ts';
import type { Runner } from './engines.ts';
import { fillMaps } from './fillMaps.ts';
import type { InitialMaps } from './initialMaps.ts';
import type { RunOptions } from './session.ts';
import { startsInterpreted, tieredRunner } from './tieredRunner.ts';

/** One machine with an engine for each program. */
export interface Side {
  readonly machine: Machine;
  readonly surroundings: Surroundings;
  readonly parts: ReadonlyMap<Program, Part>;
  /** Where events wait to be run together; null where they have to be run one by one. */
  readonly batch: Batch | null;
}

export interface Part {
  readonly runner: Runner;
  /** null when the program cannot be given events, for a reason. */
  readonly builder: ContextBuilder | null;
  readonly reason: string | null;
}

const DEFAULT_BUDGET = 100_000_000;

/** A string says in plain words why nothing can be run. */
export function createSide(
  object: BpfObject,
  programs: readonly Program[],
  kind: 'jit' | 'interpreter',
  options: RunOptions,
  initial: InitialMaps,
): Side | string {
  const builders = new Map(programs.map((program) => [program, contextBuilder(program, options.attached)]));
  const shape = batchShape(object, builders, kind, options);
  const machine = createMachine(object, {
    ...(options.seed === undefined ? {} : { seed: options.seed }),
    ...(options.cpus === undefined ? {} : { cpus: options.cpus }),
    ...(options.world ? { given: options.world } : {}),
    innerMaps: initial.inner,
    ...(shape === null ? {} : { batchBytes: batchPlaces(shape).end }),
  });
  machine.stop = options.stop ?? null;
  const problem = fillMaps(machine, initial);
  if (problem !== null) return problem;
  const visits = options.coverage === true ? new VisitCounts() : null;
  const parts = new Map<Program, Part>();
  let batch: Batch | null = null;
  for (const [program, builder] of builders) {
    if (shape !== null && typeof builder !== 'string')
      batch = new Batch(machine, builder, shape, options.budget ?? DEFAULT_BUDGET, options.now ?? null);
    const runner = runnerOf(machine, program, kind, options, visits, batch);
    if (kind === 'jit' && typeof builder !== 'string' && mayFollowKernelPointers(program))
      machine.notes.add(
        `${program.name} may load through pointers to kernel structures, so it runs in the interpreter`,
      );
    parts.set(
      program,
      typeof builder === 'string' ? { runner, builder: null, reason: builder } : { runner, builder, reason: null },
    );
  }
  const reasons = [...parts.values()].map(({ reason }) => reason);
  if (!reasons.includes(null)) return reasons[0] ?? 'there is no program';
  return { machine, surroundings: new Surroundings(machine), parts, batch };
}

function runnerOf(
  machine: Machine,
  program: Program,
  kind: 'jit' | 'interpreter',
  options: RunOptions,
  visits: VisitCounts | null,
  batch: Batch | null,
): Runner {
  const budget = options.budget ?? DEFAULT_BUDGET;
  const exact = options.coverage === true || (options.exact ?? false);
  if (kind === 'interpreter') return interpreterRunner(machine, program, budget, visits);
  if (mayFollowKernelPointers(program)) return interpreterRunner(machine, program, budget, visits);
  const verified = (options.verified ?? []).filter(({ type }) => !contextVaries(type));
  const compile = (): Runner => jitRunner(machine, program, verified, budget, exact, batch);
  const accepted = verified.some((one) => one === program);
  if (exact || options.engine !== 'jit' || !startsInterpreted(program, accepted)) return compile();
  return tieredRunner(interpreterRunner(machine, program, budget, null), compile);
}
