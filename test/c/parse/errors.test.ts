import { describe, expect, it } from 'vitest';
import { checkErrors, parseText } from './parsing.ts';

/** Errors of syntax: clang's words (v19), one for each mistake, all in one go. */

describe('a missing semicolon', () => {
  it.each([
    `int f(void) { return 1 }
                      ^ expected ';' after return statement`,
    `int f(void) { int x = 1 return x; }
                       ^ expected ';' at end of declaration`,
    `void f(void) {
  f()
     ^ expected ';' after expression
  f();
  f()
     ^ expected ';' after expression
}`,
    `struct s { int a; }
                   ^ expected ';' after struct
static int g;`,
    `enum e { A }
            ^ expected ';' after enum
int g;`,
    `struct s { int a int b; };
                ^ expected ';' at end of declaration list`,
    `struct s { int a; int b };
                       ^ expected ';' at end of declaration list`,
    `int x
     ^ expected ';' after top level declarator
int y;`,
    `int f(void) { do { } while (1) return 0; }
                              ^ expected ';' after do/while statement`,
    `void f(void) { a b c d; return; }
                ^ expected ';' after expression`,
    `void f(void) { return); }
                     ^ expected expression`,
    `void f(void) { f()); }
                  ^ extraneous ')' before ';'`,
  ])('%s', checkErrors);

  it('has a fix that puts it in', () => {
    const { problems } = parseText('void f(void) {\n  f()\n}');
    expect(problems.list.map(({ fix }) => fix)).toEqual([
      { title: "Insert ';'", edits: [{ at: { start: 20, end: 20 }, text: ';' }] },
    ]);
  });
});

describe('a member that somebody is typing', () => {
  it.each([
    `int f(struct s *p) {
  p->
   ^^ expected the name of a member after '->'
  int q = p->a;
  return q;
}`,
    `typedef int u32; int f(struct s *p) {
  int a = p->b->
              ^^ expected the name of a member after '->'
  u32 q = 1;
  return q;
}`,
    `int f(struct s *p) {
  if (p->
       ^^ expected the name of a member after '->'
    return 1;
  g(1, p->
        ^^ expected the name of a member after '->'
  struct s t;
  return t.a;
}`,
    `int f(struct s t) { t. }
                     ^ expected the name of a member after '.'`,
    `int f(struct s *p) {
  return p->
    a;
}`,
  ])('%s', checkErrors);
});

describe('brackets', () => {
  it.each([
    `int f(void) { if (1 { } return 0; }
                    ^ expected ')'`,
    `int f(void) { while (1 f(); return 0; }
                       ^ expected ')'`,
    `int f(void) { if 1 { } return 0; }
                 ^ expected '(' after 'if'`,
    `int f(void) { int a[3 = 1; return 0; }
                         ^ expected ']'`,
    `int a[] = { 1, 2 ;
                 ^ expected '}'
int b;`,
    `int f(void) { return 0; } }
                          ^ extraneous closing brace ('}')
int g(void) { return 0; }`,
    `int f(void) {
  if (1) {
    return 0;
}
 ^ expected '}'
int g(void) { return 0; }`,
    `int f(void) { return 0;
                       ^ expected '}'`,
    `void f(void) { f(1]; f(); }
                  ^ expected ')'`,
    `void f(void) { int g(void) { return 1; } f(); }
                           ^ function definition is not allowed here`,
  ])('%s', checkErrors);
});

describe('expressions', () => {
  it.each([
    `void f(void) { x = ; y = 1; }
                   ^ expected expression`,
    `void f(void) { 1 + ; z(; }
                   ^ expected expression
                       ^ expected expression`,
    `void f(void) { x ? 1 ; }
                     ^ expected ':'`,
    `void f(void) { x->; x.; }
                  ^ expected identifier
                      ^ expected identifier`,
    `typedef int T; void f(void) { int x = T; }
                                      ^ unexpected type name 'T': expected expression`,
    `int x = {1, .a = , 2};
                 ^ expected expression`,
    `void f(void) { goto ; }
                    ^ expected identifier`,
    `void f(void) { asm("x" : "=r"(1) "a"); asm(3); asm volatile goto("a"); }
                                 ^^^ expected ')'
                                           ^ expected string literal in 'asm'
                                                                    ^ expected ':'`,
    `int x = __builtin_offsetof(int);
                              ^ expected ','`,
  ])('%s', checkErrors);
});

