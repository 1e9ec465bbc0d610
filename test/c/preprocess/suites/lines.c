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
#define x 3
#define xstr(s) XSTR(s)
#
# /* nothing */
#/**/define/**/ slashes/**/1
slashes
  #  define indented(x) \
     x \
     x
indented(
 #undef indented
 1)
#define multi(x, \
 y) x + \
 y
multi(1,
2) __LINE__ multi(__LINE__,
 __LINE__) ID(
__LINE__ ID(
__LINE__
) __LINE__ ) CAT(__LI,NE__) XSTR(__LINE__ ,
 __LINE__)
__COUNTER__ CAT(x,__COUNTER__) ID(__COUNTER__ __COUNTER__) XSTR(__COUNTER__) 
#define unique(x) CAT_(x, __COUNTER__)
#define CAT_(a,b) CAT(a,b)
unique(v) unique(v)

#define LL __LINE__ xstr(__LINE__)
LL ID(
 __LINE__
 )
ID(
#ifdef ID
a
#else
b
#endif
, c)
#line 100 "other.c"
__LINE__ __FILE__
# 7 "third.c"
__LINE__ __FILE__ __FILE_NAME__
#line __LINE__ + 1
#define L200 200 "f.c"
#line L200
__LINE__ __FILE__ __BASE_FILE__ __INCLUDE_LEVEL__
