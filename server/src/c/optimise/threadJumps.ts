/**
 * Leads a predecessor past a block that only asks about a phi, where the phi's value from there is a constant: what
 * `a && b` and flags leave. Only blocks without other work are passed, so nothing is computed twice.
 */
import { computeCompare } from '../ir/compute.ts';
import { phisOf, phiValue, retarget, usersOf, type Users } from '../ir/edit.ts';
import type { Block, Instr, IrFunction, Value } from '../ir/ir.ts';
import { switchTarget } from './cleanCfg.ts';

/** True when an edge was led elsewhere. */
export function threadJumps(fn: IrFunction): boolean {
  let users: Users | null = null;
  let changed = false;
  for (const block of fn.blocks) {
    if (!asksOnly(block)) continue;
    users ??= usersOf(fn);
    if (!staysInside(block, users)) continue;
    let led = false;
    for (const pred of block.preds.slice()) led = threadOne(fn, pred, block) || led;
    if (led) forgetOutside(block, users);
    changed ||= led;
  }
  return changed;
}

/** Behind the block a variable may now have another value than the phi's. */
function forgetOutside(block: Block, users: Users): void {
  for (const phi of phisOf(block)) {
    for (const user of users.of(phi)) if (user.op === 'debugValue' && user.block !== block) user.args.length = 0;
  }
}

/** Phis, what is said of variables, and a branch or switch. */
function asksOnly(block: Block): boolean {
  const last = block.instrs.at(-1);
  if ((last?.op !== 'branch' && last?.op !== 'switch') || block.instrs[0]?.op !== 'phi') return false;
  if (!last.args.some((arg) => arg.op === 'phi' && arg.block === block)) return false;
  return block.instrs.every((instr) => instr === last || instr.op === 'phi' || instr.op === 'debugValue');
}

/** Elsewhere the phis are used by phis of the successors only, for the edge from here. */
function staysInside(block: Block, users: Users): boolean {
  return phisOf(block).every((phi) =>
    users.of(phi).every((user) => {
      if (user.block === block) return user.op !== 'phi';
      if (user.op !== 'phi') return user.op === 'debugValue';
      return user.args.every((arg, i) => arg !== phi || user.block?.preds[i] === block);
    }),
  );
}

function threadOne(fn: IrFunction, pred: Block, block: Block): boolean {
  const target = targetFrom(pred, block);
  if (!target || target === block || pred === block) return false;
  const last = pred.instrs.at(-1);
  if (last?.op === 'asmGoto') return false;
  const valueFor = (phi: Instr): Value => comingFrom(phiValue(phi, block), pred, block);
  const direct = target.preds.indexOf(pred);
  if (direct !== -1 && phisOf(target).some((phi) => phi.args[direct] !== valueFor(phi))) return false;
  retarget(fn, pred, block, target, valueFor);
  return true;
}

/** Where the block goes when it is entered from there; null when that is not known. */
function targetFrom(pred: Block, block: Block): Block | null {
  const last = block.instrs.at(-1);
  if (last?.op !== 'branch' && last?.op !== 'switch') return null;
  const [a, b] = last.args.map((arg) => comingFrom(arg, pred, block));
  if (a?.op !== 'const') return null;
  const bits = a.type === 'i32' ? 32 : 64;
  if (last.op === 'switch') return switchTarget(last, bits, a.value);
  if (b?.op !== 'const') return null;
  return computeCompare(last.kind, bits, a.value, b.value) ? last.then : last.otherwise;
}

function comingFrom(value: Value, pred: Block, block: Block): Value {
  return value.op === 'phi' && value.block === block ? phiValue(value, pred) : value;
}
