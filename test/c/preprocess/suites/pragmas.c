#define EMPTY
#define CAT(a,b) a##b
#define CAT3(a,b,c) a##b##c
#define STR(...) #__VA_ARGS__
#define XSTR(...) STR(__VA_ARGS__)
#define ID(...) __VA_ARGS__
#define DEFER(x) x EMPTY
#define EVAL(...) EVAL1(EVAL1(EVAL1(__VA_ARGS__)))
#define EVAL1(...) EVAL2(EVAL2(EVAL2(__VA_ARGS__)))
#define EVAL2(...) __VA_ARGS__
#define REP(n) n DEFER(REP_)()(n)
#define REP_() REP
#define self self + 1
#pragma push_macro("self")
#undef self
self
#define self 7
self
#pragma pop_macro("self")
self
_Pragma("push_macro(\"self\")")
#undef self
_Pragma("pop_macro(\"self\")") self
#pragma GCC poison foo_poison
#pragma unroll
#pragma once_not
#pragma clang attribute push (__attribute__((preserve_access_index)), apply_to = record)
#pragma GCC diagnostic ignored "-Wfoo"
x _Pragma("x") y ID(_Pragma("unroll") z) ID(a _Pragma("GCC diagnostic push") b)
#define PR(x) _Pragma(#x) after
PR(clang loop unroll(disable))

_Pragma("unroll") x _Pragma("GCC diagnostic push") y
#define PRAG _Pragma("clang loop unroll(full)")
PRAG z _Pragma(L"nothing") _Pragma("once") STR(_Pragma("x")) ID(ID(_Pragma("unroll"))) w
