import { describe, expect, it } from 'vitest';
import { parseText, printSyntax } from './parsing.ts';

/** Small programs and their trees. */

function checkTree(text: string, tree: string): void {
  const { unit, problems } = parseText(text);
  expect([...unit.externals.map(printSyntax), ...problems.list.map(({ message }) => `! ${message}`)].join('\n')).toBe(
    tree,
  );
}

function checkExpr(text: string, tree: string): void {
  const { unit, problems } = parseText(`int x = ${text};`);
  const [first] = unit.externals;
  const init = first?.kind === 'declaration' ? first.declarators[0]?.init : null;
  expect([printSyntax(init), ...problems.list.map(({ message }) => `! ${message}`)].join('\n')).toBe(tree);
}

/** The statements of a function. `T` is a type. */
function checkStatements(text: string, tree: string): void {
  const { unit, problems } = parseText(`typedef int T; void f(void) {\n${text} }`);
  const last = unit.externals.at(-1);
  const items = last?.kind === 'function' ? last.body.items : [];
  expect([...items.map(printSyntax), ...problems.list.map(({ message }) => `! ${message}`)].join('\n')).toBe(tree);
}

const EXPRESSIONS: readonly (readonly [string, string])[] = [
  ['a + b * c - d', 'binary(op=- left=binary(op=+ left=a right=binary(op=* left=b right=c)) right=d)'],
  ['a = b = c, d', 'assign(op== target=a value=assign(op== target=b value=c))'],
  ['a ? b : c ? d : e', 'conditional(condition=a then=b otherwise=conditional(condition=c then=d otherwise=e))'],
  ['a ?: b', 'conditional(condition=a otherwise=b)'],
  [
    '-!~*&a++',
    'unary(op=- operand=unary(op=! operand=unary(op=~ operand=unary(op=* operand=unary(op=& operand=postfix(op=++ operand=a))))))',
  ],
  [
    'sizeof(int) + sizeof a[1] + sizeof (int){1}',
    'binary(op=+ left=binary(op=+ left=sizeofType(type=typeName(specifiers=(type=basic(words=[int])))) right=sizeofExpr(operand=index(base=a index=1))) right=sizeofExpr(operand=compoundLiteral(type=typeName(specifiers=(type=basic(words=[int]))) init=initList(items=[(value=1)]))))',
  ],
  [
    '(unsigned long)a->b.c[2](3, 4)',
    'cast(type=typeName(specifiers=(type=basic(words=[unsigned long]))) operand=call(callee=index(base=member(base=member(arrow base=a name=b) name=c) index=2) args=[3 4]))',
  ],
  [
    '({ int y = 1; y; })',
    'statementExpr(body=compound(items=[declaration(specifiers=(type=basic(words=[int])) declarators=[(declarator=(name=y) init=1)]) expression(expr=y)]))',
  ],
  [
    '(struct s){ .a = 1, [2 ... 3].b = 4, { 5 } , x: 6 }',
    'compoundLiteral(type=typeName(specifiers=(type=record(tag=s))) init=initList(items=[(designators=[member(name=a)] value=1) (designators=[index(index=2 last=3) member(name=b)] value=4) (value=initList(items=[(value=5)])) (designators=[member(name=x)] value=6)]))',
  ],
  [
    '_Generic(a, int: 1, char *: 2, default: 3)',
    'generic(control=a associations=[(type=typeName(specifiers=(type=basic(words=[int]))) value=1) (type=typeName(specifiers=(type=basic(words=[char])) declarator=(derivations=[pointer()])) value=2) (value=3)])',
  ],
  [
    '__builtin_offsetof(struct s, a.b[1])',
    'offsetof(type=typeName(specifiers=(type=record(tag=s))) path=[member(name=a) member(name=b) index(index=1)])',
  ],
  [
    '__builtin_types_compatible_p(typeof(a), const int *)',
    'typesCompatible(left=typeName(specifiers=(type=typeofExpr(expr=a))) right=typeName(specifiers=(type=basic(words=[int]) const) declarator=(derivations=[pointer()])))',
  ],
  ['__builtin_choose_expr(1, a, b)', 'chooseExpr(condition=1 then=a otherwise=b)'],
  ['"a" "b"', 'string(pieces=["a" "b"])'],
  ['&&label', 'labelAddress(name=label)'],
  ['__extension__ (a) - (b)', 'binary(op=- left=unary(op=__extension__ operand=paren(inner=a)) right=paren(inner=b))'],
  [`'a' + 0x10UL`, `binary(op=+ left='a' right=0x10UL)`],
  ['__func__', '__func__'],
  ['(__typeof_unqual__(a))b', 'cast(type=typeName(specifiers=(type=typeofExpr(expr=a unqualified))) operand=b)'],
  ['__builtin_va_arg(a, int)', 'vaArg(list=a type=typeName(specifiers=(type=basic(words=[int]))))'],
];

