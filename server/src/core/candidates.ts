import type { Btf } from '../btf/btf.ts';
import { nameOf, typeAt } from '../btf/query.ts';
import { essentialName } from './essentialName.ts';

/**
 * The kernel's types that may stand for one of the program's: those of its kind and name, flavours aside, lowest first.
 * Mirrors `bpf_core_add_cands` of libbpf.
 */
export function candidatesFor(local: Btf, id: number, kernel: Btf): number[] {
  const type = typeAt(local, id);
  return idsNamed(kernel, essentialName(nameOf(type))).filter((other) => typeAt(kernel, other).kind === type.kind);
}

function idsNamed(kernel: Btf, name: string): number[] {
  const { lazy } = kernel;
  if (name === '') return [];
  if (lazy === undefined)
    return [...kernel.types.keys()].filter((id) => essentialName(nameOf(typeAt(kernel, id))) === name);
  const flavours = lazy.flavours(name).filter((flavour) => essentialName(flavour) === name);
  return [name, ...flavours].flatMap((one) => lazy.named(one)).toSorted((a, b) => a - b);
}
