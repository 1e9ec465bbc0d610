/**
 * The optimiser: from what the lowering made to what the back end takes. Functions are worked on from callees to callers,
 * so that what is inlined is small already. What C leaves to the optimiser (always_inline, constant sizes, calls that
 * must be gone) is done in both profiles.
 */
import { pauses } from '../../base/steps.ts';
import type { Problems } from '../problem.ts';
import type { IrFunction, IrModule } from '../ir/ir.ts';
import { applyTests } from './applyTests.ts';
import { callGraphOf } from './callGraph.ts';
import { cleanCfg } from './cleanCfg.ts';
import { countUses } from './countUses.ts';
import { dropStores } from './dropStores.ts';
import { dropUnused, type UsesOf } from './dropUnused.ts';
import { expandMemcmp } from './expandMemcmp.ts';
import { expandMemory } from './expandMemory.ts';
import { extendCounters } from './extendCounters.ts';
import { inlineCalls, type Inlining } from './inline.ts';
import { loopTailCalls } from './loopTailCalls.ts';
import { promote, promoteUnnamed } from './promote.ts';
import { removeDead } from './removeDead.ts';
import { reportLeft } from './reportLeft.ts';
import { rotateLoops } from './rotateLoops.ts';
import { settleConstantP } from './settleConstantP.ts';
import { shareValues } from './shareValues.ts';
import { simplify } from './simplify.ts';
import { sinkValues } from './sinkValues.ts';
import { splitAllocas } from './splitAllocas.ts';
import { splitUnaligned } from './splitUnaligned.ts';
import { threadJumps } from './threadJumps.ts';
import { unrollLoops } from './unrollLoops.ts';

export interface OptimiseOptions {
  readonly profile: 'debug' | 'optimised';
}

const MOST_ROUNDS = 8;

/** Instructions after which other things get their turn: some tens of milliseconds. */
const STEP = 3000;

/**
 * Changes the module in place. Functions in `done` are left alone: their code is there already, and refers to what is
 * said there.
 */
export function* optimise(
  module: IrModule,
  { profile }: OptimiseOptions,
  problems: Problems,
  done: UsesOf = new Map(),
): Generator<undefined, void> {
  const pause = pauses(STEP);
  dropUnused(module);
  const optimised = profile === 'optimised';
  const graph = callGraphOf(module);
  const inlining: Inlining = { module, graph, uses: countUses(module), optimised };
  const isWorkedOn = (fn: IrFunction): boolean => fn.blocks.length > 0 && !fn.attributes.naked && !done.has(fn.name);
  for (const fn of graph.bottomUp.filter(isWorkedOn)) {
    for (let round = 0; round < MOST_ROUNDS; round++) {
      const inlined = inlineCalls(fn, inlining);
      if (!inlined && round > 0) break;
      improve(fn, module, optimised);
    }
    if (optimised && loopTailCalls(fn, module, graph)) improve(fn, module, optimised);
    if (pause(sizeOf(fn))) yield;
  }
  dropUnused(module, done);
  for (const fn of [...module.functions.values()].filter(isWorkedOn)) {
    finish(fn, module, optimised);
    if (pause(sizeOf(fn))) yield;
  }
  dropUnused(module, done);
  reportLeft(module, graph, problems, done);
}

function sizeOf({ blocks }: IrFunction): number {
  return blocks.reduce((sum, { instrs }) => sum + instrs.length, 0);
}

type Pass = (fn: IrFunction, module: IrModule) => boolean;

/** Variables that have names stay in memory, where debuggers find them as long as they are in scope. */
const NEEDED: readonly Pass[] = [cleanCfg, simplify, promoteUnnamed, (fn) => removeDead(fn, true)];

/** Cheap ones first; loops are written out when there is nothing else to do. */
const ALL: readonly Pass[] = [
  cleanCfg,
  threadJumps,
  simplify,
  splitAllocas,
  promote,
  shareValues,
  applyTests,
  extendCounters,
  dropStores,
  (fn) => removeDead(fn, false),
];

function improve(fn: IrFunction, module: IrModule, optimised: boolean): void {
  const passes = optimised ? ALL : NEEDED;
  inTurn(passes, fn, module);
  if (optimised) for (let round = 0; round < MOST_ROUNDS && unrollLoops(fn); round++) inTurn(passes, fn, module);
}

/** Until each has seen the function as all others left it. */
function inTurn(passes: readonly Pass[], fn: IrFunction, module: IrModule): void {
  let idle = 0;
  for (let turn = 0; turn < MOST_ROUNDS * passes.length && idle < passes.length; turn++)
    idle = passes[turn % passes.length]?.(fn, module) ? 0 : idle + 1;
}

/** What waited for inlining: there is nothing more to come. */
function finish(fn: IrFunction, module: IrModule, optimised: boolean): void {
  if (settleConstantP(fn)) improve(fn, module, optimised);
  const expanded = [expandMemcmp(fn), expandMemory(fn), splitUnaligned(fn, module), optimised && rotateLoops(fn)];
  if (expanded.includes(true)) improve(fn, module, optimised);
  if (optimised) sinkValues(fn);
}
