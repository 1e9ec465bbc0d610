import { describe, it } from 'vitest';
import { checkCode } from './disassembly.ts';

describe('code for a packet program', () => {
  it('keeps packet pointers in registers and folds offsets', () =>
    checkCode(
      `data @counts global section(".maps") align 8 bytes "00"
      function i32 @prog(ptr %ctx) section("xdp") {
      entry:
        %key = alloca 4 align 4 var x
        %d = load i64 u32 %ctx
        %e = load i64 u32 %ctx + 4
        %data = intToPtr ptr %d
        %end = intToPtr ptr %e
        %behind = add ptr %data, 14
        branch ugt %behind, %end then out else ok
      ok:
        %type = load i32 u16 %data + 12
        %host = swap16 i32 %type
        store u32 %key, %host
        %map = address @counts
        %value = call ptr helper 1(%map, %key)
        branch eq %value, 0p then out else found
      found:
        %old = atomic fetch i64 add u64 %value, 1
        jump out
      out:
        %r = phi i32 entry 1w, ok 2w, found 2w
        return %r
      }`,
      `r2 = *(u32 *)(r1 +0)
      r1 = *(u32 *)(r1 +4)
      r3 = r2
      r3 += 14
      w0 = 1
      if r3 > r1 goto pc+14
      r1 = *(u16 *)(r2 +12)
      r1 = be16 r1
      *(u32 *)(r10 -4) = r1
      r1 = 0x0 ; counts
      r2 = r10
      r2 += -4
      call helper#1
      if r0 != 0 goto pc+2
      w0 = 2
      exit
      r1 = 1
      lock *(u64 *)(r0 +0) += r1
      w0 = 2
      exit`,
    ));
});

describe('CO-RE', () => {
  it('folds a field’s offset into the access, or into an addition', () =>
    checkCode(
      `function i64 @f(ptr %task) {
      entry:
        %off = core i64 0 "0:1" 16
        %field = add ptr %task, %off
        %pid = load i64 u32 %field
        %off2 = core i64 0 "0:2" 24
        %other = add ptr %task, %off2
        %a = call i64 helper 4(%other, %pid)
        %exists = core i64 2 "0:3" 1
        branch ne %exists, 0 then yes else no
      yes:
        return %a
      no:
        return 7
      }`,
      `r2 = *(u32 *)(r1 +16) ; core 0:1
      r1 += 24 ; core 0:2
      call helper#4
      r1 = 1 ; core 0:3
      if r1 != 0 goto pc+1
      r0 = 7
      exit`,
    ));
});

describe('inline assembly', () => {
  it('is assembled with the registers of its operands', () =>
    checkCode(
      `function i64 @f(ptr %p, i64 %n) {
      entry:
        %x = asm i64 "if %1 < %[max] goto +1; %1 = %[max]\\n %0 = *(u32 *)(%[p] + 8); goto l_%=; %w0 = 1\\nl_%=: # done" [volatile, out "=&r" i64 arg none out 0, in "r" i64 arg 0 out none, in "i" i64 arg 1 out none max, in "r" ptr arg 2 out none p](%n, 100, %p)
        return %x
      }`,
      `if r2 < 100 goto pc+1
      r2 = 100
      r0 = *(u32 *)(r1 +8)
      goto pc+1
      w0 = 1
      exit`,
    ));

  it('tells what is wrong in it', () =>
    checkCode(
      `function void @f() {
      entry:
        asm void "r1 = *(u32 *)r2" [volatile]()
        return
      }`,
      `exit
      error: expected ( here, found r2 in 'r1 = * ( u32 * ) r2'`,
    ));

  it('is all there is of a naked function', () =>
    checkCode(
      `data @map_hash global section(".maps") align 8 bytes "00"
      function void @f() naked {
      entry:
        asm void "r1 = %[map] ll; call %[lookup]; 1: if r0 == 0 goto 1f; .8byte %[insn]; 1: call helper_func; exit" [volatile, in "i" ptr arg 0 out none map, in "i" i64 arg 1 out none lookup, in "i" i64 arg 2 out none insn](%m, 1, 183)
        unreachable
      }`.replace('asm void', '%m = address @map_hash\n asm void'),
      `r1 = 0x0 ; map_hash
      call helper#1
      if r0 == 0 goto pc+1
      r0 = 0
      call pc-1 ; helper_func
      exit`,
    ));
});

