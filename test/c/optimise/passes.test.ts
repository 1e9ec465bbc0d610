import { describe, it } from 'vitest';
import { applyTests } from '../../../server/src/c/optimise/applyTests.ts';
import { cleanCfg } from '../../../server/src/c/optimise/cleanCfg.ts';
import { dropStores } from '../../../server/src/c/optimise/dropStores.ts';
import { extendCounters } from '../../../server/src/c/optimise/extendCounters.ts';
import { rotateLoops } from '../../../server/src/c/optimise/rotateLoops.ts';
import { shareValues } from '../../../server/src/c/optimise/shareValues.ts';
import { threadJumps } from '../../../server/src/c/optimise/threadJumps.ts';
import { checkPass } from './checkPass.ts';

describe('cleaning the graph', () => {
  it('decides branches, skips empty blocks, joins what follows', () =>
    checkPass(
      cleanCfg,
      `function i64 @f(i64 %n) {
      entry:
        branch eq 1, 1 then a else b
      a:
        branch ugt %n, 5 then c else d
      b:
        jump d
      c:
        jump d
      d:
        %x = phi i64 a 1, b 2, c 3
        switch 7w [1..5 e, 6..9 g, else e]
      e:
        return 0
      g:
        return %x
      }`,
      `entry:
        branch ugt %0, 5 then c else d
      c:
        jump d
      d:
        %1 = phi i64 entry 1, c 3
        return %1`,
    ));

  it('keeps a loop', () =>
    checkPass(
      cleanCfg,
      `function void @f(i64 %n) {
      entry:
        jump loop
      loop: unroll 1
        jump loop
      }`,
      `entry:
        jump loop
      loop: unroll 1
        jump loop`,
    ));
});

describe('jump threading', () => {
  it('leads past a question whose answer is known', () =>
    checkPass(
      threadJumps,
      `function i64 @f(i64 %n) {
      entry:
        branch ugt %n, 5 then a else b
      a:
        %c = call i64 helper 7()
        jump ask
      b:
        jump ask
      ask:
        %x = phi i64 a %c, b 0
        branch ne %x, 0 then yes else no
      yes:
        return 1
      no:
        return %n
      }`,
      `entry:
        branch ugt %0, 5 then a else b
      a:
        %1 = call i64 helper 7()
        jump ask
      b:
        jump no
      ask:
        %2 = phi i64 a %1
        branch ne %2, 0 then yes else no
      yes:
        return 1
      no:
        return %0`,
    ));
});

describe('sharing', () => {
  it('computes once what dominates, loads once what nobody can have written', () =>
    checkPass(
      shareValues,
      `function i64 @f(ptr %p, i64 %n) {
      entry:
        %m = alloca 8 align 8
        store u64 %m, %n
        %a = add i64 %n, 1
        %x = load i64 u32 %p
        branch ugt %a, 5 then b else c
      b:
        %a2 = add i64 1, %n
        %a3 = add i64 %n, 1
        %x2 = load i64 u32 %p
        %y = load i64 u64 %m
        %r = add i64 %a3, %x2
        %s = add i64 %r, %y
        return %s
      c:
        %k = call i64 helper 7()
        %x3 = load i64 u32 %p
        %z = load i64 u64 %m
        %t = add i64 %x3, %z
        return %t
      }`,
      `entry:
        %2 = alloca 8 align 8
        store u64 %2, %1
        %3 = add i64 %1, 1
        %4 = load i64 u32 %0
        branch ugt %3, 5 then b else c
      b:
        %5 = add i64 %3, %4
        %6 = add i64 %5, %1
        return %6
      c:
        %7 = call i64 helper 7()
        %8 = load i64 u32 %0
        %9 = add i64 %8, %1
        return %9`,
    ));

  it('reads again what a store may have changed, and volatiles always', () =>
    checkPass(
      shareValues,
      `function i64 @f(ptr %p, ptr %q) {
      entry:
        %x = load i64 u32 %p
        store u32 %q, 1w
        %y = load i64 u32 %p
        %v = load volatile i64 u32 %q
        %w = load volatile i64 u32 %q
        %r = add i64 %x, %y
        %s = add i64 %v, %w
        %t = add i64 %r, %s
        return %t
      }`,
      `entry:
        %2 = load i64 u32 %0
        store u32 %1, 1w
        %3 = load i64 u32 %0
        %4 = load volatile i64 u32 %1
        %5 = load volatile i64 u32 %1
        %6 = add i64 %2, %3
        %7 = add i64 %4, %5
        %8 = add i64 %6, %7
        return %8`,
    ));
});

