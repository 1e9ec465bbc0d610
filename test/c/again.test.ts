import { expect, test } from 'vitest';
import { compileAgain, type CompileOptions } from '../../server/src/c/compile.ts';
import { edited, EditSession, includesFor } from './edits.ts';
import { randomSource } from './lower/randomProgram.ts';

const PROGRAM = `#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_core_read.h>
#define LIMIT 7
#define TWICE(x) ((x) * 2)
struct task { int pid; struct task *parent; } __attribute__((preserve_access_index));
struct pair { int a; long b; };
struct { __uint(type, BPF_MAP_TYPE_HASH); __uint(max_entries, 64); __type(key, int); __type(value, long); } hits SEC(".maps");
static const int steps[4] = { 1, 2, 3, 4 };
int total = 3;
static int (*volatile chosen)(int);
static int step = 5;

static __always_inline int weigh(int length, int kind) {
  int weight = length * 3;
  if (kind == 5)
    weight += TWICE(kind);
  return weight & 1023;
}

static __attribute__((noinline)) int slow(int value) {
  struct pair pair = { value, 9 };
  for (int i = 0; i < LIMIT; i++)
    pair.b += weigh(pair.a, i);
  return pair.b;
}

static int once(int value) {
  total += value;
  return slow(value) + steps[2];
}

static int apply(int (*what)(int), int value) {
  return what(value);
}

static long each(__u32 index, void *context) {
  *(int *)context += index;
  return index > 12;
}

SEC("xdp") int first(struct xdp_md *ctx) {
  int key = weigh(ctx->data_end - ctx->data, 5);
  long *value = bpf_map_lookup_elem(&hits, &key);
  if (value)
    *value += once(key);
  bpf_printk("first %d", key);
  return XDP_PASS;
}

SEC("xdp") int second(struct xdp_md *ctx) {
  int sum = 0;
  bpf_loop(10, each, &sum, 0);
  sum += apply(slow, 4);
  return sum > 100 ? XDP_DROP : XDP_PASS;
}

SEC("tp/sched/sched_process_exec") int third(void *ctx) {
  struct task *task = (void *)bpf_get_current_task();
  int pid = BPF_CORE_READ(task, parent, pid);
  bpf_printk("third %d %d", pid, weigh(pid, total));
  return 0;
}

SEC("xdp") int fourth(struct xdp_md *ctx) {
  asm volatile("%0 = 5" : "=r"(total));
  total += step;
  return weigh(ctx->ingress_ifindex, TWICE(2));
}

SEC("xdp") int fifth(struct xdp_md *ctx) {
  long named;
  asm volatile("%0 = total ll" : "=r"(named));
  return named > 4;
}
char _license[] SEC("license") = "GPL";
`;

function checkEdits(seed: number, profile: CompileOptions['profile']): void {
  const next = randomSource(seed);
  const session = new EditSession({ cpu: 3, profile, defines: [] });
  // A function that is only known after inlining is not called in the debug profile.
  const first = profile === 'debug' ? PROGRAM.replace('apply(slow, 4)', 'slow(4)') : PROGRAM;
  let good = first;
  for (let round = 0; round < 50; round++) {
    const text: string = round === 0 ? first : edited(next(8) === 0 ? first : good, next);
    const { again, whole } = session.compile(text);
    expect(again, text).toEqual(whole);
    if (whole['object'] !== null) good = text;
  }
  expect(session.good).toBeGreaterThan(10);
  expect(session.unread).toBeGreaterThan(10);
}

test.each([1, 2, 3])('an edited program compiles to what it would from scratch: seed %d', (seed) => {
  checkEdits(seed, 'optimised');
});

test('an edited program compiles to what it would from scratch: debug profile', () => {
  checkEdits(4, 'debug');
});

/** Each text compiled on top of the one before. */
function checkInTurn(edits: readonly (readonly [from: string, to: string])[]): void {
  const session = new EditSession({ cpu: 3, profile: 'optimised', defines: [] });
  const texts = [PROGRAM, ...edits.map(([from, to]) => PROGRAM.replace(from, to)), PROGRAM];
  for (const text of texts) {
    const { again, whole } = session.compile(text);
    expect(again, text).toEqual(whole);
    expect(whole['object'], text).not.toBeNull();
  }
}

