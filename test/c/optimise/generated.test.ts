import { describe, expect, it } from 'vitest';
import { printModule } from '../../../server/src/c/ir/print.ts';
import { runFunction } from '../../../server/src/c/ir/run.ts';
import { wellFormed } from '../../../server/src/c/ir/wellFormed.ts';
import { wholly } from '../../../server/src/base/steps.ts';
import { optimise } from '../../../server/src/c/optimise/optimise.ts';
import { newProblems } from '../../../server/src/c/problem.ts';
import { randomNumbers } from '../../support/random.ts';
import { randomModule } from '../generate/randomIr.ts';
import { mixed, runGenerated, type Ran } from '../generate/runGenerated.ts';

const AT = 0x4000;
const BYTES = 32;

/** What the code of the optimised program does is what the program said before it was optimised. */
function checkSame(seed: number, size: number): void {
  const below = randomNumbers(seed);
  const module = randomModule(below, { size, fetch: true });
  const memory = Uint8Array.from({ length: BYTES }, () => below(256));
  const rest = [0, 1].map(() => BigInt(below(0x7fffffff)) * BigInt(below(0x7fffffff)));
  const expected = reference(module, memory, rest);
  const text = printModule(module);
  wholly(optimise(module, { profile: 'optimised' }, newProblems()));
  expect([...module.functions.values()].flatMap(wellFormed)).toEqual([]);
  const got = runGenerated(module, 3, memory, rest, (number) => number);
  expect(got, `seed ${seed} size ${size}\n${text}\nmade\n${printModule(module)}`).toEqual(expected);
}

function reference(module: Parameters<typeof runFunction>[0], memory: Uint8Array, rest: readonly bigint[]): Ran {
  const flat = new Uint8Array(0x10000);
  flat.set(memory, AT);
  const trace: string[] = [];
  const { value } = runFunction(module, 'f', [BigInt(AT), ...rest], {
    memory: flat,
    helper: ({ name, args }) => {
      trace.push(`${name}(${args.join(', ')})`);
      return mixed(args.length, args);
    },
  });
  return { value, trace, memory: Array.from(flat.subarray(AT, AT + BYTES)) };
}

const SEEDS = Number(process.env['FUZZ_SEEDS'] ?? 40);

describe('generated code of optimised programs', () => {
  it.each([4, 12, 40])('of %i statements does the same', (size) => {
    for (let seed = 1; seed <= SEEDS; seed++) checkSame(seed * 1000 + size, size);
  });
});
