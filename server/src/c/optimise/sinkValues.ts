/**
 * Computes a value where it is needed: when all its users stand in one block further on, and not in a loop that the value
 * is outside of. Paths that do not come there have less to do, and a register less to keep. Nothing that reads memory is
 * moved.
 */
import { dominatorsOf, type Dominators } from '../ir/dominators.ts';
import { setInstrs, usersOf, type Users } from '../ir/edit.ts';
import type { Block, Instr, IrFunction } from '../ir/ir.ts';
import { loopsOf } from './loops.ts';

/** True when something was moved. */
export function sinkValues(fn: IrFunction): boolean {
  const dominators = dominatorsOf(fn);
  const depths = loopDepths(fn);
  const users = usersOf(fn);
  const moved = new Map<Block, Instr[]>();
  // Users before what they use, so that a chain moves as a whole.
  for (const block of dominators.order.slice().reverse()) {
    const before = block.instrs.length;
    const kept = block.instrs
      .slice()
      .reverse()
      .filter((instr) => !sink(instr, block, users, depths, dominators, moved));
    if (kept.length < before) setHome(block, kept.reverse());
  }
  for (const [block, instrs] of moved) insert(block, instrs.reverse());
  return moved.size > 0;
}

/** `setInstrs` would forget where the moved ones are going. */
function setHome(block: Block, kept: readonly Instr[]): void {
  const staying = new Set(kept);
  const gone = block.instrs.filter((instr) => !staying.has(instr)).map((instr) => [instr, instr.block] as const);
  setInstrs(block, kept);
  for (const [instr, home] of gone) instr.block = home;
}

function insert(block: Block, instrs: readonly Instr[]): void {
  const phis = block.instrs.findIndex(({ op }) => op !== 'phi');
  setInstrs(block, [...block.instrs.slice(0, phis), ...instrs, ...block.instrs.slice(phis)]);
}

function sink(
  instr: Instr,
  block: Block,
  users: Users,
  depths: ReadonlyMap<Block, number>,
  dominators: Dominators,
  moved: Map<Block, Instr[]>,
): boolean {
  if (!isMovable(instr)) return false;
  const to = onlyUser(instr, users);
  if (!to || to === block || !dominators.dominates(block, to)) return false;
  if ((depths.get(to) ?? 0) > (depths.get(block) ?? 0)) return false;
  for (const user of users.of(instr)) if (user.op === 'debugValue' && user.block !== to) user.args = [];
  instr.block = to;
  const known = moved.get(to);
  if (known) known.push(instr);
  else moved.set(to, [instr]);
  return true;
}

/** One value goes in, so that no more values live on than before. */
function isMovable(instr: Instr): boolean {
  if (instr.op !== 'binary' && instr.op !== 'convert' && instr.op !== 'compare') return false;
  return new Set(instr.args.filter(({ op }) => op !== 'const')).size <= 1;
}

/** The block where all users stand; null for several, and for phis. */
function onlyUser(instr: Instr, users: Users): Block | null {
  let only: Block | null = null;
  for (const user of users.of(instr)) {
    if (user.op === 'debugValue') continue;
    if (user.op === 'phi' || (only && only !== user.block)) return null;
    only = user.block;
  }
  return only;
}

function loopDepths(fn: IrFunction): Map<Block, number> {
  const depths = new Map<Block, number>();
  for (const { blocks } of loopsOf(fn)) for (const block of blocks) depths.set(block, (depths.get(block) ?? 0) + 1);
  return depths;
}
