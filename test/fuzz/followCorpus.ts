/**
 * Runs the programs of captured corpora that are accepted (see test/fidelity) on made-up packets, and walks the same paths
 * in the verifier: no accepted program may trap, and no number lie outside of what the verifier knows of it.
 *   node test/fuzz/followCorpus.ts --corpus DIR [--corpus DIR] [--filter REGEX]
 * Prints what is untrue and, at the end, how many programs ran; of status 1 when anything is untrue.
 */
import { parseArgs } from 'node:util';
import type { Program } from '../../server/src/program/program.ts';
import { contextBuilder, takesPackets } from '../../server/src/run/contexts/enter.ts';
import { Rejection } from '../../server/src/verifier/rejection.ts';
import type { VerifyOptions } from '../../server/src/verifier/verification.ts';
import { createMachine } from '../../server/src/vm/createMachine.ts';
import { createInterpreter } from '../../server/src/vm/interpreter.ts';
import { LAYOUT } from '../../server/src/vm/machine.ts';
import { readCorpus } from '../fidelity/captured.ts';
import { possibleProcessors } from '../fidelity/processors.ts';
import { kernelBtf } from '../support/kernelBtf.ts';
import { eventOf, packetsFor } from './engines.ts';
import { trapText, untrueOnPath } from './followPath.ts';

const BUDGET = 1_000_000;

const { values } = parseArgs({
  options: { corpus: { type: 'string', multiple: true, default: [] }, filter: { type: 'string', default: '' } },
});
const options: Partial<VerifyOptions> = { kernelBtf: kernelBtf(), processors: possibleProcessors() };
const filter = new RegExp(values.filter);
const cannot = new Map<string, number>();
let ran = 0;
let untrue = 0;
for (const corpus of values.corpus)
  for (const judged of readCorpus(corpus)) {
    const { id, kernel } = judged;
    if (kernel?.verdict !== 'accept' || !filter.test(id)) continue;
    const complaint = check(withFunctions(judged.program()));
    if (complaint === null) continue;
    untrue++;
    console.log(`${id}: ${complaint}`);
  }
console.log(`${ran} programs ran, ${untrue} have something untrue`);
for (const [why, count] of [...cannot].sort(([, a], [, b]) => b - a).slice(0, 20))
  console.log(`${String(count).padStart(6)}  did not run: ${why}`);
process.exitCode = untrue === 0 ? 0 : 1;

function check(program: Program): string | null {
  if (!takesPackets(program.type)) return skip(`programs of type ${program.type}`);
  try {
    return checkOnPackets(program);
  } catch (error) {
    if (error instanceof Rejection) return `the verifier refuses on a path that runs: ${error.lines[0] ?? ''}`;
    return `crash: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`;
  }
}

function checkOnPackets(program: Program): string | null {
  const builder = contextBuilder(program);
  if (typeof builder === 'string') return skip(builder.replace(program.name, 'it'));
  const machine = createMachine([program]);
  let runs = 0;
  for (const packet of packets()) {
    if (builder.enter(machine, eventOf(packet)) !== null) continue;
    runs++;
    const interpreter = createInterpreter(machine, program);
    interpreter.reset(LAYOUT.ctx);
    const followed = untrueOnPath(program, interpreter, options);
    if (followed !== null) return followed;
    if (builder.enter(machine, eventOf(packet)) !== null) continue;
    const outcome = createInterpreter(machine, program).run(LAYOUT.ctx, BUDGET);
    const trap = outcome.kind === 'trap' ? trapText(outcome.trap) : null;
    if (trap !== null) return trap;
  }
  if (runs === 0) return skip('no packet fits');
  ran++;
  return null;
}

/** Loads without type data do not say where functions begin; the machine asks for it. */
function withFunctions(program: Program): Program {
  if (program.subprogs.length > 1) return program;
  const starts = new Set([0]);
  for (const [pc, insn] of program.insns.entries()) {
    if (insn.kind === 'call' && insn.target === 'subprog') starts.add(pc + 1 + insn.imm);
    if (insn.kind === 'loadFunc') starts.add(pc + 1 + insn.off);
  }
  const sorted = [...starts].sort((a, b) => a - b);
  const subprogs = sorted.map((start, i) => {
    const end = sorted[i + 1] ?? program.insns.length;
    return { name: `f${start}`, start, end, global: false, typeId: 0 };
  });
  return subprogs.length === 1 ? program : { ...program, subprogs };
}

function skip(why: string): null {
  cannot.set(why, (cannot.get(why) ?? 0) + 1);
  return null;
}

/** Noise, and TCP and UDP over both versions of IP. */
function packets(): Uint8Array[] {
  return [
    ...packetsFor(1),
    ...packetsFor(77),
    ...[6, 17, 1, 4].flatMap((protocol) => [ipv4(protocol), ipv6(protocol)]),
  ];
}

function frame(type: number, header: readonly number[], protocol: number): Uint8Array {
  const ports = [0x1f, 0x90, 0x00, 0x50];
  const transport =
    protocol === 17 ? [...ports, 0, 64, 0, 0] : [...ports, 0, 0, 0, 1, 0, 0, 0, 2, 0x50, 0x12, 4, 0, 0, 0, 0, 0];
  const ethernet = [2, 0, 0, 0, 0, 1, 2, 0, 0, 0, 0, 2, type >> 8, type & 0xff];
  return Uint8Array.from([...ethernet, ...header, ...transport, ...Array.from({ length: 100 }, (_, i) => i)]);
}

function ipv4(protocol: number): Uint8Array {
  return frame(0x0800, [0x45, 0, 0, 140, 0, 1, 0x40, 0, 64, protocol, 0, 0, 10, 0, 0, 1, 10, 0, 0, 2], protocol);
}

function ipv6(protocol: number): Uint8Array {
  const address = [0x20, 1, 0xd, 0xb8, ...Array.from({ length: 11 }, () => 0)];
  return frame(0x86dd, [0x60, 0, 0, 0, 0, 120, protocol, 64, ...address, 1, ...address, 2], protocol);
}
