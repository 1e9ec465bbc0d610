/**
 * Runs the programs of captured corpora that are accepted (see test/fidelity) on made-up events, and walks the same paths
 * in the verifier: no accepted program may trap, and no number lie outside of what the verifier knows of it.
 *   node test/fuzz/followCorpus.ts --corpus DIR [--corpus DIR] [--filter REGEX] [--show REGEX]
 * Prints what is untrue and, at the end, how many programs of each type ran, and what kept the others from it; --show
 * names those. Of status 1 when anything is untrue.
 */
import { parseArgs } from 'node:util';
import type { VerifyOptions } from '../../server/src/verifier/verification.ts';
import { readCorpus } from '../fidelity/captured.ts';
import { possibleProcessors } from '../fidelity/processors.ts';
import { kernelBtf } from '../support/kernelBtf.ts';
import { followProgram } from './followProgram.ts';

const { values } = parseArgs({
  options: {
    corpus: { type: 'string', multiple: true, default: [] },
    filter: { type: 'string', default: '' },
    show: { type: 'string' },
  },
});
const options: Partial<VerifyOptions> = { kernelBtf: kernelBtf(), processors: possibleProcessors() };
const filter = new RegExp(values.filter);
const shown = values.show === undefined ? null : new RegExp(values.show);
const types = new Map<string, { ran: number; stopped: number }>();
const reasons = new Map<string, number>();
let untrue = 0;
for (const corpus of values.corpus)
  for (const judged of readCorpus(corpus)) {
    const { id, kernel } = judged;
    if (kernel?.verdict !== 'accept' || !filter.test(id)) continue;
    const program = judged.program();
    const { complaint, stopped } = followProgram(program, options);
    count(program.type, stopped);
    if (complaint !== null) untrue++;
    if (complaint !== null) console.log(`${id}: ${complaint}`);
    if (stopped !== null && shown?.test(stopped)) console.log(`${id}: ${stopped}`);
  }
report();
process.exitCode = untrue === 0 ? 0 : 1;

function count(type: string, stopped: string | null): void {
  const { ran, stopped: others } = types.get(type) ?? { ran: 0, stopped: 0 };
  types.set(type, { ran: ran + (stopped === null ? 1 : 0), stopped: others + (stopped === null ? 0 : 1) });
  if (stopped !== null) reasons.set(stopped, (reasons.get(stopped) ?? 0) + 1);
}

function report(): void {
  const all = [...types.values()];
  const total = (what: 'ran' | 'stopped'): number => all.reduce((sum, one) => sum + one[what], 0);
  for (const [type, { ran, stopped }] of [...types].sort(([a], [b]) => a.localeCompare(b)))
    console.log(`${type.padEnd(24)} ${ran} ran, ${stopped} did not`);
  for (const [why, times] of [...reasons].sort(([, a], [, b]) => b - a))
    console.log(`${String(times).padStart(6)}  ${why}`);
  console.log(`${total('ran')} programs ran, ${total('stopped')} did not; ${untrue} have something untrue`);
}
