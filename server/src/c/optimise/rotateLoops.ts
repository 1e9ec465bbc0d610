/**
 * Puts the question of a loop at its end, as clang -O2 does (LLVM 19, LoopRotation): one copy of it stands before the loop,
 * and every round has one jump less to walk through, for the processor and for the kernel's verifier.
 */
import type { Block, Instr, IrFunction } from '../ir/ir.ts';
import { demoteValues } from './demoteValues.ts';
import { joinEdges } from './joinEdges.ts';
import { addExits, copyRound, enterFirst } from './loopRounds.ts';
import { loopsOf, type Loop } from './loops.ts';
import { promote } from './promote.ts';

/** Instructions that may be there twice. */
const LARGEST_HEADER = 16;

/** True when a loop was changed. */
export function rotateLoops(fn: IrFunction): boolean {
  const loops = loopsOf(fn).filter(isRotatable);
  for (const loop of loops) rotate(fn, loop);
  if (loops.length > 0) promote(fn);
  return loops.length > 0;
}

/** The header asks whether to go on, and the way back asks nothing. */
function isRotatable(loop: Loop): boolean {
  const { header, inside, latches } = loop;
  const last = header.instrs.at(-1);
  if (last?.op !== 'branch' || inside.has(last.then) === inside.has(last.otherwise)) return false;
  if (latches.some((latch) => latch.instrs.at(-1)?.op !== 'jump')) return false;
  const body = header.instrs.filter(({ op }) => op !== 'phi' && op !== 'debugValue');
  return body.length <= LARGEST_HEADER && body.every(mayBeTwice);
}

function mayBeTwice({ op }: Instr): boolean {
  return op !== 'call' && op !== 'asm' && op !== 'atomic' && op !== 'late';
}

function rotate(fn: IrFunction, loop: Loop): void {
  const { header } = loop;
  const entries = header.preds.filter((pred) => !loop.inside.has(pred));
  const before = joinEdges(fn, header, entries, 'before');
  const region: readonly Block[] = [header];
  demoteValues(fn, new Set(region));
  const copy = copyRound(fn, region);
  enterFirst(fn, header, before, copy);
  addExits({ ...loop, blocks: region, inside: new Set(region) }, region, [copy]);
}
