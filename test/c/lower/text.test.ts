import { it } from 'vitest';
import { checkText } from './program.ts';

it('relocates chains of members, elements and questions about them', () =>
  checkText(
    `
    struct in { int x; int arr[4]; } __attribute__((preserve_access_index));
    struct out { int h; struct in in; struct in *p; union { int u; struct { int s; unsigned b:3; }; }; } __attribute__((preserve_access_index));
    long f(struct out *o, int i) { return o->in.arr[2] + o->p->x + o[1].s + o->in.arr[i]; }
    int g(struct out *o) { return o->b; }
    int k(struct out *o) { return __builtin_preserve_field_info(o->b, 5) + __builtin_preserve_field_info(o->p->x, 2); }
    `,
    `
    function i64 @f(ptr %0, i32 %1) {
    entry:
      %2 = alloca 8 align 8 var o
      %3 = alloca 4 align 4 var i
      store u64 %2, %0
      store u32 %3, %1
      %4 = load ptr u64 %2
      %5 = core i64 0 "0:1:1:2" 16
      %6 = add ptr %4, %5
      %7 = load i32 s32 %6
      %8 = load ptr u64 %2
      %9 = core i64 0 "0:2" 24
      %10 = add ptr %8, %9
      %11 = load ptr u64 %10
      %12 = core i64 0 "0:0" 0
      %13 = add ptr %11, %12
      %14 = load i32 s32 %13
      %15 = add noWrap i32 %7, %14
      %16 = load ptr u64 %2
      %17 = core i64 0 "1:3:1:0" 72
      %18 = add ptr %16, %17
      %19 = load i32 s32 %18
      %20 = add noWrap i32 %15, %19
      %21 = load ptr u64 %2
      %22 = core i64 0 "0:1:1" 8
      %23 = add ptr %21, %22
      %24 = load i32 s32 %3
      %25 = sext i64 %24
      %26 = shl i64 %25, 2
      %27 = add ptr %23, %26
      %28 = load i32 s32 %27
      %29 = add noWrap i32 %20, %28
      %30 = sext i64 %29
      return %30
    }

    function i32 @g(ptr %0) {
    entry:
      %1 = alloca 8 align 8 var o
      store u64 %1, %0
      %2 = load ptr u64 %1
      %3 = core i64 0 "0:3:1:1" 36
      %4 = add ptr %2, %3
      %5 = load i32 u8 %4
      %6 = and i32 %5, 7w
      return %6
    }

    function i32 @k(ptr %0) {
    entry:
      %1 = alloca 8 align 8 var o
      store u64 %1, %0
      %2 = load ptr u64 %1
      %3 = core i64 5 "0:3:1:1" 61
      %4 = trunc i32 %3
      %5 = load ptr u64 %1
      %6 = core i64 0 "0:2" 24
      %7 = add ptr %5, %6
      %8 = load ptr u64 %7
      %9 = core i64 2 "0:0" 1
      %10 = trunc i32 %9
      %11 = add i32 %4, %10
      return %11
    }
    `,
  ));

it('calls helpers by number, functions by name and what may change by value', () =>
  checkText(
    `
    static long (*const bpf_map_lookup)(void *, const void *) = (void *)1;
    static long (*bpf_old)(long) = (void *)6;
    static long (*changed)(long) = (void *)6;
    extern int kfunc(int *p) __attribute__((section(".ksyms"), weak));
    void set(void) { changed = bpf_old; }
    long f(void *m, long n) { int k = n; return bpf_map_lookup(m, &k) + bpf_old(n) + changed(n) + (kfunc ? kfunc(&k) : 0); }
    `,
    `
    data @changed static section(".data") align 8 bytes "0600000000000000"

    extern function i32 @kfunc(ptr %0) weakExtern section(".ksyms")

    function void @set() {
    entry:
      %0 = address @changed
      store u64 %0, 6p
      return
    }

    function i64 @f(ptr %0, i64 %1) {
    entry:
      %2 = alloca 8 align 8 var m
      %3 = alloca 8 align 8 var n
      %4 = alloca 4 align 4 var k
      store u64 %2, %0
      store u64 %3, %1
      %5 = load i64 u64 %3
      %6 = trunc i32 %5
      store u32 %4, %6
      %7 = load ptr u64 %2
      %8 = call i64 helper 1(%7, %4)
      %9 = load i64 u64 %3
      %10 = call i64 helper 6(%9)
      %11 = add noWrap i64 %8, %10
      %12 = address @changed
      %13 = load ptr u64 %12
      %14 = load i64 u64 %3
      %15 = call i64 value(%13, %14)
      %16 = add noWrap i64 %11, %15
      %17 = address @kfunc
      branch ne %17, 0p then then else else
    then:
      %18 = call i32 @kfunc(%4)
      jump endif
    else:
      jump endif
    endif:
      %19 = phi i32 then %18, else 0w
      %20 = sext i64 %19
      %21 = add noWrap i64 %16, %20
      return %21
    }
    `,
  ));

