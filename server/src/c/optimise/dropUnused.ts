/** Removes static functions and literals that nothing refers to. */
import type { IrModule } from '../ir/ir.ts';
import { mentionsOf } from '../ir/mentions.ts';

/** By name of a function whose code is there already: the names that the code refers to. */
export type UsesOf = ReadonlyMap<string, { readonly uses: readonly string[] }>;

export function dropUnused(module: IrModule, done: UsesOf = new Map()): void {
  const reached = new Set<string>();
  const work: string[] = [];
  const reach = (name: string): void => {
    if (reached.has(name)) return;
    reached.add(name);
    work.push(name);
  };
  for (const fn of module.functions.values()) {
    if (fn.blocks.length > 0 && (fn.symbol.linkage !== 'static' || fn.attributes.used)) reach(fn.name);
  }
  for (const { symbol } of module.data.values()) if (symbol.kind !== 'literal') reach(symbol.name);
  for (let name = work.pop(); name !== undefined; name = work.pop()) {
    for (const used of symbolsIn(module, name, done)) reach(used);
  }
  for (const name of module.functions.keys()) if (!reached.has(name)) module.functions.delete(name);
  for (const [name, { symbol }] of module.data) {
    if (symbol.kind === 'literal' && !reached.has(name)) module.data.delete(name);
  }
}

/** The names that a function or data refers to. */
function symbolsIn(module: IrModule, name: string, done: UsesOf): string[] {
  const names = (module.data.get(name)?.relocations ?? []).map(({ symbol }) => symbol.name);
  const known = done.get(name);
  if (known !== undefined) return [...names, ...known.uses];
  const fn = module.functions.get(name);
  return fn === undefined ? names : [...names, ...mentionsOf(fn).map(({ symbol }) => symbol.name)];
}
