import { describe, expect, it } from 'vitest';
import { FlowMarks, flowGraph } from '../../server/src/jit/controlFlow.ts';
import { blockFacts, factsAfter, type Scene } from '../../server/src/jit/facts.ts';
import { accessOf, guardOf } from '../../server/src/jit/guardPlan.ts';
import { blockHints, ENTRY_HINTS, nextHints } from '../../server/src/jit/hints.ts';
import { spillPlaces } from '../../server/src/jit/spills.ts';
import { slots } from '../../server/src/isa/insn.ts';
import { createMachine, type Machine } from '../../server/src/vm/createMachine.ts';
import { createInterpreter } from '../../server/src/vm/interpreter.ts';
import { LAYOUT } from '../../server/src/vm/machine.ts';
import { objectOf } from '../support/assembled.ts';
import { compileFor, FLAVOURS, flavourName } from './support.ts';

const PACKET = `.license "GPL"
.section "xdp"
r6 = r1
r2 = *(u32 *)(r1 + 0)
r3 = *(u32 *)(r1 + 4)
r4 = r2
r4 += 64
if r4 > r3 goto out
`;
const OUT = '\nout:\nr0 = 2\nexit';

/** Text of a program, and how it ends. */
type Case = readonly [name: string, text: string, ends: 'exit' | 'memory'];

function machineOf(text: string, bytes = 64): Machine {
  const machine = createMachine(objectOf(text));
  machine.setContext(new Uint8Array(24), null);
  machine.packet.set(
    Uint8Array.from({ length: bytes }, (_, i) => i),
    { kind: 'xdp' },
  );
  return machine;
}

/** What each access of the entry function must be checked for, in the order of the blocks. */
function guards(text: string): string[] {
  const { insns } = machineOf(text).programs[0]!;
  const flow = flowGraph(insns, 0, new FlowMarks(insns.length));
  const hints = blockHints(insns, flow, ENTRY_HINTS);
  const first: Scene = {
    insns,
    mapFacts: () => null,
    packetFields: { data: 0, end: 4 },
    writesPacket: false,
    bounds: new Map(),
    spillPlaces: spillPlaces(insns, flow),
  };
  const { scene, facts } = blockFacts(first, flow, hints);
  return flow.blocks.flatMap(({ start, end }, index) => {
    const found: string[] = [];
    let known = { facts: facts[index]!, hints: hints[index] ?? 0 };
    for (let pc = start; pc < end; pc += slots(insns[pc]!)) {
      const insn = insns[pc]!;
      const access = accessOf(insn);
      const place = { insn, pc, end };
      if (access !== null) found.push(guardOf(scene, known.facts, known.hints, access, place).kind);
      known = { facts: factsAfter(scene, known.facts, known.hints, place), hints: nextHints(known.hints, insn) };
    }
    return found;
  });
}

describe('registers that are spilled', () => {
  it('are as certain when they are loaded again: a counter and the packet', () => {
    const text = `${PACKET}*(u64 *)(r10 - 8) = r2
r4 = 0
again:
*(u64 *)(r10 - 16) = r4
r5 = *(u64 *)(r10 - 8)
r5 += r4
r0 = *(u64 *)(r5 + 0)
r4 += 8
r1 = *(u64 *)(r10 - 16)
if r1 < 56 goto again${OUT}`;
    expect(guards(text)).toEqual(['window', 'none', 'none', 'none', 'none', 'none', 'none']);
  });

  it('are uncertain again where the frame may have been written', () => {
    const spilled = (between: string): string =>
      guards(`${PACKET}*(u64 *)(r10 - 8) = r2\n${between}\nr5 = *(u64 *)(r10 - 8)\nr0 = *(u64 *)(r5 + 0)${OUT}`).at(
        -1,
      )!;
    expect(spilled('r0 = 1')).toBe('none');
    expect(spilled('*(u64 *)(r10 - 16) = r3')).toBe('none');
    for (const write of [
      '*(u8 *)(r10 - 1) = 0',
      '*(u64 *)(r10 - 12) = r3',
      'lock *(u32 *)(r10 - 4) += r3',
      'r1 = r10\nr0 = r3\nr0 &= 15\nr1 -= r0\n*(u8 *)(r1 - 1) = 0',
      'r1 = r6\nr2 = 0\nr3 = r10\nr3 += -8\nr4 = 8\ncall bpf_xdp_load_bytes',
    ])
      expect(spilled(write), write).not.toBe('none');
  });
});

