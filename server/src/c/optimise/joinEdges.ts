/** A new block between some predecessors of a block and the block, with phis for the values that differ. */
import { constant, newBlock, newInstr, phisOf, phiValue, retarget, setInstrs, terminate } from '../ir/edit.ts';
import type { Block, Constant, Instr, IrFunction, Value } from '../ir/ir.ts';

export function joinEdges(fn: IrFunction, block: Block, preds: readonly Block[], label: string): Block {
  const join = newBlock(fn, label);
  const values = phisOf(block).map((phi) => preds.map((pred) => phiValue(phi, pred)));
  const place = block.instrs[0]?.place ?? fn.place;
  for (const pred of preds) retarget(fn, pred, block, join);
  const joined = values.map((args, i) => valueOf(fn, args, phisOf(block)[i] as Instr));
  const phis = joined.filter((value): value is Instr => value.op === 'phi' && value.block === null);
  setInstrs(join, phis);
  const own = phisOf(block);
  const valueFor = (phi: Instr): Value => joined[own.indexOf(phi)] ?? constant(fn, phi.type as Constant['type'], 0n);
  terminate(fn, join, { op: 'jump', to: block, args: [], place, inlinedAt: null }, valueFor);
  return join;
}

function valueOf(fn: IrFunction, args: Value[], phi: Instr): Value {
  const [first] = args;
  if (first && args.every((arg) => arg === first)) return first;
  return newInstr(fn, { op: 'phi', type: phi.type, args, place: phi.place, inlinedAt: phi.inlinedAt });
}
