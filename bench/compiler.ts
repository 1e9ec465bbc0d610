/**
 * How long C sources take, beside clang and clangd on the same file where they are installed:
 * `npm run bench:c [-- --rounds N]`. Times are those of this process, minimum, median and 95th percentile of the rounds;
 * stages of a first open are measured in processes of their own, on the processor; language servers over their protocol,
 * by the clock.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import type { Btf } from '../server/src/btf/btf.ts';
import { openBtf } from '../server/src/btf/openBtf.ts';
import { NO_FLAGS } from '../server/src/c/compileFlags.ts';
import { BUNDLED_HEADERS, bundledHeader } from '../server/src/c/headers/headers.ts';
import { openC, verifyC, type CFile, type CSetting } from '../server/src/ide/c/cFile.ts';
import { warmUpC } from '../server/src/lsp/warmUpC.ts';
import { VERIFY_DEFAULTS } from '../server/src/verifier/verify.ts';
import { kernelHeader } from '../test/support/kernelBtf.ts';
import { stagesOf, type StageTimes } from './compilerStages.ts';
import { LanguagePeer, languageServers } from './languagePeer.ts';

const { values } = parseArgs({ options: { rounds: { type: 'string', default: '40' } } });
const ROUNDS = Number(values.rounds);
/** Enough for V8 to optimise what edits take, and the first ones among them. */
const EDITS = 3 * ROUNDS;
const CLANG = ['clang-19', 'clang'].find((name) => spawnSync(name, ['--version']).status === 0) ?? null;
const folder = mkdtempSync(path.join(os.tmpdir(), 'bench-c-'));
const SOURCE = path.join(folder, 'program.bpf.c');
const FLAGS = ['-target', 'bpf', '-O2', '-g', '-D__TARGET_ARCH_x86', '-nostdinc', '-I', path.join(folder, 'inc')];

const UAPI = '#include <linux/bpf.h>\n#include <linux/if_ether.h>\n#include <linux/ip.h>\n#include <linux/in.h>';
const VMLINUX_H = '#include "vmlinux.h"';

/** A packet program of about so many lines: parsers of headers that count what they see in maps. */
function packetProgram(lines: number, types = UAPI): string {
  const head = `${types}
#define ETH_P_IP 0x0800
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_endian.h>
struct { __uint(type, BPF_MAP_TYPE_HASH); __uint(max_entries, 1024); __type(key, __u32); __type(value, __u64); } hits SEC(".maps");
`;
  const programs: string[] = [];
  for (let i = 0; head.split('\n').length + programs.length * 24 < lines; i++) programs.push(oneProgram(i));
  return `${head}${programs.join('')}char _license[] SEC("license") = "GPL";\n`;
}

function oneProgram(i: number): string {
  return `
static __always_inline int weigh_${i}(__u32 length, __u32 proto) {
  __u32 weight = length * ${i + 3};
  if (proto == ${i})
    weight += 7;
  return weight & 1023;
}
SEC("xdp") int count_${i}(struct xdp_md *ctx) {
  void *data = (void *)(long)ctx->data, *end = (void *)(long)ctx->data_end;
  struct ethhdr *eth = data;
  if ((void *)(eth + 1) > end)
    return XDP_DROP;
  if (eth->h_proto != bpf_htons(ETH_P_IP))
    return XDP_PASS;
  struct iphdr *ip = (void *)(eth + 1);
  if ((void *)(ip + 1) > end)
    return XDP_DROP;
  __u32 key = ip->protocol + weigh_${i}(bpf_ntohs(ip->tot_len), ip->protocol);
  __u64 *value = bpf_map_lookup_elem(&hits, &key);
  if (value)
    __sync_fetch_and_add(value, 1);
  return ip->ttl > ${i % 60} ? XDP_PASS : XDP_DROP;
}
`;
}

const TRACING = `#include "vmlinux.h"
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>
#include <bpf/bpf_core_read.h>
SEC("tp/sched/sched_process_exec") int exec(struct trace_event_raw_sched_process_exec *ctx) {
  struct task_struct *task = (void *)bpf_get_current_task();
  bpf_printk("%d", BPF_CORE_READ(task, real_parent, tgid));
  return 0;
}
char LICENSE[] SEC("license") = "GPL";
`;