describe('expressions', () => {
  it.each(EXPRESSIONS)('%s', checkExpr);
});

const DECLARATIONS: readonly (readonly [string, string])[] = [
  [
    'static const unsigned int x, *p[3];',
    'declaration(specifiers=(storage=static type=basic(words=[unsigned int]) const) declarators=[(declarator=(name=x)) (declarator=(name=p derivations=[array(length=3) pointer()]))])',
  ],
  [
    'int (*f)(int, char *), (*(*g)[2])(void);',
    'declaration(specifiers=(type=basic(words=[int])) declarators=[(declarator=(name=f derivations=[pointer() function(params=[(specifiers=(type=basic(words=[int]))) (specifiers=(type=basic(words=[char])) declarator=(derivations=[pointer()]))] prototype)])) (declarator=(name=g derivations=[pointer() array(length=2) pointer() function(prototype)]))])',
  ],
  [
    'int f(), g(void), h(int a, ...);',
    'declaration(specifiers=(type=basic(words=[int])) declarators=[(declarator=(name=f derivations=[function()])) (declarator=(name=g derivations=[function(prototype)])) (declarator=(name=h derivations=[function(params=[(specifiers=(type=basic(words=[int])) declarator=(name=a))] variadic prototype)]))])',
  ],
  [
    'struct __attribute__((packed)) s { int a : 3, : 0; union { int b; char c[]; }; _Static_assert(1, "x"); } __attribute__((aligned(8))) v __attribute__((__unused__));',
    'declaration(specifiers=(type=record(tag=s defined attributes=[(name=packed) (name=aligned args=[8])] members=[member(specifiers=(type=basic(words=[int])) declarators=[(declarator=(name=a) bits=3) (bits=0)]) member(specifiers=(type=record(union defined members=[member(specifiers=(type=basic(words=[int])) declarators=[(declarator=(name=b))]) member(specifiers=(type=basic(words=[char])) declarators=[(declarator=(name=c derivations=[array()]))])]))) staticAssert(condition=1 message=x)])) declarators=[(declarator=(name=v) attributes=[(name=unused)])])',
  ],
  [
    'enum e : unsigned long { A, B = 1 << 2, };',
    'declaration(specifiers=(type=enum(tag=e values=[(name=A) (name=B value=binary(op=<< left=1 right=2))] underlying=typeName(specifiers=(type=basic(words=[unsigned long]))))))',
  ],
  [
    'extern int x asm("y") __attribute__((weak, section("a" "b")));',
    'declaration(specifiers=(storage=extern type=basic(words=[int])) declarators=[(declarator=(name=x) attributes=[(name=weak) (name=section args=[string(pieces=["a" "b"])])] label=y)])',
  ],
  [
    'int f(a, b) char b; int a; { }',
    'function(specifiers=(type=basic(words=[int])) declarator=(name=f derivations=[function(params=[(specifiers=(type=basic(words=[int])) declarator=(name=a)) (specifiers=(type=basic(words=[char])) declarator=(name=b))])]) body=compound())',
  ],
  [
    'typeof(1 + 2) x; __auto_type y = 3;',
    `declaration(specifiers=(type=typeofExpr(expr=binary(op=+ left=1 right=2))) declarators=[(declarator=(name=x))])
declaration(specifiers=(type=autoType()) declarators=[(declarator=(name=y) init=3)])`,
  ],
  [
    '[[gnu::unused]] static int f(int a[static 3]);',
    'declaration(specifiers=(storage=static attributes=[(name=unused)] type=basic(words=[int])) declarators=[(declarator=(name=f derivations=[function(params=[(specifiers=(type=basic(words=[int])) declarator=(name=a derivations=[array(length=3)]))] prototype)]))])',
  ],
  [
    '_Alignas(8) _Thread_local int x; _Noreturn inline void f(void);',
    `declaration(specifiers=(storage=threadLocal alignas=[8] type=basic(words=[int])) declarators=[(declarator=(name=x))])
declaration(specifiers=(inline noreturn type=basic(words=[void])) declarators=[(declarator=(name=f derivations=[function(prototype)]))])`,
  ],
  [
    'int __attribute__((btf_type_tag("user"))) *p;',
    'declaration(specifiers=(attributes=[(name=btf_type_tag args=[string(pieces=["user"])])] type=basic(words=[int])) declarators=[(declarator=(name=p derivations=[pointer()]))])',
  ],
  [
    'asm("x"); __extension__ typedef struct t t; t *x;',
    `fileAsm()
declaration(specifiers=(storage=typedef type=record(tag=t)) declarators=[(declarator=(name=t))])
declaration(specifiers=(type=typedefName(name=t)) declarators=[(declarator=(name=x derivations=[pointer()]))])`,
  ],
  [
    'int *const volatile p; int a[*];',
    `declaration(specifiers=(type=basic(words=[int])) declarators=[(declarator=(name=p derivations=[pointer(const volatile)]))])
declaration(specifiers=(type=basic(words=[int])) declarators=[(declarator=(name=a derivations=[array(star)]))])
! star modifier used outside of function prototype`,
  ],
  [
    `#pragma pack(push, 1)
struct a { };
#pragma pack(pop)
struct b { };`,
    `declaration(specifiers=(type=record(tag=a defined packBytes=1)))
declaration(specifiers=(type=record(tag=b defined)))`,
  ],
  [
    `#pragma clang attribute push(__attribute__((preserve_access_index)), apply_to = record)
struct a { };
#pragma clang attribute pop
struct b { };`,
    `declaration(specifiers=(type=record(tag=a defined attributes=[(name=preserve_access_index)])))
declaration(specifiers=(type=record(tag=b defined)))`,
  ],
];