it('gives inline assembly its operands', () =>
  checkText(
    `
    int f(int a, long *p) {
      asm volatile("%0 += %1; r0 = %[c]" : "+r"(a), "=m"(*p) : "ri"(3), [c]"i"(&f) : "r0", "memory");
      asm goto("if %0 > 3 goto %l[big]" :: "r"(a) :: big);
      return a;
    big:
      return 0;
    }
    `,
    `
    function i32 @f(i32 %0, ptr %1) {
    entry:
      %2 = alloca 4 align 4 var a
      %3 = alloca 8 align 8 var p
      store u32 %2, %0
      store u64 %3, %1
      %4 = load i32 s32 %2
      %5 = load ptr u64 %3
      %6 = address @f
      %7 = asm i32 "%0 += %1; r0 = %[c]" [volatile, memory, clobber "r0", inOut "+r" i32 arg 0 out 0, in "=m" ptr arg 1 out none, in "ri" i32 arg 2 out none, in "i" ptr arg 3 out none c](%4, %5, 3w, %6)
      store u32 %2, %7
      %8 = load i32 s32 %2
      asmGoto "if %0 > 3 goto %l[big]" [volatile, in "r" i32 arg 0 out none](%8) next next labels [big]
    next:
      %9 = load i32 s32 %2
      return %9
    big:
      return 0w
    }
    `,
  ));

it('passes small records in registers and returns them through a hidden parameter', () =>
  checkText(
    `
    struct pair { int a, b; }; struct three { long x, y, z; };
    struct pair swap(struct pair p) { return (struct pair){ p.b, p.a }; }
    long f(struct three t) { struct pair p = swap((struct pair){ 1, t.x }); return p.a; }
    `,
    `
    function void @swap(ptr %0, i64 %1) {
    entry:
      %2 = alloca 8 align 8 var p
      %3 = alloca 8 align 8
      store u64 %2, %1
      %4 = load i32 s32 %2 + 4
      store u32 %3, %4
      %5 = load i32 s32 %2
      store u32 %3 + 4, %5
      memcpy %0, %3, size 8 align 4
      return
    }

    function i64 @f(ptr %0) {
    entry:
      %1 = alloca 8 align 8 var p
      %2 = alloca 8 align 8
      store u32 %2, 1w
      %3 = load i64 u64 %0
      %4 = trunc i32 %3
      store u32 %2 + 4, %4
      %5 = load i64 u64 %2
      call void @swap(%1, %5)
      %6 = load i32 s32 %1
      %7 = sext i64 %6
      return %7
    }
    `,
  ));

