import { describe, expect, it } from 'vitest';
import { parseModule } from '../../../server/src/c/ir/parse.ts';
import { runFunction } from '../../../server/src/c/ir/run.ts';

/** `f` returns that value; `trace` is what an observer saw. */
function checkRun(text: string, args: readonly bigint[], value: bigint, trace: readonly string[] = []): void {
  const result = runFunction(parseModule(text), 'f', args, { helper: ({ args }) => (args[0] ?? 0n) + 1n });
  expect({ ...result, data: undefined }).toEqual({ outcome: 'returned', value, trace, data: undefined });
}

describe('the interpreter', () => {
  it('goes round a loop', () =>
    checkRun(
      `function i64 @f(i64 %n) {
      entry:
        jump loop
      loop:
        %i = phi i64 entry 0, body %j
        %sum = phi i64 entry 0, body %more
        branch ult %i, %n then body else end
      body:
        %more = add i64 %sum, %i
        %j = add i64 %i, 1
        jump loop
      end:
        return %sum
      }`,
      [5n],
      10n,
    ));

  it('reads what was written, and extends it', () =>
    checkRun(
      `function i64 @f(i64 %n) {
      entry:
        %a = alloca 8 align 8
        store u16 %a + 2, %n
        %x = load i64 s16 %a + 2
        %y = load i64 u32 %a
        %z = add i64 %x, %y
        return %z
      }`,
      [0x18000n],
      0x80000000n - 0x8000n,
    ));

  it('calls functions and helpers', () =>
    checkRun(
      `function i64 @g(i64 %n) {
      entry:
        %x = call i64 helper 7(%n)
        return %x
      }
      function i64 @f(i64 %n) {
      entry:
        %x = call i64 @g(%n)
        return %x
      }`,
      [41n],
      42n,
      ['helper 7(41)'],
    ));
});
