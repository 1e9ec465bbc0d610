import { describe, expect, it } from 'vitest';
import { compile } from '../../../server/src/c/compile.ts';
import { BUNDLED_FOLDER, includesKernelTypes, readWithBundled } from '../../../server/src/c/headers/bundledFolder.ts';
import { searchFolders } from '../../../server/src/c/includes.ts';
import { readObject } from '../../../server/src/elf/readObject.ts';
import { kernelBtf } from '../../support/kernelBtf.ts';
import type { Btf } from '../../../server/src/btf/btf.ts';

const FOLDERS = [BUNDLED_FOLDER];
const NOTHING = (): string | null => null;

/** What is found in a program that has nothing but our own headers, and the names of its programs. */
function compiled(text: string, kernelTypes: Btf | null = null): { found: string[]; programs: string[] } {
  const read = readWithBundled({ path: 'a.bpf.c', text, folders: FOLDERS, read: NOTHING, kernelTypes });
  const options = { cpu: 3, profile: 'optimised', defines: [] } as const;
  const { object, diagnostics } = compile('a.bpf.c', text, searchFolders(FOLDERS, read), options);
  const programs = object === null ? [] : readObject('a.o', object).programs.map(({ name }) => name);
  return { found: diagnostics.map(({ code, message }) => `${code}: ${message}`), programs };
}

const PACKETS = `#include <linux/bpf.h>
#include <linux/if_ether.h>
#include <linux/ip.h>
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_endian.h>
struct { __uint(type, BPF_MAP_TYPE_PERCPU_ARRAY); __uint(max_entries, 256); __type(key, __u32); __type(value, __u64); } hits SEC(".maps");
SEC("xdp") int count(struct xdp_md *ctx) {
  void *data = (void *)(long)ctx->data, *end = (void *)(long)ctx->data_end;
  struct ethhdr *eth = data;
  if ((void *)(eth + 1) > end || eth->h_proto != bpf_htons(ETH_P_IP)) return XDP_PASS;
  struct iphdr *ip = (void *)(eth + 1);
  if ((void *)(ip + 1) > end) return XDP_PASS;
  __u32 key = ip->protocol;
  __u64 *value = bpf_map_lookup_elem(&hits, &key);
  if (value) (*value)++;
  return XDP_PASS;
}
char _license[] SEC("license") = "GPL";`;

const TRACING = `#include "vmlinux.h"
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>
#include <bpf/bpf_core_read.h>
struct event { u32 pid; u32 ppid; char comm[16]; };
struct { __uint(type, BPF_MAP_TYPE_RINGBUF); __uint(max_entries, 4096); } events SEC(".maps");
SEC("tp/sched/sched_process_exec") int exec(struct trace_event_raw_sched_process_exec *ctx) {
  struct task_struct *task = (void *)bpf_get_current_task();
  struct event *e = bpf_ringbuf_reserve(&events, sizeof(*e), 0);
  if (!e) return 0;
  e->pid = bpf_get_current_pid_tgid() >> 32;
  e->ppid = BPF_CORE_READ(task, real_parent, tgid);
  bpf_get_current_comm(e->comm, sizeof(e->comm));
  bpf_ringbuf_submit(e, 0);
  return 0;
}
SEC("kprobe/do_unlinkat") int BPF_KPROBE(unlink, int dfd, struct filename *name) {
  bpf_printk("%d %s", dfd, BPF_CORE_READ(name, name));
  return 0;
}
char LICENSE[] SEC("license") = "GPL";`;

describe('a machine with nothing but our own headers', () => {
  it('compiles a packet program', () => {
    expect(compiled(PACKETS)).toEqual({ found: [], programs: ['count'] });
  });

  it('compiles a tracing program against the usual structures', () => {
    expect(compiled(TRACING)).toEqual({ found: [], programs: ['exec', 'unlink'] });
  });

  const kernel = kernelBtf();
  it.skipIf(kernel === null)('compiles it against the types of the running kernel', () => {
    expect(compiled(TRACING, kernel)).toEqual({ found: [], programs: ['exec', 'unlink'] });
  });

  it('asks for a kernel’s types only where a program includes them and its project has none', () => {
    const wants = (text: string, read = NOTHING as (path: string) => string | null): boolean =>
      includesKernelTypes({ path: 'src/a.bpf.c', text, folders: FOLDERS, read });
    expect(wants(PACKETS)).toBe(false);
    expect(wants(TRACING)).toBe(true);
    expect(wants(TRACING, (path) => (path === 'src/vmlinux.h' ? 'int x;' : null))).toBe(false);
    expect(wants('#include "all.h"', (path) => (path === 'src/all.h' ? '#include <vmlinux.h>' : null))).toBe(true);
  });
});
