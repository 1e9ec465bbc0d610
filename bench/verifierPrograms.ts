/** Programs that keep a verifier busy in different ways, made from a few lines of text each. */
import { assemble } from '../server/src/asm/assembler/assemble.ts';
import { sourceText } from '../server/src/base/source.ts';
import type { Program } from '../server/src/program/program.ts';

export interface VerifierProgram {
  readonly name: string;
  readonly program: Program;
}

/** Named after what they are about. */
export function verifierPrograms(): VerifierProgram[] {
  return [
    { name: 'a loop of 100,000 rounds', text: countingLoop(100_000) },
    { name: 'a loop in a loop', text: nestedLoop(400, 120) },
    { name: '300 packet fields, counted', text: packetFields(300) },
    { name: '24 options of a header', text: options(24) },
    { name: 'a table of 64 flags', text: flags(64) },
    { name: 'a walk through functions', text: functions(40) },
  ].map(({ name, text }) => ({ name, program: programOf(text) }));
}

/** Programs that are walked up to the limit, each with something else to remember on the way. */
export function endlessPrograms(): VerifierProgram[] {
  return [
    { name: 'a long loop that counts', text: countingLoop(1_000_000) },
    { name: 'a long loop that fills the stack', text: stackLoop(1_000_000) },
    { name: 'a long loop eight calls deep', text: deepLoop(1_000_000) },
    { name: 'a loop with a way out at each step', text: branchingLoop(1_000_000) },
    { name: 'nested loops, each round precise', text: nestedLoop(100_000, 400) },
    { name: 'many ways that never meet', text: ways(20) },
  ].map(({ name, text }) => ({ name, program: programOf(text) }));
}

/** Each round leaves another number in each slot of the stack. */
function stackLoop(rounds: number): string {
  const stores = Array.from({ length: 60 }, (_, i) => `r1 += 1\n*(u64 *)(r10 - ${8 * (i + 1)}) = r1`).join('\n');
  return `${HEAD}r1 = 0\nr6 = 0\nagain: ${stores}\nr6 += 1\nif r6 < ${rounds} goto again\nr0 = XDP_PASS\nexit`;
}

function deepLoop(rounds: number): string {
  const functions = Array.from({ length: 6 }, (_, i) => {
    const spills = `*(u64 *)(r10 - 8) = r1\n*(u64 *)(r10 - 16) = r2\n*(u64 *)(r10 - 24) = r1`;
    return `f${i}: ${spills}\ncall f${i + 1}\nr0 = 0\nexit`;
  }).join('\n');
  return `${HEAD}r1 = 0\nr2 = 0\ncall f0\nr0 = XDP_PASS\nexit\n${functions}
f6: r6 = 0\nagain: r6 += 1\n*(u64 *)(r10 - 8) = r6\nif r6 < ${rounds} goto again\nr0 = 0\nexit`;
}

function branchingLoop(rounds: number): string {
  return `${HEAD}r7 = *(u32 *)(r1 + 0)\nr8 = *(u32 *)(r1 + 4)\nr6 = 0\nr9 = r7\nr9 += 8\nif r9 > r8 goto out\nr3 = *(u64 *)(r7 + 0)
again: r6 += 1\n*(u64 *)(r10 - 8) = r6\nif r3 == r6 goto out\nr4 = r3\nr4 &= 7\nif r4 == 3 goto more\nr5 = r6
more: if r6 < ${rounds} goto again\nout: r0 = XDP_PASS\nexit`;
}

/** Every branch adds another number to a sum that decides at the end, so no path covers another. */
function ways(count: number): string {
  const steps = Array.from(
    { length: count },
    (_, i) =>
      `r3 = r9\nr3 >>= ${i}\nr3 &= 1\nif r3 == 0 goto way${i}\nr8 += ${2 ** i}\nway${i}: *(u64 *)(r10 - ${8 * (i + 1)}) = r8`,
  ).join('\n');
  return `${HEAD}r6 = *(u32 *)(r1 + 0)\nr7 = *(u32 *)(r1 + 4)\nr2 = r6\nr2 += 8\nr8 = 0\nif r2 > r7 goto out\nr9 = *(u64 *)(r6 + 0)
${steps}\nif r8 == 77777777 goto out\nr1 = r10\nr8 &= 7\nr8 -= 16\nr1 += r8\n*(u8 *)(r1 + 0) = 1\nout: r0 = XDP_PASS\nexit`;
}

function programOf(text: string): Program {
  const program = assemble(sourceText('bench.bpfasm', text)).object.programs[0];
  if (program === undefined) throw new Error('a program of the bench does not assemble');
  return program;
}