function setting(kernelTypes: Btf | null, read: CSetting['read'] = () => null): CSetting {
  return { flags: NO_FLAGS, systemFolders: [], systemFirst: false, read, kernelTypes, kernelName: 'Linux' };
}

function times(name: string, rounds: number, once: (round: number) => void): void {
  const taken: number[] = [];
  for (let round = 0; round < rounds; round++) {
    const start = performance.now();
    once(round);
    taken.push(performance.now() - start);
  }
  tell(name, taken);
}

function tell(name: string, taken: readonly number[]): void {
  const sorted = taken.toSorted((a, b) => a - b);
  const at = (q: number): string =>
    (sorted[Math.min(sorted.length - 1, Math.floor(q * sorted.length))] ?? 0).toFixed(1);
  console.log(
    `${name.padEnd(58)} first ${(taken[0] ?? 0).toFixed(1)}, min ${at(0)}, median ${at(0.5)}, p95 ${at(0.95)} ms`,
  );
}

function verified(file: CFile): void {
  const job = verifyC(file, VERIFY_DEFAULTS);
  while (!job.advance(100_000));
}

function clangTakes(name: string, text: string, words: readonly string[]): void {
  if (CLANG === null) return;
  writeFileSync(SOURCE, text);
  times(`  ${name}`, 10, () => void spawnSync(CLANG, [...FLAGS, ...words, SOURCE]));
}

/** The source in a folder with our own headers, and the flags that lead to them, for all who read it from there. */
function writeHeaders(): void {
  for (const header of BUNDLED_HEADERS) {
    mkdirSync(path.join(folder, 'inc', path.dirname(header)), { recursive: true });
    writeFileSync(path.join(folder, 'inc', header), bundledHeader(header) ?? '');
  }
  writeFileSync(path.join(folder, 'compile_flags.txt'), FLAGS.join('\n'));
}

interface Change {
  readonly what: string;
  readonly from: string;
  readonly to: string;
  /** The front end says nothing of it. */
  readonly verdict?: true;
}

/** From a change to what a language server says of it, over its own protocol: ours, and clangd where it is installed. */
async function inServers(name: string, text: string, changes: readonly Change[]): Promise<void> {
  for (const server of languageServers()) {
    const peer = await LanguagePeer.start(server, SOURCE);
    tell(`${name} in ${server.name}, opened`, [await peer.open(text)]);
    for (const { what, from, to, verdict } of changes) {
      if (verdict && server.name !== 'ours') continue;
      const [at, wrong] = [text.lastIndexOf(from), (round: number): boolean => round % 2 === 0];
      const changed = text.slice(0, at) + to + text.slice(at + from.length);
      const taken: number[] = [];
      for (let round = 0; round < ROUNDS; round++)
        taken.push(await peer.change(wrong(round) ? changed : text, wrong(round)));
      if (!wrong(ROUNDS)) await peer.change(text, false);
      tell(`  ${what}`, taken);
    }
    peer.stop();
  }
}

const UNDECLARED: Change = { what: 'a mistake in a name, and back', from: 'return ', to: 'return none + ' };
const UNCHECKED: Change = {
  what: 'a check taken out, and back: the verdict',
  from: '(void *)(ip + 1) > end',
  to: '0',
  verdict: true,
};

function keystrokes(lines: number): void {
  const text = packetProgram(lines);
  edits('linux/*.h', text, setting(null));
  clangTakes('clang -fsyntax-only', text, ['-fsyntax-only']);
  clangTakes('clang -O2 -c', text, ['-c', '-o', path.join(folder, 'o.o')]);
}

/** A first open and edits in a function, each with the verdict. */
function edits(types: string, text: string, of: CSetting): void {
  let file: CFile | null = null;
  times(`first open of ${text.split('\n').length} lines with ${types}, verified`, 1, () => {
    file = openC('a.bpf.c', text, of, null);
    verified(file);
  });
  times('an edit of it: front end, code, verdict', EDITS, (round) => {
    file = openC('a.bpf.c', text.replace('& 1023', `& ${1000 + round}`), of, file);
    verified(file);
  });
  const at = text.lastIndexOf('  __u64 *value');
  times('a line typed in it, letter by letter', TYPED.length, (count) => {
    file = openC('a.bpf.c', `${text.slice(0, at)}${TYPED.slice(0, count)}\n${text.slice(at)}`, of, file);
    verified(file);
  });
}

