import { describe, expect, it } from 'vitest';
import { printType } from '../../../server/src/c/check/printType.ts';
import type { Expr, Statement } from '../../../server/src/c/typed.ts';
import { checkedProgram } from './checkedProgram.ts';

/** What the last function of a program returns, as the checked tree has it. */

function checkTree(text: string, expected: string): void {
  const { unit, problems } = checkedProgram(text);
  expect(problems.filter(({ severity }) => severity === 'error').map(({ message }) => message)).toEqual([]);
  const body = unit.functions.at(-1)?.body?.() ?? null;
  expect(body === null ? '' : returned(body)).toBe(expected);
}

function returned(statement: Statement): string {
  if (statement.kind === 'block') return statement.body.map((one) => returned(one)).join('');
  if (statement.kind === 'return') return statement.value === null ? '' : show(statement.value);
  return '';
}

/** Prefix notation; conversions by their type, loads without a word, `!` behind what CO-RE relocates. */
function show(expr: Expr): string {
  const core = 'preserve' in expr && expr.preserve ? '!' : '';
  switch (expr.kind) {
    case 'constant':
      return String(expr.value);
    case 'variable':
      return expr.variable.name;
    case 'load':
      return expr.volatile ? `(volatile ${show(expr.object)})` : show(expr.object);
    case 'deref':
      return `*${show(expr.pointer)}`;
    case 'member':
      return `${show(expr.record)}.${expr.member.name}${core}`;
    case 'element':
      return `${show(expr.array)}[${show(expr.index)}]${core}`;
    case 'decay':
      return show(expr.array);
    case 'addressOf':
      return `&${show(expr.object)}`;
    case 'function':
      return expr.symbol.name;
    case 'convert':
      return `(${printType(expr.type)} ${show(expr.operand)})`;
    case 'pointerAdd':
      return `(+${expr.scaleBytes}${core} ${show(expr.pointer)} ${show(expr.index)})`;
    case 'arithmetic':
    case 'compare':
      return `(${expr.op} ${show(expr.left)} ${show(expr.right)})`;
    default:
      return restOf(expr);
  }
}

function restOf(expr: Expr): string {
  switch (expr.kind) {
    case 'negate':
    case 'complement':
    case 'not':
      return `(${expr.kind} ${show(expr.operand)})`;
    case 'logical':
      return `(${expr.op} ${show(expr.left)} ${show(expr.right)})`;
    case 'conditional':
      return `(if ${show(expr.condition)} ${expr.then === null ? '' : show(expr.then)} ${show(expr.otherwise)})`;
    case 'assign':
      return `(set ${show(expr.target)} ${show(expr.value)})`;
    case 'update':
      return `(${expr.op}= ${show(expr.target)} ${show(expr.value)} in ${printType(expr.computation)})`;
    case 'advance':
      return `(${expr.post ? 'after' : 'before'}${expr.subtract ? '-' : '+'} ${show(expr.target)} ${show(expr.step)})`;
    case 'increment':
      return `(${expr.post ? 'after' : 'before'} ${show(expr.target)} ${expr.delta})`;
    case 'call':
      return `(call ${[expr.callee, ...expr.args].map((one) => show(one)).join(' ')})`;
    case 'builtin':
      return `(${expr.name}${infoOf(expr.info)}${expr.args.map((one) => ` ${show(one)}`).join('')})`;
    case 'comma':
      return `(${show(expr.first)}, ${show(expr.second)})`;
    case 'pointerDiff':
      return `(diff${expr.scaleBytes} ${show(expr.left)} ${show(expr.right)})`;
    default:
      return expr.kind;
  }
}

function infoOf(info: Extract<Expr, { kind: 'builtin' }>['info']): string {
  if (info?.core) return ` ${info.core.kind} '${printType(info.core.type)}'${info.core.enumerator ?? ''}`;
  if (info?.atomic) return ` ${info.atomic.op}${info.atomic.sizeBytes} ${info.atomic.result} ${info.atomic.order}`;
  return '';
}

