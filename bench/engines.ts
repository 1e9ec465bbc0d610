/**
 * Compares our engines with the running kernel and with the machine's own code: the same programs, compiled for BPF and
 * natively by the same clang, take turns in the same run; the least of several rounds counts.
 */
import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import type { Contender } from './contender.ts';
import { interpreterContender } from './interpreterContender.ts';
import { jitContender } from './jitContender.ts';
import { kernelContender } from './kernelContender.ts';
import { coldLatency, type Latency, warmLatency } from './latency.ts';
import type { Options } from './options.ts';
import { packetFile, samplePacket, samplePackets } from './packet.ts';
import { processContender } from './processContender.ts';
import { HOT_PACKETS, measureCapture, replayContender } from './replay.ts';
import { type EngineName, ENGINES, geomeanLines, headLine, reportOf, type Row, rowLine } from './report.ts';
import { findClang, loadWorkload, LOOKUPS_PER_RUN, ownSources, sources, type Workload } from './workloads.ts';

interface Bench {
  readonly options: Options;
  readonly folder: string;
  readonly clang: string | null;
  readonly kernelTool: string | null;
  /** The empty program in the kernel, whose time is taken off. */
  readonly empty: Contender | null;
}

/** Files of packets in the folder. */
const PACKET = 'packet';
const HOT = 'packets';

/** Programs that are also run over many packets. */
const REPLAYED: ReadonlySet<string> = new Set(['counters', 'c_xdp']);

type Contenders = Partial<Record<EngineName, Contender>>;

/** Measures everything; `folder` is for what is built on the way. */
export function measureEngines(options: Options, folder: string): void {
  const bench = prepare(options, folder);
  const names = [...sourcesFor(bench).keys()].filter((name) => (options.only ?? name) === name && name !== 'empty');
  if (names.length === 0) throw new Error(`there is no program ${options.only}`);
  console.log(headLine());
  const rows: Row[] = [];
  const add = (row: Row): void => {
    rows.push(row);
    console.log(rowLine(row));
  };
  for (const name of names) {
    const work = workload(bench, name);
    add(measure(bench, work, contendersFor(bench, work)));
    if (REPLAYED.has(name)) add(replayRow(bench, work));
  }
  const report = reportOf(rows);
  for (const line of geomeanLines(report)) console.log(line);
  if (options.only === null) for (const line of otherLines(bench)) console.log(line);
  if (options.json !== null) writeFileSync(options.json, `${JSON.stringify(report, null, 2)}\n`);
}

/** What does not fit the table. */
function otherLines(bench: Bench): string[] {
  const { batches, single } = measureCapture(workload(bench, 'counters'), 3);
  const { file } = workload(bench, 'big');
  return [
    `a capture of 100,000 packets, read and run: ${batches.toFixed(0)} ns a packet in batches, ${single.toFixed(0)} one by one`,
    latencyLine('warm', warmLatency(file, 20)),
    latencyLine('in a new process', coldLatency(file, 5, false)),
    latencyLine('in a worker that waited', coldLatency(file, 5, true)),
  ];
}

function latencyLine(when: string, latency: Latency): string {
  const [first, second, verifier] = [latency.first, latency.compiled, latency.verify].map(
    (ms) => `${ms.toFixed(1)} ms`,
  );
  return `4,000 instructions, bytes to first result, ${when}: ${first}, to the second, compiled, ${second}; the verifier ${verifier}`;
}

function prepare(options: Options, folder: string): Bench {
  const clang = findClang();
  if (clang === null)
    console.log('clang for BPF is not installed: checked-in objects are measured, and no native code');
  writeFileSync(path.join(folder, PACKET), packetFile([samplePacket()]));
  writeFileSync(path.join(folder, HOT), packetFile(samplePackets(HOT_PACKETS)));
  const kernelTool = buildKernelTool(folder);
  const bench = { options, folder, clang, kernelTool, empty: null };
  const say = (reason: string): void => console.log(`the kernel is not measured: ${reason}`);
  if (kernelTool === null) say('there is no C compiler or no <linux/bpf.h>');
  const empty = kernelTool === null ? null : kernelContender(kernelTool, workload(bench, 'empty'), say);
  return { ...bench, empty };
}

function buildKernelTool(folder: string): string | null {
  const tool = path.join(folder, 'kernel');
  try {
    execFileSync('cc', ['-O2', '-o', tool, path.join(import.meta.dirname, 'kernel.c')], { stdio: 'ignore' });
    return tool;
  } catch {
    return null;
  }
}

/** Those beside the checkout have no objects in the repository. */
function sourcesFor({ clang, folder }: Bench): Map<string, string> {
  return clang === null ? ownSources() : sources(folder);
}

function workload(bench: Bench, name: string): Workload {
  const source = sourcesFor(bench).get(name) ?? '';
  return loadWorkload(name, source, bench.clang, bench.folder);
}

function contendersFor(bench: Bench, work: Workload): Contenders {
  const give = (reason: string): void => console.log(`${work.name}: ${reason}`);
  const { kernelTool, empty } = bench;
  const kernel = kernelTool === null || empty === null ? null : kernelContender(kernelTool, work, give);
  const native = nativeContender(bench, work, PACKET, give);
  return {
    verified: jitContender(work, 'verified'),
    safe: jitContender(work, 'safe'),
    exact: jitContender(work, 'exact'),
    builtin: jitContender(work.builtin, 'verified'),
    interpreter: interpreterContender(work),
    ...(kernel === null ? {} : { kernel }),
    ...(native === null ? {} : { native }),
  };
}

function nativeContender(
  { folder }: Bench,
  { native }: Workload,
  packets: string,
  reason: (text: string) => void,
): Contender | null {
  return native === null ? null : processContender(native, [path.join(folder, packets)], '', reason);
}

function replayRow(bench: Bench, work: Workload): Row {
  const native = nativeContender(bench, work, HOT, (reason) => console.log(`${work.name}: ${reason}`));
  const contenders = { verified: replayContender(work), ...(native === null ? {} : { native }) };
  return measure(bench, { ...work, name: `replay ${work.name}`, kind: 'replay' }, contenders);
}

/** All engines take turns; each keeps its least time. */
function measure(bench: Bench, work: Workload, contenders: Contenders): Row {
  compareResults(work.name, contenders);
  const best = Object.fromEntries(ENGINES.map((name) => [name, null])) as Record<EngineName, number | null>;
  let emptyNs = Infinity;
  for (let round = 0; round < bench.options.rounds; round++) {
    if (contenders.kernel !== undefined)
      emptyNs = Math.min(emptyNs, bench.empty?.measure(bench.options.ms) ?? Infinity);
    for (const name of ENGINES) {
      const ns = contenders[name]?.measure(bench.options.ms);
      if (ns !== undefined) best[name] = Math.min(best[name] ?? Infinity, ns);
    }
  }
  // Measuring errs by fractions of a nanosecond, so the shortest program may seem to take none.
  if (best.kernel !== null) best.kernel = Math.max(0.1, best.kernel - emptyNs);
  if (work.kind === 'lookup') for (const name of ENGINES) if (best[name] !== null) best[name] /= LOOKUPS_PER_RUN;
  return { name: work.name, kind: work.kind, ns: best };
}

function compareResults(name: string, contenders: Contenders): void {
  const results = ENGINES.flatMap((engine) => {
    const contender = contenders[engine];
    return contender === undefined ? [] : [`${engine} ${contender.first}`];
  });
  const values = new Set(results.map((result) => result.split(' ')[1]));
  if (values.size > 1) throw new Error(`${name}: the engines disagree: ${results.join(', ')}`);
}
