/**
 * Writes loops of a known number of rounds out: those that the program marks (`#pragma unroll`), and small ones as clang
 * -O2 does (LLVM 19, LoopUnrollPass: a threshold of 150 instructions, 16,384 for marked ones). Other loops stay loops: the
 * kernel's verifier walks through them as it does through their rounds.
 */
import { append, newBlock, phisOf, phiValue, retarget } from '../ir/edit.ts';
import type { Block, Instr, IrFunction, Value } from '../ir/ir.ts';
import { removeUnreachable } from './cleanCfg.ts';
import { demoteValues } from './demoteValues.ts';
import { joinEdges } from './joinEdges.ts';
import { addExits, copyRound, enterFirst, type Round } from './loopRounds.ts';
import { loopsOf, type Loop } from './loops.ts';
import { promote } from './promote.ts';
import { tripCountOf } from './tripCount.ts';

const SMALL = 150;
const MARKED = 16_384;

/** True when a loop was written out. The innermost are tried first; those around them have their turn the next time. */
export function unrollLoops(fn: IrFunction): boolean {
  const done = new Set<Block>();
  let changed = false;
  for (const loop of loopsOf(fn)) {
    // Blocks of a loop that was written out are no longer those of the loops around it.
    if (loop.header.unroll === 1 || loop.blocks.some((block) => done.has(block))) continue;
    const count = roundsOf(fn, loop);
    if (count === null) continue;
    unroll(fn, loop, count);
    for (const block of loop.blocks) done.add(block);
    changed = true;
  }
  if (!changed) return false;
  removeUnreachable(fn);
  promote(fn);
  return true;
}

/** How often the header is to be written; null to leave the loop. */
function roundsOf(fn: IrFunction, loop: Loop): number | null {
  const { unroll } = loop.header;
  if (loop.blocks.some((block) => block.instrs.at(-1)?.op === 'asmGoto')) return null;
  const size = loop.blocks.reduce((sum, { instrs }) => sum + instrs.reduce((own, instr) => own + costOf(instr), 0), 0);
  const budget = unroll === null ? SMALL : MARKED;
  const most = Math.floor((budget - 2) / Math.max(size - 2, 1)) + 1;
  const count = tripCountOf(fn, loop, Math.min(most, 4096));
  return count !== null && unroll !== null && unroll > 1 && count > unroll + 1 ? null : count;
}

/** In LLVM arguments of calls count, a comparison and its branch are two instructions, and changes of type none. */
function costOf(instr: Instr): number {
  if (instr.op === 'branch') return 2;
  if (instr.op === 'call') return 1 + instr.args.length;
  if (instr.op === 'convert')
    return instr.kind === 'trunc' || instr.kind.endsWith('Ptr') || instr.kind === 'ptrToInt' ? 0 : 1;
  return instr.op === 'phi' || instr.op === 'debugValue' || instr.op === 'address' ? 0 : 1;
}

function unroll(fn: IrFunction, loop: Loop, count: number): void {
  const latch = joinLatches(fn, loop);
  const before = joinEntries(fn, loop, latch);
  const blocks = loop.blocks.includes(latch) ? loop.blocks : [...loop.blocks, latch];
  demoteValues(fn, new Set(blocks));
  const rounds = Array.from({ length: count }, () => copyRound(fn, blocks));
  enterFirst(fn, loop.header, before, rounds[0] as Round);
  for (const [i, round] of rounds.entries()) linkRound(fn, loop.header, latch, round, rounds[i + 1] ?? null);
  addExits(loop, blocks, rounds);
}

/** One latch: several are led through a new block. */
function joinLatches(fn: IrFunction, loop: Loop): Block {
  const [only, ...others] = loop.latches;
  return only && others.length === 0 ? only : joinEdges(fn, loop.header, loop.latches, 'latch');
}

/** One block that leads into the loop, and nowhere else. */
function joinEntries(fn: IrFunction, loop: Loop, latch: Block): Block {
  const entries = loop.header.preds.filter((pred) => !loop.inside.has(pred) && pred !== latch);
  return joinEdges(fn, loop.header, entries, 'before');
}

/** The back edge of a round leads into the next; that of the last round is never taken. */
function linkRound(fn: IrFunction, header: Block, latch: Block, round: Round, next: Round | null): void {
  const [own, from] = [round.blocks.get(header) as Block, round.blocks.get(latch) as Block];
  const values = phisOf(own).map((phi) => phiValue(phi, from));
  const to = next ? (next.blocks.get(header) as Block) : deadEnd(fn, latch);
  const phis = phisOf(to);
  retarget(fn, from, own, to, (phi) => values[phis.indexOf(phi)] as Value);
}

function deadEnd(fn: IrFunction, latch: Block): Block {
  const block = newBlock(fn, 'never');
  const { place, inlinedAt } = latch.instrs.at(-1) as Instr;
  append(fn, block, { op: 'unreachable', type: 'void', args: [], place, inlinedAt });
  return block;
}
