/**
 * Compares our verifier with this machine's kernel on random programs: verdict, first message, place, instructions walked.
 *   npm run fuzz:verifier -- [--programs 10000] [--seed 1] [--kind made|fuzz|valid|mixed] [--show 10] [--shrink]
 * Prints each difference when it is found and each class of them at the end, which is of status 1 when there are any;
 * with --shrink also the smallest program that differs in the same way, as text for test/files/verdicts.
 * One program in some half a million differs because Linux 6.18.44 complains of a bug of its own while it walks back to
 * what a precise number came from ("stack slot 2, total slots 2"): seed 1161401. We accept it.
 */
import { parseArgs } from 'node:util';
import { printProgram } from '../../server/src/asm/assembler/printProgram.ts';
import type { Program } from '../../server/src/program/program.ts';
import { NO_MAP, VerdictStream, type ShortVerdict } from '../support/verdictStream.ts';
import { fuzzProgram } from '../verifier/fuzzPrograms.ts';
import { difference, foldNumbers, judge, type Ours } from './judge.ts';
import { madeProgram } from './madeProgram.ts';
import { shrunk } from './shrink.ts';
import { validProgram } from './validProgram.ts';

const { values } = parseArgs({
  options: {
    programs: { type: 'string', default: '10000' },
    seed: { type: 'string', default: '1' },
    kind: { type: 'string', default: 'mixed' },
    show: { type: 'string', default: '10' },
    shrink: { type: 'boolean', default: false },
  },
});

type Maker = (seed: number) => Program;
const MAKERS: Record<string, Maker> = {
  made: madeProgram,
  fuzz: fuzzProgram,
  valid: validProgram,
  mixed: (seed) => (seed % 8 === 0 ? fuzzProgram(seed) : seed % 16 === 1 ? validProgram(seed) : madeProgram(seed)),
};

interface Asked {
  readonly seed: number;
  readonly program: Program;
  readonly ours: Exclude<Ours, null>;
}

interface Found {
  readonly what: string;
  readonly program: Program;
}

const count = Number(values.programs);
const first = Number(values.seed);
const make = MAKERS[values.kind] ?? madeProgram;
const BATCH = 500;
const stream = new VerdictStream();
const differences = new Map<string, number[]>();
const said = new Map<string, number>();
const fresh: Found[] = [];
let skipped = 0;
let waiting: Promise<void> = Promise.resolve();
const began = performance.now();

for (let at = first; at < first + count; at += BATCH) {
  const asked: Asked[] = [];
  for (let seed = at; seed < Math.min(at + BATCH, first + count); seed++) {
    const program = make(seed);
    const ours = judge(program);
    if (ours === null) skipped++;
    else asked.push({ seed, program, ours });
  }
  const answers = stream.ask(asked.map(({ program }) => program));
  await waiting;
  waiting = answers.then((verdicts) => compareAll(asked, verdicts));
  if ((at - first) % 50_000 === 0 && at > first) report(at + BATCH - first);
}
await waiting;
if (values.shrink) for (const found of fresh) await shrink(found);
stream.end();
report(count);
for (const [text, times] of [...said].sort(([, a], [, b]) => b - a).slice(0, Number(values.show)))
  console.log(String(times).padStart(8), text);
for (const [what, seeds] of [...differences].sort(([, a], [, b]) => b.length - a.length))
  console.log(`${String(seeds.length).padStart(6)}  ${what}\n          seeds ${seeds.slice(0, 6).join(' ')}`);
process.exitCode = differences.size === 0 ? 0 : 1;

function compareAll(asked: readonly Asked[], verdicts: readonly ShortVerdict[]): void {
  for (const [i, verdict] of verdicts.entries()) {
    const one = asked[i];
    if (one === undefined || verdict.errno === NO_MAP) continue;
    const { ours, seed } = one;
    const unsupported =
      typeof ours !== 'string' && ours.outcome === 'unsupported' ? (ours.finding?.message ?? '') : null;
    const text = unsupported ?? (verdict.accepted ? 'accepted' : foldNumbers(verdict.message));
    said.set(text, (said.get(text) ?? 0) + 1);
    const what = difference(ours, verdict);
    if (what === null) continue;
    if (!differences.has(what)) fresh.push({ what, program: one.program });
    differences.set(what, [...(differences.get(what) ?? []), seed]);
    console.log(`seed ${seed}: ${what}`);
  }
}

async function shrink({ what, program }: Found): Promise<void> {
  const small = await shrunk(program, async (smaller) => {
    const ours = judge(smaller);
    if (ours === null) return false;
    const [verdict] = await stream.ask([smaller]);
    return verdict !== undefined && difference(ours, verdict) === what;
  });
  console.log(`\n// ${what}; flags ${small.flags}\n${printProgram(small)}`);
}

function report(done: number): void {
  const seconds = (performance.now() - began) / 1000;
  const differing = [...differences.values()].reduce((sum, seeds) => sum + seeds.length, 0);
  console.log(`${done} programs, ${(done / seconds).toFixed(0)} a second, ${skipped} too long, ${differing} differ`);
}