it('puts data into sections, with the addresses in it', () =>
  checkText(
    `
    extern const void sym __attribute__((section(".ksyms"), weak));
    const volatile int limit = 5; static const char *names[] = { "a", "b" }; int zero; long set = 7; int in_sec __attribute__((section(".data.mine")));
    struct { int (*values[2])(void); } progs __attribute__((section(".maps"))) = { .values = { [1] = (void *)&zero } };
    const void *f(int i) { set += limit + in_sec; return i ? names[i] : &sym; }
    `,
    `
    data @limit global section(".rodata") align 4 bytes "05000000"

    data @set global section(".data") align 8 bytes "0700000000000000"

    data @zero global section(".bss") align 4 bytes "00000000"

    data @progs global section(".maps") align 8 bytes "00000000000000000000000000000000" ref 8 @zero

    data @in_sec global section(".data.mine") align 4 bytes "00000000"

    data @names static section(".data") align 8 bytes "00000000000000000000000000000000" ref 0 @.L.str ref 8 @.L.str.1

    data @sym weakExtern section(".ksyms") align 1 bytes ""

    data @.L.str literal align 1 foldable bytes "6100"

    data @.L.str.1 literal align 1 foldable bytes "6200"

    function ptr @f(i32 %0) {
    entry:
      %1 = alloca 4 align 4 var i
      store u32 %1, %0
      %2 = address @limit
      %3 = load volatile i32 s32 %2
      %4 = address @in_sec
      %5 = load i32 s32 %4
      %6 = add noWrap i32 %3, %5
      %7 = sext i64 %6
      %8 = address @set
      %9 = load i64 u64 %8
      %10 = add noWrap i64 %9, %7
      store u64 %8, %10
      %11 = load i32 s32 %1
      branch ne %11, 0w then then else else
    then:
      %12 = address @names
      %13 = load i32 s32 %1
      %14 = sext i64 %13
      %15 = shl i64 %14, 3
      %16 = add ptr %12, %15
      %17 = load ptr u64 %16
      jump endif
    else:
      %18 = address @sym
      jump endif
    endif:
      %19 = phi ptr then %17, else %18
      return %19
    }
    `,
  ));

it('passes to a variadic function of this unit what it can read', () =>
  checkText(
    `
    static void check(const char *text, ...) {} void f(long a) { check("%ld", a, 2); }
    `,
    `
    data @.L.str literal align 1 foldable bytes "256c6400"

    function void @check(ptr %0) static {
    entry:
      %1 = alloca 8 align 8 var text
      store u64 %1, %0
      return
    }

    function void @f(i64 %0) {
    entry:
      %1 = alloca 8 align 8 var a
      store u64 %1, %0
      %2 = address @.L.str
      %3 = load i64 u64 %1
      call void @check(%2)
      return
    }
    `,
  ));

it('extends what is narrow and keeps locals in memory', () =>
  checkText(
    `
    long f(unsigned short a, signed char b) { unsigned char c = a + b; c >>= 1; return c ? b : a; }
    `,
    `
    function i64 @f(i32 %0, i32 %1) {
    entry:
      %2 = alloca 2 align 2 var a
      %3 = alloca 1 align 1 var b
      %4 = alloca 1 align 1 var c
      store u16 %2, %0
      store u8 %3, %1
      %5 = load i32 u16 %2
      %6 = load i32 s8 %3
      %7 = add noWrap i32 %5, %6
      %8 = zext8 i32 %7
      store u8 %4, %8
      %9 = load i32 u8 %4
      %10 = ashr i32 %9, 1w
      %11 = zext8 i32 %10
      store u8 %4, %11
      %12 = load i32 u8 %4
      branch ne %12, 0w then then else else
    then:
      %13 = load i32 s8 %3
      jump endif
    else:
      %14 = load i32 u16 %2
      jump endif
    endif:
      %15 = phi i32 then %13, else %14
      %16 = sext i64 %15
      return %16
    }
    `,
  ));

it('branches on short circuits, and merges values of conditions', () =>
  checkText(
    `
    int f(int a, int b) { if (a > 0 && !(b || a == 7)) return 1; return a && b; }
    `,
    `
    function i32 @f(i32 %0, i32 %1) {
    entry:
      %2 = alloca 4 align 4 var a
      %3 = alloca 4 align 4 var b
      store u32 %2, %0
      store u32 %3, %1
      %4 = load i32 s32 %2
      branch sgt %4, 0w then and else endif
    and:
      %5 = load i32 s32 %3
      branch ne %5, 0w then endif else or
    or:
      %6 = load i32 s32 %2
      branch eq %6, 7w then endif else then
    then:
      return 1w
    endif:
      %7 = load i32 s32 %2
      branch ne %7, 0w then and.1 else logical
    and.1:
      %8 = load i32 s32 %3
      %9 = ne i32 %8, 0w
      jump logical
    logical:
      %10 = phi i32 endif 0w, and.1 %9
      return %10
    }
    `,
  ));

