/**
 * How fast our verifier walks beside the kernel's, `npm run bench:verifier`: instructions a second of both over the same
 * programs, in turns, and the memory that ours takes. `--rounds N` is how often they take turns; `--corpus DIR` adds the
 * biggest programs that `npm run fidelity` has captured (its `--work` folder holds one folder a source), `--only REGEX`
 * picks some by name; `--json FILE` writes the ratios; `--memory` measures what the longest walks take instead. Where
 * PREVAIL is installed (on the path, or where the variable PREVAIL says), it is asked about the captured programs.
 */
import { existsSync, globSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { parseArgs } from 'node:util';
import type { Program } from '../server/src/program/program.ts';
import { VERIFY_DEFAULTS, verifyJob } from '../server/src/verifier/verify.ts';
import { readCorpus, type CapturedLoad } from '../test/fidelity/captured.ts';
import { possibleProcessors } from '../test/fidelity/processors.ts';
import { kernelBtf } from '../test/support/kernelBtf.ts';
import { askCaptured, askKernel, kverify, type RawVerdict } from '../test/support/kverify.ts';
import { rawProgram } from '../test/support/oracle.ts';
import { findPrevail, type PeerVerdict } from './prevail.ts';
import { measureMemory, memoryText } from './verifierMemory.ts';
import { verifierPrograms } from './verifierPrograms.ts';

/** Captured programs that the kernel walks fewer instructions of say little. */
const BIG = 50_000;

interface Measured {
  readonly name: string;
  readonly insns: number;
  readonly processed: number;
  /** Millions of instructions walked in a second of processor time. */
  readonly ours: number;
  /** Of the kernel, with its compilation to machine code; null where none can be asked. */
  readonly kernel: number | null;
  /** Milliseconds of ours; of PREVAIL's whole process null where it is not installed or has no verdict. */
  readonly ms: number;
  readonly prevail: PeerVerdict | null;
}

interface Candidate {
  readonly name: string;
  readonly program: () => Program;
  /** Millions a second of the kernel, once more. */
  readonly kernel: () => number | null;
  readonly prevail: () => PeerVerdict | null;
}

function ourSpeed(program: Program, options: object): { processed: number; ms: number } {
  const begin = process.cpuUsage();
  const job = verifyJob(program, { ...VERIFY_DEFAULTS, ...options });
  while (!job.advance(50_000));
  const { processed } = job.result();
  const { user, system } = process.cpuUsage(begin);
  return { processed, ms: (user + system) / 1000 };
}

function ownCandidates(): Candidate[] {
  return verifierPrograms().map(({ name, program }) => ({
    name,
    program: () => program,
    kernel: () => {
      if (kverify === null) return null;
      const [verdict] = askKernel([rawProgram(program)], 0);
      return speedOf(verdict ?? null);
    },
    prevail: () => null,
  }));
}

/** Kernels count processor time in steps of some milliseconds. */
const COARSE = 20_000;

/** On a busy machine its own clock runs on while others work; then the processor time of the whole load says more. */
function speedOf(verdict: RawVerdict | null): number | null {
  if (!verdict?.usec || !verdict.processed) return null;
  const onProcessor = verdict.cpuUsec ?? 0;
  return verdict.processed / (onProcessor < COARSE ? verdict.usec : Math.min(verdict.usec, onProcessor));
}

/** What is needed of a line that `kverify obj` prints. */
interface VerdictLine {
  readonly object: string;
  readonly prog: string;
  readonly processed?: number;
}

/** The kernel is asked again, since the machine may have had other work when they were captured. */
function capturedCandidates(folder: string): Candidate[] {
  const big = new Set(
    readLines<VerdictLine>(folder, 'verdicts.jsonl')
      .filter(({ processed = 0 }) => processed >= BIG)
      .map(({ object, prog }) => `${object}/${prog}`),
  );
  const loads = readLines<CapturedLoad>(folder, 'capture.jsonl');
  return readCorpus(folder).flatMap((judged, i) => {
    const load = loads[i];
    if (load === undefined || !big.has(load.id)) return [];
    const kernel = () => (kverify === null ? null : speedOf(askCaptured(load, path.join(folder, 'btf'))));
    return [{ name: judged.id, program: () => judged.program(), kernel, prevail: () => askPrevail(folder, load) }];
  });
}

const prevail = findPrevail();

/** The objects that were captured lie beside the folder of the source, those of projects in a folder each. */
function askPrevail(folder: string, { id, section }: CapturedLoad): PeerVerdict | null {
  if (prevail === null) return null;
  const [object = '', name = ''] = id.split('/');
  const objects = `${path.resolve(folder)}.objects`;
  const [file] = globSync(`**/${object}`, { cwd: objects });
  return file === undefined ? null : prevail({ object: path.join(objects, file), section, function: name });
}

function readLines<Line>(folder: string, name: string): Line[] {
  const lines = readFileSync(path.join(folder, name), 'utf8').split('\n').filter(Boolean);
  return lines.map((line) => JSON.parse(line) as Line);
}

function measure(candidate: Candidate, rounds: number, options: object): Measured {
  const program = candidate.program();
  let ms = Infinity;
  let processed = 0;
  let kernel: number | null = null;
  for (let round = 0; round < rounds; round++) {
    const once = ourSpeed(program, options);
    processed = once.processed;
    ms = Math.min(ms, once.ms);
    const theirs = candidate.kernel();
    if (theirs !== null) kernel = Math.max(kernel ?? 0, theirs);
  }
  const ours = processed / ms / 1000;
  return {
    name: candidate.name,
    insns: program.insns.length,
    processed,
    ours,
    kernel,
    ms,
    prevail: candidate.prevail(),
  };
}

function print(rows: readonly Measured[]): void {
  console.log(`${'program'.padEnd(44)} ${'insns'.padStart(6)} ${'walked'.padStart(8)}   ours  kernel  ratio`);
  for (const { name, insns, processed, ours, kernel } of rows) {
    const theirs =
      kernel === null ? '     -      -' : `${kernel.toFixed(2).padStart(6)} ${(ours / kernel).toFixed(2).padStart(6)}`;
    console.log(
      `${name.slice(-44).padEnd(44)} ${String(insns).padStart(6)} ${String(processed).padStart(8)} ${ours.toFixed(2).padStart(6)}  ${theirs}`,
    );
  }
  for (const row of rows) if (row.prevail !== null) console.log(prevailText(row, row.prevail));
  const ratios = rows.flatMap(({ ours, kernel }) => (kernel === null ? [] : [ours / kernel]));
  if (ratios.length > 0) console.log(`ours to kernel, geometric mean: ${geomean(ratios).toFixed(2)}`);
  console.log('millions of instructions walked in a second of processor time, the best of all rounds');
  console.log(`most memory of this process: ${(process.resourceUsage().maxRSS / 1024).toFixed(0)} MiB`);
}

function prevailText({ name, ms }: Measured, { accepts, ms: theirs }: PeerVerdict): string {
  return `${name}: PREVAIL ${accepts ? 'passes' : 'fails'} it in ${theirs.toFixed(0)} ms, ours takes ${ms.toFixed(0)} ms`;
}

function geomean(values: readonly number[]): number {
  return Math.exp(values.reduce((sum, value) => sum + Math.log(value), 0) / values.length);
}

const { values } = parseArgs({
  options: {
    rounds: { type: 'string', default: '5' },
    corpus: { type: 'string', multiple: true, default: [] },
    only: { type: 'string', default: '' },
    json: { type: 'string' },
    memory: { type: 'boolean', default: false },
  },
});
if (values.memory) {
  console.log(memoryText(measureMemory()));
  process.exit();
}
if (kverify === null)
  console.log('no kernel can be asked here (that takes root on Linux, a C compiler and libbpf): ours alone');
const options = { kernelBtf: kernelBtf(), processors: possibleProcessors() };
const folders = values.corpus.filter((folder) => existsSync(path.join(folder, 'capture.jsonl')));
const only = new RegExp(values.only);
const candidates = [...ownCandidates(), ...folders.flatMap(capturedCandidates)].filter(({ name }) => only.test(name));
const rows = candidates.map((candidate) => measure(candidate, Number(values.rounds), options));
print(rows);
if (values.json !== undefined) writeFileSync(values.json, `${JSON.stringify({ programs: rows }, null, 1)}\n`);
