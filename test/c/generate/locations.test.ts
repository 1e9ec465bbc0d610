import { describe, expect, it } from 'vitest';
import { wholly } from '../../../server/src/base/steps.ts';
import { generate } from '../../../server/src/c/generate/generate.ts';
import { parseModule } from '../../../server/src/c/ir/parse.ts';
import type { VariableLocation } from '../../../server/src/c/machine.ts';

/** `x 3-7 r6` for each range. */
function checkLocations(text: string, expected: string, profile: 'debug' | 'optimised' = 'optimised'): void {
  const { functions } = wholly(generate(parseModule(text), 3, profile));
  const lines = functions.flatMap(({ locations }) => locations.map(lineOf));
  expect(lines.join('\n')).toBe(expected.trim().replaceAll(/\n\s*/g, '\n'));
}

function lineOf({ variable, from, to, off, size, where }: VariableLocation): string {
  const place =
    where.kind === 'register' ? `r${where.reg}` : where.kind === 'stack' ? `r10${where.off}` : `= ${where.value}`;
  return `${variable.name}[${off}, ${size}] ${from}-${to} ${place}`;
}

describe('where variables are', () => {
  it('follows values into other registers until they are overwritten', () =>
    checkLocations(
      `function i64 @f(i64 %n) {
      entry:
        debugValue n[0, 8] %n
        %a = call i64 helper 1(%n)
        debugValue a[0, 8] %a
        %b = call i64 helper 2(%a, %n)
        debugValue b[0, 8] 5
        %c = add i64 %b, %n
        return %c
      }`,
      `a[0, 8] 3-4 r0
      a[0, 8] 4-6 r1
      n[0, 8] 1-8 r6
      b[0, 8] 6-8 = 5`,
    ));

  it('holds in a block what all ways into it agree on', () =>
    checkLocations(
      `function i64 @f(i64 %n, i64 %m) {
      entry:
        debugValue n[0, 8] %n
        branch eq %m, 0 then yes else no
      yes:
        %a = call i64 helper 1(%m)
        debugValue m[0, 8] 1
        jump both
      no:
        debugValue m[0, 8] 2
        %b = call i64 helper 2(%m)
        debugValue m[0, 8] 1
        jump both
      both:
        %x = add i64 %n, 1
        return %x
      }`,
      `m[0, 8] 4-5 = 1
      m[0, 8] 5-7 = 2
      n[0, 8] 1-8 r6
      m[0, 8] 7-10 = 1`,
    ));

  it('names the frame for what lives there', () =>
    checkLocations(
      `function i64 @f(i64 %n) {
      entry:
        %x = alloca 8 align 8 var x
        store u64 %x, %n
        %a = call i64 helper 1(%x)
        return %a
      }`,
      `x[0, 8] 0-5 r10-8`,
      'debug',
    ));
});
