/**
 * A signed counter that starts at no less than 0 and is counted up one by one below a limit is never negative, so that
 * its extension to 64 bits needs no sign: one instruction less in each round, or two.
 */
import { dominatorsOf, type Dominators } from '../ir/dominators.ts';
import { usersOf } from '../ir/edit.ts';
import type { Block, Instr, IrFunction } from '../ir/ir.ts';

/** True when an extension was changed. */
export function extendCounters(fn: IrFunction): boolean {
  const extensions = fn.blocks.some(({ instrs }) =>
    instrs.some((instr) => instr.op === 'convert' && instr.kind === 'sext'),
  );
  if (!extensions) return false;
  const dominators = dominatorsOf(fn);
  const users = usersOf(fn);
  let changed = false;
  for (const block of dominators.order) {
    for (const phi of block.instrs) {
      if (phi.op !== 'phi') break;
      if (phi.type !== 'i32' || !isCounter(phi, dominators)) continue;
      for (const user of users.of(phi)) {
        if (user.op !== 'convert' || user.kind !== 'sext') continue;
        user.kind = 'zext';
        changed = true;
      }
    }
  }
  return changed;
}

function isCounter(phi: Instr, dominators: Dominators): boolean {
  let steps = 0;
  for (const arg of phi.args) {
    if (arg.op === 'const') {
      if (arg.value >= 0x8000_0000n) return false;
    } else {
      if (arg.op === 'param' || !isStep(arg, phi)) return false;
      if (!isWithoutWrap(arg) && !isBelowLimit(phi, arg.block as Block, dominators)) return false;
      steps++;
    }
  }
  return steps > 0;
}

function isWithoutWrap(step: Instr): boolean {
  return step.op === 'binary' && step.noWrap === true;
}

function isStep(value: Instr, phi: Instr): boolean {
  const [a, b] = value.args;
  return value.op === 'binary' && value.kind === 'add' && a === phi && b?.op === 'const' && b.value === 1n;
}

/** Where the counter is counted up, a branch has shown that a greater number exists. */
function isBelowLimit(phi: Instr, at: Block, dominators: Dominators): boolean {
  for (let up = dominators.index.get(at); up !== undefined && up > 0; up = dominators.idom[up]) {
    const block = dominators.order[up] as Block;
    const [pred, ...others] = block.preds;
    const last = pred?.instrs.at(-1);
    if (others.length > 0 || last?.op !== 'branch' || last.then === last.otherwise) continue;
    if (last.args[0] !== phi) continue;
    const limit = last.args[1];
    const isThen = block === last.then;
    if (isThen ? last.kind === 'slt' : last.kind === 'sge') return true;
    const isSmall = limit?.op === 'const' && limit.value < 0x8000_0000n;
    if (isSmall && (isThen ? last.kind === 'ult' || last.kind === 'ule' : last.kind === 'uge' || last.kind === 'ugt')) {
      return limit.value < 0x7fff_ffffn;
    }
    const isBefore = limit?.op === 'const' && limit.value < 0x7fff_ffffn;
    if (isBefore && (isThen ? last.kind === 'sle' : last.kind === 'sgt')) return true;
  }
  return false;
}