const HEAD = '.license "GPL"\n.map counts, type=array, key=4, value=8, entries=64\n.section "xdp"\n';

function countingLoop(rounds: number): string {
  return `${HEAD}r0 = 0\nr1 = 0\nagain: r1 += r0\nr1 &= 255\nr0 += 1\nif r0 < ${rounds} goto again\nr0 = XDP_PASS\nexit`;
}

function nestedLoop(outer: number, inner: number): string {
  return `${HEAD}r6 = 0\nround: r7 = 0\nstep: r7 += 1\nr8 = r7\nr8 &= 31\n*(u64 *)(r10 - 8) = r8\nif r7 < ${inner} goto step
r6 += 1\nif r6 < ${outer} goto round\nr0 = XDP_PASS\nexit`;
}

/** One byte of the packet after the other, with a branch, a spill and a counter each. */
function packetFields(count: number): string {
  const lines = ['r6 = *(u32 *)(r1 + 0)', 'r7 = *(u32 *)(r1 + 4)', 'r8 = 0'];
  for (let i = 0; i < count; i++)
    lines.push(
      'r2 = r6',
      `r2 += ${i + 1}`,
      'if r2 > r7 goto out',
      `r3 = *(u8 *)(r6 + ${i})`,
      `if r3 != ${i & 255} goto next${i}`,
      'r3 &= 63',
      '*(u32 *)(r10 - 4) = r3',
      'r2 = r10',
      'r2 += -4',
      'r1 = counts ll',
      'call bpf_map_lookup_elem',
      `if r0 == 0 goto next${i}`,
      'r1 = 1',
      'lock *(u64 *)(r0 + 0) += r1',
      `next${i}: r8 += 1`,
    );
  return `${HEAD}${lines.join('\n')}\nout: r0 = XDP_PASS\nexit`;
}

/** A header whose parts have the lengths they say: an offset that grows by what the packet holds. */
function options(count: number): string {
  const lines = ['r6 = *(u32 *)(r1 + 0)', 'r7 = *(u32 *)(r1 + 4)', 'r8 = 0'];
  for (let i = 0; i < count; i++)
    lines.push(
      'if r8 > 400 goto out',
      'r2 = r6',
      'r2 += r8',
      'r3 = r2',
      'r3 += 2',
      'if r3 > r7 goto out',
      'r4 = *(u8 *)(r2 + 1)',
      'r5 = *(u8 *)(r2 + 0)',
      'r4 &= 15',
      `if r5 == ${i} goto wide${i}`,
      'r8 += r4',
      `goto next${i}`,
      `wide${i}: r8 += 16`,
      `next${i}: *(u64 *)(r10 - ${8 * ((i % 8) + 1)}) = r8`,
    );
  return `${HEAD}${lines.join('\n')}\nout: r0 = XDP_PASS\nexit`;
}

/** Branches that each leave something behind, so that paths are hard to tell apart. */
function flags(count: number): string {
  const lines = ['r6 = *(u32 *)(r1 + 0)', 'r7 = *(u32 *)(r1 + 4)', 'r2 = r6', 'r2 += 8', 'if r2 > r7 goto out'];
  lines.push('r9 = *(u64 *)(r6 + 0)', 'r8 = 0');
  for (let i = 0; i < count; i++)
    lines.push(
      'r3 = r9',
      `r3 >>= ${i}`,
      'r3 &= 1',
      `if r3 == 0 goto unset${i}`,
      `r8 |= ${1 << (i % 6)}`,
      `unset${i}: *(u8 *)(r10 - ${(i % 64) + 1}) = r8`,
    );
  lines.push('r8 &= 63', '*(u32 *)(r10 - 68) = r8', 'r2 = r10', 'r2 += -68', 'r1 = counts ll');
  lines.push('call bpf_map_lookup_elem', 'if r0 == 0 goto out', '*(u64 *)(r0 + 0) = 1');
  return `${HEAD}${lines.join('\n')}\nout: r0 = XDP_PASS\nexit`;
}

function functions(count: number): string {
  const calls = Array.from({ length: count }, (_, i) => `r1 = r6\nr2 = r7\nr3 = ${i}\ncall read`).join('\n');
  return `${HEAD}r6 = *(u32 *)(r1 + 0)\nr7 = *(u32 *)(r1 + 4)\n${calls}\nr0 = XDP_PASS\nexit
read: r4 = r1\nr4 += 64\nif r4 > r2 goto none\nif r3 > 63 goto none\nr1 += r3\nr0 = *(u8 *)(r1 + 0)\nif r0 > 100 goto none\nr0 += 1\nexit\nnone: r0 = 0\nexit`;
}
