#define EMPTY
#define CAT(a,b) a##b
#define CAT3(a,b,c) a##b##c
#define STR(...) #__VA_ARGS__
#define XSTR(...) STR(__VA_ARGS__)
#define ID(...) __VA_ARGS__
#define self self + 1
#define kw(int) int if
kw(3) 
#define if while
if (1)
#undef if
if (0)
#define and &&
#if 1 and 1
and
#endif
#ifdef __BPF__
__BPF__ bpf __bpf__ linux unix
#endif
#if defined(EMPTY) && !defined NOPE && defined ( self )
ok1
#endif
#define DEF defined(self)
#if DEF
ok2
#endif
#if (2 || 1/0) && !(0 && 1/0) && (1 ? 1 : 1/0) && (0x7fffffffffffffff + 1 < 0 || 1)
ok3
#endif
#if -1 >> 1 == -1 && (-1 >> 63) == -1 && (-1U >> 63) == 1 && (1 << 63) < 0 && ~0 == -1 && -5 / 2 == -2 && -5 % 3 == -2
ok4
#endif
#if '\377' < 0 && 'ab' == 24930 && '\x41' == 'A' && L'\xff' == 255 && '\'' == 39 && '"' == 34
ok5
#endif
#if undefined_identifier == 0 && int == 0 && true == 0
ok6
#endif
#if 0b101 == 5
ok7
#endif
#if __has_include(<stdint.h>) && !__has_include("nope.h") && defined(__has_include) && __has_include(<bpf/bpf_helpers.h>)
ok8
#endif
#define HDR <stdint.h>
#if __has_include(HDR)
ok9
#endif
#if __has_builtin(__builtin_memcpy) + __has_attribute(__always_inline__) + __has_feature(c_alignas) + __has_extension(c_atomic) + __is_identifier(int) + __is_identifier(foo) == 5
ok10
#endif
__has_builtin(__builtin_memcpy) __has_attribute(foo) __is_identifier(foo)
#ifdef NOPE
#elifdef self
ok11
#endif
#ifdef self
#elifndef NOPE
bad
#else
bad
#endif
#if 0
#if 1
#else
#elif
bad
#endif
bad
#elif 0
bad
/* #else */ bad
"
/*
#else
' */
#else
ok12
#endif

#if (-1 > 0u) && !__has_builtin(no_such_builtin) || 1/0
yes
#else
no
#endif
#if 1 ? 2 : (3, 4)
comma
#endif
#if 18446744073709551615 == -1 && 0xffffffffffffffff > 0 && 9223372036854775807 + 1 < 0
wide
#endif
#if 1 == 1L && 2ull == 2LLU && 1 << 64
suffixes
#endif
#define one 1
#define two() 2
#if one + two() == 3 && defined two && !defined(three)
expanded
#endif
#ifndef one
#else
else
#endif
#if 0
#include "no such file.h"
#error not told
#pragma push_macro("one")
#define one 3
#endif
one
#if defined one && \
  one == 1 /* a comment
  goes on */ && 1
spliced
#endif
#if
#endif
#if (1
#endif
#if 1 +
#endif
#if 1 2
#endif
#if 1.0
#endif
#if 08
#endif
#if 1x
#endif
#if "a"
#endif
#if nothing(1)
#endif
#if 1 / 0
#endif
#if defined
#endif
#if defined(one
#endif
#if defined 3
#endif
#if !
#endif
#if 1 ? 2
#endif
#if __has_include(
#endif
#if 99999999999999999999
#endif
#elif
#else
#endif
#ifdef
#endif
#ifdef 3
#endif
#if 1
#else
#else
#elif 1
#endif
#if 0
