import type { Btf, BtfType } from '../btf/btf.ts';
import { resolveId, typeAt } from '../btf/query.ts';
import { fieldsCompatible, typesCompatible } from './compatible.ts';
import { essentialName } from './essentialName.ts';
import { fail } from './failure.ts';
import { ASKED, subjectOf } from './kinds.ts';
import { holds, MAX_STEPS, newSpec, sizeInBits, type Accessor, type Spec } from './spec.ts';
import { typesMatch } from './typesMatch.ts';

/** The same place in a type of the kernel; null when that type has none. Mirrors `bpf_core_spec_match`, v6.12. */
export function matchSpec(local: Spec, kind: number, kernel: Btf, id: number): Spec | null {
  const spec = newSpec(kernel, id);
  switch (subjectOf(kind)) {
    case 'type':
      return typesAgree(local, kind, kernel, id) ? spec : null;
    case 'enumValue':
      return matchEnum(local, spec) ? spec : null;
    default:
      return matchField(local, spec) ? spec : null;
  }
}

function typesAgree({ btf, root }: Spec, kind: number, kernel: Btf, id: number): boolean {
  if (kind === ASKED.typeMatches) return typesMatch({ local: btf, kernel }, root, id);
  return typesCompatible(btf, root, kernel, id);
}

function matchEnum(local: Spec, spec: Spec): boolean {
  const id = resolveId(spec.btf, spec.root);
  const type = typeAt(spec.btf, id);
  const wanted = essentialName(local.accessors[0]?.name ?? '');
  const index = type.kind === 'enum' ? type.values.findIndex(({ name }) => essentialName(name) === wanted) : -1;
  if (index === -1) return false;
  spec.accessors.push({ type: id, index, name: wanted });
  return true;
}

function matchField(local: Spec, spec: Spec): boolean {
  let at = spec.root;
  for (const [i, accessor] of local.accessors.entries()) {
    const next = accessor.name === null ? element(spec, at, accessor, i === 0) : member(local.btf, accessor, spec, at);
    if (next === null) return false;
    at = next;
  }
  return true;
}

/** The first step counts in an array of the type itself, as the program's pointer may. */
function element(spec: Spec, from: number, { index }: Accessor, first: boolean): number | null {
  const { btf } = spec;
  let id = resolveId(btf, from);
  if (!first) {
    const array = typeAt(btf, id);
    if (array.kind !== 'array' || !holds(spec, array, index)) return null;
    id = resolveId(btf, array.type);
  }
  deepen(spec);
  spec.accessors.push({ type: id, index, name: null });
  spec.bitOffset += index * sizeInBits(btf, id);
  return id;
}

/** The type of the member of that name, also within unnamed ones. Mirrors `bpf_core_match_member`. */
function member(local: Btf, accessor: Accessor, spec: Spec, from: number): number | null {
  const owner = typeAt(local, accessor.type);
  const wanted = 'members' in owner ? (owner.members[accessor.index]?.type ?? 0) : 0;
  const found = findMember(spec, from, accessor.name ?? '');
  return found !== null && fieldsCompatible(local, wanted, spec.btf, found) ? found : null;
}

function findMember(spec: Spec, from: number, name: string): number | null {
  const id = resolveId(spec.btf, from);
  const type: BtfType = typeAt(spec.btf, id);
  if (type.kind !== 'struct' && type.kind !== 'union') return null;
  for (const [index, { name: theirs, type: inner, offsetBits }] of type.members.entries()) {
    if (theirs !== '' && theirs !== name) continue;
    deepen(spec);
    spec.bitOffset += offsetBits;
    if (theirs === name) {
      spec.accessors.push({ type: id, index, name });
      return inner;
    }
    const found = findMember(spec, inner, name);
    if (found !== null) return found;
    spec.bitOffset -= offsetBits;
    spec.depth--;
  }
  return null;
}

function deepen(spec: Spec): void {
  if (spec.depth++ === MAX_STEPS) fail(`the way to its field in the kernel has more than ${MAX_STEPS} steps`);
}