describe('declarations', () => {
  it.each(DECLARATIONS)('%s', checkTree);
});

const STATEMENTS: readonly (readonly [string, string])[] = [
  [
    'T * a; int T; T * b;',
    `declaration(specifiers=(type=typedefName(name=T)) declarators=[(declarator=(name=a derivations=[pointer()]))])
declaration(specifiers=(type=basic(words=[int])) declarators=[(declarator=(name=T))])
expression(expr=binary(op=* left=T right=b))`,
  ],
  [
    'T: a; { T: ; }',
    `label(name=T body=expression(expr=a))
compound(items=[label(name=T body=empty())])`,
  ],
  [
    'for (T i = 0; i < 3; i++) ; for (;;) break;',
    `for(init=declaration(specifiers=(type=typedefName(name=T)) declarators=[(declarator=(name=i) init=0)]) condition=binary(op=< left=i right=3) step=postfix(op=++ operand=i) body=empty())
for(body=break())`,
  ],
  [
    'if (a) b; else if (c) d; else e;',
    'if(condition=a then=expression(expr=b) otherwise=if(condition=c then=expression(expr=d) otherwise=expression(expr=e)))',
  ],
  [
    'switch (a) { case 1 ... 3: case 4: b; default: ; }',
    'switch(value=a body=compound(items=[case(value=1 last=3 body=case(value=4 body=expression(expr=b))) default(body=empty())]))',
  ],
  [
    'do a; while (b); while (c) continue;',
    `do(condition=b body=expression(expr=a))
while(condition=c body=continue())`,
  ],
  [
    'goto l; l: __attribute__((unused)) ; goto *p;',
    `goto(name=l)
label(name=l attributes=[(name=unused)] body=empty())
computedGoto(target=p)`,
  ],
  [
    '__attribute__((fallthrough)); __attribute__((unused)) int x; [[fallthrough]];',
    `empty(attributes=[(name=fallthrough)])
declaration(specifiers=(attributes=[(name=unused)] type=basic(words=[int])) declarators=[(declarator=(name=x))])
empty(attributes=[(name=fallthrough)])`,
  ],
  [
    'asm volatile("r0 = %[a]\\n" "exit" : [a] "=r"(b) : "r"(c), "i"(1) : "memory", "r0"); asm goto("x" :::: l); asm("" ::: "memory");',
    `asm(volatile template=r0 = %[a]
exit outputs=[(name=a constraint==r expr=b)] inputs=[(constraint=r expr=c) (constraint=i expr=1)] clobbers=[memory r0])
asm(goto template=x labels=[l])
asm(template= clobbers=[memory])`,
  ],
  [
    '__label__ a, b; return; return 1;',
    `localLabels(names=[a b])
return()
return(value=1)`,
  ],
  [
    `#pragma unroll
for (;;) ;
#pragma clang loop unroll_count(4)
while (1) ;
#pragma nounroll
do ; while (1);
`,
    `for(body=empty() hints=(unroll=0))
while(condition=1 body=empty() hints=(unroll=4))
do(condition=1 body=empty() hints=(unroll=1))`,
  ],
  [
    '_Static_assert(1, "x"); struct s { int a; } x = { 1 }, y[] = { { 2 } };',
    `staticAssert(condition=1 message=x)
declaration(specifiers=(type=record(tag=s defined members=[member(specifiers=(type=basic(words=[int])) declarators=[(declarator=(name=a))])])) declarators=[(declarator=(name=x) init=initList(items=[(value=1)])) (declarator=(name=y derivations=[array()]) init=initList(items=[(value=initList(items=[(value=2)]))]))])`,
  ],
  [
    '__extension__ int x; __extension__ (void)x;',
    `declaration(specifiers=(type=basic(words=[int])) declarators=[(declarator=(name=x))])
expression(expr=unary(op=__extension__ operand=cast(type=typeName(specifiers=(type=basic(words=[void]))) operand=x)))`,
  ],
  [
    'int f(int); extern int g; static T h = sizeof(T);',
    `declaration(specifiers=(type=basic(words=[int])) declarators=[(declarator=(name=f derivations=[function(params=[(specifiers=(type=basic(words=[int])))] prototype)]))])
declaration(specifiers=(storage=extern type=basic(words=[int])) declarators=[(declarator=(name=g))])
declaration(specifiers=(storage=static type=typedefName(name=T)) declarators=[(declarator=(name=h) init=sizeofType(type=typeName(specifiers=(type=typedefName(name=T)))))])`,
  ],
  [
    '{ enum { T }; T * 2; } (T)1;',
    `compound(items=[declaration(specifiers=(type=enum(values=[(name=T)]))) expression(expr=binary(op=* left=T right=2))])
expression(expr=cast(type=typeName(specifiers=(type=typedefName(name=T))) operand=1))`,
  ],
];

describe('statements', () => {
  it.each(STATEMENTS)('%s', checkStatements);
});
