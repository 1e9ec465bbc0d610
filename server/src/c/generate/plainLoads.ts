/**
 * Loads need not extend a sign that only comparisons for equality see: `*a == *b` of two chars, `*a != 0`. Before v4 a
 * sign costs two instructions.
 */
import { constant, usersOf } from '../ir/edit.ts';
import type { Constant, Instr, IrFunction, Value } from '../ir/ir.ts';

type Load = Instr & { op: 'load' };
type Comparison = Instr & { op: 'compare' | 'branch' };

export function plainLoads(fn: IrFunction): void {
  const loads = new Set(fn.blocks.flatMap(({ instrs }) => instrs.filter(isSigned)));
  if (loads.size === 0) return;
  const users = usersOf(fn);
  for (let before = -1; before !== loads.size;) {
    before = loads.size;
    for (const load of loads) if (!users.of(load).every((user) => onlyEquality(user, load, loads))) loads.delete(load);
  }
  for (const load of loads) {
    load.signed = false;
    for (const user of users.of(load)) user.args = user.args.map((arg) => plainConstant(fn, arg, load));
  }
}

function isSigned(instr: Instr): instr is Load {
  return instr.op === 'load' && instr.signed && instr.size < (instr.type === 'i32' ? 4 : 8);
}

function onlyEquality(user: Instr, load: Load, loads: ReadonlySet<Load>): boolean {
  // Of a variable the debugger reads the low bytes.
  if (user.op === 'debugValue') return true;
  if (!isComparison(user) || (user.kind !== 'eq' && user.kind !== 'ne')) return false;
  return user.args.every((arg) => {
    if (arg.op === 'const') return isExtended(arg, load);
    return arg.op === 'load' && arg.size === load.size && loads.has(arg);
  });
}

function isComparison(instr: Instr): instr is Comparison {
  return instr.op === 'compare' || instr.op === 'branch';
}

/** Whether a load with this size and its sign extended can give the number. */
function isExtended({ type, value }: Constant, { size }: Load): boolean {
  const bits = type === 'i32' ? 32 : 64;
  return BigInt.asUintN(bits, BigInt.asIntN(size * 8, value)) === value;
}

function plainConstant(fn: IrFunction, arg: Value, { size }: Load): Value {
  return arg.op === 'const' ? constant(fn, arg.type, BigInt.asUintN(size * 8, arg.value)) : arg;
}
