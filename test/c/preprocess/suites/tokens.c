#define STR(x) #x
#define XSTR(x) STR(x)
a\
b a\  
c "a\
b" 'a\
' /\
* x *\
/ / /\
/ comment
d 1\
2.\
3 <\
<\
= ..\
. # define
éa x\u00e9 $a a$b$ @ ` a°b
0x1.8p+3 1e+5 1e+ 0xe+1 1.2.3 .1a 1_000 1'000 0b11u
u8"a" u"b" U"c" L"d" u8'e' R"x(a)x" LR"(b)" "" L""
%:define digraph 1
<: :> <% %> %:%:
->* .* :: ::: <=> ++ -- +++++ >>>= <<<= ||| &&& ##### ...... ....

ab\
cd e\
f "str\
ing" + \
+= <\
<= /\
/ comment \
more
x /\
* foo
*/ y
L"abc" u8"x" U'x' L'\0' 1.5e+10f 0x1p-3 .5 1..2 ... .. -> --> +++ <<= >>= %: a$b
STR('\\' "\\" \ 'x') STR(  "a" /* x */ "b"	 ) STR(a   b	"c\n" '\'') XSTR( 1 )
/**/ /***/ /* / */ /*/ */ // /* not
a/**/b //**/ c
/* "*/ d "/*" e '/*' f "//" g '"' h "'" i
"\"" '\'' "\\" '\\' "\\\"" j
0x1g 1.2.3e-4 1e+-5 08 0b12 1ull 1_a