describe('stores of constants', () => {
  it('take a register where they may go to a context', () =>
    checkCode(
      `function i64 @prog(ptr %ctx, ptr %other) section("tc") {
      entry:
        %off = core i64 0 "0:2" 8
        %field = add ptr %ctx, %off
        store u32 %field, 7w
        store u32 %other, 7w
        return 0
      }
      function i64 @f(i64 %n, ptr %ctx) {
      entry:
        store u32 %ctx + 8, 7w
        return 0
      }`,
      `w3 = 7
      *(u32 *)(r1 +8) = r3 ; core 0:2
      *(u32 *)(r2 +0) = 7
      r0 = 0
      exit
      w1 = 7
      *(u32 *)(r2 +8) = r1
      r0 = 0
      exit`,
    ));
});

describe('values that get no register', () => {
  it('are stored on each way, addresses of the frame, too', () =>
    checkCode(
      `function i64 @f(i64 %n) {
      entry:
        %x = alloca 8 align 8 var x
        %y = alloca 8 align 8 var y
        store u64 %x, %n
        store u64 %y, 7
        branch ugt %n, 4 then big else small
      big:
        jump on
      small:
        jump on
      on:
        %at = phi ptr big %x, small %y
        %a = call i64 helper 5()
        %b = call i64 helper 5()
        %c = call i64 helper 5()
        %d = call i64 helper 5()
        %e = call i64 helper 5()
        %o = load i64 u64 %at
        %s = add i64 %a, %b
        %t = add i64 %c, %d
        %u = add i64 %e, %s
        %v = add i64 %u, %t
        %w = add i64 %v, %o
        return %w
      }`,
      `*(u64 *)(r10 -8) = r1
      *(u64 *)(r10 -16) = 7
      if r1 <= 4 goto pc+4
      r6 = r10
      r6 += -8
      *(u64 *)(r10 -24) = r6
      goto pc+3
      r6 = r10
      r6 += -16
      *(u64 *)(r10 -24) = r6
      call helper#5
      r7 = r0
      call helper#5
      r8 = r0
      call helper#5
      r9 = r0
      call helper#5
      r6 = r0
      call helper#5
      r1 = *(u64 *)(r10 -24)
      r1 = *(u64 *)(r1 +0)
      r7 += r8
      r9 += r6
      r0 += r7
      r0 += r9
      r0 += r1
      exit`,
    ));
});

describe('what is never reached', () => {
  it('is not asked for, even where debuggers would know of a variable', () =>
    checkCode(
      `function i64 @f(i64 %n) {
      entry:
        branch ugt %n, 4 then on else never
      never:
        debugValue n[0, 8] %n
        unreachable
      on:
        return %n
      }`,
      `r0 = r1
      exit`,
    ));
});

