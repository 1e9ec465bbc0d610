import { randomNumbers } from '../../support/random.ts';
import { number } from './expressions.ts';
import type { Scope } from './scope.ts';
import { statements } from './statements.ts';
import { expr, kept, line, type FunctionTree, type ProgramTree } from './tree.ts';

/** Types, maps and helpers of all made-up programs. */
const PRELUDE = `typedef unsigned char u8;
typedef signed char s8;
typedef unsigned short u16;
typedef short s16;
typedef unsigned int u32;
typedef int s32;
typedef unsigned long long u64;
typedef long long s64;
typedef _Bool bool;
enum e { E_A, E_B = 5, E_C = 1000 };
struct s {
	u8 a;
	s16 b;
	u32 c;
	s64 d;
	u32 f1 : 3, f2 : 11;
	s32 f3 : 7;
	u64 f4 : 33;
	struct { s8 x; u32 y; } in;
	u16 arr[4];
	union { u32 w; u16 h[2]; } un;
};
#define SEC(name) __attribute__((section(name), used))
#define noinline __attribute__((noinline))
static void *(*const lookup)(void *map, const void *key) = (void *)1;
static long (*const update)(void *map, const void *key, const void *value, u64 flags) = (void *)2;
static long (*const drop)(void *map, const void *key) = (void *)3;
static long (*const load_bytes)(const void *skb, u32 off, void *to, u32 len) = (void *)26;
static long (*const loop)(u32 n, void *fn, void *ctx, u64 flags) = (void *)181;
struct {
	int (*type)[2];
	u32 *key;
	struct { u64 one, two; } *value;
	int (*max_entries)[5];
} array SEC(".maps");
struct {
	int (*type)[1];
	u32 *key;
	struct { u64 one, two; } *value;
	int (*max_entries)[6];
} hash SEC(".maps");
struct { s32 a; u32 b; s16 c; u16 unused; u64 d; } G SEC(".data") = { -5, 77, -300, 0, 0x1122334455667788ull };
static const s32 T[8] = { 1, -1, 1000, -70000, 0x7fffffff, 0, 5, -128 };
const volatile u32 V = 0x89abcdef;
u64 out[8] SEC(".bss");
struct __sk_buff { u32 len; u32 unused[18]; u32 data; u32 data_end; };
char _license[] SEC("license") = "GPL";
`;

/** The same seed gives the same program: a traffic classifier called `prog`. */
export function cProgram(seed: number, size: number): ProgramTree {
  const next = randomNumbers(seed);
  const fresh = { count: 0 };
  const functions = [
    subprogram(next, fresh, next(3) === 0 ? 'noinline' : 'static noinline', 'f', []),
    subprogram(next, fresh, 'static', 'g', ['f']),
    callbackFunction(next, fresh),
  ];
  return { prelude: PRELUDE, functions: [...functions, mainFunction(next, fresh, size, ['f', 'g', 'each'])] };
}

function emptyScope(next: Scope['next'], fresh: Scope['fresh'], functions: readonly string[]): Scope {
  return {
    next,
    fresh,
    functions,
    variables: [],
    arrays: [],
    records: [],
    pointers: 0,
    packetBytes: 0,
    depth: 1,
    loops: 0,
    inSwitch: false,
    returnsTruth: false,
  };
}

function subprogram(
  next: Scope['next'],
  fresh: Scope['fresh'],
  storage: string,
  name: string,
  called: readonly string[],
): FunctionTree {
  const variables = [
    { name: 'one', type: 'u64', writable: true }, { name: 'two', type: 's32', writable: true }, { name: 'three', type: 'u8', writable: true },
    { name: 'S', type: 's64', writable: true },
  ] as const; // prettier-ignore
  const scope: Scope = { ...emptyScope(next, fresh, called), variables, loops: 1 };
  return {
    head: `${storage} s64 ${name}(u64 one, s32 two, u8 three, struct s *r)\n{`,
    body: [
      kept('s64 S = 0;'),
      ...statements(scope, 3),
      line('if (r) S += ', number({ ...scope, records: ['(*r)'] }, 2), ';'),
      line('if (r) r->c = ', number(scope, 2), ';'),
    ],
    tail: '\treturn S + one;\n}',
  };
}

/** What `bpf_loop` calls. */
function callbackFunction(next: Scope['next'], fresh: Scope['fresh']): FunctionTree {
  const variables = [{ name: 'i', type: 'u32', writable: false }, { name: 'S', type: 's64', writable: true }] as const; // prettier-ignore
  const scope: Scope = { ...emptyScope(next, fresh, []), variables, records: ['(*r)'], loops: 1, returnsTruth: true };
  return {
    head: 'static long each(u32 i, struct s *r)\n{',
    body: [kept('s64 S = i;'), ...statements(scope, 2), line('r->d += ', number(scope, 2), ';'), line('if (', number(scope, 2), ') return 1;')], // prettier-ignore
    tail: '\treturn S == 2;\n}',
  };
}

const PACKET_BYTES = 32;

function mainFunction(
  next: Scope['next'],
  fresh: Scope['fresh'],
  size: number,
  functions: readonly string[],
): FunctionTree {
  const variables = [{ name: 'S', type: 's64', writable: true }, { name: 'len', type: 'u32', writable: false }] as const; // prettier-ignore
  const scope: Scope = { ...emptyScope(next, fresh, functions), variables, packetBytes: PACKET_BYTES };
  return {
    head: `SEC("tc") int prog(struct __sk_buff *skb)\n{`,
    body: [
      kept('u8 *p = (u8 *)(long)skb->data, *end = (u8 *)(long)skb->data_end;'),
      kept('u32 len = skb->len;'),
      kept('s64 S = 0;'),
      kept(`if (p + ${PACKET_BYTES} > end) return 77;`),
      ...statements(scope, size),
      line('out[0] = ', number(scope), ';'),
      line('out[1] = ', expr('S'), ';'),
    ],
    tail: '\treturn (u32)(S ^ (S >> 32)) ^ (u32)out[0];\n}',
  };
}