/** Frames, and packets, of which other values than at first are spilled. */
const CASES: readonly Case[] = [
  ['half of a spilled pointer is overwritten', `${PACKET}*(u64 *)(r10 - 8) = r2
*(u32 *)(r10 - 8) = 1\nr5 = *(u64 *)(r10 - 8)\nr0 = *(u8 *)(r5 + 0)${OUT}`, 'memory'],
  ['a spilled pointer is overwritten in a loop', `${PACKET}*(u64 *)(r10 - 8) = r2\nr4 = 0
again:
r5 = *(u64 *)(r10 - 8)\nr0 = *(u64 *)(r5 + 0)\nr1 = r10\nr1 += -64\nr1 += r4\n*(u64 *)(r1 + 0) = r4\nr4 += 8
if r4 < 64 goto again
r5 = *(u64 *)(r10 - 8)\nr0 = *(u64 *)(r5 + 0)${OUT}`, 'memory'],
  ['a callee overwrites a spilled pointer', `${PACKET}*(u64 *)(r10 - 8) = r2\nr1 = r10\ncall clear
r5 = *(u64 *)(r10 - 8)\nr0 = *(u64 *)(r5 + 0)
out:\nr0 = 2\nexit\nclear:\n*(u64 *)(r1 - 8) = 7\nr0 = 0\nexit`, 'memory'],
  ['the sum of an earlier round is spilled', `${PACKET}r7 = 0\n*(u64 *)(r10 - 8) = r2
again:
r8 = *(u64 *)(r10 - 8)\nr5 = r2\nr0 = r7\nr0 &= 127\nr5 += r0\n*(u64 *)(r10 - 8) = r5\nr4 = r8\nr4 += 1
if r4 > r3 goto out\nr0 = *(u8 *)(r5 + 0)\nr7 += 9\nif r7 < 127 goto again${OUT}`, 'memory'],
  ['a spilled counter goes too far', `${PACKET}r4 = 0
again:
*(u32 *)(r10 - 4) = r4\nr5 = *(u32 *)(r10 - 4)\nr1 = r2\nr1 += r5\nr0 = *(u8 *)(r1 + 0)\nr4 += 1
if r4 < 66 goto again${OUT}`, 'memory'],
  ['32 bits of a counter step below zero', `.section "xdp"\nw1 = 5\nr3 = 0
again:
w1 -= 1\nr2 = r10\nr2 += -256\nr2 += r1\n*(u8 *)(r2 + 0) = 7\nr3 += 1\nif r3 < 10 goto again${OUT}`, 'memory'],
  ['a counter steps over zero', `.section "xdp"\nr1 = 5\nr3 = 0
again:
r2 = r10\nr2 += -256\nr2 += r3\n*(u8 *)(r2 + 0) = 7\nr3 += 1\nif r3 == 300 goto out\nr1 -= 3
if r1 > 0 goto again${OUT}`, 'memory'],
  ['a counter of 32 bits overflows beside one of 64', `.section "xdp"\nw1 = 0\nr4 = 0\nr3 = 0
again:
r5 = r4\nr5 -= r1\nr2 = r10\nr2 += -8\nr2 += r5\n*(u8 *)(r2 + 0) = 7\nw1 += 1048576\nr4 += 1048576\nr3 += 1
if r3 < 5000 goto again${OUT}`, 'memory'],
]; // prettier-ignore

describe('programs that change what they have spilled, or count in ways of their own', () => {
  it.each(CASES)('%s', (_name, text, ends) => {
    const machine = machineOf(text);
    const expected = createInterpreter(machine, machine.programs[0]!).run(LAYOUT.ctx, 1_000_000);
    expect(expected.kind === 'exit' ? 'exit' : expected.trap.kind).toBe(ends);
    for (const flavour of FLAVOURS.filter(({ mode }) => mode === 'safe')) {
      const fresh = machineOf(text);
      const outcome = compileFor(fresh, fresh.programs[0]!, flavour).run(LAYOUT.ctx, 1_000_000);
      expect(outcome.kind === 'trap' && outcome.trap, flavourName(flavour)).toEqual(
        expected.kind === 'trap' && expected.trap,
      );
    }
  });
});

it('a pointer into the frame that seems to lead to the packet overwrites what was spilled, though the packet is shut', () => {
  const text = `${PACKET.replace('+= 64', '+= 4')}*(u64 *)(r10 - 8) = r2
r4 = r10\nr4 -= r2\nr2 += r4\n*(u64 *)(r2 - 8) = 7\nr5 = *(u64 *)(r10 - 8)\nr0 = *(u8 *)(r5 + 0)${OUT}`;
  for (const flavour of FLAVOURS.filter(({ mode }) => mode === 'safe')) {
    const machine = machineOf(text, 4);
    const outcome = compileFor(machine, machine.programs[0]!, flavour).run(LAYOUT.ctx, 1000);
    expect(outcome, flavourName(flavour)).toMatchObject({ kind: 'trap', trap: { kind: 'memory' } });
  }
});

describe('loops that are paid for before they begin', () => {
  it('let a run end as it should where the budget is just enough, and end one that has none', () => {
    const text =
      '.section "xdp"\nr0 = 0\nr1 = 0\nouter:\nr2 = 0\ninner:\nr0 += r2\nr2 += 1\nif r2 < 8 goto inner\nr1 += 1\nif r1 != 0 goto outer\nexit';
    for (const flavour of FLAVOURS.filter(({ mode }) => mode === 'safe')) {
      const machine = machineOf(text);
      const outcome = compileFor(machine, machine.programs[0]!, flavour).run(LAYOUT.ctx, 100_000);
      expect(outcome, flavourName(flavour)).toMatchObject({ kind: 'trap', trap: { kind: 'budget' } });
    }
    const finite = text.replace('r1 != 0', 'r1 < 1000');
    for (const flavour of FLAVOURS) {
      const machine = machineOf(finite);
      const outcome = compileFor(machine, machine.programs[0]!, flavour).run(LAYOUT.ctx, 40_000);
      expect(outcome, flavourName(flavour)).toMatchObject({ kind: 'exit', r0: 28_000n });
    }
  });
});
