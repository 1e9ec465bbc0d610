import { describe, expect, it } from 'vitest';
import { parseModule } from '../../../server/src/c/ir/parse.ts';
import { printFunction } from '../../../server/src/c/ir/print.ts';
import { wellFormed } from '../../../server/src/c/ir/wellFormed.ts';
import { removeDead } from '../../../server/src/c/optimise/removeDead.ts';
import { simplify } from '../../../server/src/c/optimise/simplify.ts';

const DATA = `data @text static section(".rodata") align 8 foldable bytes "616263000102030405060708"
data @table static section(".data") align 8 foldable bytes "0000000000000000" ref 0 @text + 4
extern function i64 @kfunc(i64 %0)
`;

/** Lines with parameters p, q (pointers), x, y (i64), a, b (i32); what they come to be, without the head. */
function checkSimplified(lines: string, expected: string): void {
  const text = `${DATA}function i64 @f(ptr %p, ptr %q, i64 %x, i64 %y, i32 %a, i32 %b) {\nentry:\n${lines}\n}`;
  const module = parseModule(text);
  const fn = module.functions.get('f');
  if (!fn) throw new RangeError('no function');
  for (let round = 0; round < 4; round++) {
    simplify(fn, module);
    removeDead(fn, false);
  }
  expect(wellFormed(fn)).toEqual([]);
  const body = printFunction(fn).split('\n').slice(2, -2);
  expect(body.map((line) => line.trim())).toEqual(expected.split('\n').map((line) => line.trim()));
}

describe('arithmetic', () => {
  it.each([
    ['%z = add i64 3, %x\n%w = add i64 %z, 4\nreturn %w', '%6 = add i64 %2, 7\nreturn %6'],
    ['%z = sub i64 %x, 5\nreturn %z', '%6 = add i64 %2, -5\nreturn %6'],
    ['%z = mul i64 %x, 8\nreturn %z', '%6 = shl i64 %2, 3\nreturn %6'],
    ['%z = udiv i64 %x, 16\nreturn %z', '%6 = lshr i64 %2, 4\nreturn %6'],
    ['%l = lshr i64 %x, 1\n%z = sdiv i64 %l, 16\nreturn %z', '%6 = lshr i64 %2, 5\nreturn %6'],
    ['%z = sdiv i64 %x, 16\nreturn %z', '%6 = sdiv i64 %2, 16\nreturn %6'],
    ['%l = lshr i64 %x, 1\n%z = smod i64 %l, 16\nreturn %z', '%6 = lshr i64 %2, 1\n%7 = and i64 %6, 15\nreturn %7'],
    ['%z = umod i64 %x, 16\nreturn %z', '%6 = and i64 %2, 15\nreturn %6'],
    ['%z = and i64 %x, -1\nreturn %z', 'return %2'],
    ['%z = xor i64 %x, %x\nreturn %z', 'return 0'],
    ['%z = shl i64 %x, 32\n%w = lshr i64 %z, 32\nreturn %w', '%6 = trunc i32 %2\n%7 = zext i64 %6\nreturn %7'],
    ['%l = load i64 u8 %p\n%z = and i64 %l, 255\nreturn %z', '%6 = load i64 u8 %0\nreturn %6'],
    ['%l = load i64 u8 %p\n%z = shl i64 %l, 4\n%w = and i64 %z, 15\nreturn %w', 'return 0'],
  ])('%s', checkSimplified);

  it('does not compute again what somebody has looked at', () =>
    checkSimplified(
      '%z = add i64 %x, 3\n%c = call i64 @kfunc(%z)\n%w = add i64 %z, 4\nreturn %w',
      '%6 = add i64 %2, 3\n%7 = call i64 @kfunc(%6)\n%8 = add i64 %6, 4\nreturn %8',
    ));
});

