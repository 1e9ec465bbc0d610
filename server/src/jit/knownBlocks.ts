/** What is certain about registers where blocks begin, whatever way leads there. */
import type { Insn } from '../isa/insn.ts';
import { slots } from '../isa/insn.ts';
import { type Block, type FlowGraph, successors } from './controlFlow.ts';
import { KnownRegisters } from './known.ts';

/** Registers that loops within loops change one after the other may take more: nothing is known then. */
const MAX_SWEEPS = 12;

/** By block. */
export function knownAtStarts(insns: readonly Insn[], { blocks }: FlowGraph): readonly KnownRegisters[] {
  const starts: (KnownRegisters | null)[] = blocks.map(() => null);
  starts[0] = new KnownRegisters();
  const end = new KnownRegisters();
  for (let again = true, sweeps = 0; again; sweeps++) {
    if (sweeps === MAX_SWEEPS) return blocks.map(() => new KnownRegisters());
    again = false;
    for (const [index, block] of blocks.entries()) {
      const start = starts[index] ?? null;
      if (start === null) continue;
      end.copy(start);
      walk(insns, block, end);
      for (const to of successors(block.exit)) if (meet(starts, to, end) && to <= index) again = true;
    }
  }
  return starts.map((start) => start ?? new KnownRegisters());
}

function walk(insns: readonly Insn[], { start, end }: Block, known: KnownRegisters): void {
  for (let pc = start; pc < end;) {
    const insn = insns[pc];
    if (insn === undefined) return;
    known.after(insn);
    pc += slots(insn);
  }
}

/** True when less is known there than before. */
function meet(starts: (KnownRegisters | null)[], to: number, end: KnownRegisters): boolean {
  const known = starts[to];
  if (known !== null && known !== undefined) return known.keepCommon(end);
  starts[to] = new KnownRegisters();
  starts[to].copy(end);
  return true;
}