const TYPED =
  '  __u32 more = bpf_ntohs(eth->h_proto) + key; if (more > 7 && ip->ttl != 3) { bpf_printk("%d", more); return XDP_DROP; }';

/** Processes whose least counts. */
const PROCESSES = 8;

/**
 * A first open by stages: in new processes, in new ones after the language server's warm-up, in such with what an earlier
 * session kept of a large header, and in this one.
 */
function firstOpens(name: string, text: string, types: string, vmlinux: string | null): void {
  const file = path.join(folder, 'first.bpf.c');
  const header = path.join(folder, 'first.vmlinux.h');
  writeFileSync(file, text);
  writeFileSync(header, vmlinux ?? '');
  const words = [file, types, vmlinux === null ? '' : header, path.join(folder, 'kept')];
  const bytes = types === '' ? null : new Uint8Array(readFileSync(types));
  const again = Array.from({ length: ROUNDS }, () => stagesOf({ text, types: bytes, vmlinux }));
  const warmed = { 'new process': inProcesses('new', words), 'after the warm-up': inProcesses('warmed', words) };
  const second = vmlinux === null ? {} : { 'second session': inProcesses('second', words).slice(1) };
  const rows = { ...warmed, ...second, again };
  console.log(`${name}: least milliseconds on the processor, by stage`);
  for (const [row, times] of Object.entries(rows)) console.log(`  ${row.padEnd(18)} ${stageRow(times)}`);
}

function inProcesses(when: string, words: readonly string[]): StageTimes[] {
  const script = path.join(import.meta.dirname, 'compilerStages.ts');
  return Array.from({ length: PROCESSES }, () => {
    const { stdout } = spawnSync(process.execPath, [script, when, ...words], { encoding: 'utf8' });
    return JSON.parse(stdout) as StageTimes;
  });
}

function stageRow(times: readonly StageTimes[]): string {
  const least = (of: (one: StageTimes) => number): string => Math.min(...times.map(of)).toFixed(1);
  const total = (one: StageTimes): number => Object.values(one).reduce((sum, ms) => sum + ms, 0);
  const stages = Object.keys(times[0] ?? {}).map((stage) => `${stage} ${least((one) => one[stage] ?? 0)}`);
  return `${stages.join(', ')}; together ${least(total)}`;
}

writeHeaders();
// As the language server has it by the time that somebody types.
for (const _ of warmUpC(() => null));
firstOpens('120 lines with linux/*.h', packetProgram(120), '', null);
keystrokes(120);
keystrokes(500);
keystrokes(1000);
await inServers('500 lines', packetProgram(500), [UNDECLARED, UNCHECKED]);
const VMLINUX = '/sys/kernel/btf/vmlinux';
if (existsSync(VMLINUX)) {
  const bytes = new Uint8Array(readFileSync(VMLINUX));
  times(
    'vmlinux.h from BTF, opened the first time',
    1,
    () => void openC('b.bpf.c', TRACING, setting(openBtf(bytes).btf), null),
  );
  const { btf } = openBtf(bytes);
  firstOpens('vmlinux.h from BTF', TRACING, VMLINUX, null);
  edits('vmlinux.h from BTF', packetProgram(500, VMLINUX_H), setting(btf));
  times('vmlinux.h from BTF, again', ROUNDS, () => void openC('b.bpf.c', TRACING, setting(btf), null));
}
const header = kernelHeader();
if (header !== null) {
  writeFileSync(path.join(folder, 'vmlinux.h'), header);
  const read = (file: string): string | null => (file === 'vmlinux.h' ? header : null);
  times(
    `vmlinux.h as text, ${header.split('\n').length} lines`,
    10,
    () => void openC('c.bpf.c', TRACING, setting(null, read), null),
  );
  firstOpens('vmlinux.h as text', TRACING, '', header);
  edits('vmlinux.h as text', packetProgram(500, VMLINUX_H), setting(null, read));
  let file: CFile | null = null;
  times('another file with it', 10, (round) => void openC(`d${round}.bpf.c`, TRACING, setting(null, read), null));
  times('an edit behind it', ROUNDS, (round) => {
    file = openC('c.bpf.c', TRACING.replace('return 0', `return ${round}`), setting(null, read), file);
  });
  clangTakes('clang -fsyntax-only', TRACING, ['-fsyntax-only']);
  await inServers('vmlinux.h as text', TRACING, [UNDECLARED]);
}
rmSync(folder, { recursive: true, force: true });