describe('conversions', () => {
  it.each([
    ['long f(char a, long b) { return a + b; }', '(add (long (int a)) b)'],
    ['long f(int a, unsigned b) { return a + b; }', '(long (add (unsigned int a) b))'],
    ['long f(unsigned a) { return a; }', '(long a)'],
    ['unsigned char f(int a) { return a; }', '(unsigned char a)'],
    ['_Bool f(int *p) { return p; }', '(_Bool p)'],
    ['_Bool f(long a) { return a & 4; }', '(_Bool (and a 4))'],
    ['int f(unsigned char a) { return a << 2; }', '(shl (int a) 2)'],
    ['int f(int a, long b) { return a << b; }', '(shl a (int b))'],
    ['int f(int a, unsigned b) { return a < b; }', '(lt (unsigned int a) b)'],
    ['int f(int *p, long i) { return p[i]; }', '*(+4 p i)'],
    ['int *f(int *p, int i) { return p - i; }', '(+4 p (long i))'],
    ['long f(int *p, int *q) { return p - q; }', '(diff4 p q)'],
    ['void *f(unsigned long a) { return (void *)a; }', '(void * a)'],
    ['void *f(unsigned a) { return (void *)a; }', '(void * (unsigned long a))'],
    ['unsigned f(void *p) { return (unsigned)p; }', '(unsigned int (unsigned long p))'],
    ['int a[3]; int *f(void) { return a; }', 'a'],
    ['int f(int); int (*g(void))(int) { return f; }', '&f'],
    ['int f(int); int g(int x) { return (*f)(x); }', '(call f x)'],
    ['int g(int (*f)(int), int x) { return (*f)(x); }', '(call f x)'],
    ['int f(); int g(char c) { return f(c); }', '(call f (int c))'],
    ['struct { unsigned a : 3; } s; int f(void) { return s.a - 1; }', '(sub (int s.a) 1)'],
    ['struct { unsigned long a : 40; } s; long f(void) { return s.a; }', '(long s.a)'],
    ['int f(volatile int *p) { return *p; }', '(volatile *p)'],
    ['long f(int a) { return a ? a : 2l; }', '(if a (long a) 2)'],
    ['long f(int a) { return a ?: 2l; }', '(if a  2)'],
    ['char f(char a) { return a += 1000; }', '(add= a 1000 in int)'],
    ['char f(char a, char b) { return a >>= b; }', '(shr= a (int b) in int)'],
    ['int *f(int *p) { return p++; }', '(after+ p 4)'],
    ['int *f(int *p, int i) { return p -= i; }', '(before- p (mul (long i) 4))'],
    ['int f(int a) { return a--; }', '(after a -1)'],
    ['int f(int a) { return 1 && a; }', '(and 1 a)'],
    ['int f(int a) { return 0 && a; }', '0'],
    ['int f(int a) { return sizeof(int) == 4 ? a : *(int *)0; }', 'a'],
  ])('%s', checkTree);
});

const S =
  'struct in { int x; int y[4]; }; struct s { int a; struct in b; struct { int c; }; int d[3]; struct s *next; }';
const CORE = `struct in { int x; int y[4]; }; struct s { int a; struct in b; struct { int c; }; int d[3]; struct s *next; } __attribute__((preserve_access_index)); `;