it('accesses bit-fields with their bytes only', () =>
  checkText(
    `
    struct bits { char before; unsigned a:3, b:10; int after; }; int f(struct bits *p) { p->b = 5; return p->a + p->b; }
    `,
    `
    function i32 @f(ptr %0) {
    entry:
      %1 = alloca 8 align 8 var p
      store u64 %1, %0
      %2 = load ptr u64 %1
      %3 = load i32 u8 %2 + 1
      %4 = and i32 %3, -249w
      %5 = or i32 %4, 40w
      store u8 %2 + 1, %5
      %6 = load i32 u8 %2 + 2
      %7 = and i32 %6, -32w
      %8 = or i32 %7, 0w
      store u8 %2 + 2, %8
      %9 = load ptr u64 %1
      %10 = load i32 u8 %9 + 1
      %11 = and i32 %10, 7w
      %12 = load ptr u64 %1
      %13 = load i32 u8 %12 + 1
      %14 = load i32 u8 %12 + 2
      %15 = shl i32 %14, 8w
      %16 = or i32 %13, %15
      %17 = lshr i32 %16, 3w
      %18 = and i32 %17, 1023w
      %19 = add noWrap i32 %11, %18
      return %19
    }
    `,
  ));

it('says where members of packed records are not aligned', () =>
  checkText(
    `
    struct __attribute__((packed)) eth { unsigned char to[6], from[6]; unsigned short proto; }; int f(struct eth *e) { struct eth copy = *e; return e->proto + copy.proto; }
    `,
    `
    function i32 @f(ptr %0) {
    entry:
      %1 = alloca 8 align 8 var e
      %2 = alloca 14 align 8 var copy
      store u64 %1, %0
      %3 = load ptr u64 %1
      memcpy %2, %3, size 14 align 1
      %4 = load ptr u64 %1
      %5 = load i32 u16 %4 + 12 align 1
      %6 = load i32 u16 %2 + 12
      %7 = add noWrap i32 %5, %6
      return %7
    }
    `,
  ));

it('adds atomically without fetching what nobody wants', () =>
  checkText(
    `
    void f(int *p, long *q) { __sync_fetch_and_add(p, 1); long old = __sync_fetch_and_sub(q, 2); __atomic_store_n(q, old, __ATOMIC_RELEASE); }
    `,
    `
    function void @f(ptr %0, ptr %1) {
    entry:
      %2 = alloca 8 align 8 var p
      %3 = alloca 8 align 8 var q
      %4 = alloca 8 align 8 var old
      store u64 %2, %0
      store u64 %3, %1
      %5 = load ptr u64 %2
      atomic void add u32 %5, 1w
      %6 = load ptr u64 %3
      %7 = atomic fetch i64 add u64 %6, -2
      store u64 %4, %7
      %8 = load ptr u64 %3
      %9 = load i64 u64 %4
      atomic void storeRelease u64 %8, %9
      return
    }
    `,
  ));

it('takes hints of loops and branches along', () =>
  checkText(
    `
    int f(int n) { int s = 0;
    #pragma unroll
      for (int i = 0; i < 8; i++) if (__builtin_expect(n > i, 0)) s++;
      return s; }
    `,
    `
    function i32 @f(i32 %0) {
    entry:
      %1 = alloca 4 align 4 var n
      %2 = alloca 4 align 4 var s
      %3 = alloca 4 align 4 var i
      store u32 %1, %0
      store u32 %2, 0w
      store u32 %3, 0w
      jump test
    test: unroll 0
      %4 = load i32 s32 %3
      branch slt %4, 8w then body else endloop
    body:
      %5 = load i32 s32 %1
      %6 = load i32 s32 %3
      branch sgt %5, %6 then then else endif unlikely
    then:
      %7 = load i32 s32 %2
      %8 = add noWrap i32 %7, 1w
      store u32 %2, %8
      jump endif
    endif:
      jump step
    step:
      %9 = load i32 s32 %3
      %10 = add noWrap i32 %9, 1w
      store u32 %3, %10
      jump test
    endloop:
      %11 = load i32 s32 %2
      return %11
    }
    `,
  ));
