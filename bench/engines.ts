/**
 * Compares the engines on a few small programs in the same process: nanoseconds per run (the least of several rounds,
 * in which the engines take turns), ratios, and how long compiling takes. `node bench/engines.ts [rounds]`
 */
import { assemble } from '../server/src/asm/assembler/assemble.ts';
import { sourceText } from '../server/src/base/source.ts';
import { createJit } from '../server/src/jit/createJit.ts';
import type { VerifiedProgram } from '../server/src/verifier/verification.ts';
import { createMachine, type Machine } from '../server/src/vm/createMachine.ts';
import { createInterpreter } from '../server/src/vm/interpreter.ts';
import { LAYOUT } from '../server/src/vm/machine.ts';

const PACKET_BYTES = 1500;
const BUDGET = 1_000_000;
const ROUND_MS = 60;

const PROGRAMS: Readonly<Record<string, string>> = {
  alu64: `r0 = 88172645463325252 ll
r6 = 1000
again:
r1 = r0
r1 <<= 13
r0 ^= r1
r1 = r0
r1 >>= 7
r0 ^= r1
r1 = r0
r1 <<= 17
r0 ^= r1
r6 += -1
if r6 != 0 goto again
r0 &= 0xff
exit`,
  fnv: `r2 = *(u32 *)(r1 + 4)
r1 = *(u32 *)(r1 + 0)
r0 = 0xcbf29ce484222325 ll
r4 = 0x100000001b3 ll
again:
r3 = r1
r3 += 1
if r3 > r2 goto out
r3 = *(u8 *)(r1 + 0)
r0 ^= r3
r0 *= r4
r1 += 1
goto again
out:
r0 &= 0xff
exit`,
  stackSum: `r6 = 50
again:
*(u64 *)(r10 - 8) = r6
*(u64 *)(r10 - 16) = 3
r1 = r10
r1 += -16
r0 = *(u64 *)(r1 + 0)
r2 = *(u64 *)(r1 + 8)
r0 += r2
*(u64 *)(r1 + 0) = r0
r6 += -1
if r6 != 0 goto again
r0 = *(u64 *)(r10 - 16)
exit`,
  calls: `r6 = 200
r0 = 0
again:
r1 = r0
r2 = r6
call mix
r6 += -1
if r6 != 0 goto again
r0 &= 0xff
exit
mix:
r0 = r1
r0 *= 31
r0 += r2
exit`,
  filter: `r2 = *(u32 *)(r1 + 4)
r1 = *(u32 *)(r1 + 0)
r0 = 1
r3 = r1
r3 += 34
if r3 > r2 goto out
r4 = *(u16 *)(r1 + 12)
if r4 != 8 goto out
r4 = *(u8 *)(r1 + 23)
if r4 != 6 goto out
r4 = *(u32 *)(r1 + 26)
r4 = be32 r4
r4 &= 0xffffff00
if r4 != 0x0a000000 goto out
r0 = 2
out:
exit`,
  arrayCounter: `r6 = r1
r2 = *(u32 *)(r6 + 4)
r1 = *(u32 *)(r6 + 0)
r0 = 1
r3 = r1
r3 += 24
if r3 > r2 goto out
r4 = *(u8 *)(r1 + 23)
*(u32 *)(r10 - 4) = r4
r2 = r10
r2 += -4
r1 = counts ll
call bpf_map_lookup_elem
if r0 == 0 goto miss
r1 = 1
lock *(u64 *)(r0 + 0) += r1
miss:
r0 = 2
out:
exit`,
  hashCounter: `r6 = r1
r2 = *(u32 *)(r6 + 4)
r1 = *(u32 *)(r6 + 0)
r0 = 1
r3 = r1
r3 += 34
if r3 > r2 goto out
r4 = *(u64 *)(r1 + 26)
*(u64 *)(r10 - 8) = r4
r2 = r10
r2 += -8
r1 = flows ll
call bpf_map_lookup_elem
if r0 == 0 goto miss
r1 = 1
lock *(u64 *)(r0 + 0) += r1
r0 = 2
exit
miss:
*(u64 *)(r10 - 16) = 1
r2 = r10
r2 += -8
r3 = r10
r3 += -16
r4 = 0
r1 = flows ll
call bpf_map_update_elem
r0 = 2
out:
exit`,
};

