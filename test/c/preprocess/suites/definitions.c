/* What may be wrong with a definition and with directives. */
#define
#define 3
#define "x"
#define defined
#define f(
#define f(a
#define f(a,
#define f(a,)
#define f(a b)
#define f(a, a)
#define f(1)
#define f(..., a)
#define f(a..., b)
#define f(... a)
#define f(,)
#define f(__VA_ARGS__)
#define f(a) #b
#define f(a) #
#define f(a) ## a
#define f(a) a ##
#define o # fine
#define o2 ## a
#define o3 ##
#define v(...) __VA_OPT__
#define v(...) __VA_OPT__ a
#define v(...) __VA_OPT__(a __VA_OPT__(b))
#define n(a) __VA_OPT__(a)
#define same 1 + 2
#define same 1 + 2
#define same   1 /* comment */ +    2
#define same 1+2
#define same 3
#define args(a, b) a b
#define args(a, b) a b
#define args(b, a) b a
#define args(a, ...) a b
#define args (a, b) a b
#define empty
#define empty
#define empty 1
#define __LINE__ 3
#undef __FILE__
#undef same extra
#undef
#undef 3
#undef never
#define nospace+1
#define __bpf__ 2
#frobnicate
#3x
# 3x
#line
#line x
#error this   is	told /* a comment */ "don't
#warning and \
  this
#pragma message("hello")
#pragma GCC warning "careful"
#pragma GCC error "no"
#pragma push_macro
#pragma pop_macro(x)
#endif extra
#ifdef x y
#endif z
#if 1
#else w
#endif
#line 5 x
#line 6 "x" 3