describe('accesses that CO-RE relocates', () => {
  it.each([
    [`${S}; int f(struct s *p) { return p->a; }`, '*p.a'],
    [`${CORE} int f(struct s *p) { return p->a; }`, '*p.a!'],
    [`${CORE} int f(struct s *p) { return p->c; }`, '*p.!.c!'],
    [`${CORE} int f(struct s *p) { return p->b.x; }`, '*p.b!.x'],
    [`${CORE} int f(struct s *p) { return p->d[1]; }`, '*p.d![1]!'],
    [`${CORE} int f(struct s *p, int i) { return p->d[i]; }`, '*p.d![(long i)]'],
    [`${CORE} int f(struct s *p) { return p[2].a; }`, '*(+48! p 2).a!'],
    [`${CORE} int f(struct s *p) { return p->next->a; }`, '**p.next!.a!'],
    [`${CORE} unsigned long f(void) { return (unsigned long)&((struct s *)0)->a; }`, '(unsigned long &*0.a!)'],
    [`${S}; int f(struct s *p) { return __builtin_preserve_access_index(p->b.y[1]); }`, '*p.b!.y![1]!'],
    [`${S}; int *f(struct s *p) { return __builtin_preserve_access_index(&p->a); }`, '&*p.a!'],
    [`${S}; unsigned f(struct s *p) { return __builtin_preserve_field_info(p->b.x, 2); }`, "(preserve_field_info 2 'int' *p.b!.x!)"],
    [`${S}; unsigned f(void) { return __builtin_preserve_type_info(*(struct s *)0, 0); }`, "(preserve_type_info 0 'struct s')"],
    [`${S}; unsigned long f(void) { return __builtin_btf_type_id(*(struct s *)0, 1); }`, "(btf_type_id 1 'struct s')"],
    ['enum e { A = 7 }; unsigned long f(void) { return __builtin_preserve_enum_value(*(typeof(enum e) *)A, 1); }', "(preserve_enum_value 1 'enum e'A)"],
    [`struct t { struct { struct { int z; } y; } x; } __attribute__((preserve_access_index)); int f(struct t *p) { return p->x.y.z; }`, '*p.x!.y!.z!'],
  ])('%s', checkTree); // prettier-ignore
});

describe('builtins', () => {
  it.each([
    ['int f(int *p) { return __sync_fetch_and_add(p, 1l); }', '(atomic add4 old seqCst p 1)'],
    ['int f(int *p) { return __sync_or_and_fetch(p, 1); }', '(atomic or4 new seqCst p 1)'],
    ['_Bool f(long *p) { return __sync_bool_compare_and_swap(p, 1, 2); }', '(atomic cmpxchg8 success seqCst p 1 2)'],
    ['long f(long *p) { return __sync_lock_test_and_set(p, 2); }', '(atomic xchg8 old seqCst p 2)'],
    ['int f(int *p) { return __atomic_load_n(p, __ATOMIC_ACQUIRE); }', '(atomic load4 old acquire p)'],
    ['_Bool f(int *p, int *q) { return __atomic_compare_exchange_n(p, q, 3, 0, 5, 5); }', '(atomic cmpxchg4 success seqCst p q 3)'],
    ['int f(int x) { return __builtin_constant_p(x); }', '(constant_p x)'],
    ['int f(void) { return __builtin_constant_p(3) + __builtin_constant_p("a"); }', '2'],
    ['int f(int x) { return __builtin_expect(x, 1); }', '(int (expect (long x) 1))'],
    ['int f(void) { return __builtin_bswap32(0x12345678) == 0x78563412 && __builtin_ctz(8) == 3; }', '1'],
    ['int f(int x) { return __builtin_bswap16(x); }', '(int (bswap16 (unsigned short x)))'],
    ['void *f(void *p, void *q) { return __builtin_memcpy(p, q, 4); }', '(memcpy p (const void * q) 4)'],
    ['void *memset(void *, int, unsigned long); void *f(void *p) { return memset(p, 0, 4); }', '(memset p 0 4)'],
    ['unsigned long f(void) { return __builtin_strlen("abc"); }', '3'],
    ['_Bool f(int a, long b, int *r) { return __builtin_add_overflow(a, b, r); }', '(add_overflow a b r)'],
    ['int f(int x) { return __builtin_choose_expr(1, x, nothing); }', 'x'],
    ['int f(int x) { return _Generic(x, int: 1, default: nothing); }', '1'],
    ['unsigned long long load_byte(void *, unsigned long long) asm("llvm.bpf.load.byte"); unsigned long long f(void *p) { return load_byte(p, 12); }', '(packet_load p 12)'],
  ])('%s', checkTree); // prettier-ignore
});
