import { describe, expect, it } from 'vitest';
import { toHex } from '../../server/src/base/bytes.ts';
import type { Insn } from '../../server/src/isa/insn.ts';
import { type FlowGraph, flowGraph, FlowMarks } from '../../server/src/jit/controlFlow.ts';
import { findFrameSlots } from '../../server/src/jit/frameSlots.ts';
import { FunctionEffects } from '../../server/src/jit/functionEffects.ts';
import { knownAtStarts } from '../../server/src/jit/knownBlocks.ts';
import { frameIsPrivate } from '../../server/src/jit/frameUse.ts';
import { planFusion, type FusedAction, type Piece } from '../../server/src/jit/fuse.ts';
import { createInterpreter } from '../../server/src/vm/interpreter.ts';
import { LAYOUT } from '../../server/src/vm/machine.ts';
import { rawMachine, rawProgram } from '../../server/src/vm/runRaw.ts';
import { programOfText } from '../support/assembled.ts';
import { randomBytesProgram } from './randomBytes.ts';
import { compileFor } from './support.ts';

const DATA = Uint8Array.from({ length: 64 }, (_, i) => 37 * i + 11);

function insnsOf(text: string): readonly Insn[] {
  return programOfText(`.section "xdp"\n${text}`).insns;
}

function effectsOf(insns: readonly Insn[], flow: FlowGraph): FunctionEffects {
  return new FunctionEffects(insns, flow, { wideAddresses: false, helperArgs: () => 5 });
}

function planOf(insns: readonly Insn[]): ReadonlyMap<number, FusedAction> {
  const flow = flowGraph(insns, 0, new FlowMarks(insns.length));
  return (
    planFusion(insns, flow.blocks[0]!, () =>
      frameIsPrivate(insns, flow, effectsOf(insns, flow), knownAtStarts(insns, flow)),
    )?.actions ?? new Map()
  );
}

function keepsFrame(insns: readonly Insn[]): boolean {
  const flow = flowGraph(insns, 0, new FlowMarks(insns.length));
  return (
    frameIsPrivate(insns, flow, effectsOf(insns, flow), knownAtStarts(insns, flow)) &&
    findFrameSlots(rawProgram(insns), flow, effectsOf(insns, flow), knownAtStarts(insns, flow)) !== null
  );
}

function pieceText({ of, shift, count, reversed }: Piece): string {
  const from = of === 'zero' ? 'zero' : of.kind === 'saved' ? `r${of.reg}@${of.pc}` : `wide${of.size}`;
  return `${count} of ${from}${shift > 0 ? `+${shift}` : ''}${reversed ? ' reversed' : ''}`;
}

/** "pc: what is done there", in the order of the slots. */
function described(text: string): string[] {
  return [...planOf(insnsOf(text))]
    .sort(([a], [b]) => a - b)
    .map(([pc, action]) => {
      if (action.kind === 'skip') return `${pc}: skip`;
      if (action.kind === 'load') return `${pc}: load ${action.wide.size} from ${action.insn.off - action.before}`;
      if (action.kind === 'result') return `${pc}: r${action.reg} = ${pieceText(action.piece)}`;
      return `${pc}: store ${pieceText(action.piece)} at ${action.insn.off - action.before}`;
    });
}

