/** Whether a function's stack frame can be reached only through r10 and what is visibly computed from it. */
import type { AluInsn, Insn } from '../isa/insn.ts';
import { slots } from '../isa/insn.ts';
import { type FlowGraph, successors } from './controlFlow.ts';
import { FRAME_USE, type FunctionEffects } from './functionEffects.ts';
import { KnownRegisters } from './known.ts';

/** Helpers may be given addresses of the frame: they use them during the call only. */
export function frameIsPrivate(
  insns: readonly Insn[],
  flow: FlowGraph,
  effects: FunctionEffects,
  starts: readonly KnownRegisters[],
): boolean {
  const known = new KnownRegisters();
  for (const [index, block] of flow.blocks.entries()) {
    const start = starts[index] ?? known;
    if (effects.frameUse[index] !== FRAME_USE.copied && start.frames() === 0) continue;
    known.copy(start);
    for (let pc = block.start; pc < block.end;) {
      const insn = insns[pc];
      if (insn === undefined) break;
      if (givesAway(insn, known)) return false;
      known.after(insn);
      pc += slots(insn);
    }
    // Where it is not known what such a register points at, it must not be used.
    for (const to of successors(block.exit)) {
      const lost = known.frames() & ~(starts[to]?.frames() ?? 0);
      if ((lost & effects.liveAt(to)) !== 0) return false;
    }
  }
  return true;
}

function isFrame(known: KnownRegisters, reg: number): boolean {
  return known.of(reg)?.kind === 'frame';
}

function givesAway(insn: Insn, known: KnownRegisters): boolean {
  if (insn.kind === 'alu') return losesTrack(insn, known);
  if (insn.kind === 'store') return insn.source === 'reg' && isFrame(known, insn.src);
  if (insn.kind === 'atomic') return insn.op !== 'loadAcquire' && isFrame(known, insn.src);
  if (insn.kind === 'bswap') return isFrame(known, insn.dst);
  if (insn.kind !== 'callx' && !(insn.kind === 'call' && insn.target !== 'helper')) return false;
  return [1, 2, 3, 4, 5].some((reg) => isFrame(known, reg));
}

/** An operation on an address of the frame whose result is not known to be one. */
function losesTrack(insn: AluInsn, known: KnownRegisters): boolean {
  const other = insn.source === 'reg' && isFrame(known, insn.src);
  const own = insn.op !== 'mov' && isFrame(known, insn.dst);
  if (!other && !own) return false;
  const after = new KnownRegisters();
  after.copy(known);
  after.after(insn);
  return !isFrame(after, insn.dst);
}
