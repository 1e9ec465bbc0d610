import { describe, expect, it } from 'vitest';
import { flowGraph, FlowMarks } from '../../server/src/jit/controlFlow.ts';
import { findFrameSlots } from '../../server/src/jit/frameSlots.ts';
import { FunctionEffects } from '../../server/src/jit/functionEffects.ts';
import { knownAtStarts } from '../../server/src/jit/knownBlocks.ts';
import { frameIsPrivate } from '../../server/src/jit/frameUse.ts';
import { LAYOUT } from '../../server/src/vm/machine.ts';
import { programOfText } from '../support/assembled.ts';

/** The kept parts of the frame as "offset from r10: size"; "shared" when an address of the frame got away. */
function kept(text: string): string[] | 'shared' {
  const program = programOfText(
    `.license "GPL"\n.map m, type=hash, key=8, value=8, entries=4\n.section "xdp"\n${text}`,
  );
  const flow = flowGraph(program.insns, 0, new FlowMarks(program.insns.length));
  const effects = new FunctionEffects(program.insns, flow, { wideAddresses: false, helperArgs: () => 5 });
  const starts = knownAtStarts(program.insns, flow);
  effects.findLive(10);
  if (!frameIsPrivate(program.insns, flow, effects, starts)) return 'shared';
  const units = new Set(findFrameSlots(program, flow, effects, starts)?.unitAt.filter((unit) => unit !== undefined));
  return [...units].map(({ start, size }) => `${start - LAYOUT.frameBytes}: ${size}`);
}

const END = 'r0 = 0\nexit';

describe('parts of the frame that are kept in locals', () => {
  it.each([
    ['a spilled register', '*(u64 *)(r10 - 8) = r1\nr0 = *(u64 *)(r10 - 8)\nexit', ['-8: 8']],
    ['nothing that is not read', `*(u64 *)(r10 - 8) = r1\n${END}`, []],
    [
      'nothing that may be read before it is written',
      'r0 = 0\nif r1 == 0 goto out\n*(u64 *)(r10 - 8) = 1\nout: r0 = *(u64 *)(r10 - 8)\nexit',
      [],
    ],
    [
      'what every way writes',
      'if r1 == 0 goto other\n*(u64 *)(r10 - 8) = 1\ngoto out\nother: *(u64 *)(r10 - 8) = 2\nout: r0 = *(u64 *)(r10 - 8)\nexit',
      ['-8: 8'],
    ],
    [
      'halves that are read together',
      '*(u32 *)(r10 - 8) = 1\n*(u32 *)(r10 - 4) = 2\nr0 = *(u64 *)(r10 - 8)\nexit',
      ['-8: 4', '-4: 4'],
    ],
    ['parts of a larger store', '*(u64 *)(r10 - 8) = r1\nr0 = *(u16 *)(r10 - 6)\nexit', ['-6: 2']],
    [
      'a key',
      `*(u32 *)(r10 - 8) = 1\n*(u32 *)(r10 - 4) = 2\nr2 = r10\nr2 += -8\nr1 = m ll\ncall bpf_map_lookup_elem\n${END}`,
      ['-8: 4', '-4: 4'],
    ],
    [
      'a key whose address another block made',
      `r6 = r10\nr6 += -8\n*(u64 *)(r10 - 8) = r1\nif r1 == 0 goto out\nr2 = r6\nr1 = m ll\ncall bpf_map_lookup_elem\nout: ${END}`,
      ['-8: 8'],
    ],
    [
      'what a register of every way leads to',
      'r6 = r10\nif r1 == 0 goto out\nr6 += 0\nout: *(u64 *)(r6 - 8) = 1\nr0 = *(u64 *)(r10 - 8)\nexit',
      ['-8: 8'],
    ],
    [
      'nothing that a helper may write',
      `*(u64 *)(r10 - 8) = 1\n*(u64 *)(r10 - 16) = 1\nr1 = r10\nr1 += -8\nr2 = 8\ncall bpf_get_current_comm\nr0 = *(u64 *)(r10 - 8)\nr1 = *(u64 *)(r10 - 16)\nr0 += r1\nexit`,
      ['-16: 8'],
    ],
    [
      'nothing that is changed atomically',
      '*(u64 *)(r10 - 8) = 1\nlock *(u64 *)(r10 - 8) += r1\nr0 = *(u64 *)(r10 - 8)\nexit',
      [],
    ],
  ])('are %s', (_name, text, expected) => {
    expect(kept(text)).toEqual(expected);
  });

  it.each([
    ['is stored', `r2 = r10\n*(u64 *)(r1 + 0) = r2\n${END}`],
    ['is indexed', `r2 = r10\nr2 += r1\n*(u64 *)(r10 - 8) = 1\n${END}`],
    ['is handed to a function', `r1 = r10\ncall other\n${END}\nother: ${END}`],
    [
      'lives on where another way brings another one',
      `r2 = r10\nif r1 == 0 goto on\nr2 += -8\non: *(u64 *)(r2 - 8) = 1\n${END}`,
    ],
  ])('are none where an address of the frame %s', (_name, text) => {
    expect(kept(text)).toBe('shared');
  });
});
