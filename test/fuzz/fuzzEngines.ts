/**
 * Compares the engines, and the running kernel where bpf() is open, on random programs:
 *   npm run fuzz:engines -- [--programs 10000] [--seed 1] [--kernel] [--size 46] [--jit verified --jit safe]
 * Without --jit, code is compiled in every way, dispatch loops and exact counting included.
 * One program in some ten thousand differs from Linux 6.18.44 because its verifier prunes a path that behaves differently
 * and removes what it took for dead code: it does not follow the precision of a register back through an atomic operation
 * that fetched it from the stack (seed 3004202). `check` shows such code as never walked.
 * Prints the first differences with their seeds and ends with status 1 when there are any.
 */
import { parseArgs } from 'node:util';
import { printInsn } from '../../server/src/asm/pseudoC/print.ts';
import { kernelRunner, runInKernel } from '../support/kernelRun.ts';
import { ENGINES, observedInKernel, packetsFor, TestBed, type Observed } from './engines.ts';
import { validProgram } from './validProgram.ts';

const { values } = parseArgs({
  options: {
    programs: { type: 'string', default: '10000' },
    seed: { type: 'string', default: '1' },
    kernel: { type: 'boolean', default: false },
    size: { type: 'string', default: '46' },
    jit: { type: 'string', multiple: true },
  },
});
const count = Number(values.programs);
const first = Number(values.seed);
const engines = ENGINES.filter(({ name }) => isWanted(name));
const size = Math.max(6, Number(values.size));
const BATCH = 500;
const MOST_SHOWN = 10;
let differences = 0;
let asked = 0;

if (values.kernel && kernelRunner === null) console.log('SKIPPED: the kernel cannot be asked here');

for (let at = first; at < first + count; at += BATCH) {
  const seeds = Array.from({ length: Math.min(BATCH, first + count - at) }, (_, i) => at + i);
  compareBatch(seeds);
  if ((at - first) % 10_000 === 0) console.log(`${at - first} programs, ${differences} differences`);
}
const peer = asked > 0 ? `, ${asked} of them in the kernel` : '';
console.log(`${count} programs in ${engines.length} engines${peer}: ${differences} differences`);
process.exitCode = differences === 0 ? 0 : 1;

function isWanted(name: string): boolean {
  const { jit } = values;
  return jit === undefined || name === 'interpreter' || jit.some((one) => name === `JIT, ${one}, structured`);
}

function compareBatch(seeds: readonly number[]): void {
  const packets = packetsFor(seeds[0] ?? 0);
  const programs = seeds.map((seed) => validProgram(seed, size));
  const bed = new TestBed(programs);
  const answers = values.kernel && kernelRunner !== null ? runInKernel(programs, packets) : null;
  for (const [i, program] of programs.entries()) {
    const results = engines.map((engine) => ({ name: engine.name, observed: bed.run(engine, program, packets) }));
    const answer = answers?.[i];
    if (answer !== undefined) {
      asked++;
      const observed = answer.errno === 0 ? observedInKernel(program, answer) : [answer.log];
      results.push({ name: 'kernel', observed });
    }
    const [reference, ...others] = results;
    for (const other of others) compare(seeds[i] ?? 0, reference?.observed ?? [], other);
  }
}

function compare(seed: number, reference: Observed, { name, observed }: { name: string; observed: Observed }): void {
  if (reference.join('\n') === observed.join('\n')) return;
  if (++differences > MOST_SHOWN) return;
  console.log(`seed ${seed}: the interpreter and ${name} differ`);
  for (const [i, line] of reference.entries()) if (line !== observed[i]) console.log(`  ${line}\n  ${observed[i]}`);
  if (differences === 1)
    for (const [pc, insn] of validProgram(seed, size).insns.entries())
      console.log(`  ${pc}: ${printInsn(insn, { pc })}`);
}
