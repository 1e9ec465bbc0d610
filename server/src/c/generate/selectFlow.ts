/** Ends of blocks: jumps, branches, returns, and the copies that give phis their values. */
import { unreachable } from '../../base/assert.ts';
import { phisOf, phiValue } from '../ir/edit.ts';
import { NEGATED } from '../ir/compute.ts';
import type { Block, CompareOp, Instr, Terminator, Value } from '../ir/ir.ts';
import type { CodeBlock } from './code.ts';
import { copy, EXIT, GOTO } from './insns.ts';
import { orderCopies } from './parallelCopies.ts';
import { selectAsmGoto } from './selectAsm.ts';
import { conditionOf, setBranch } from './selectCompare.ts';
import { selectSwitch } from './selectSwitch.ts';
import { emit, emitBlock, frameAddress, lastingRegister, moveExtended, moveInto, newRegister, type Selection } from './selection.ts'; // prettier-ignore
import { rootOf } from './widths.ts';

/** What flows into phis lives in registers, wherever it is made. */
export function demandPhis(sel: Selection, block: Block): void {
  for (const phi of phisOf(block)) {
    lastingRegister(sel, phi);
    for (const arg of phi.args) if (hasRegister(sel, arg)) lastingRegister(sel, rootOf(sel.widths, arg));
  }
}

/** Whether the value lives in one register, unlike constants and addresses, which are made where they are used. */
function hasRegister(sel: Selection, value: Value): boolean {
  const root = rootOf(sel.widths, value);
  if (root.op === 'const' || root.op === 'core' || root.op === 'address') return false;
  return frameAddress(sel, root) === null;
}

export function selectTerminator(sel: Selection, instr: Terminator): void {
  switch (instr.op) {
    case 'jump':
      return selectJump(sel, instr.to);
    case 'branch':
      return selectBranch(sel, instr);
    case 'switch':
      return selectSwitch(sel, instr, (to) => edgeTo(sel, to));
    case 'return': {
      const [value] = instr.args;
      if (value !== undefined) returnValue(sel, value);
      emit(sel, EXIT).args = value === undefined ? 0 : 1;
      return;
    }
    case 'unreachable':
      emit(sel, EXIT);
      return;
    case 'asmGoto':
      return selectAsmGoto(sel, instr, (to) => edgeTo(sel, to));
    default:
      return unreachable(instr);
  }
}

/** Of a program the kernel looks at the lower half; functions rely on one another to extend theirs. */
function returnValue(sel: Selection, value: Value): void {
  if (sel.fn.section !== null && rootOf(sel.widths, value).op === 'call') moveInto(sel, 0, value);
  else moveExtended(sel, 0, value);
}

export function selectJump(sel: Selection, to: Block): void {
  emitPhiCopies(sel, to);
  emit(sel, GOTO);
  sel.block.succs = [sel.blocks.get(to) as CodeBlock];
}

function selectBranch(sel: Selection, instr: Instr & { op: 'branch' }): void {
  const { then, otherwise, likely } = instr;
  if (then === otherwise || isUnreachable(otherwise)) return selectJump(sel, then);
  if (isUnreachable(then)) return selectJump(sel, otherwise);
  const { kind, left, right } = compared(sel, instr);
  const targets: readonly [CodeBlock, CodeBlock] = [edgeTo(sel, then), edgeTo(sel, otherwise)];
  const { insn, negated } = conditionOf(sel, kind, left, right);
  emit(sel, insn);
  const [first, second] = negated ? [targets[1], targets[0]] : targets;
  setBranch(sel.block, first, second, negated && likely !== null ? !likely : likely);
}

/** A comparison that only branches ask for becomes their condition. */
function compared(sel: Selection, instr: Instr & { op: 'branch' }): { kind: CompareOp; left: Value; right: Value } {
  const [left, right] = instr.args as [Value, Value];
  const plain = { kind: instr.kind, left, right };
  const answer = rootOf(sel.widths, left);
  if (!asksForTruth(instr) || answer.op !== 'compare' || (sel.regs[answer.id] ?? 0) !== 0) return plain;
  if (sel.uses[answer.id] !== sel.truths.get(answer.id)) return plain;
  const [a, b] = answer.args as [Value, Value];
  return { kind: instr.kind === 'ne' ? answer.kind : NEGATED[answer.kind], left: a, right: b };
}

function asksForTruth({ kind, args }: Instr & { op: 'branch' }): boolean {
  const [, right] = args;
  return (kind === 'ne' || kind === 'eq') && right?.op === 'const' && right.value === 0n;
}

/** By id of a comparison: how many branches ask for nothing but its truth. */
export function countTruths(blocks: readonly Block[]): Map<number, number> {
  const truths = new Map<number, number>();
  for (const { instrs } of blocks) {
    const last = instrs.at(-1);
    if (last?.op !== 'branch' || !asksForTruth(last)) continue;
    const [answer] = last.args;
    if (answer?.op === 'compare') truths.set(answer.id, (truths.get(answer.id) ?? 0) + 1);
  }
  return truths;
}

/** A block that says it is never reached, before it does anything. */
export function isUnreachable(block: Block): boolean {
  const first = block.instrs.find(({ op }) => op !== 'phi' && op !== 'debugValue');
  return first?.op === 'unreachable';
}

/** Where an edge of a block with several successors leads: copies for phis need a block of their own. */
export function edgeTo(sel: Selection, to: Block): CodeBlock {
  const target = sel.blocks.get(to) as CodeBlock;
  const known = to.preds.length > 1 || to.instrs[0]?.op === 'phi';
  if (!known) return target;
  const edge = emitBlock(sel, () => {
    emitPhiCopies(sel, to);
    emit(sel, GOTO);
  });
  edge.succs = [target];
  return edge;
}

function emitPhiCopies(sel: Selection, to: Block): void {
  const copies: { dst: number; src: number }[] = [];
  const made: { dst: number; value: Value }[] = [];
  for (const phi of phisOf(to)) {
    const value = phiValue(phi, sel.irBlock);
    const dst = lastingRegister(sel, phi);
    if (hasRegister(sel, value)) copies.push({ dst, src: lastingRegister(sel, rootOf(sel.widths, value)) });
    else made.push({ dst, value });
  }
  for (const { dst, src } of orderCopies(copies, () => newRegister(sel))) emit(sel, copy(dst, src));
  for (const { dst, value } of made) moveInto(sel, dst, value);
}
