import { describe, it } from 'vitest';
import { promote } from '../../../server/src/c/optimise/promote.ts';
import { removeDead } from '../../../server/src/c/optimise/removeDead.ts';
import { splitAllocas } from '../../../server/src/c/optimise/splitAllocas.ts';
import { checkPass } from './checkPass.ts';

describe('promotion of memory', () => {
  it('puts a phi where paths meet, and says what the variable holds', () =>
    checkPass(
      promote,
      `function i64 @f(i64 %n) {
      entry:
        %x = alloca 4 align 4 var x
        store u32 %x, 1w
        branch eq %n, 0 then zero else end
      zero:
        store u32 %x, 2w
        jump end
      end:
        %v = load i64 s32 %x
        return %v
      }`,
      `entry:
        debugValue x[0, 4] 1w
        branch eq %0, 0 then zero else end
      zero:
        debugValue x[0, 4] 2w
        jump end
      end:
        %1 = phi i32 entry 1w, zero 2w
        debugValue x[0, 4] %1
        %2 = sext i64 %1
        return %2`,
    ));

  it('reads 0 where nothing was written', () =>
    checkPass(
      promote,
      `function i64 @f(i64 %n) {
      entry:
        %x = alloca 8 align 8
        %v = load i64 u64 %x
        return %v
      }`,
      `entry:
        return 0`,
    ));

  it('goes round loops', () =>
    checkPass(
      promote,
      `function i64 @f(i64 %n) {
      entry:
        %i = alloca 8 align 8
        store u64 %i, 0
        jump head
      head:
        %v = load i64 u64 %i
        branch ult %v, %n then body else end
      body:
        %w = load i64 u64 %i
        %next = add i64 %w, 1
        store u64 %i, %next
        jump head
      end:
        %r = load i64 u64 %i
        return %r
      }`,
      `entry:
        jump head
      head:
        %1 = phi i64 entry 0, body %2
        branch ult %1, %0 then body else end
      body:
        %2 = add i64 %1, 1
        jump head
      end:
        return %1`,
    ));

  it('leaves what escapes, and volatiles', () =>
    checkPass(
      promote,
      `function i64 @f(i64 %n) {
      entry:
        %x = alloca 8 align 8
        %y = alloca 8 align 8
        store volatile u64 %y, 1
        %v = call i64 helper 1(%x)
        return %v
      }`,
      `entry:
        %1 = alloca 8 align 8
        %2 = alloca 8 align 8
        store volatile u64 %2, 1
        %3 = call i64 helper 1(%1)
        return %3`,
    ));
});

describe('taking apart', () => {
  const pass: typeof promote = (fn) => {
    const changed = splitAllocas(fn);
    promote(fn);
    removeDead(fn, false);
    return changed;
  };

  it('makes fields values, also those that a copy filled', () =>
    checkPass(
      pass,
      `function i32 @f(ptr %p) {
      entry:
        %s = alloca 16 align 8 var s
        memcpy %s, %p, size 16 align 4
        %q = add ptr %s, 4
        store u16 %q, 7w
        %x = load i32 u32 %s + 8
        %y = load i32 u16 %s + 4
        %z = add i32 %x, %y
        return %z
      }`,
      `entry:
        debugValue s[4, 2] none
        %1 = load i32 u32 %0 + 8
        debugValue s[8, 4] %1
        debugValue s[4, 2] 7w
        %2 = and i32 7w, 65535w
        %3 = add i32 %1, %2
        return %3`.replace('%2 = and i32 7w, 65535w', '%2 = zext16 i32 7w'),
    ));

  it('reads parts of a number that was written whole', () =>
    checkPass(
      pass,
      `function i32 @f(i32 %n) {
      entry:
        %s = alloca 4 align 4
        store u32 %s, %n
        %y = load i32 s8 %s + 1
        return %y
      }`,
      `entry:
        %1 = lshr i32 %0, 8w
        %2 = sext8 i32 %1
        return %2`,
    ));

  it('fills fields', () =>
    checkPass(
      pass,
      `function i64 @f(i64 %n) {
      entry:
        %s = alloca 24 align 8
        memset %s, 255w, size 24 align 8
        store u32 %s + 4, 1w
        %a = load i64 u64 %s + 8
        %b = load i64 u32 %s + 4
        %c = add i64 %a, %b
        return %c
      }`,
      `entry:
        %1 = zext i64 1w
        %2 = add i64 -1, %1
        return %2`,
    ));
});