describe('conversions', () => {
  it.each([
    ['%l = load i32 u16 %p\n%z = zext i64 %l\nreturn %z', '%6 = load i64 u16 %0\nreturn %6'],
    ['%l = load i32 u16 %p\n%z = sext i64 %l\nreturn %z', '%6 = load i64 u16 %0\nreturn %6'],
    ['%t = trunc i32 %x\n%z = zext i64 %t\n%w = trunc i32 %z\n%v = sext i64 %w\nreturn %v', '%6 = trunc i32 %2\n%7 = sext i64 %6\nreturn %7'], // prettier-ignore
    ['%t = ptrToInt i64 %p\n%z = intToPtr ptr %t\n%w = load i64 u8 %z\nreturn %w', '%6 = load i64 u8 %0\nreturn %6'],
    ['%t = swap16 i64 %x\n%z = swap16 i64 %t\nreturn %z', '%6 = swap16 i64 %2\n%7 = swap16 i64 %6\nreturn %7'],
    ['%l = load i64 u16 %p\n%t = swap16 i64 %l\n%z = swap16 i64 %t\nreturn %z', '%6 = load i64 u16 %0\nreturn %6'],
    ['%s = add ptr %p, %x\n%e = ptrToInt i64 %s\n%t = ptrToInt i64 %p\n%z = sub i64 %e, %t\nreturn %z', 'return %2'],
  ])('%s', checkSimplified);
});

describe('comparisons', () => {
  it.each([
    ['%c = ult i32 %x, 1\n%z = zext i64 %c\nreturn %z', '%6 = eq i32 %2, 0\n%7 = zext i64 %6\nreturn %7'],
    ['%c = slt i32 %x, %y\n%n = eq i32 %c, 0w\n%z = zext i64 %n\nreturn %z', '%6 = sge i32 %2, %3\n%7 = zext i64 %6\nreturn %7'], // prettier-ignore
    ['%l = load i32 u8 %p\n%c = ugt i32 %l, 255w\n%z = zext i64 %c\nreturn %z', 'return 0'],
    ['%l = load i32 u8 %p\n%c = slt i32 %l, 0w\n%z = zext i64 %c\nreturn %z', 'return 0'],
    ['%l = load i32 u16 %p\n%s = swap16 i32 %l\n%c = eq i32 %s, 2048w\n%z = zext i64 %c\nreturn %z', '%6 = load i32 u16 %0\n%7 = eq i32 %6, 8w\n%8 = zext i64 %7\nreturn %8'], // prettier-ignore
    ['%s = sub i64 %x, %y\n%c = eq i32 %s, 0\n%z = zext i64 %c\nreturn %z', '%6 = eq i32 %2, %3\n%7 = zext i64 %6\nreturn %7'], // prettier-ignore
    ['%s = lshr i64 %x, 16\n%c = eq i32 %s, 0\n%z = zext i64 %c\nreturn %z', '%6 = ult i32 %2, 65536\n%7 = zext i64 %6\nreturn %7'], // prettier-ignore
    ['%s = lshr i64 %x, 31\n%c = ne i32 %s, 0\n%z = zext i64 %c\nreturn %z', '%6 = lshr i64 %2, 31\n%7 = ne i32 %6, 0\n%8 = zext i64 %7\nreturn %8'], // prettier-ignore
    ['%m = alloca 8 align 8\n%c = ne i32 %m, 0p\n%z = zext i64 %c\nreturn %z', 'return 1'],
  ])('%s', checkSimplified);
});

describe('memory', () => {
  it.each([
    ['%s = add ptr %p, 8\n%t = add ptr %s, 6\n%z = load i64 u16 %t + 2\nreturn %z', '%6 = load i64 u16 %0 + 16\nreturn %6'], // prettier-ignore
    ['%s = sub ptr %p, 8\nstore u64 %s, %x\nreturn 0', 'store u64 %0 - 8, %2\nreturn 0'],
    ['%t = and i64 %x, 65535\nstore u16 %p, %t\nreturn 0', 'store u16 %0, %2\nreturn 0'],
    ['%t = address @text\n%z = load i64 u16 %t + 1\nreturn %z', 'return 25442'],
    ['%t = address @table\n%u = load ptr u64 %t\n%z = load i64 u32 %u + 1\nreturn %z', 'return 84148994'],
    ['%t = address @text\n%n = late strlen i64 (%t)\nreturn %n', 'return 3'],
    ['%m = alloca 16 align 8\n%r = late memset ptr (%m, 0w, 16)\n%c = call i64 helper 1(%r)\nreturn %c', '%6 = alloca 16 align 8\nmemset %6, 0w, size 16 align 8\n%7 = call i64 helper 1(%6)\nreturn %7'], // prettier-ignore
    ['%a1 = intToPtr ptr 5\n%c = call i64 value(%a1, %x)\nreturn %c', '%6 = call i64 helper 5(%2)\nreturn %6'],
    ['%a1 = address @kfunc\n%c = call i64 value(%a1, %x)\nreturn %c', '%6 = call i64 @kfunc(%2)\nreturn %6'],
  ])('%s', checkSimplified);
});
