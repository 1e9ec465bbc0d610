/** Drops operations whose results nobody reads, once all registers are the machine's. */
import { isCopy, type Code, type CodeBlock, type Op } from './code.ts';
import { clobbersOf, forEachRead, forEachWrite } from './registers.ts';

export function dropDead(code: Code): void {
  const liveIn = registersAbove(code);
  for (const block of code.blocks) sweep(block, liveOutOf(block, liveIn));
}

/** By block: a bit for each register whose value is needed at its beginning. */
export function registersAbove({ blocks }: Code): Map<CodeBlock, number> {
  const liveIn = new Map<CodeBlock, number>();
  const work = [...blocks];
  const queued = new Set(work);
  for (let block = work.pop(); block !== undefined; block = work.pop()) {
    queued.delete(block);
    const live = liveAbove(block, liveOutOf(block, liveIn));
    if (live === liveIn.get(block)) continue;
    liveIn.set(block, live);
    for (const pred of block.preds)
      if (!queued.has(pred)) {
        queued.add(pred);
        work.push(pred);
      }
  }
  return liveIn;
}

/** By block: for each instruction, the registers whose values are needed behind it. */
export function liveBelow(code: Code): (block: CodeBlock) => Int32Array {
  const liveIn = registersAbove(code);
  return (block) => {
    const below = new Int32Array(block.ops.length);
    let live = liveOutOf(block, liveIn);
    for (let i = block.ops.length - 1; i >= 0; i--) {
      below[i] = live;
      live = above(block.ops[i] as Op, live);
    }
    return below;
  };
}

function liveOutOf({ succs }: CodeBlock, liveIn: ReadonlyMap<CodeBlock, number>): number {
  let live = 0;
  for (const succ of succs) live |= liveIn.get(succ) ?? 0;
  return live;
}

/** What is dead already counts as no reader. */
function liveAbove({ ops }: CodeBlock, below: number): number {
  let live = below;
  for (let i = ops.length - 1; i >= 0; i--) if (!isDead(ops[i] as Op, live)) live = above(ops[i] as Op, live);
  return live;
}

function sweep(block: CodeBlock, below: number): void {
  let live = below;
  const kept: Op[] = [];
  for (let i = block.ops.length - 1; i >= 0; i--) {
    const op = block.ops[i] as Op;
    if (isDead(op, live)) continue;
    live = above(op, live);
    kept.push(op);
  }
  block.ops = kept.reverse();
}

function above(op: Op, below: number): number {
  let live = below;
  forEachWrite(op, (reg) => (live &= ~(1 << reg)));
  for (const reg of clobbersOf(op.insn)) live &= ~(1 << reg);
  forEachRead(op, (reg) => (live |= 1 << reg));
  return live;
}

function isDead({ insn, frame }: Op, live: number): boolean {
  if (insn.kind === 'wideSlot') return true;
  if (isCopy(insn) && frame === null && insn.dst === insn.src) return true;
  return (insn.kind === 'alu' || insn.kind === 'bswap' || insn.kind === 'loadImm64') && (live & (1 << insn.dst)) === 0;
}
