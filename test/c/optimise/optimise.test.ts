import { describe, expect, it } from 'vitest';
import { parseModule } from '../../../server/src/c/ir/parse.ts';
import { printFunction } from '../../../server/src/c/ir/print.ts';
import { wellFormed } from '../../../server/src/c/ir/wellFormed.ts';
import { wholly } from '../../../server/src/base/steps.ts';
import { optimise } from '../../../server/src/c/optimise/optimise.ts';
import { newProblems } from '../../../server/src/c/problem.ts';

/** The functions that are left, and what was said. */
function checkOptimised(text: string, expected: string, messages: readonly string[] = []): void {
  const module = parseModule(text);
  const problems = newProblems();
  wholly(optimise(module, { profile: 'optimised' }, problems));
  const functions = [...module.functions.values()];
  expect(functions.flatMap(wellFormed)).toEqual([]);
  const printed = functions.map((fn) => printFunction(fn)).join('');
  expect(withoutIndent(printed)).toBe(withoutIndent(expected));
  expect(problems.list.map(({ message }) => message)).toEqual(messages);
}

function withoutIndent(text: string): string {
  return text
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '')
    .join('\n');
}

describe('the optimiser', () => {
  it('inlines, forgets what is static, and keeps what is constant', () =>
    checkOptimised(
      `function i32 @add(i32 %a, i32 %b) static alwaysInline {
      entry:
        %x = alloca 4 align 4
        store u32 %x, %a
        %v = load i32 u32 %x
        %s = add i32 %v, %b
        return %s
      }
      function i32 @prog(ptr %ctx) section("xdp") {
      entry:
        %r = call i32 @add(1w, 2w)
        return %r
      }`,
      `function i32 @prog(ptr %0) section("xdp") {
      entry:
        return 3w
      }`,
    ));

  it('makes helpers of constant pointers', () =>
    checkOptimised(
      `data @bpf_ktime static section(".data") align 8 foldable bytes "0500000000000000"
      function i64 @prog(ptr %ctx) section("xdp") {
      entry:
        %a = address @bpf_ktime
        %p = load ptr u64 %a
        %r = call i64 value(%p)
        return %r
      }`,
      `function i64 @prog(ptr %0) section("xdp") {
      entry:
        %1 = call i64 helper 5()
        return %1
      }`,
    ));

  it('drops what a constant decides, and reports what it does not', () =>
    checkOptimised(
      `extern function void @bad() error("no good")
      function i64 @prog(i64 %n) {
      entry:
        %c = late constantP i32 (%n)
        branch ne %c, 0w then wrong else right
      wrong:
        call void @bad()
        jump right
      right:
        branch ugt %n, 5 then worse else end
      worse:
        call void @bad()
        jump end
      end:
        return %n
      }`,
      `extern function void @bad() error("no good")
      function i64 @prog(i64 %0) {
      entry:
        branch ugt %0, 5 then worse else end
      worse:
        call void @bad()
        jump end
      end:
        return %0
      }`,
      ["call to 'bad' declared with 'error' attribute: no good"],
    ));

  it('copies with the widest aligned accesses, and clears only what is not written anyway', () =>
    checkOptimised(
      `function i64 @prog(ptr %ctx) {
      entry:
        %s = alloca 16 align 8
        memset %s, 0w, size 16 align 8
        %x = load i64 u64 %ctx
        store u32 %s, 1w
        %p = add ptr %s, 4
        store u32 %p, 2w
        %r = call i64 helper 6(%s, 16)
        return %r
      }`,
      `function i64 @prog(ptr %0) {
      entry:
        %1 = alloca 16 align 8
        store u64 %1 + 8, 0
        store u32 %1, 1w
        store u32 %1 + 4, 2w
        %2 = call i64 helper 6(%1, 16)
        return %2
      }`,
    ));

  it('compares memory word by word', () =>
    checkOptimised(
      `function i32 @prog(ptr %ctx) {
      entry:
        %a = alloca 12 align 4
        %b = alloca 12 align 4
        %r1 = call i64 helper 4(%a, 12)
        %r2 = call i64 helper 4(%b, 12)
        %d = late memcmp i32 (%a, %b, 12)
        branch eq %d, 0w then same else other
      same:
        return 1w
      other:
        return 0w
      }`,
      `function i32 @prog(ptr %0) {
      entry:
        %1 = alloca 12 align 4
        %2 = alloca 12 align 4
        %3 = call i64 helper 4(%1, 12)
        %4 = call i64 helper 4(%2, 12)
        %5 = load i32 u32 %1
        %6 = load i32 u32 %2
        branch ne %5, %6 then other else entry.word
      same:
        return 1w
      other:
        return 0w
      entry.word:
        %7 = load i32 u32 %1 + 4
        %8 = load i32 u32 %2 + 4
        branch ne %7, %8 then other else entry.word.1
      entry.word.1:
        %9 = load i32 u32 %1 + 8
        %10 = load i32 u32 %2 + 8
        branch ne %9, %10 then other else same
      }`,
    ));

  it('writes out a loop that is marked, with its break', () =>
    checkOptimised(
      `function i64 @prog(ptr %ctx) {
      entry:
        jump head
      head: unroll 0
        %i = phi i64 entry 0, next %j
        branch ult %i, 2 then body else end
      body:
        %r = call i64 helper 7(%i)
        branch eq %r, 9 then end else next
      next:
        %j = add i64 %i, 1
        jump head
      end:
        %v = phi i64 head 77, body %i
        return %v
      }`,
      `function i64 @prog(ptr %0) {
      entry:
        %1 = call i64 helper 7(0)
        branch eq %1, 9 then end else body
      end:
        %2 = phi i64 next 77, entry 0, body 1
        return %2
      body:
        %3 = call i64 helper 7(1)
        branch eq %3, 9 then end else next
      next:
        jump end
      }`,
    ));

  it('says that recursion cannot be inlined', () =>
    checkOptimised(
      `function i32 @f(i32 %n) alwaysInline {
      entry:
        %r = call i32 @f(%n)
        %s = add i32 %r, %n
        return %s
      }`,
      `function i32 @f(i32 %0) alwaysInline {
      entry:
        %1 = call i32 @f(%0)
        %2 = add i32 %1, %0
        return %2
      }`,
      ["'f' is always_inline and calls itself, so it cannot be inlined"],
    ));
});
