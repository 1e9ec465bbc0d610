import { describe, expect, it } from 'vitest';
import { compile } from '../../server/src/c/compile.ts';
import { readObject } from '../../server/src/elf/readObject.ts';
import { ENGINES, TestBed } from '../fuzz/engines.ts';

const PRELUDE = `#define SEC(name) __attribute__((section(name), used))
typedef unsigned int u32;
typedef unsigned long long u64;
struct __sk_buff { u32 len; };
static void *(*const lookup)(void *map, const void *key) = (void *)1;
struct { int (*type)[2]; u32 *key; u64 *value; int (*max_entries)[4]; } map SEC(".maps");
u64 out[4] SEC(".bss");
`;

/** What a body of a traffic classifier returns, in both profiles. */
function checkReturned(body: string, expected: number): void {
  const text = `${PRELUDE}SEC("tc") int prog(struct __sk_buff *skb)\n{\n${body}\n}\n`;
  for (const profile of ['optimised', 'debug'] as const) {
    const { object, diagnostics } = compile('a.c', text, () => null, { cpu: 3, profile, defines: [] });
    expect(diagnostics.filter(({ severity }) => severity === 'error')).toEqual([]);
    const [program] = readObject('a.o', object!).programs;
    const [line] = new TestBed([program!]).run(ENGINES[0]!, program!, [new Uint8Array(64)]);
    expect(`${profile}: ${line?.split(' ')[0]}`).toBe(`${profile}: ${expected}`);
  }
}

describe('programs that went wrong once', () => {
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
});
