import { describe, expect, it } from 'vitest';
import type { IrFunction, IrModule } from '../../../server/src/c/ir/ir.ts';
import { printModule } from '../../../server/src/c/ir/print.ts';
import { runFunction, type HelperCall, type RunResult } from '../../../server/src/c/ir/run.ts';
import { wellFormed } from '../../../server/src/c/ir/wellFormed.ts';
import { applyTests } from '../../../server/src/c/optimise/applyTests.ts';
import { extendCounters } from '../../../server/src/c/optimise/extendCounters.ts';
import { cleanCfg } from '../../../server/src/c/optimise/cleanCfg.ts';
import { dropStores } from '../../../server/src/c/optimise/dropStores.ts';
import { expandMemory } from '../../../server/src/c/optimise/expandMemory.ts';
import { wholly } from '../../../server/src/base/steps.ts';
import { optimise } from '../../../server/src/c/optimise/optimise.ts';
import { promote } from '../../../server/src/c/optimise/promote.ts';
import { removeDead } from '../../../server/src/c/optimise/removeDead.ts';
import { rotateLoops } from '../../../server/src/c/optimise/rotateLoops.ts';
import { shareValues } from '../../../server/src/c/optimise/shareValues.ts';
import { simplify } from '../../../server/src/c/optimise/simplify.ts';
import { sinkValues } from '../../../server/src/c/optimise/sinkValues.ts';
import { splitAllocas } from '../../../server/src/c/optimise/splitAllocas.ts';
import { splitUnaligned } from '../../../server/src/c/optimise/splitUnaligned.ts';
import { threadJumps } from '../../../server/src/c/optimise/threadJumps.ts';
import { unrollLoops } from '../../../server/src/c/optimise/unrollLoops.ts';
import { newProblems } from '../../../server/src/c/problem.ts';
import { randomModule, type Dice } from './randomModule.ts';

const PASSES: Record<string, (fn: IrFunction, module: IrModule) => unknown> = {
  cleanCfg,
  simplify,
  splitAllocas,
  promote,
  threadJumps,
  shareValues,
  dropStores,
  removeDead: (fn) => removeDead(fn, false),
  expandMemory,
  splitUnaligned,
  unrollLoops,
  rotateLoops,
  applyTests,
  sinkValues,
  extendCounters,
};

/** Numerical Recipes' linear congruential generator. */
function diceOf(seed: number): Dice {
  let state = (seed * 2654435761) >>> 0;
  return (limit) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.floor((state / 2 ** 32) * limit);
  };
}

const ARGUMENTS = [
  [0n, 0n],
  [1n, 0xffffffffn],
  [0x123456789abcdef0n, 5n],
] as const;

/** A helper that fills the memory it is given, and answers with something that depends on what was there. */
function helper({ name, args: [at = 0n, size = 0n], memory }: HelperCall): bigint {
  let sum = BigInt(name.length);
  const isMemory = at >= 0x1000n && at + size < BigInt(memory.length) && size <= 32n;
  const count = isMemory ? Number(size) : 0;
  for (let i = 0; i < count; i++) {
    sum = sum * 31n + BigInt(memory[Number(at) + i] ?? 0);
    memory[Number(at) + i] = i;
  }
  return BigInt.asUintN(64, sum);
}

function results(module: IrModule): Omit<RunResult, 'trace'>[] {
  return ARGUMENTS.map((args) => runFunction(module, 'main', args, { helper, fuel: 400_000 }));
}

function checkPasses(seed: number, rounds: number): void {
  const module = randomModule(diceOf(seed));
  const before = results(module);
  if (before.some(({ outcome }) => outcome === 'outOfFuel')) return;
  const dice = diceOf(seed + 7);
  const names = Object.keys(PASSES);
  for (let round = 0; round < rounds; round++) {
    const name = names[dice(names.length)] ?? 'simplify';
    const text = printModule(module);
    for (const fn of module.functions.values()) PASSES[name]?.(fn, module);
    const faults = [...module.functions.values()].flatMap(wellFormed);
    expect(faults, `seed ${seed}: ${name} of\n${text}`).toEqual([]);
    expect(results(module), `seed ${seed}: ${name} of\n${text}\nmade\n${printModule(module)}`).toEqual(before);
  }
}

function checkWhole(seed: number): void {
  const module = randomModule(diceOf(seed));
  const text = printModule(module);
  const before = results(module);
  if (before.some(({ outcome }) => outcome === 'outOfFuel')) return;
  wholly(optimise(module, { profile: seed % 4 === 0 ? 'debug' : 'optimised' }, newProblems()));
  const faults = [...module.functions.values()].flatMap(wellFormed);
  expect(faults, `seed ${seed}: of\n${text}`).toEqual([]);
  expect(results(module), `seed ${seed}: of\n${text}\nmade\n${printModule(module)}`).toEqual(before);
}

const SEEDS = Number(process.env['FUZZ_SEEDS'] ?? 60);
const FIRST = Number(process.env['FUZZ_FIRST'] ?? 1);

describe('random programs', () => {
  it('do the same after every pass', () => {
    for (let seed = FIRST; seed < FIRST + SEEDS; seed++) checkPasses(seed, 12);
  });

  it('do the same after the whole optimiser', () => {
    for (let seed = FIRST; seed < FIRST + SEEDS; seed++) checkWhole(seed);
  });
});
