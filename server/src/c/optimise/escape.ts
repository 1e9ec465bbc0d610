/** Which stack memory only this function can reach. */
import { usersOf, type Users } from '../ir/edit.ts';
import type { Instr, IrFunction, Value } from '../ir/ir.ts';

/**
 * Stack memory whose address is nowhere kept: helpers may read and write it while they are called with it, and that is
 * all. Calls of functions and kfuncs keep what they are given, as far as anybody knows.
 */
export function privateAllocas(fn: IrFunction): Set<Value> {
  const found = new Set<Value>();
  const allocas = fn.blocks[0]?.instrs.filter(({ op }) => op === 'alloca') ?? [];
  if (allocas.length === 0) return found;
  const users = usersOf(fn, true);
  for (const alloca of allocas) if (isPrivate(alloca, users)) found.add(alloca);
  return found;
}

/**
 * The context of a program: memory of its own, which nothing but the context's own address leads to. Null for functions
 * that are no programs.
 */
export function contextOf(fn: IrFunction): Value | null {
  const [ctx] = fn.params;
  if (ctx?.type !== 'ptr' || fn.section === null || fn.symbol.linkage === 'static') return null;
  return isPrivate(ctx, usersOf(fn, true), true) ? ctx : null;
}

function isPrivate(memory: Value, users: Users, callable = false): boolean {
  const work: Value[] = [memory];
  for (let pointer = work.pop(); pointer; pointer = work.pop()) {
    for (const user of users.of(pointer)) {
      if (user.op === 'binary' && user.type === 'ptr') work.push(user);
      else if (!keepsPrivate(user, pointer) && !(callable && user.op === 'call')) return false;
    }
  }
  return true;
}

function keepsPrivate(user: Instr, pointer: Value): boolean {
  switch (user.op) {
    case 'load':
    case 'memcpy':
    case 'memmove':
    case 'memset':
    case 'compare':
    case 'branch':
      return true;
    case 'store':
      return user.args[1] !== pointer;
    case 'late':
      return user.kind !== 'memcpy' && user.kind !== 'memmove' && user.kind !== 'memset';
    case 'call':
      return user.callee.kind === 'helper';
    default:
      return false;
  }
}

/** The object that an address is in, as far as constant and variable offsets lead. */
export function baseOf(pointer: Value): Value {
  let base = pointer;
  while (base.op === 'binary' && base.type === 'ptr') base = base.args[0] as Value;
  return base;
}
