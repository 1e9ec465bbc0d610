/** Who calls whom in a module. */
import type { Instr, IrFunction, IrModule, IrSymbol, Value } from '../ir/ir.ts';

export interface CallGraph {
  /** Callees before their callers; functions of one cycle in the order they were found. */
  readonly bottomUp: readonly IrFunction[];
  /** Those that can come back to themselves; fewer when calls become loops. */
  readonly recursive: Set<IrFunction>;
}

/** The function of the module that a call enters; null for helpers, externs and values. */
export function calleeOf(instr: Instr, module: IrModule): IrFunction | null {
  if (instr.op !== 'call' || instr.callee.kind !== 'function') return null;
  const fn = module.functions.get(instr.callee.symbol.name);
  return fn && fn.blocks.length > 0 ? fn : null;
}

/** The function that a value is the address of; null when it is none, or not known to be one. */
export function addressedFunction(value: Value): IrSymbol | null {
  return value.op === 'address' && value.addend === 0 && value.symbol.kind === 'function' ? value.symbol : null;
}

export function callGraphOf(module: IrModule): CallGraph {
  const callees = new Map<IrFunction, IrFunction[]>();
  for (const fn of module.functions.values()) {
    const called = new Set<IrFunction>();
    for (const block of fn.blocks) {
      for (const instr of block.instrs) {
        const callee = calleeOf(instr, module);
        if (callee) called.add(callee);
      }
    }
    callees.set(fn, [...called]);
  }
  return components(callees);
}

/** Algorithm: Tarjan, "Depth-first search and linear graph algorithms" (1972), without recursion. */
function components(callees: ReadonlyMap<IrFunction, readonly IrFunction[]>): CallGraph {
  const bottomUp: IrFunction[] = [];
  const recursive = new Set<IrFunction>();
  const index = new Map<IrFunction, number>();
  const low = new Map<IrFunction, number>();
  const open: IrFunction[] = [];
  const isOpen = new Set<IrFunction>();
  const lower = (fn: IrFunction, to: number): void => void low.set(fn, Math.min(low.get(fn) ?? to, to));
  const close = (fn: IrFunction): void => {
    const members = open.splice(open.indexOf(fn));
    for (const member of members) isOpen.delete(member);
    bottomUp.push(...members.reverse());
    const isCycle = members.length > 1 || (callees.get(fn) ?? []).includes(fn);
    if (isCycle) for (const member of members) recursive.add(member);
  };
  for (const root of callees.keys()) {
    const stack: { fn: IrFunction; next: number }[] = index.has(root) ? [] : [{ fn: root, next: 0 }];
    for (let top = stack.at(-1); top; top = stack.at(-1)) {
      const { fn } = top;
      if (top.next === 0) {
        index.set(fn, index.size);
        lower(fn, index.size - 1);
        open.push(fn);
        isOpen.add(fn);
      }
      const callee = callees.get(fn)?.[top.next++];
      if (callee && !index.has(callee)) stack.push({ fn: callee, next: 0 });
      else if (callee && isOpen.has(callee)) lower(fn, index.get(callee) ?? 0);
      else if (!callee) {
        stack.pop();
        const caller = stack.at(-1);
        if (caller) lower(caller.fn, low.get(fn) ?? 0);
        if (low.get(fn) === index.get(fn)) close(fn);
      }
    }
  }
  return { bottomUp, recursive };
}
