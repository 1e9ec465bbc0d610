import { describe, expect, it } from 'vitest';
import { parseModule } from '../../../server/src/c/ir/parse.ts';
import { printModule } from '../../../server/src/c/ir/print.ts';
import { wellFormed } from '../../../server/src/c/ir/wellFormed.ts';

/** The text is printed as it was written. */
function checkText(text: string): void {
  const module = parseModule(text);
  expect([...module.functions.values()].flatMap(wellFormed)).toEqual([]);
  expect(printModule(module)).toBe(text);
}

/** The first fault of the first function. */
function checkFault(text: string, fault: RegExp): void {
  const [fn] = parseModule(text).functions.values();
  expect(fn && wellFormed(fn)[0]).toMatch(fault);
}

describe('the text form', () => {
  it('holds every instruction', () =>
    checkText(`data @table static section(".rodata") align 4 foldable bytes "0102" ref 0 @other + 8

extern function i64 @kfunc(ptr %0)

function i32 @prog(ptr %0, i64 %1) section("xdp") used {
entry:
  %2 = alloca 16 align 8 var x
  %3 = address @table + 4
  %4 = load ptr u32 %0 + 4
  %5 = load volatile i32 s16 %2 - 8
  store u64 %2 + 8, %4
  store volatile u8 %2, 7w
  %6 = add ptr %4, 14
  %7 = ult i32 %4, %6
  %8 = zext i64 %7 in inner in outer
  %9 = core i64 0 "0:1" 8
  %10 = call i64 helper 5(%2, -3, 0p)
  %11 = call pure i64 @kfunc(%0)
  %12 = call i64 value(%9)
  %13 = atomic fetch i64 cmpxchg u64 %3 + 8, %8, 1
  %14 = asm i64 "%0 = %1" [volatile, memory, clobber "r1", out "=r" i64 arg none out 0, in "r" i64 arg 0 out none name](%8)
  %15 = asmOutput i64 %14 1
  memcpy %2, %3, size 16 align 4
  memset %2, 0w, size 16 align 4
  %16 = late constantP i32 (%8)
  %17 = packetLoad u16 %0, 12
  %18 = addrSpaceCast %3 from 1 to 0
  debugValue x[0, 8] %15
  debugValue x[8, 8] none
  switch %8 [-1..-1 small, 5..9 big, else loop]
small:
  branch sgt %13, 0 then loop else big unlikely
big:
  jump loop
loop: unroll 0
  %19 = phi i64 entry 0, small 1, big %8, loop %20
  %20 = add i64 %19, 1
  asmGoto "goto %l0" [volatile](%20) next end labels [loop]
end:
  return 2w
}
`));

  it('lets values and blocks have names', () => {
    const module = parseModule(`
      function i64 @f(i64 %n) {
      start:
        %twice = add i64 %n, %n // the sum
        return %twice
      }`);
    expect(printModule(module)).toBe(`function i64 @f(i64 %0) {
start:
  %1 = add i64 %0, %0
  return %1
}
`);
  });
});

describe('well-formedness', () => {
  it('wants definitions to dominate uses', () =>
    checkFault(
      `function i64 @f(i64 %n) {
      a:
        branch eq %n, 0 then b else c
      b:
        %x = add i64 %n, 1
        jump c
      c:
        return %x
      }`,
      /does not dominate/,
    ));

  it('wants types to fit', () => {
    checkFault('function i64 @f(i64 %n) {\na:\n %x = add i64 %n, 1w\n return %x\n}', /i64 add of i64, i32/);
    checkFault('function i64 @f(ptr %n) {\na:\n %x = mul ptr %n, 1\n return 0\n}', /ptr mul of ptr, i64/);
    checkFault('function i64 @f(i64 %n) {\na:\n return 0w\n}', /returns i32/);
  });

  it('wants every block to end', () => checkFault('function void @f() {\na:\n %x = add i64 1, 2\n}', /no terminator/));
});
