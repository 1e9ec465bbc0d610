import { expect, it } from 'vitest';
import { runFunction } from '../../../server/src/c/ir/run.ts';
import { lowered } from './program.ts';
import { randomProgram, randomSource, registerValues } from './randomProgram.ts';

it('computes every operator in every type as C does', () => {
  const random = randomSource(11);
  for (let n = 0; n < 80; n++) {
    const { text, expected } = randomProgram(random, 3, 4);
    const module = lowered(text);
    for (let run = 0; run < 3; run++) {
      const args = Array.from({ length: 9 }, () => randomArgument(random));
      const { value } = runFunction(module, 'f', registerValues(args));
      expect(value, `${text} with ${args.join()}`).toBe(expected(args));
    }
  }
});

/** Small, large and in between. */
function randomArgument(random: (below: number) => number): bigint {
  const bits = (BigInt(random(1 << 30)) << 34n) ^ BigInt(random(1 << 30));
  return BigInt.asIntN(64, bits) >> BigInt(random(64));
}