test('what an edit takes or gives to functions that it does not touch', () => {
  checkInTurn([
    // The literals behind it have other numbers.
    ['int sum = 0;', 'int sum = 0; bpf_trace_printk("more", 5);'],
    // A variable that was only read is written to, so that its value is not known any more.
    ['return what(value);', 'step += value; return what(value) + step;'],
    ['return XDP_PASS;', 'return XDP_PASS + step;'],
    // A function that was used once is used twice.
    ['return weigh(ctx->ingress_ifindex, TWICE(2));', 'return weigh(once(1), TWICE(2));'],
    // The first one to use a helper uses another one.
    ['bpf_printk("first %d", key);', 'key = bpf_get_smp_processor_id();'],
    ['return index > 12;', 'return index > (sizeof(total) > 2 ? 12 : sizeof(struct pair));'],
    ['int pid = ', '\n\n  int pid = '],
    ['struct pair pair = { value, 9 };', 'struct pair pair = { value, 9 }, other = pair;\n  pair.b += other.b;'],
    ['TWICE(kind)', 'kind * 2'],
  ]);
});

test('a mistake in the first token behind the directives', () => {
  const session = new EditSession({ cpu: 3, profile: 'optimised', defines: [] });
  for (const wrong of ['', 'none', 'int 3', '(', 'struct {']) {
    const { again, whole } = session.compile(
      `#include <linux/bpf.h>\n\t${wrong}\n\treturn 0;\n\treturn 1;\n}\nint last;\n`,
    );
    expect(again, wrong).toEqual(whole);
  }
});

/** Names of the functions that are not read again after an edit. */
function checkUnread(edits: readonly (readonly [from: string, to: string])[], expected: readonly string[]): void {
  const options: CompileOptions = { cpu: 3, profile: 'optimised', defines: [] };
  const before = compileAgain({ path: 'a.bpf.c', text: PROGRAM, includes: includesFor(PROGRAM), options }, null);
  const text = edits.reduce((all, [from, to]) => all.replace(from, to), PROGRAM);
  const after = compileAgain({ path: 'a.bpf.c', text, includes: includesFor(text), options }, before.kept);
  const known = before.kept.unit?.code.functions;
  const unread = [...(after.kept.unit?.code.functions ?? [])].filter(
    ([name, { front }]) => front !== null && front.lowered === known?.get(name)?.front?.lowered,
  );
  expect(unread.map(([name]) => name)).toEqual(expected);
}

test('what an edit within a body does not reach is not read again', () => {
  checkUnread([['index > 12', 'index > 13']], ['once', 'first', 'third', 'fourth']);
  checkUnread([['first %d', 'first: %d']], ['apply', 'each', 'second', 'third', 'fourth']);
  checkUnread([['&sum, 0', '&sum,\n 0']], ['once', 'first', 'third', 'fourth']);
});

test('several functions may be edited at once', () => {
  checkUnread(
    [
      ['index > 12', 'index > 13'],
      ['= BPF_CORE_READ', '= 1 + BPF_CORE_READ'],
    ],
    ['once', 'first', 'fourth'],
  );
});

test('what an edit outside of bodies may reach is read again', () => {
  checkUnread([['LIMIT 7', 'LIMIT 8']], []);
  checkUnread([['2, 3, 4 };', '2, 8, 4 };']], []);
  checkUnread([['static int once(int value)', 'static int once(long value)']], []);
  checkUnread([['int total = 3;', 'int total = 3, more;']], []);
});

function checkKept(from: string, to: string, expected: readonly string[]): void {
  const options: CompileOptions = { cpu: 3, profile: 'optimised', defines: [] };
  const before = compileAgain({ path: 'a.bpf.c', text: PROGRAM, includes: includesFor(PROGRAM), options }, null);
  const text = PROGRAM.replace(from, to);
  const after = compileAgain({ path: 'a.bpf.c', text, includes: includesFor(text), options }, before.kept);
  const old = new Set(before.result.functions.map(({ insns }) => insns));
  expect(after.result.functions.filter(({ insns }) => old.has(insns)).map(({ symbol }) => symbol.name)).toEqual(
    expected,
  );
}

test('what an edit reaches is compiled again, and what goes into that', () => {
  checkKept('static __always', '\n\nstatic __always', ['slow', 'each', 'first', 'second', 'third', 'fourth']);
  checkKept('index > 12', 'index > 13', ['first', 'third', 'fourth']);
  checkKept('length * 3', 'length * 5', []);
  checkKept('2, 3, 4 };', '2, 8, 4 };', ['each', 'second', 'third', 'fourth']);
  checkKept('int total = 3', 'int total = 4', ['each', 'second']);
});
