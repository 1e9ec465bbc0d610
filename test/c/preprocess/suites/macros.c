/* Arguments, #, ##, variable arguments and rescanning. */
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
EVAL(REP(1))
#define CNT(...) CNT_(__VA_ARGS__, 5,4,3,2,1,0)
#define CNT_(a,b,c,d,e,n,...) n
CNT(a) CNT(a,b) CNT(a,b,c) CNT()
#define MAP(f,x,...) f(x) __VA_OPT__(DEFER(MAP_)()(f,__VA_ARGS__))
#define MAP_() MAP
#define SQ(x) [x]
EVAL(MAP(SQ,1,2,3,4))
XSTR(CAT(,)) XSTR(CAT(a,)) XSTR(CAT(,b)) XSTR(CAT3(a,,b)) XSTR(CAT3(,,c)) CAT3(,b,)
CAT(+,+) CAT(-,>) CAT(<,<=) CAT(.,5) CAT(1,.5e) CAT(L,'x') CAT(L,"x") CAT(u8,"x") CAT(%:,%:) CAT(&,&)
STR() STR(,) STR( , ) STR(a,b) STR("a\n", 'b', '"') STR(\) STR(@) STR(a/**/b) STR(a /**/ b) STR(a
b)
XSTR(ID(a)ID(b)) XSTR(ID( a )ID( b )) XSTR(ID() a) XSTR(a ID()) XSTR( ID(EMPTY a)) XSTR(-ID(-)) XSTR(ID(a) b)
XSTR(EMPTY) XSTR(x EMPTY y) XSTR(xEMPTY) XSTR(x EMPTY EMPTY) XSTR(EMPTY EMPTY x) XSTR((EMPTY)) XSTR(( EMPTY ))
#define VOPT(a,...) STR(__VA_OPT__(a ## 1) __VA_ARGS__) | __VA_OPT__() | x ## __VA_OPT__(b) | __VA_OPT__(c) ## y | x ## __VA_OPT__() ## y
VOPT(q) VOPT(q,) VOPT(q,r) VOPT(q,EMPTY) VOPT(q, r s)
#define VSTR(a,...) #__VA_OPT__(a __VA_ARGS__)
VSTR(1) VSTR(1,2 , 3) VSTR(1,)
#define GV(fmt, a...) printf(fmt, ##a) ; p(fmt, a) ; #a ; x##a
GV("x") GV("x",) GV("x",1) GV("x",1,2) GV("x",EMPTY) GV(,)
#define CV(a, ...) x(a, ## __VA_ARGS__, b) y(a , ##__VA_ARGS__) z(a, # __VA_ARGS__) w(a ## , ## __VA_ARGS__)
CV(1) CV(1,2) CV(,) CV(a,b c)
#define NV(...) x(, ##__VA_ARGS__) y(a,##__VA_ARGS__)
NV() NV(1) NV(EMPTY) NV(,)
#define self self + 1
self
#define aa bb cc
#define bb aa dd
#define cc bb
aa bb cc
#define fn(x) x fn
fn(1)(2)(3) fn(fn)(fn(1)) fn
(1)
#define lazy fn
lazy(1)(2) lazy (lazy)(3)
#define P (
#define Q )
fn P 1 ) fn(1 Q ID(fn P 1 Q)
#define str2(x) #x
#define h1 str2(
h1 a ) h1 h1 ) 
#define A_ B_
#define B_ C_(
#define C_(x) <x>
A_ 1) B_ A_ 2) )
#define f0() zero
f0() f0( ) f0(EMPTY) f0(
)
#define one(x) [x]
one() one( ) one(()) one((,)) one(EMPTY) one([a),b])
#define two(x,y) [x|y]
two(,) two(a,) two(,b) two((a,b),c) two(one(1),two(2,3)) two({a,b})
two(#a, ##b) two(#,##) STR(#a ##b) CAT(#,#) CAT(a ## b, c ## d)
#define hh # ## #
#define hs(x) #x ## #x
#define pp(x) x hh x hs(x)
pp(a)
#define objcat a ## b ## c 1 ## 2
objcat
#define objhash # a #
objhash

#define x0 3
#define g(a) g(x0 + (a))
#define m(a) a(w0)
#define w0 0, 1
#define t(a) a
#define G g
g(y + 1) + g(g(x0)) % t(t(G)(0) + t)(1);
(g)^m(m);
#define glue(a, b) a ## b
#define xglue(a, b) glue(a, b)
#define left1 "one"
#define left left " two"
glue(left, 1) xglue(left, 1)
#define three(x, y, z) x ## y ## z
three(1,2,3) three(,4,5) three(6,,7) three(8,9,) three(10,,) three(,11,) three(,,12) three(,,) ;
#define e1(fmt, args...) pr(fmt, ##args)
e1("a"); e1("a",); e1("a", b, c); e1(, );
#define e4(X, ...) f(X __VA_OPT__(+ X ## X) ## __VA_ARGS__)
e4(1) e4(1,2)
#define HH(x...) __VA_OPT__(a x ## x) b x
HH(1) HH() HH(EMPTY)
#define obj(x) EMPTY obj
obj(1)(2) obj (3)
#define AA BB
#define BB AA AA
AA BB
#define N_0(arg) ID(N_1)(arg)
#define N_1(arg) ID(arg)
N_0(42)
#define rec(a) a rec
rec(rec)(1)(2) rec(rec(3))(4)
#define late() bar
late
() late EMPTY ()
