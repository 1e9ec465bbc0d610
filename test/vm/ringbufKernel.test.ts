import { describe, expect, it } from 'vitest';
import { toHex } from '../../server/src/base/bytes.ts';
import { createJit } from '../../server/src/jit/createJit.ts';
import type { BpfObject } from '../../server/src/program/program.ts';
import { createMachine } from '../../server/src/vm/createMachine.ts';
import { createInterpreter } from '../../server/src/vm/interpreter.ts';
import { LAYOUT } from '../../server/src/vm/machine.ts';
import { kernelMaps } from '../support/kmaps.ts';
import { randomNumbers } from '../support/random.ts';
import { kernelLines } from './mapProgram.ts';
import { object } from './support.ts';

const STEPS = 24;
const PACKET = new Uint8Array(8 * STEPS);

/** Writes, discards and asks a ring buffer at random; the answer of each step lands in the packet. */
function ringProgram(seed: number): BpfObject {
  const random = randomNumbers(seed);
  const size = (): number => [0, 1, 7, 8, 100, 1000, 2000, 4088, 4096][random(9)]!;
  const step = (n: number): string => {
    const keep = `*(u64 *)(r7 + ${8 * n}) = r0`;
    const flags = [0, 0, 1, 2, 4][random(5)]!;
    switch (random(3)) {
      case 0:
        return `r1 = m ll\nr2 = r10\nr2 += -512\nr3 = ${Math.min(512, size())}\nr4 = ${flags}\ncall bpf_ringbuf_output\n${keep}`;
      case 1:
        return `r1 = m ll\nr2 = ${random(7)}\ncall bpf_ringbuf_query\n${keep}`;
      default: {
        const end = random(2) === 0 ? 'submit' : 'discard';
        return `r1 = m ll\nr2 = ${size()}\nr3 = 0\ncall bpf_ringbuf_reserve\nr8 = 0\nif r0 == 0 goto none${n}\nr8 = 1\nr1 = r0\nr2 = 0\ncall bpf_ringbuf_${end}\nnone${n}:\nr0 = r8\n${keep}`;
      }
    }
  };
  const zeros = Array.from({ length: 64 }, (_, i) => `*(u64 *)(r10 - ${8 * (i + 1)}) = 0`).join('\n');
  return object(`.license "GPL"
.map m, type=ringbuf, entries=4096
.section "xdp"
.globl main
main:
r7 = *(u32 *)(r1 + 0)
r8 = *(u32 *)(r1 + 4)
r2 = r7
r2 += ${PACKET.length}
if r2 > r8 goto out
${zeros}
${Array.from({ length: STEPS }, (_, n) => step(n)).join('\n')}
out:
r0 = 2
exit
`);
}

function played(found: BpfObject, engine: 'interpreter' | 'jit'): string {
  const machine = createMachine(found);
  const program = found.programs[0]!;
  machine.setContext(new Uint8Array(24), null);
  machine.packet.set(PACKET, { kind: 'xdp', headRoom: 256, tailRoom: 0, networkOffset: 14 });
  const made = engine === 'jit' ? createJit(machine, program, { mode: 'safe' }) : createInterpreter(machine, program);
  expect(made.run(LAYOUT.ctx, 100_000)).toMatchObject({ kind: 'exit', r0: 2n });
  return `2 = ${toHex(machine.packet.bytes)}`;
}

describe.skipIf(kernelMaps === null)('ring buffers, against the running kernel (skipped where there is none)', () => {
  it('answer the same to random writes and questions', () => {
    const programs = Array.from({ length: 60 }, (_, seed) => ringProgram(seed));
    const lines = programs.flatMap((found) => ['reset', ...kernelLines(found), `run 0 ${toHex(PACKET)}`]);
    const kernel = kernelMaps!.ask(lines).filter((_, i) => i % 5 === 4);
    for (const [seed, found] of programs.entries())
      for (const engine of ['interpreter', 'jit'] as const)
        expect({ seed, engine, packet: played(found, engine) }).toEqual({ seed, engine, packet: kernel[seed] });
  });
});
