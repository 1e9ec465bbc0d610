import { describe, expect, it } from 'vitest';
import { compile } from '../../server/src/c/compile.ts';
import { readObject } from '../../server/src/elf/readObject.ts';
import { NEWEST } from '../../server/src/kernel/releases.ts';
import type { Program } from '../../server/src/program/program.ts';
import { verify } from '../../server/src/verifier/verify.ts';
import { ENGINES, TestBed } from '../fuzz/engines.ts';

const PRELUDE = `#define SEC(name) __attribute__((section(name), used))
typedef unsigned int u32;
typedef unsigned long long u64;
struct __sk_buff { u32 len; };
static void *(*const lookup)(void *map, const void *key) = (void *)1;
struct { int (*type)[2]; u32 *key; u64 *value; int (*max_entries)[4]; } map SEC(".maps");
u64 out[4] SEC(".bss");
static const int table[8] = { 1, 2, 3, 4, 5, 6, 7, 8 };
typedef int (*operation)(int, int);
static int add(int a, int b) { return a + b; }
static int multiply(int a, int b) { return a * b; }
static int apply(operation op, int a, int b) { int r = op(a, b); return r + 1; }
static int twice(operation op, int a, int b) { return apply(op, apply(op, a, b), b); }
`;

/** A traffic classifier with this body, in one of the profiles. */
function programOf(body: string, profile: 'debug' | 'optimised'): Program {
  const text = `${PRELUDE}SEC("tc") int prog(struct __sk_buff *skb)\n{\n${body}\n}\n`;
  const { object, diagnostics } = compile('a.c', text, () => null, { cpu: 3, profile, defines: [] });
  expect(diagnostics.filter(({ severity }) => severity === 'error')).toEqual([]);
  return readObject('a.o', object!).programs[0]!;
}

const PROFILES = ['optimised', 'debug'] as const;

/** What the body returns for a packet. */
function checkReturned(body: string, expected: number): void {
  for (const profile of PROFILES) {
    const program = programOf(body, profile);
    const [line] = new TestBed([program]).run(ENGINES[0]!, program, [new Uint8Array(64)]);
    expect(`${profile}: ${line?.split(' ')[0]}`).toBe(`${profile}: ${expected}`);
  }
}

/** The verifier takes it. */
function checkAccepted(body: string): void {
  for (const profile of PROFILES) {
    const { outcome, finding } = verify(programOf(body, profile), { kernel: NEWEST, privileged: true, logLevel: 0 });
    expect({ profile, outcome, message: finding?.kernelMessage }).toEqual({ profile, outcome: 'accepted' });
  }
}

describe('programs that went wrong once', () => {
  it('the name of a whole register in inline assembly, as bpf_cmp_likely asks for it', () =>
    checkReturned(
      `	volatile long long far = (long long)skb->len * -100000;
	asm volatile goto("if %[lhs] s< %[rhs] goto %l[yes]" : : [lhs] "r"((short)far), [rhs] "i"(0) : : yes);
	return 5;
yes:
	return 7;`,
      7,
    ));

  it('a variable that has a value in the loop only, the counter’s of the last round', () =>
    checkReturned(
      `	int last, left = skb->len * 4;
	for (int i = 0; i < 4; i++) {
		last = i;
		if (left - 64 < 0)
			break;
		left -= 64;
	}
	return last * 100 + left;`,
      300,
    ));

  it('a counter that the loop asks and lowers at once', () =>
    checkReturned(
      `	int n = 6;
	while (n-- > 0) {
		if (n) { u32 key = 1; lookup(&map, &key); out[0] += n; }
		else out[1]++;
	}
	return out[0] * 100 + out[1];`,
      1501,
    ));

  it('a mask that the verifier needs, since it knows nothing of quotients', () =>
    checkAccepted('	return table[(7 / ((skb->len & 0xff) + 1)) & 7];'));

  it('a mask that the verifier needs, since it knows nothing of shifts by a variable', () =>
    checkAccepted('	return table[(1ull >> (skb->len & 63)) & 7];'));

  it('functions that helpers of the program are given to call', () =>
    checkReturned(
      '	operation other = multiply; int n = skb->len & 1;\n	return twice(add, n, 3) * 100 + twice(other, n + 1, 2);',
      807,
    ));

  it('an input of inline assembly that says it is changed', () =>
    checkReturned('	u64 n = skb->len;\n	asm volatile("r0 = %[n]" : : [n] "+r"(n) : "r0");\n	return n;', 64));

  it('bytes that __builtin_bcmp compares', () =>
    checkReturned(
      `	char a[4] = "abc", b[4] = "abd";\n	return (__builtin_bcmp(a, b, 4) != 0) + __builtin_bcmp(a, b, 2);`,
      1,
    ));

  it('a map of maps, which loaders make after those that are in it', () => {
    const text = `struct inner { int (*type)[2]; int (*key_size)[4]; int (*value_size)[4]; int (*max_entries)[1]; };
struct inner one __attribute__((section(".maps"), used));
struct { int (*type)[12]; int (*key_size)[4]; int (*max_entries)[1]; struct inner *values[]; } outer
  __attribute__((section(".maps"), used)) = { .values = { &one } };`;
    const { object } = compile('a.c', text, () => null, { cpu: 3, profile: 'optimised', defines: [] });
    expect(readObject('a.o', object!).maps.map(({ name }) => name)).toEqual(['one', 'outer']);
  });

  it('a store far outside of its array', () => {
    const text = `${PRELUDE}SEC("tc") int prog(struct __sk_buff *skb) { int a[2]; a[12345678901234] = 1; return 0; }`;
    for (const profile of PROFILES)
      expect(() => compile('a.c', text, () => null, { cpu: 3, profile, defines: [] })).not.toThrow();
  });
});