const MAPS = `.map counts, type=array, key=4, value=8, entries=256
.map flows, type=hash, key=8, value=8, entries=1024`;

interface Contender {
  readonly name: string;
  run(): number;
  nsPerRun: number;
}

function machineFor(text: string): Machine {
  const { object } = assemble(sourceText('bench.s', `.license "GPL"\n${MAPS}\n.section "xdp"\n${text}`));
  for (const { severity, message } of object.diagnostics) if (severity === 'error') throw new Error(message);
  const machine = createMachine(object);
  machine.setContext(new Uint8Array(24), null);
  const packet = Uint8Array.from({ length: PACKET_BYTES }, (_, i) => (7 * i) & 0xff);
  packet.set([8, 0], 12);
  packet.set([6], 23);
  packet.set([10, 0, 0, 9], 26);
  machine.packet.set(packet, { kind: 'xdp' });
  return machine;
}

function engine(name: string, run: () => number): Contender {
  return { name, run, nsPerRun: Infinity };
}

/** The same program in each engine, each on a machine of its own, and how long it took to compile. */
function contenders(text: string): { engines: Contender[]; compileMs: number } {
  const fastMachine = machineFor(text);
  const began = performance.now();
  const fast = createJit(fastMachine, fastMachine.programs[0] as VerifiedProgram, { mode: 'verified' });
  fast.execute(LAYOUT.ctx, BUDGET);
  const compileMs = performance.now() - began;
  const safeMachine = machineFor(text);
  const safe = createJit(safeMachine, safeMachine.programs[0]!, { mode: 'safe' });
  const slowMachine = machineFor(text);
  const slow = createInterpreter(slowMachine, slowMachine.programs[0]!);
  const engines = [
    engine('verified', () => (fast.execute(LAYOUT.ctx, BUDGET) ? fast.r0Low : -1)),
    engine('safe', () => (safe.execute(LAYOUT.ctx, BUDGET) ? safe.r0Low : -1)),
    engine('interpreter', () => {
      const outcome = slow.run(LAYOUT.ctx, BUDGET);
      return outcome.kind === 'exit' ? Number(outcome.r0) : -1;
    }),
  ];
  return { engines, compileMs };
}

/** Runs for about `ROUND_MS` and keeps the least time per run. */
function measure(contender: Contender): void {
  let runs = 1;
  for (;;) {
    const began = performance.now();
    for (let i = 0; i < runs; i++) contender.run();
    const took = performance.now() - began;
    if (took >= ROUND_MS / 2) {
      contender.nsPerRun = Math.min(contender.nsPerRun, (took * 1e6) / runs);
      return;
    }
    runs *= 2;
  }
}

function geomean(values: readonly number[]): number {
  return Math.exp(values.reduce((sum, value) => sum + Math.log(value), 0) / values.length);
}

function main(rounds: number): void {
  console.log(
    'program        verified ns     safe ns  interpreter ns  safe/verified  interpreter/verified  compile ms',
  );
  const ratios: { safe: number; interpreter: number }[] = [];
  for (const [name, text] of Object.entries(PROGRAMS)) {
    const { engines, compileMs } = contenders(text);
    const results = engines.map((engine) => engine.run());
    if (new Set(results).size !== 1) throw new Error(`${name}: the engines disagree: ${results.join(', ')}`);
    for (let round = 0; round < rounds; round++) for (const engine of engines) measure(engine);
    const [verified, safe, interpreter] = engines.map(({ nsPerRun }) => nsPerRun) as [number, number, number];
    ratios.push({ safe: safe / verified, interpreter: interpreter / verified });
    const numbers = [verified, safe, interpreter].map((ns) => ns.toFixed(1).padStart(12));
    const last = ratios.at(-1)!;
    console.log(
      `${name.padEnd(14)}${numbers.join('')}${last.safe.toFixed(2).padStart(15)}` +
        `${last.interpreter.toFixed(1).padStart(20)}${compileMs.toFixed(2).padStart(14)}`,
    );
  }
  const safe = geomean(ratios.map((ratio) => ratio.safe));
  const interpreter = geomean(ratios.map((ratio) => ratio.interpreter));
  console.log(`geomean of ratios: safe/verified ${safe.toFixed(2)}, interpreter/verified ${interpreter.toFixed(1)}`);
}

main(Number(process.argv[2] ?? 5));
