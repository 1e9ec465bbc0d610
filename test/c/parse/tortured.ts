import { randomNumbers } from '../../support/random.ts';

/** A program with much of the language in it. */
export const PROGRAM = `typedef unsigned int u32;
struct __attribute__((packed)) key { u32 a : 3, : 0; union { u32 b; char c[4]; }; } __attribute__((aligned(8)));
enum kind { ONE, TWO = 1 << 2, };
static __attribute__((noinline)) int add(struct key *k, int (*f)(int, char *), ...);
int old(a, b) int a; char b; { return a; }
struct { int (*type)[1]; u32 *key; } map __attribute__((section(".maps"), used));
int prog(struct key *ctx) __attribute__((section("xdp")));
int prog(struct key *ctx) {
  u32 n = 0, list[] = { 1, [1 ... 2] = 3, }, *p = &list[n];
  struct key k = { .a = 1, .c = { 'a' } };
  if (ctx->a > 1 && !n) goto out; else if (n) { n = ({ u32 x = n; x ?: 1; }); }
#pragma unroll
  for (int i = 0; i < 10; i++) { if (i == 3) continue; n += (u32)i * sizeof(u32) << 2; }
  do { n--; } while (n > 3);
  switch (n) { case 1 ... 3: n++; __attribute__((fallthrough)); case 4: n = _Generic(n, int: 1, default: 2); break; default: ; }
  asm volatile("%0 += 1" : "+r"(n) : [x] "r"(n) : "memory");
out: __attribute__((unused));
  return add(&k, (void *)0, (struct key){ 1 }, __builtin_offsetof(struct key, c[1])) + *p;
}
_Static_assert(sizeof(int) == 4, "int");
`;

const WORDS = PROGRAM.split(/(?<=\W)|(?=\W)/);

/** The program with words left out, doubled and exchanged. */
export function* brokenPrograms(seed: number, count: number): Iterable<string> {
  const random = randomNumbers(seed);
  for (let round = 0; round < count; round++) {
    const words = [...WORDS];
    for (let change = 0; change <= random(4); change++) {
      const at = random(words.length);
      const isRemoval = random(3) === 0;
      words.splice(at, isRemoval ? 1 : 0, ...(isRemoval ? [] : [words[random(words.length)] ?? '']));
    }
    yield words.join('');
  }
}