describe('dead stores', () => {
  it('go when they are written over, or never read', () =>
    checkPass(
      dropStores,
      `function i64 @f(ptr %p, i64 %n) {
      entry:
        %m = alloca 16 align 8
        %d = alloca 8 align 8
        store u64 %d, %n
        store u64 %m, 0
        store u32 %m, 1w
        store u32 %m + 4, 2w
        store u64 %m + 8, 3
        %r = call i64 helper 1(%m)
        store u64 %m, 4
        store u64 %p, 5
        store u64 %p, 6
        return %r
      }`,
      `entry:
        %2 = alloca 16 align 8
        %3 = alloca 8 align 8
        store u32 %2, 1w
        store u32 %2 + 4, 2w
        store u64 %2 + 8, 3
        %4 = call i64 helper 1(%2)
        store u64 %0, 6
        return %4`,
    ));

  it('stay when somebody may read in between', () =>
    checkPass(
      dropStores,
      `function i64 @f(ptr %p, ptr %q) {
      entry:
        store u64 %p, 5
        %x = load i64 u64 %q
        store u64 %p, 6
        return %x
      }`,
      `entry:
        store u64 %0, 5
        %2 = load i64 u64 %1
        store u64 %0, 6
        return %2`,
    ));
});

describe('what branches found out', () => {
  it('answers the same question, and smaller ones', () =>
    checkPass(
      applyTests,
      `function i64 @f(ptr %p, i64 %n) {
      entry:
        branch eq %p, 0p then none else some
      none:
        %x = call i64 helper 1(%p)
        return %x
      some:
        branch ult %n, 10 then small else end
      small:
        %a = ne i32 %p, 0p
        %b = ugt i32 %n, 20
        %c = sge i32 %n, 0
        %s = add i32 %a, %b
        %t = add i32 %s, %c
        %z = zext i64 %t
        return %z
      end:
        return 0
      }`,
      `entry:
        branch eq %0, 0p then none else some
      none:
        %2 = call i64 helper 1(0p)
        return %2
      some:
        branch ult %1, 10 then small else end
      small:
        %3 = add i32 1w, 0w
        %4 = add i32 %3, 1w
        %5 = zext i64 %4
        return %5
      end:
        return 0`,
    ));

  it('is the answer that was kept, too', () =>
    checkPass(
      applyTests,
      `function i64 @f(i64 %a, i64 %b) {
      entry:
        %same = eq i32 %a, %b
        branch eq %a, %b then out else more
      more:
        %x = zext i64 %same
        %y = call i64 helper 1(%x)
        branch ne %y, 0 then out else end
      end:
        jump out
      out:
        %r = phi i32 entry %same, more 7w, end 8w
        %z = zext i64 %r
        return %z
      }`,
      `entry:
        %2 = eq i32 %0, %1
        branch eq %0, %1 then out else more
      more:
        %3 = zext i64 0w
        %4 = call i64 helper 1(%3)
        branch ne %4, 0 then out else end
      end:
        jump out
      out:
        %5 = phi i32 entry 1w, more 7w, end 8w
        %6 = zext i64 %5
        return %6`,
    ));
});

describe('counters', () => {
  it('that start at zero are extended without sign', () =>
    checkPass(
      extendCounters,
      `function i64 @f(i32 %n) {
      entry:
        jump head
      head:
        %i = phi i32 entry 0w, body %j
        branch slt %i, %n then body else end
      body:
        %w = sext i64 %i
        %r = call i64 helper 7(%w)
        %j = add i32 %i, 1w
        jump head
      end:
        return 0
      }`,
      `entry:
        jump head
      head:
        %1 = phi i32 entry 0w, body %4
        branch slt %1, %0 then body else end
      body:
        %2 = zext i64 %1
        %3 = call i64 helper 7(%2)
        %4 = add i32 %1, 1w
        jump head
      end:
        return 0`,
    ));
});

describe('rotation', () => {
  it('asks at the end of a round', () =>
    checkPass(
      (fn) => {
        rotateLoops(fn);
        cleanCfg(fn);
      },
      `function i32 @f(i32 %n) {
      entry:
        jump head
      head:
        %i = phi i32 entry 0w, body %j
        branch slt %i, %n then body else end
      body:
        %r = call i64 helper 7(%i)
        %j = add i32 %i, 1w
        jump head
      end:
        return %i
      }`,
      `entry:
        branch slt 0w, %0 then body else end
      body:
        %1 = phi i32 body %3, entry 0w
        %2 = call i64 helper 7(%1)
        %3 = add i32 %1, 1w
        branch slt %3, %0 then body else end
      end:
        %4 = phi i32 body %3, entry 0w
        return %4`,
    ));
});
