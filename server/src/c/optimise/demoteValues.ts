/**
 * Puts values that leave a region into stack memory: stored where they are made, read where they are used outside. Once
 * the region was copied, `promote` finds out which copy's value arrives where.
 */
import { newInstr, setInstrs, type InstrInit } from '../ir/edit.ts';
import type { Block, Instr, IrFunction, SizeBytes, Value } from '../ir/ir.ts';

export function demoteValues(fn: IrFunction, region: ReadonlySet<Block>): void {
  const leaving = leavingValues(fn, region);
  if (leaving.size === 0) return;
  const homes = new Map<Value, Instr>();
  for (const value of leaving) homes.set(value, home(fn, value));
  for (const block of fn.blocks) {
    if (region.has(block)) storeIn(fn, block, homes);
    loadIn(fn, block, region, homes);
  }
  const entry = fn.blocks[0] as Block;
  setInstrs(entry, [...homes.values(), ...entry.instrs]);
}

function leavingValues(fn: IrFunction, region: ReadonlySet<Block>): Set<Instr> {
  const leaving = new Set<Instr>();
  for (const block of fn.blocks) {
    for (const instr of block.instrs) {
      // Within the region only what comes in from outside has left it: values of the round before.
      if (region.has(block) && instr.op !== 'phi') break;
      for (const [i, arg] of instr.args.entries()) {
        if (!isFrom(arg, region)) continue;
        if (instr.op === 'debugValue') instr.args = [];
        else if (instr.op !== 'phi' || !region.has(block.preds[i] as Block)) leaving.add(arg);
      }
    }
  }
  return leaving;
}

function isFrom(value: Value, region: ReadonlySet<Block>): value is Instr {
  return value.op !== 'const' && value.op !== 'param' && value.block !== null && region.has(value.block);
}

function sizeOf(value: Value): SizeBytes {
  return value.type === 'i32' ? 4 : 8;
}

function home(fn: IrFunction, value: Instr): Instr {
  const { place, inlinedAt } = value;
  const size = sizeOf(value);
  const init = {
    op: 'alloca',
    type: 'ptr',
    sizeBytes: size,
    alignBytes: size,
    variable: null,
    variableOff: 0,
  } as const;
  return newInstr(fn, { ...init, args: [], place, inlinedAt });
}

function storeIn(fn: IrFunction, block: Block, homes: ReadonlyMap<Value, Instr>): void {
  const out: Instr[] = [];
  const late: Instr[] = [];
  for (const instr of block.instrs) {
    if (instr.op !== 'phi') out.push(...late.splice(0));
    out.push(instr);
    const at = homes.get(instr);
    if (!at) continue;
    const { place, inlinedAt } = instr;
    const init: InstrInit = { op: 'store', type: 'void', args: [at, instr], size: sizeOf(instr), volatile: false, off: 0, place, inlinedAt }; // prettier-ignore
    const store = newInstr(fn, init) as Instr;
    if (instr.op === 'phi') late.push(store);
    else out.push(store);
  }
  setInstrs(block, out);
}

function loadIn(fn: IrFunction, block: Block, region: ReadonlySet<Block>, homes: ReadonlyMap<Value, Instr>): void {
  const out: Instr[] = [];
  const load = (value: Value, user: Instr): Instr | null => {
    const at = homes.get(value);
    if (!at) return null;
    const { place, inlinedAt } = user;
    const init = { op: 'load', signed: false, volatile: false, off: 0, size: sizeOf(value), type: value.type } as const;
    return newInstr(fn, { ...init, args: [at], place, inlinedAt });
  };
  for (const instr of block.instrs) {
    if (instr.op === 'phi') {
      loadForPhi(instr, block, region, load);
      out.push(instr);
      continue;
    }
    if (region.has(block)) {
      out.push(instr);
      continue;
    }
    instr.args = instr.args.map((arg) => {
      const made = load(arg, instr);
      if (made) out.push(made);
      return made ?? arg;
    });
    out.push(instr);
  }
  setInstrs(block, out);
}

/** At the end of the predecessor, which lies outside, too. */
function loadForPhi(
  phi: Instr,
  block: Block,
  region: ReadonlySet<Block>,
  load: (value: Value, user: Instr) => Instr | null,
): void {
  for (const [i, arg] of phi.args.entries()) {
    const pred = block.preds[i] as Block;
    const made = region.has(pred) ? null : load(arg, phi);
    if (!made) continue;
    phi.args[i] = made;
    setInstrs(pred, [...pred.instrs.slice(0, -1), made, pred.instrs.at(-1) as Instr]);
  }
}
