import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Btf } from '../../../server/src/btf/btf.ts';
import { resolve, typeAt } from '../../../server/src/btf/query.ts';
import { compile } from '../../../server/src/c/compile.ts';
import { BUNDLED_FOLDER, readWithBundled } from '../../../server/src/c/headers/bundledFolder.ts';
import { searchFolders } from '../../../server/src/c/includes.ts';
import { BUNDLED_HEADERS, bundledHeader } from '../../../server/src/c/headers/headers.ts';
import { kernelCatalogue } from '../../../server/src/c/headers/kernelCatalogue.ts';
import { kernelTypesHeader } from '../../../server/src/c/headers/kernelTypes.ts';
import { kernelBtf } from '../../support/kernelBtf.ts';

/** The compiler that our headers are compared with; null where it is not installed. */
const CLANG = ['clang-19', 'clang'].find((name) => spawnSync(name, ['--version']).status === 0) ?? null;
const withClang = it.skipIf(CLANG === null);

let folder = '';
beforeAll(() => {
  folder = mkdtempSync(path.join(os.tmpdir(), 'headers-'));
  for (const name of BUNDLED_HEADERS) {
    mkdirSync(path.join(folder, path.dirname(name)), { recursive: true });
    writeFileSync(path.join(folder, name), bundledHeader(name) ?? '');
  }
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const ARGS = ['-target', 'bpf', '-Wall', '-Wno-unused-function', '-D__TARGET_ARCH_x86', '-nostdinc'];

/** What clang has against a program; empty for nothing. */
function complaints(source: string): string {
  writeFileSync(path.join(folder, 'program.c'), source);
  return said('-O2', '-c', '-g', '-o', 'program.o', 'program.c');
}

function said(...args: readonly string[]): string {
  return spawnSync(CLANG ?? '', [...ARGS, '-I', '.', ...args], { encoding: 'utf8', cwd: folder }).stderr;
}

const CONSTANTS: readonly (readonly [header: string, name: string, value: string])[] = [
  ['linux/if_ether.h', 'ETH_P_ERSPAN', '0x88be'],
  ['linux/tcp.h', 'TCP_FLAG_SYN', '__builtin_bswap32(0x00020000)'],
  ['linux/tcp.h', 'TCP_CA_Loss', '4'],
  ['linux/icmpv6.h', 'ICMPV6_MGM_REPORT', '131'],
  ['linux/pkt_sched.h', 'TC_H_MAKE(0x10000, 2)', '0x10002'],
  ['linux/pkt_sched.h', 'TC_H_INGRESS', '0xfffffff1u'],
  ['linux/sched.h', 'CLONE_NEWUSER', '0x10000000'],
  ['linux/netfilter.h', 'NFPROTO_IPV6', '10'],
  ['linux/filter.h', 'SKF_AD_OFF', '-0x1000'],
  ['linux/perf_event.h', 'PERF_COUNT_SW_BPF_OUTPUT', '10'],
  ['linux/unistd.h', '__NR_openat2', '437'],
  ['sys/socket.h', 'AF_XDP', '44'],
  ['errno.h', 'ENOTSUP', '95'],
  ['linux/limits.h', 'PATH_MAX', '4096'],
  ['uapi/linux/ip.h', 'sizeof(struct iphdr)', '20'],
  ['linux/ip.h', 'sizeof(struct iphdr)', '20'],
  ['linux/swab.h', '___constant_swab32(1)', '0x01000000'],
  ['endian.h', 'htobe16(1)', '0x100'],
];

describe('our own headers', () => {
  it('are found by the names that programs use', () => {
    expect(bundledHeader('uapi/linux/bpf.h')).toBe(bundledHeader('linux/bpf.h'));
    expect(bundledHeader('bpf_helpers.h')).toBe(bundledHeader('bpf/bpf_helpers.h'));
    expect(bundledHeader('no/such.h')).toBeNull();
  });

  it('say that they are there', () => {
    expect(bundledHeader('linux/types.h')).toMatch(/^#define _LINUX_TYPES_H$/m);
    expect(bundledHeader('linux/bpf.h')).toMatch(/^#define __LINUX_BPF_H__$/m);
    expect(bundledHeader('bpf/bpf_helpers.h')).toMatch(/^#define __BPF_HELPERS__$/m);
  });

  it('have the constants of the kernel', () => {
    const asked = CONSTANTS.map(
      ([header, name, value]) => `#include <${header}>\n_Static_assert(${name} == ${value}, "");\n`,
    );
    const text = asked.join('');
    const folders = [BUNDLED_FOLDER];
    const reads = readWithBundled({ path: 'a.c', text, folders, read: () => null, kernelTypes: null });
    const { diagnostics } = compile('a.c', text, searchFolders(folders, reads), {
      cpu: 3,
      profile: 'optimised',
      defines: [],
    });
    expect(diagnostics.map(({ message }) => message)).toEqual([]);
  });

  withClang(
    'are C that clang takes, each by itself',
    () => {
      const files = BUNDLED_HEADERS.map((name, i) => {
        const before = name.startsWith('bpf/') ? '#include <linux/bpf.h>\n#include <linux/ptrace.h>\n' : '';
        writeFileSync(path.join(folder, `alone${i}.c`), `${before}#include <${name}>\n`);
        return `alone${i}.c`;
      });
      expect(said('-fsyntax-only', ...files)).toBe('');
    },
    300_000,
  );

  withClang('hold what a packet program needs', () => {
    expect(
      complaints(`#include <linux/bpf.h>
#include <linux/if_ether.h>
#include <linux/ip.h>
#include <linux/ipv6.h>
#include <linux/tcp.h>
#include <linux/udp.h>
#include <linux/icmp.h>
#include <linux/icmpv6.h>
#include <linux/in.h>
#include <linux/pkt_cls.h>
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_endian.h>
struct { __uint(type, BPF_MAP_TYPE_HASH); __uint(max_entries, 16); __type(key, __u32); __type(value, __u64); } m SEC(".maps");
SEC("xdp") int f(struct xdp_md *ctx) {
  void *data = (void *)(long)ctx->data, *end = (void *)(long)ctx->data_end;
  struct ethhdr *eth = data;
  if (data + sizeof(*eth) > end) return XDP_DROP;
  if (eth->h_proto == bpf_htons(ETH_P_IP)) bpf_printk("%d %d %d %d", 1, 2, 3, 4);
  __u32 key = 0; __u64 *v = bpf_map_lookup_elem(&m, &key);
  int i; bpf_for(i, 0, 4) if (v) __sync_fetch_and_add(v, i);
  return XDP_PASS;
}
char _license[] SEC("license") = "GPL";`),
    ).toBe('');
  });

  const kernel = kernelBtf();
  it.skipIf(CLANG === null || kernel === null)('lay out structures as the kernel does', () => {
    const own = new Set(
      [...(bundledHeader('linux/bpf.h') ?? '').matchAll(/^struct (\w+) \{/gm)].map(([, name]) => name ?? ''),
    );
    const asserts = [...own].flatMap((name) => (kernel === null ? [] : assertLayout(kernel, name)));
    expect(asserts.length).toBeGreaterThan(200);
    expect(complaints(`#include <linux/bpf.h>\n${asserts.join('\n')}`)).toBe('');
  });

  withClang('know the usual structures where there is no kernel', () => {
    writeFileSync(path.join(folder, 'vmlinux.h'), kernelCatalogue());
    expect(
      complaints(`#include "vmlinux.h"
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>
#include <bpf/bpf_core_read.h>
SEC("tp/sched/sched_process_exec") int f(struct trace_event_raw_sched_process_exec *ctx) {
  struct task_struct *task = (void *)bpf_get_current_task();
  return BPF_CORE_READ(task, real_parent, tgid) + ctx->pid;
}
SEC("kprobe/tcp_close") int BPF_KPROBE(g, struct sock *sk) {
  return BPF_CORE_READ(sk, __sk_common.skc_dport) + PT_REGS_RC(ctx);
}
SEC("xdp") int h(struct xdp_md *ctx) {
  struct ethhdr *eth = (void *)(long)ctx->data;
  return (void *)(eth + 1) > (void *)(long)ctx->data_end ? XDP_DROP : eth->h_proto;
}`),
    ).toBe('');
  });

  it.skipIf(CLANG === null || kernel === null)('follow the kernel’s types as far as a program’s words lead', () => {
    if (kernel === null) return;
    const program = `#include "vmlinux.h"
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>
#include <bpf/bpf_core_read.h>
SEC("kprobe/x") int BPF_KPROBE(f, struct file *file) {
  struct task_struct *task = (void *)bpf_get_current_task();
  int ppid = BPF_CORE_READ(task, real_parent, tgid);
  unsigned long ino = BPF_CORE_READ(file, f_inode, i_ino);
  return bpf_core_field_exists(task->exit_code) ? ppid + ino : BPF_MAP_TYPE_HASH;
}
SEC("tp_btf/x") int BPF_PROG(g, bool preempt, struct task_struct *prev) { return prev->pid + prev->mm->map_count; }
SEC("ksyscall/x") int BPF_KSYSCALL(h, int fd, const char *name) { return fd; }
SEC("fentry/x") int BPF_PROG2(p2, struct path, a, int, b) { return b; }`;
    const words = [
      program,
      ...BUNDLED_HEADERS.filter((name) => name.startsWith('bpf/')).map((name) => bundledHeader(name)),
    ];
    const text = kernelTypesHeader(kernel, new Set(words.join(' ').match(/[A-Za-z_]\w*/g)));
    writeFileSync(path.join(folder, 'vmlinux.h'), text);
    expect(text.split('\n').length).toBeLessThan(20_000);
    expect(complaints(program)).toBe('');
  });
});

/** Assertions in C about the size of a structure and the places of its members, as the kernel has them. */
function assertLayout(btf: Btf, name: string): string[] {
  const id = btf.lazy?.named(name).find((one) => typeAt(btf, one).kind === 'struct');
  const type = id === undefined ? null : resolve(btf, id);
  if (type?.kind !== 'struct') return [];
  const members = type.members.filter((member) => member.name !== '' && member.bitSize === 0);
  return [
    `_Static_assert(sizeof(struct ${name}) == ${type.size}, "${name}");`,
    ...members.map(
      (member) =>
        `_Static_assert(__builtin_offsetof(struct ${name}, ${member.name}) == ${member.offsetBits / 8}, "${name}.${member.name}");`,
    ),
  ];
}
