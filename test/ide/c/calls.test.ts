import { describe, expect, it } from 'vitest';
import type { Btf } from '../../../server/src/btf/btf.ts';
import { NO_FLAGS } from '../../../server/src/c/compileFlags.ts';
import { callAround } from '../../../server/src/ide/c/callAround.ts';
import { openC, type CFile, type CSetting } from '../../../server/src/ide/c/cFile.ts';
import { cCompletionsAt } from '../../../server/src/ide/c/completion.ts';
import { cSignatureAt } from '../../../server/src/ide/c/signature.ts';
import type { Completion } from '../../../server/src/ide/completion.ts';

const SETTING: CSetting = {
  flags: NO_FLAGS, systemFolders: [], systemFirst: false, read: () => null, kernelTypes: null, kernelName: 'Linux 6.18',
}; // prettier-ignore

function opened(marked: string): { readonly file: CFile; readonly offset: number } {
  const offset = marked.indexOf('$0');
  return { file: openC('a.bpf.c', marked.replace('$0', ''), SETTING, null), offset };
}

function completions(marked: string, kernelTypes: Btf | null = null): Completion[] {
  const { file, offset } = opened(marked);
  return cCompletionsAt(file, offset, { ...SETTING, kernelTypes }).toSorted((a, b) =>
    a.sortText < b.sortText ? -1 : 1,
  );
}

const completion = (marked: string, label: string): Completion | undefined =>
  completions(marked).find((one) => one.label === label);

const source = (body: string, section = 'xdp', context = 'xdp_md'): string => `#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_core_read.h>
struct key { int a; };
struct { __uint(type, BPF_MAP_TYPE_HASH); __type(key, struct key); __type(value, long); __uint(max_entries, 1); } flows SEC(".maps");
struct { __uint(type, BPF_MAP_TYPE_ARRAY); __type(key, int); __type(value, long); __uint(max_entries, 1); } totals SEC(".maps");
struct { __uint(type, BPF_MAP_TYPE_RINGBUF); __uint(max_entries, 4096); } events SEC(".maps");
/* */ static int add(int left, const char *right) { return left; }
SEC("${section}") int f(struct ${context} *ctx) {
${body}
}
`;

describe('the call around a place', () => {
  it.each([
    ['f($0', 'f', 0],
    ['f(a, $0', 'f', 1],
    ['f(a, g(b, c), $0', 'f', 2],
    ['f(a, g(b, $0', 'g', 1],
    ['f("(,", \',\', /* , */ $0', 'f', 2],
    ['f(a[1, 2], (x, y), $0', 'f', 2],
    ['f((struct s){ 1, 2 }, $0', 'f', 1],
    ['f(a; g($0', 'g', 0],
    ['for (i = 0; i < f(a, $0', 'f', 1],
    ['f(a)$0', null, 0],
    ['if ($0', null, 0],
    ['(a, $0', null, 0],
  ])('%s', (marked, name, argument) => {
    const offset = marked.indexOf('$0');
    const found = callAround(marked.replace('$0', ''), offset);
    expect(found?.name ?? null).toBe(name);
    if (found !== null) expect(found.argument).toBe(argument);
  });
});

describe('signatures', () => {
  const told = (marked: string): string | null => {
    const { file, offset } = opened(marked);
    const found = cSignatureAt(file, offset);
    if (found === null) return null;
    const active = found.parameters[found.active];
    return active === undefined
      ? found.label
      : `${found.label.slice(0, active.start)}<${found.label.slice(active.start, active.end)}>${found.label.slice(active.end)}`;
  };

  it.each([
    ['  bpf_map_lookup_elem($0', 'void *bpf_map_lookup_elem(<void *map>, const void *key)'],
    ['  bpf_map_lookup_elem(&flows, $0);', 'void *bpf_map_lookup_elem(void *map, <const void *key>)'],
    ['  return add(1, $0', 'int add(int left, <const char *right>)'],
    ['  return add(add(1, "a"), $0', 'int add(int left, <const char *right>)'],
    ['  return add(1, "a", $0', 'int add(int left, const char *right)'],
    ['  bpf_printk("%d %d", 1, $0', 'bpf_printk(fmt, <args...>)'],
    ['  return nothing($0', null],
  ])('%s', (body, expected) => {
    expect(told(source(body))).toBe(expected);
  });

  it('say what the helper is for', () => {
    const { file, offset } = opened(source('  bpf_ktime_get_ns($0'));
    expect(cSignatureAt(file, offset)?.documentation).toContain('nanoseconds since boot');
  });
});

