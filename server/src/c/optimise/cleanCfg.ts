/**
 * Makes the graph of blocks small: decides branches on constants, drops what cannot be reached, joins a block with its
 * only successor, leads edges past empty blocks, removes phis of one value.
 */
import { computeCompare } from '../ir/compute.ts';
import { dominatorsOf, reversePostorder, type Dominators } from '../ir/dominators.ts';
import {
  phisOf,
  removeBlocks,
  renamePred,
  replaceAll,
  resolve,
  reterminate,
  retarget,
  setInstrs,
  successorsOf,
  terminatorOf,
} from '../ir/edit.ts';
import type { Block, Instr, IrFunction, Value } from '../ir/ir.ts';

/** True when something changed. */
export function cleanCfg(fn: IrFunction): boolean {
  let changed = false;
  for (let round = 0; round < 8; round++) {
    const again = [decideBranches(fn), removeUnreachable(fn), simplifyPhis(fn), skipEmpty(fn), joinBlocks(fn)];
    if (!again.includes(true)) break;
    changed = true;
  }
  return changed;
}

/** Only blocks that the entry leads to. */
export function removeUnreachable(fn: IrFunction): boolean {
  const reached = new Set(reversePostorder(fn));
  if (reached.size === fn.blocks.length) return false;
  removeBlocks(fn, new Set(fn.blocks.filter((block) => !reached.has(block))));
  return true;
}

function decideBranches(fn: IrFunction): boolean {
  let changed = false;
  for (const block of fn.blocks) {
    const last = terminatorOf(block);
    if (!last) continue;
    const to = decided(last);
    if (!to) continue;
    reterminate(fn, block, { op: 'jump', to, args: [], place: last.place, inlinedAt: last.inlinedAt });
    changed = true;
  }
  return changed;
}

function decided(last: Instr): Block | null {
  if (last.op === 'branch') {
    if (last.then === last.otherwise) return last.then;
    const [a, b] = last.args;
    if (a?.op !== 'const' || b?.op !== 'const') return null;
    return computeCompare(last.kind, a.type === 'i32' ? 32 : 64, a.value, b.value) ? last.then : last.otherwise;
  }
  return last.op === 'switch' ? decidedSwitch(last) : null;
}

function decidedSwitch(last: Instr & { op: 'switch' }): Block | null {
  if (last.cases.every(({ to }) => to === last.otherwise)) return last.otherwise;
  const value = last.args[0];
  return value?.op === 'const' ? switchTarget(last, value.type === 'i32' ? 32 : 64, value.value) : null;
}

/** Cases are numbers of the value's type; negative ones of a signed type. */
export function switchTarget(last: Instr & { op: 'switch' }, bits: 32 | 64, value: bigint): Block {
  const signed = BigInt.asIntN(bits, value);
  const found = last.cases.find((one) => {
    const at = one.first < 0n ? signed : value;
    return one.first <= at && at <= one.last;
  });
  return found?.to ?? last.otherwise;
}

function simplifyPhis(fn: IrFunction): boolean {
  const replaced = new Map<Value, Value>();
  let known: Dominators | null = null;
  const dominators = (): Dominators => (known ??= dominatorsOf(fn));
  for (const block of fn.blocks) {
    for (const instr of block.instrs) {
      if (instr.op !== 'phi') break;
      const only = onlyValue(instr, replaced, dominators);
      if (only) replaced.set(instr, only);
    }
  }
  if (replaced.size === 0) return false;
  for (const block of fn.blocks) {
    const [first] = block.instrs;
    if (first?.op === 'phi') setInstrs(block, block.instrs.filter((instr) => !replaced.has(instr))); // prettier-ignore
  }
  replaceAll(fn, replaced);
  return true;
}

/** The value that a phi always has, itself left aside, and what is undefined where the value is at hand. */
function onlyValue(phi: Instr, replaced: Map<Value, Value>, dominators: () => Dominators): Value | null {
  let only: Value | null = null;
  let blank: Value | null = null;
  for (const arg of phi.args) {
    const value = resolve(replaced, arg);
    if (value === phi || value === only) continue;
    if (value.op === 'const' && value.undefined) blank = value;
    else if (only) return null;
    else only = value;
  }
  if (!only || !blank) return only ?? blank;
  if (only.op === 'const' || only.op === 'param') return only;
  // Another phi of the block has its next value already: what comes along the edge is the one before.
  if (only.block === phi.block) return null;
  return dominators().dominates(only.block as Block, phi.block as Block) ? only : null;
}

/** Leads the predecessors of a block that only jumps on to its successor, unless phis there would need another edge. */
function skipEmpty(fn: IrFunction): boolean {
  let changed = false;
  for (const block of fn.blocks) {
    const [only] = block.instrs;
    if (only?.op !== 'jump' || block === fn.blocks[0] || only.to === block) continue;
    for (const pred of block.preds.slice()) changed = skipOne(fn, pred, block, only.to) || changed;
  }
  return changed;
}

function skipOne(fn: IrFunction, pred: Block, block: Block, to: Block): boolean {
  const phis = phisOf(to);
  const through = to.preds.indexOf(block);
  if (through === -1 || terminatorOf(pred)?.op === 'asmGoto') return false;
  const direct = to.preds.indexOf(pred);
  if (direct !== -1 && phis.some((phi) => phi.args[direct] !== phi.args[through])) return false;
  retarget(fn, pred, block, to, (phi) => phi.args[through] as Value);
  return true;
}

function joinBlocks(fn: IrFunction): boolean {
  const gone = new Set<Block>();
  for (const block of fn.blocks) {
    if (gone.has(block)) continue;
    for (let next = joinable(block, fn); next; next = joinable(block, fn)) {
      absorb(block, next);
      gone.add(next);
    }
  }
  if (gone.size === 0) return false;
  const kept = fn.blocks.filter((block) => !gone.has(block));
  fn.blocks.length = 0;
  for (const block of kept) fn.blocks.push(block);
  return true;
}

function joinable(block: Block, fn: IrFunction): Block | null {
  const last = terminatorOf(block);
  if (last?.op !== 'jump' || last.to === block || last.to === fn.blocks[0]) return null;
  return last.to.preds.length === 1 && last.to.instrs[0]?.op !== 'phi' ? last.to : null;
}

function absorb(block: Block, next: Block): void {
  const jump = block.instrs.pop();
  if (jump) jump.block = null;
  for (const to of successorsOf(next)) renamePred(to, next, block);
  for (const instr of next.instrs) {
    instr.block = block;
    block.instrs.push(instr);
  }
  next.instrs.length = 0;
  next.preds.length = 0;
}
