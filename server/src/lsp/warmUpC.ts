/**
 * What the language server does while the user has opened no C source yet: it compiles and verifies a made-up program,
 * stage by stage, and edits it, so that V8 has met the compiler's functions before the first one is waited for.
 */
import { NO_FLAGS } from '../c/compileFlags.ts';
import { openInStages, verifyC, type CFile, type CSetting } from '../ide/c/cFile.ts';
import { VERIFY_DEFAULTS } from '../verifier/verify.ts';
import { SLICE } from './publisher.ts';

/** After these another round makes the first source no faster. */
const ROUNDS = 6;
/** What is typed later is compiled on top of what was there, by functions of its own. */
const EDITS = 24;

const SETTING: CSetting = {
  flags: NO_FLAGS, systemFolders: [], systemFirst: false, read: () => null, kernelTypes: null, kernelName: 'Linux',
}; // prettier-ignore

/** Rounds before which there is more to win than by what a kernel's types take. */
const ROUNDS_BEFORE_TYPES = 2;

/**
 * Each step takes some tens of milliseconds at the most. `kernelTypes` are those that sources would get, once they have been
 * read: what names they have is found out, too.
 */
export function* warmUpC(kernelTypes: () => CSetting['kernelTypes'] = () => null): Generator<unknown, void> {
  let file: CFile | null = null;
  for (let round = 0; round < ROUNDS; round++) {
    file = yield* compiled(WARM_UP_SOURCE, null, null);
    const types = kernelTypes();
    if (types !== null && round >= ROUNDS_BEFORE_TYPES) yield* compiled(WARM_UP_TRACING, types, null);
  }
  for (let edit = 0; edit < EDITS; edit++)
    file = yield* compiled(WARM_UP_SOURCE.replace('from * 31', `from * ${edit}`), null, file);
}

function* compiled(
  source: string,
  kernelTypes: CSetting['kernelTypes'],
  before: CFile | null,
): Generator<unknown, CFile> {
  const file = yield* openInStages('', source, { ...SETTING, kernelTypes }, before);
  const job = verifyC(file, { ...VERIFY_DEFAULTS, kernelBtf: kernelTypes });
  while (!job.advance(SLICE)) yield;
  return file;
}

/** A bit of everything that programs do. */
export const WARM_UP_SOURCE = `#include <linux/bpf.h>
#include <linux/if_ether.h>
#include <linux/ip.h>
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_endian.h>
#define LIMIT 32
#define at_least(x, y) ((x) > (y) ? (x) : (y))
enum verdict { DROP = 1, PASS = 2 };
struct seen { __u64 packets, bytes; __u8 kinds[4]; };
typedef struct { __u32 from, to; } flow_t;
struct { __uint(type, BPF_MAP_TYPE_HASH); __uint(max_entries, 64); __type(key, flow_t); __type(value, struct seen); } flows SEC(".maps");
static volatile int limit = 3;
static __noinline int mix(__u32 from) { return from * 31 + limit; }
static __always_inline int kind(const struct iphdr *ip, __u32 *sum) {
  switch (ip->protocol) {
    case 1: return 0;
    case 6: *sum += 2; return 1;
    case 17: return 2;
    default: return 3;
  }
}
SEC("xdp") int first(struct xdp_md *ctx) {
  void *data = (void *)(long)ctx->data, *end = (void *)(long)ctx->data_end;
  struct ethhdr *eth = data;
  if ((void *)(eth + 1) > end || eth->h_proto != bpf_htons(ETH_P_IP)) return DROP;
  struct iphdr *ip = (void *)(eth + 1);
  if ((void *)(ip + 1) > end) return DROP;
  flow_t key = { .from = ip->saddr, .to = ip->daddr };
  struct seen *seen = bpf_map_lookup_elem(&flows, &key), none = {};
  __u32 sum = 0, i;
  for (i = 0; i < LIMIT; i++) {
    sum ^= (sum << 1) + (i & 7);
    if (sum & 0x100) sum -= 7;
  }
  if (!seen) {
    none.packets = 1;
    bpf_map_update_elem(&flows, &key, &none, BPF_ANY);
    return PASS;
  }
  __sync_fetch_and_add(&seen->packets, 1);
  seen->bytes += at_least(bpf_ntohs(ip->tot_len), 64);
  seen->kinds[kind(ip, &sum) & 3]++;
  return mix(sum) > 5 ? PASS : DROP;
}
char _license[] SEC("license") = "GPL";
`;

/** What programs do that look into the kernel. */
export const WARM_UP_TRACING = `#include "vmlinux.h"
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>
#include <bpf/bpf_core_read.h>
SEC("tp/sched/sched_process_exec") int exec(struct trace_event_raw_sched_process_exec *ctx) {
  struct task_struct *task = (void *)bpf_get_current_task();
  bpf_printk("%d %d", BPF_CORE_READ(task, real_parent, tgid), ctx->pid);
  return 0;
}
SEC("tp_btf/sched_process_exit") int BPF_PROG(ended, struct task_struct *task) {
  bpf_printk("%d", task->pid);
  return 0;
}
char _license[] SEC("license") = "GPL";
`;
