import type { Btf } from '../btf/btf.ts';
import { nameOf, typeAt } from '../btf/query.ts';
import { essentialName } from './essentialName.ts';

const indexes = new WeakMap<Btf, ReadonlyMap<string, readonly number[]>>();

/**
 * The kernel's types that may stand for one of the program's: those of its kind and name, flavours aside. Mirrors
 * `bpf_core_add_cands` of libbpf.
 */
export function candidatesFor(local: Btf, id: number, kernel: Btf): number[] {
  const { kind, ...type } = typeAt(local, id);
  const name = essentialName('name' in type ? type.name : '');
  return (indexOf(kernel).get(name) ?? []).filter((other) => typeAt(kernel, other).kind === kind);
}

/** Ids by essential name, lowest first. */
function indexOf(kernel: Btf): ReadonlyMap<string, readonly number[]> {
  const known = indexes.get(kernel);
  if (known !== undefined) return known;
  const index = new Map<string, number[]>();
  for (const [id, type] of kernel.types.entries()) {
    const name = essentialName(nameOf(type));
    const others = index.get(name);
    if (name === '') continue;
    if (others === undefined) index.set(name, [id]);
    else others.push(id);
  }
  indexes.set(kernel, index);
  return index;
}