describe('bytes that are put together', () => {
  it.each([
    [
      'a number from two bytes',
      'r2 = *(u8 *)(r1 + 1)\nr2 <<= 8\nr3 = *(u8 *)(r1 + 0)\nr2 |= r3\nr0 = r2\nexit',
      ['0: load 2 from 0', '2: r3 = 1 of wide2', '3: r2 = 2 of wide2'],
    ],
    [
      'a number in network order',
      'r2 = *(u8 *)(r1 + 6)\nw2 <<= 8\nr3 = *(u8 *)(r1 + 7)\nw2 |= w3\nr0 = r2\nexit',
      ['0: load 2 from 6', '2: r3 = 1 of wide2+1', '3: r2 = 2 of wide2 reversed'],
    ],
    [
      'fields that change places',
      'r2 = *(u8 *)(r1 + 0)\nr3 = *(u8 *)(r1 + 1)\nr4 = *(u16 *)(r1 + 8)\n*(u16 *)(r1 + 0) = r4\n*(u8 *)(r1 + 8) = r2\n*(u8 *)(r1 + 9) = r3\nr0 = 0\nexit',
      ['0: load 2 from 0', '1: r3 = 1 of wide2+1', '4: skip', '5: store 2 of wide2 at 8'],
    ],
    [
      'a number taken apart in network order',
      'r2 = *(u32 *)(r1 + 0)\nr2 += 1\nr3 = r2\n*(u8 *)(r1 + 5) = r3\nr3 >>= 8\n*(u8 *)(r1 + 4) = r3\nr0 = 0\nexit',
      ['3: skip', '5: store 2 of r2@1 reversed at 4'],
    ],
    [
      'zeros',
      'r2 = 0\n*(u8 *)(r1 + 5) = r2\n*(u8 *)(r1 + 4) = 0\nr0 = 0\nexit',
      ['1: skip', '2: store 2 of zero at 4'],
    ],
  ])('%s', (_name, text, expected) => {
    expect(described(text)).toEqual(expected);
  });

  it.each([
    [
      'a store to one of the bytes in between',
      'r2 = *(u8 *)(r1 + 1)\nr2 <<= 8\n*(u8 *)(r1 + 0) = 7\nr3 = *(u8 *)(r1 + 0)\nr2 |= r3\nr0 = r2\nexit',
    ],
    [
      'a store through another pointer in between',
      'r4 = *(u64 *)(r1 + 8)\nr2 = *(u8 *)(r1 + 1)\nr2 <<= 8\n*(u8 *)(r4 + 0) = 7\nr3 = *(u8 *)(r1 + 0)\nr2 |= r3\nr0 = r2\nexit',
    ],
    [
      'a call in between',
      'r6 = r1\nr7 = *(u8 *)(r6 + 1)\nr7 <<= 8\ncall 7\nr3 = *(u8 *)(r6 + 0)\nr7 |= r3\nr0 = r7\nexit',
    ],
    [
      'a byte that is loaded with others beside it',
      'r2 = *(u16 *)(r1 + 1)\nr2 &= 0xff\nr2 <<= 8\nr3 = *(u8 *)(r1 + 0)\nr2 |= r3\nr0 = r2\nexit',
    ],
    [
      'a load of a byte that waits to be stored',
      '*(u8 *)(r1 + 0) = 0\nr2 = *(u8 *)(r1 + 0)\n*(u8 *)(r1 + 1) = 0\nr0 = r2\nexit',
    ],
    [
      'bytes that do not lie side by side',
      'r2 = *(u8 *)(r1 + 2)\nr2 <<= 8\nr3 = *(u8 *)(r1 + 0)\nr2 |= r3\nr0 = r2\nexit',
    ],
  ])('not across %s', (_name, text) => {
    expect(described(text)).toEqual([]);
  });

  it('across stores to the frame, unless its address got away', () => {
    const text = 'r2 = *(u8 *)(r1 + 1)\n*(u64 *)(r10 - 8) = 0\nr2 <<= 8\nr3 = *(u8 *)(r1 + 0)\nr2 |= r3\nr0 = r2\nexit';
    expect(described(text)).toHaveLength(3);
    expect(described(`r4 = r10\n*(u64 *)(r1 + 8) = r4\n${text}`)).toEqual([]);
    expect(described(`r4 = r10\nr5 = *(u8 *)(r1 + 8)\nr4 += r5\n${text}`)).toEqual([]);
  });
});

describe('programs full of single bytes', () => {
  const COUNT = Number(process.env['JIT_FUZZ_COUNT'] ?? 600);
  const FIRST = Number(process.env['JIT_FUZZ_SEED'] ?? 1);

  function observed(insns: readonly Insn[], compiled: boolean): object {
    const program = rawProgram(insns);
    const machine = rawMachine(program, DATA);
    let r0: bigint | string;
    if (compiled) {
      const engine = compileFor(machine, program, { mode: 'verified', forceDispatch: false });
      engine.execute(LAYOUT.packet, 1_000_000);
      r0 = engine.trap?.message ?? (BigInt(engine.r0High >>> 0) << 32n) | BigInt(engine.r0Low >>> 0);
    } else {
      const outcome = createInterpreter(machine, program).run(LAYOUT.packet, 1_000_000);
      r0 = outcome.kind === 'exit' ? outcome.r0 : outcome.trap.message;
    }
    const { u8 } = machine.memory;
    const frame = u8.slice(LAYOUT.stack, LAYOUT.stack + LAYOUT.frameBytes);
    return { r0, frame: toHex(frame), packet: toHex(u8.slice(LAYOUT.packet, LAYOUT.packet + 64)) };
  }

  it(`end as in the interpreter, ${COUNT} of them`, () => {
    const kinds = new Map<string, number>();
    const count = (kind: string): unknown => kinds.set(kind, (kinds.get(kind) ?? 0) + 1);
    for (let seed = FIRST; seed < FIRST + COUNT; seed++) {
      const insns = randomBytesProgram(seed);
      for (const { kind } of planOf(insns).values()) count(kind);
      if (keepsFrame(insns)) count('kept');
      expect(observed(insns, true), `seed ${seed}`).toEqual(observed(insns, false));
    }
    for (const kind of ['load', 'result', 'skip', 'store', 'kept'])
      expect(kinds.get(kind) ?? 0, `${kind} in ${JSON.stringify([...kinds])}`).toBeGreaterThan(COUNT / 10);
  });
});
