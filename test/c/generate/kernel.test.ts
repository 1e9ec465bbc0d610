import { describe, expect, it } from 'vitest';
import { wholly } from '../../../server/src/base/steps.ts';
import { generate } from '../../../server/src/c/generate/generate.ts';
import { parseModule } from '../../../server/src/c/ir/parse.ts';
import type { Cpu } from '../../../server/src/c/machine.ts';
import { kernelOracle } from '../../support/oracle.ts';
import { linked } from './runGenerated.ts';

const oracle = kernelOracle();

/** The kernel accepts the code for every machine. */
function checkAccepted(text: string): void {
  for (const cpu of [1, 2, 3, 4] as const satisfies readonly Cpu[]) {
    const { functions, problems } = wholly(generate(parseModule(text), cpu, 'optimised'));
    expect(problems).toEqual([]);
    const [verdict] = oracle?.verify([{ ...linked(functions, 'prog'), type: 'xdp', license: 'GPL' }]) ?? [];
    expect(verdict?.verdict, `v${cpu}\n${verdict?.log}`).toBe('accept');
  }
}

describe.skipIf(oracle === null)('the kernel', () => {
  it('keeps what it knows of packet pointers and bounds in spilled registers', () =>
    checkAccepted(`
      function i32 @prog(ptr %ctx) section("xdp") {
      entry:
        %d = load i64 u32 %ctx
        %e = load i64 u32 %ctx + 4
        %data = intToPtr ptr %d
        %end = intToPtr ptr %e
        %behind = add ptr %data, 64
        branch ugt %behind, %end then out else ok
      ok:
        %len = load i32 u8 %data
        %n = and i32 %len, 31w
        %wide = zext i64 %n
        %at = add ptr %data, %wide
        %last = add ptr %at, 9
        branch ugt %last, %end then out else fits
      fits:
        %a = call i64 helper 5()
        %b = call i64 helper 7()
        %c = call i64 helper 8()
        %f = call i64 helper 5()
        %g = call i64 helper 7()
        %h = call i64 helper 8()
        %x = load i64 u8 %at + 8
        %y = load i64 u8 %data + 63
        %s1 = add i64 %a, %b
        %s2 = add i64 %s1, %c
        %s3 = add i64 %s2, %f
        %s4 = add i64 %s3, %g
        %s5 = add i64 %s4, %h
        %s6 = add i64 %s5, %x
        %s7 = add i64 %s6, %y
        %s8 = add i64 %s7, %wide
        %r = trunc i32 %s8
        %low = and i32 %r, 3w
        jump out
      out:
        %result = phi i32 entry 1w, ok 2w, fits %low
        return %result
      }`));

  it('follows loops, switches and divisions with signs', () =>
    checkAccepted(`
      function i32 @prog(ptr %ctx) section("xdp") {
      entry:
        %buf = alloca 64 align 8 var buf
        memset %buf, 0w, size 64 align 8
        %seed = call i64 helper 7()
        %start = trunc i32 %seed
        jump loop
      loop:
        %i = phi i64 entry 0, next %j
        %sum = phi i32 entry %start, next %more
        branch ult %i, 16 then body else done
      body:
        %scaled = shl i64 %i, 2
        %slot = add ptr %buf, %scaled
        %q = sdiv i32 %sum, 7w
        %m = smod i32 %q, 5w
        store u32 %slot, %m
        %kind = and i32 %q, 7w
        switch %kind [0..1 small, 3..3 three, 5..7 large, else next]
      small:
        jump next
      three:
        jump next
      large:
        jump next
      next:
        %add = phi i32 body 1w, small 2w, three %m, large %q
        %more = add i32 %sum, %add
        %j = add i64 %i, 1
        jump loop
      done:
        %z = load i32 u32 %buf + 60
        %r = and i32 %z, 3w
        return %r
      }`));
});
