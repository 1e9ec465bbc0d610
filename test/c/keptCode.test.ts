import { expect, test } from 'vitest';
import {
  compile,
  compileAgain,
  type CompileOptions,
  type CompileResult,
  type Includes,
  type Kept,
} from '../../server/src/c/compile.ts';
import { BUNDLED_FOLDER, readWithBundled } from '../../server/src/c/headers/bundledFolder.ts';
import { searchFolders } from '../../server/src/c/includes.ts';
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
  return weigh(ctx->ingress_ifindex, TWICE(2));
}
char _license[] SEC("license") = "GPL";
`;

/** A line more or less, one twice, another number: what stays the same moves about. */
function edited(text: string, next: (below: number) => number): string {
  const lines = text.split('\n');
  const at = next(lines.length);
  const line = lines[at] ?? '';
  switch (next(6)) {
    case 0:
      lines.splice(at, 0, '');
      break;
    case 1:
      lines.splice(at, 0, '/* what follows is as before */');
      break;
    case 2:
      lines.splice(at, 1);
      break;
    case 3:
      lines.splice(at, 0, line);
      break;
    case 4:
      lines[at] = `  ${line}`;
      break;
    default:
      lines[at] = line.replace(/\b\d+\b/, String(next(20)));
  }
  return lines.join('\n');
}

/** All that comes of it, types by their kind only: the object has them whole. */
function told({ object, functions, diagnostics }: CompileResult): unknown {
  return {
    object: object === null ? null : Buffer.from(object).toString('latin1'),
    diagnostics,
    functions: functions.map(({ locations, core, ...rest }) => ({
      ...rest,
      locations: locations.map(({ variable, ...where }) => ({ ...where, name: variable.name, at: variable.place })),
      core: core.map(({ pc, request }) => ({ pc, kind: request.kind, access: request.access })),
    })),
  };
}

function includesFor(text: string): Includes {
  const folders = [BUNDLED_FOLDER];
  return searchFolders(
    folders,
    readWithBundled({ path: 'a.bpf.c', text, folders, read: () => null, kernelTypes: null }),
  );
}

function checkEdits(seed: number, profile: CompileOptions['profile']): void {
  const next = randomSource(seed);
  const options: CompileOptions = { cpu: 3, profile, defines: [] };
  // A function that is only known after inlining is not called in the debug profile.
  const first = profile === 'debug' ? PROGRAM.replace('apply(slow, 4)', 'slow(4)') : PROGRAM;
  let good = first;
  let kept: Kept | null = null;
  let reused = 0;
  for (let round = 0; round < 30; round++) {
    const text: string = round === 0 ? first : edited(next(8) === 0 ? first : good, next);
    const includes = includesFor(text);
    const again = compileAgain({ path: 'a.bpf.c', text, includes, options }, kept);
    expect(told(again.result), text).toEqual(told(compile('a.bpf.c', text, includes, options)));
    const old = new Set([...(kept?.unit?.code.functions.values() ?? [])].map(({ code }) => code?.insns));
    if (again.result.functions.some(({ insns }) => old.has(insns))) reused++;
    kept = again.kept;
    if (again.result.object !== null) good = text;
  }
  expect(reused).toBeGreaterThan(2);
}

test.each([1, 2, 3])('an edited program compiles to what it would from scratch: seed %d', (seed) => {
  checkEdits(seed, 'optimised');
});

test('an edited program compiles to what it would from scratch: debug profile', () => {
  checkEdits(4, 'debug');
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
  checkKept('static __always', '\n\nstatic __always', ['slow', 'each', 'first', 'second', 'third']);
  checkKept('index > 12', 'index > 13', ['first', 'third']);
  checkKept('length * 3', 'length * 5', []);
  checkKept('2, 3, 4 };', '2, 8, 4 };', ['each', 'second', 'third']);
  checkKept('int total = 3', 'int total = 4', ['each', 'second']);
});