describe('statements', () => {
  it.each([
    `void f(void) { for (int i = 0; i < 3, i++) { } }
                                         ^ expected ';' in 'for' statement specifier`,
    `void f(void) { for (;;;) ; }
                      ^ expected expression`,
    `void f(void) { switch (1) { case 1 f(); case ; } }
                                  ^ expected ':' after 'case'
                                             ^ expected expression`,
    `void f(void) { else { } }
               ^^^^ expected expression`,
    `void f(void) { if (1) }
                      ^ expected statement`,
    `void f(void) { do { } }
                      ^ expected 'while' in do/while loop`,
  ])('%s', checkErrors);
});

describe('declarations', () => {
  it.each([
    `int 3;
    ^ expected identifier or '('`,
    `int a, , b;
       ^ expected identifier or '('`,
    `f(void) { return 0; }
^ type specifier missing, defaults to 'int'; ISO C99 and later do not support implicit int`,
    `int f(int a, ) { return 0; }
             ^ expected parameter declarator`,
    `int f(int a int b) { return 0; }
            ^^^ expected ')'
int g;`,
    `static int int x;
           ^^^ cannot combine with previous 'int' declaration specifier
static extern int y;
       ^^^^^^ cannot combine with previous 'static' declaration specifier`,
    `enum e { A, B C, D = , 1 };
             ^ missing ',' between enumerators
                     ^ expected expression
                       ^ expected identifier`,
    `@ int x;
^ expected identifier or '('
int y 3;
     ^ expected ';' after top level declarator`,
    `int f(int a) return 0; }
             ^^^^^^ expected function body after function declarator
int g;`,
    `_Static_assert(1, 2);
                  ^ expected string literal for diagnostic message in static_assert`,
    `extern "C" { int x; }
       ^^^ expected identifier or '('`,
  ])('%s', checkErrors);
});

describe('types that nobody knows', () => {
  it.each([
    `foo_t g;
^^^^^ unknown type name 'foo_t'
foo_t *h(int a);
^^^^^ unknown type name 'foo_t'`,
    `int f(foo_t *x, int b) { return 0; }
      ^^^^^ unknown type name 'foo_t'`,
    `struct s { foo_t a; int b; };
           ^^^^^ unknown type name 'foo_t'`,
    `void f(void) { foo_t x = 5, *y; foo_t *z = 0; }
               ^^^^^ unknown type name 'foo_t'
                                ^^^^^ unknown type name 'foo_t'`,
    `typedef unsigned uint32_t;
uint32 x;
^^^^^^ unknown type name 'uint32'; did you mean 'uint32_t'?`,
    `int a, b;
void f(void) { a * b; a; }`,
  ])('%s', checkErrors);
});

describe('what nests too deep', () => {
  const many = (text: string, times: number) => text.repeat(times);
  it.each([
    ['brackets', `int x = ${many('(', 300)}1${many(')', 300)};`, 'bracket nesting level exceeded maximum of 256'],
    ['blocks', `void f(void) ${many('{', 100_000)}`, 'bracket nesting level exceeded maximum of 256'],
    ['operators', `int x = ${many('!', 100_000)}1;`, 'this nests too deep to be compiled (more than 1000 levels)'],
    [
      'else if',
      `void f(void) { ${many('if (1) ; else ', 100_000)} ; }`,
      'this nests too deep to be compiled (more than 1000 levels)',
    ],
    ['pointers to functions', `int ${many('(*', 100_000)}`, 'bracket nesting level exceeded maximum of 256'],
    [
      'sums',
      `int x = ${many('1 + ', 100_000)} 1;`,
      'this expression is too long to be compiled (more than 1000 operators in a row)',
    ],
  ])('%s', (_, text, message) => {
    expect(parseText(text).problems.list.map((one) => one.message)).toEqual([message]);
  });
});

describe('pragmas that change the code and are not carried out', () => {
  it.each([
    ['weak f', '__attribute__((weak)) on the declaration'],
    ['clang section bss="mine"', '__attribute__((section("name"))) on the definition'],
    ['GCC visibility push(hidden)', '__attribute__((visibility("hidden"))) on the declaration'],
  ])('#pragma %s', (pragma, instead) => {
    const problems = parseText(`#pragma ${pragma}\nint f(void);\n`).problems.list;
    expect(problems.map(({ code, severity, message }) => `${severity} ${code}: ${message}`)).toEqual([
      expect.stringMatching(/^warning pragma-unsupported: '#pragma [\w ]+' is not supported and ignored; write /),
    ]);
    expect(problems[0]?.message.endsWith(instead)).toBe(true);
  });
});
