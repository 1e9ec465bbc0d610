import { expect, it } from 'vitest';
import { parseModule } from '../../../server/src/c/ir/parse.ts';
import { printModule } from '../../../server/src/c/ir/print.ts';
import { wellFormed } from '../../../server/src/c/ir/wellFormed.ts';
import { splitUnaligned } from '../../../server/src/c/optimise/splitUnaligned.ts';

function checkSplit(body: string, expected: string): void {
  const module = parseModule(`function i32 @f(ptr %p) {\nentry:\n${body}\n}`);
  const fn = module.functions.get('f');
  if (!fn) throw new RangeError('no function');
  splitUnaligned(fn, module);
  expect(wellFormed(fn)).toEqual([]);
  const lines = printModule(module).split('\n').slice(2, -2);
  expect(lines.map((line) => line.trim())).toEqual(expected.trim().split('\n').map((line) => line.trim())); // prettier-ignore
}

it('puts a number together from halves that are aligned', () =>
  checkSplit(
    `%v = load i32 s32 %p + 2 align 2
     return %v`,
    `%1 = load i32 u16 %0 + 2
     %2 = load i32 s16 %0 + 4
     %3 = shl i32 %2, 16w
     %4 = or i32 %3, %1
     return %4`,
  ));

it('stores a pointer byte by byte', () =>
  checkSplit(
    `store u16 %p, 258w align 1
     return 0w`,
    `store u8 %0, 258w
     store u8 %0 + 1, 1w
     return 0w`,
  ));

it('leaves what lies aligned on the stack', () =>
  checkSplit(
    `%a = alloca 16 align 8
     %v = load i32 u32 %a + 4 align 1
     %w = load i32 u16 %a + 5 align 1
     return %v`,
    `%1 = alloca 16 align 8
     %2 = load i32 u32 %1 + 4
     %3 = load i32 u8 %1 + 5
     %4 = load i32 u8 %1 + 6
     %5 = shl i32 %4, 8w
     %6 = or i32 %5, %3
     return %2`,
  ));