describe('completion of calls', () => {
  it('puts in the arguments, with the maps of the file that fit', () => {
    expect(completion(source('  bpf_map_look$0'), 'bpf_map_lookup_elem')).toMatchObject({
      insert: 'bpf_map_lookup_elem(${1|&flows,&totals|}, ${2:&key})',
      snippet: true,
    });
    expect(completion(source('  bpf_ringbuf_res$0'), 'bpf_ringbuf_reserve')).toMatchObject({
      insert: 'bpf_ringbuf_reserve(${1:&events}, ${2:size}, ${3:0})',
    });
    expect(completion(source('  ad$0'), 'add')).toMatchObject({ insert: 'add(${1:left}, ${2:right})' });
    expect(completion(source('  BPF_CORE_REA$0'), 'BPF_CORE_READ')?.insert).toMatch(/^BPF_CORE_READ\(\$\{1:src\}/);
    expect(completion(source('  bpf_ktime_get_n$0'), 'bpf_ktime_get_ns')).toMatchObject({
      insert: 'bpf_ktime_get_ns()',
    });
  });

  it('leaves arguments that are there alone', () => {
    expect(completion(source('  bpf_map_look$0(&flows, 0);'), 'bpf_map_lookup_elem')).toMatchObject({
      insert: 'bpf_map_lookup_elem',
      snippet: false,
    });
  });

  it('offers operations that suit no map of the file after the others', () => {
    const labels = completions(source('  bpf_map_$0')).map(({ label }) => label);
    expect(labels.indexOf('bpf_map_push_elem')).toBeGreaterThan(labels.indexOf('bpf_map_update_elem'));
    expect(labels.indexOf('bpf_map_update_elem')).toBeGreaterThanOrEqual(0);
  });

  it('offers maps that the helper takes, where it wants one', () => {
    const first = (body: string, count: number): string[] =>
      completions(source(body))
        .slice(0, count)
        .map(({ label }) => label);
    expect(first('  bpf_map_lookup_elem(&$0', 2)).toEqual(['flows', 'totals']);
    expect(first('  bpf_map_lookup_elem($0', 2)).toEqual(['&flows', '&totals']);
    expect(first('  bpf_ringbuf_reserve(&ev$0, 8, 0);', 1)).toEqual(['events']);
    expect(completion(source('  bpf_map_lookup_elem(&$0'), 'flows')?.detail).toBe('hash, struct key → long');
    expect(completions(source('  bpf_map_lookup_elem(&flows, &$0')).slice(0, 1)).not.toMatchObject([
      { label: 'flows' },
    ]);
  });
});

describe('completion of context fields', () => {
  it('has those last that programs of the section may not read', () => {
    const fields = completions(source('  return ctx->$0;', 'socket', '__sk_buff'));
    const labels = fields.map(({ label }) => label);
    expect(labels[0]).toBe('len');
    expect(labels.indexOf('data')).toBeGreaterThan(labels.indexOf('mark'));
    expect(fields.find(({ label }) => label === 'data')?.detail).toBe('__u32 data; not for socket_filter programs');
    const traffic = completions(source('  return ctx->$0;', 'tc', '__sk_buff'));
    expect(traffic.find(({ label }) => label === 'data')?.detail).toBe('__u32 data;');
  });
});

describe('completion of sections', () => {
  const kernel: Btf = {
    types: [
      { kind: 'void' },
      { kind: 'func', name: 'tcp_v4_connect', type: 0, linkage: 'static' },
      { kind: 'func', name: 'tcp_close', type: 0, linkage: 'static' },
      { kind: 'func', name: 'bpf_lsm_file_open', type: 0, linkage: 'static' },
      { kind: 'func', name: 'bpf_iter_task', type: 0, linkage: 'static' },
      { kind: 'func', name: '__x64_sys_openat', type: 0, linkage: 'static' },
      { kind: 'typedef', name: 'btf_trace_sched_switch', type: 0 },
    ] as unknown as Btf['types'],
  };
  const labels = (section: string): string[] =>
    completions(`#include <bpf/bpf_helpers.h>\nSEC("${section}$0") int f(void *c) { return 0; }`, kernel).map(
      ({ label }) => label,
    );

  it.each([
    ['fentry/tcp', ['fentry/tcp_close', 'fentry/tcp_v4_connect']],
    ['?fexit/tcp_c', ['fexit/tcp_close']],
    ['lsm/', ['lsm/file_open']],
    ['iter/', ['iter/task']],
    ['tp_btf/', ['tp_btf/sched_switch']],
    ['tracepoint/sys', ['tracepoint/syscalls/sys_enter_openat', 'tracepoint/syscalls/sys_exit_openat']],
  ])('%s', (section, expected) => {
    expect(labels(section)).toEqual(expected);
  });

  it('are names where nothing is known to attach to', () => {
    expect(labels('x')).toContain('xdp');
    expect(labels('uprobe/')).toContain('uprobe/');
    expect(labels('kprobe/tcp_c')).toEqual(['kprobe/tcp_close']);
  });
});
