/**
 * A value that is made only to be copied is made in the copy's register: `r7 = 5; r1 = r7` becomes `r1 = 5` where r7 is
 * not needed any more. Such pairs arise where lifetimes were cut. Runs on machine registers.
 */
import { isCopy, type Code, type Op } from './code.ts';
import { liveBelow } from './deadCode.ts';
import { clobbersOf, forEachRead, forEachWrite, renamed } from './registers.ts';

/** How far back the maker of a value is looked for. */
const FARTHEST = 12;

export function forwardCopies(code: Code): void {
  const below = liveBelow(code);
  for (const block of code.blocks) {
    const live = below(block);
    let dropped = false;
    for (let i = block.ops.length - 1; i >= 0; i--) {
      const op = block.ops[i] as Op;
      const after = live[i] ?? 0;
      if (!isCopy(op.insn) || op.frame !== null || op.insn.dst === op.insn.src || (after & (1 << op.insn.src)) !== 0)
        continue;
      if (op.insn.src > 9 || !forward(block.ops, i, op.insn.dst, op.insn.src)) continue;
      op.insn = { kind: 'wideSlot' };
      dropped = true;
    }
    if (dropped) block.ops = block.ops.filter(({ insn }) => insn.kind !== 'wideSlot');
  }
}

function forward(ops: readonly Op[], at: number, dst: number, src: number): boolean {
  for (let i = at - 1; i >= Math.max(0, at - FARTHEST); i--) {
    const op = ops[i] as Op;
    const { reads, writes } = registersOf(op);
    const makes = (writes & (1 << src)) !== 0;
    if (((reads | writes) & (1 << dst)) !== 0 && !(makes && (reads & (1 << dst)) !== 0 && (writes & (1 << dst)) === 0))
      return false;
    if (makes) return make(op, dst, src, reads);
    if ((reads & (1 << src)) !== 0 || op.insn.kind === 'asm') return false;
  }
  return false;
}

/** Only what makes the value out of nothing or of other registers. */
function make(op: Op, dst: number, src: number, reads: number): boolean {
  const { insn } = op;
  const plain = insn.kind === 'load' || insn.kind === 'loadImm64' || (insn.kind === 'alu' && insn.op === 'mov');
  if (!plain || (reads & (1 << src)) !== 0) return false;
  op.insn = renamed(insn, (reg) => reg, () => dst); // prettier-ignore
  return true;
}

function registersOf(op: Op): { reads: number; writes: number } {
  let reads = 0;
  let writes = 0;
  forEachRead(op, (reg) => (reads |= 1 << reg));
  forEachWrite(op, (reg) => (writes |= 1 << reg));
  for (const reg of clobbersOf(op.insn)) writes |= 1 << reg;
  return { reads, writes };
}