describe('the frame', () => {
  it('puts nothing into a variable that another one shares bytes with', () =>
    checkCode(
      `function i64 @f(i64 %n) {
      entry:
        %small = alloca 2 align 2 var small
        %large = alloca 48 align 8 var large
        %key = alloca 4 align 4 var key
        %value = alloca 16 align 8 var value
        store u16 %small, 11w
        %a = call i64 helper 1(%large)
        store u32 %key, 1w
        %i = and i64 %n, 1
        %at = add ptr %small, %i
        %b = load i64 u8 %at
        store u64 %value, %b
        store u64 %value + 8, %a
        %c = call i64 helper 2(%key, %value)
        return %c
      }`,
      `r6 = r1
      *(u16 *)(r10 -50) = 11
      r1 = r10
      r1 += -48
      call helper#1
      *(u32 *)(r10 -20) = 1
      r6 &= 1
      r1 = r10
      r1 += -50
      r1 += r6
      r1 = *(u8 *)(r1 +0)
      *(u64 *)(r10 -16) = r1
      *(u64 *)(r10 -8) = r0
      r1 = r10
      r1 += -20
      r2 = r10
      r2 += -16
      call helper#2
      exit`,
    ));

  it('lets variables share bytes that are not needed at the same time', () =>
    checkCode(
      `function i64 @f(i64 %n) {
      entry:
        %a = alloca 400 align 8 var a
        %b = alloca 200 align 8 var b
        %c = alloca 8 align 8 var c
        store u64 %c, %n
        %x = call i64 helper 1(%a)
        %y = call i64 helper 2(%b, %x)
        %z = load i64 u64 %c
        return %z
      }`,
      `*(u64 *)(r10 -408) = r1
      r1 = r10
      r1 += -400
      call helper#1
      r2 = r0
      r1 = r10
      r1 += -200
      call helper#2
      r0 = *(u64 *)(r10 -408)
      exit`,
    ));

  it('sees that a variable is filled piece by piece before it is read', () =>
    checkCode(
      `extern function void @kf(ptr %a, ptr %b) section(".ksyms")
      function void @f(i64 %n) {
      entry:
        %a = alloca 16 align 8
        %b = alloca 16 align 8
        %s = alloca 8 align 8
        jump loop
      loop:
        store u64 %a, 1
        store u64 %a + 8, 2
        call void @kf(%a, %s)
        store u64 %b, 3
        store u64 %b + 8, 4
        %x = call i64 helper 1(%b)
        branch ne %x, 0 then loop else end
      end:
        return
      }`,
      `*(u64 *)(r10 -16) = 1
      *(u64 *)(r10 -8) = 2
      r1 = r10
      r1 += -16
      r2 = r10
      r2 += -24
      call pc-1 ; kf
      *(u64 *)(r10 -16) = 3
      *(u64 *)(r10 -8) = 4
      r1 = r10
      r1 += -16
      call helper#1
      if r0 != 0 goto pc-13
      exit`,
    ));

  it('names what is too large', () =>
    checkCode(
      `function void @f() {
      entry:
        %a = alloca 500 align 8 var buf
        %b = alloca 32 align 8 var key
        %x = call i64 helper 1(%a, %b)
        return
      }`,
      `r1 = r10
      r1 += -504
      r2 = r10
      r2 += -536
      call helper#1
      exit
      error: the frame of 'f' takes 536 bytes of 512: 'buf' 500, 'key' 32`,
    ));
});

describe('signs', () => {
  it('are not extended where only equality matters', () =>
    checkCode(
      `function i32 @f(ptr %p, ptr %q) {
      entry:
        %a = load i32 s8 %p
        %b = load i32 s8 %q + 1
        branch eq %a, %b then x else y
      x:
        branch ne %a, -1w then y else z
      y:
        return 1w
      z:
        return 2w
      }`,
      `r1 = *(u8 *)(r1 +0)
      r2 = *(u8 *)(r2 +1)
      if w1 != w2 goto pc+2
      w0 = 2
      if w1 == 255 goto pc+1
      w0 = 1
      exit`,
    ));

  it('take two shifts before v4', () => {
    const text = `function i64 @f(ptr %p) {
      entry:
        %a = load i64 s16 %p
        return %a
      }`;
    checkCode(text, 'r0 = *(u16 *)(r1 +0)\nr0 <<= 48\nr0 s>>= 48\nexit');
    checkCode(text, 'r0 = *(s16 *)(r1 +0)\nexit', 4);
  });
});

describe('variables that hold addresses of others', () => {
  it('keep them needed as long as they are', () =>
    checkCode(
      `function i64 @f(i64 %n) {
      entry:
        %a = alloca 16 align 8 var a
        %b = alloca 16 align 8 var b
        %holder = alloca 8 align 8 var holder
        store u64 %a, %n
        store u64 %holder, %a
        %x = call i64 helper 1(%b)
        %p = load ptr u64 %holder
        %y = load i64 u64 %p
        return %y
      }`,
      `*(u64 *)(r10 -32) = r1
      r1 = r10
      r1 += -32
      *(u64 *)(r10 -40) = r1
      r1 = r10
      r1 += -16
      call helper#1
      r1 = *(u64 *)(r10 -40)
      r0 = *(u64 *)(r1 +0)
      exit`,
    ));
});

describe('the order of blocks', () => {
  it('goes straight on where something is computed, and jumps where a value is only set', () =>
    checkCode(
      `function i64 @f(i64 %x, i64 %off) {
      entry:
        %len = call i64 helper 5(%x)
        branch ugt %len, 64 then none else some
      none:
        jump out
      some:
        %sum = add i64 %off, %len
        jump out
      out:
        %r = phi i64 none 0, some %sum
        %end = call i64 helper 6(%r)
        return %end
      }`,
      `r6 = r2
      call helper#5
      if r0 > 64 goto pc+2
      r6 += r0
      goto pc+1
      r6 = 0
      r1 = r6
      call helper#6
      exit`,
    ));
});
