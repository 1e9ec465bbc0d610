import { describe, expect, it } from 'vitest';
import { printModule } from '../../../server/src/c/ir/print.ts';
import { runFunction } from '../../../server/src/c/ir/run.ts';
import { wellFormed } from '../../../server/src/c/ir/wellFormed.ts';
import type { Cpu } from '../../../server/src/c/machine.ts';
import { randomNumbers } from '../../support/random.ts';
import { randomModule } from './randomIr.ts';
import { mixed, runGenerated, type Ran } from './runGenerated.ts';

const AT = 0x4000;
const BYTES = 32;

/** What the generated code does is what the intermediate language says. */
function checkSame(seed: number, cpu: Cpu, size: number): void {
  const below = randomNumbers(seed);
  const module = randomModule(below, { size, fetch: cpu >= 3 });
  expect([...module.functions.values()].flatMap(wellFormed)).toEqual([]);
  const memory = Uint8Array.from({ length: BYTES }, () => below(256));
  const rest = [0, 1].map(() => BigInt(below(0x7fffffff)) * BigInt(below(0x7fffffff)) - BigInt(below(0x7fffffff)));
  const values = rest.map((value) => BigInt.asUintN(64, value));
  const got = runGenerated(module, cpu, memory, values, (number) => number);
  const text = got.value === undefined ? '' : printModule(module);
  expect(got, `seed ${seed}, v${cpu}\n${text}`).toEqual(reference(module, memory, values));
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

describe.each([1, 2, 3, 4] as const)('random code for v%i', (cpu) => {
  it.each([4, 12, 40])('of %i statements', (size) => {
    for (let seed = 1; seed <= 60; seed++) checkSame(seed * 1000 + size, cpu, size);
  });
});
