import type { Btf, BtfType } from '../btf/btf.ts';
import type { CoreRelocation } from '../btf/ext.ts';
import { resolve, resolveId, sizeOf, typeAt } from '../btf/query.ts';
import { fail } from './failure.ts';
import { subjectOf } from './kinds.ts';

/** A step to what a relocation is about: a named member, an element of an array, or a value of an enum. */
export interface Accessor {
  /** Of a member the struct it is in; of an element its own type. */
  readonly type: number;
  readonly index: number;
  /** Null for an element. Members without a name are passed over: only their offset counts. */
  readonly name: string | null;
}

/** A place in one set of types. Mirrors `struct bpf_core_spec` of libbpf. */
export interface Spec {
  readonly btf: Btf;
  readonly root: number;
  readonly accessors: Accessor[];
  bitOffset: number;
  /** Steps with those over unnamed members. */
  depth: number;
}

/** Steps that a relocation may have. */
export const MAX_STEPS = 64;

export function newSpec(btf: Btf, root: number): Spec {
  return { btf, root, accessors: [], bitOffset: 0, depth: 0 };
}

/** What the compiler wrote, `0:2:1`, in the program's own types. Mirrors `bpf_core_parse_spec`, v6.12. */
export function parseSpec(btf: Btf, { type, access, kind }: CoreRelocation): Spec {
  const subject = subjectOf(kind) ?? fail(`what it asks (kind ${kind}) is not known`);
  const spec = newSpec(btf, type);
  if (subject === 'type') return access === '0' ? spec : fail(`'${access}' is no way to a type`);
  const steps = parseSteps(access);
  const [first = 0, ...rest] = steps;
  const id = resolveId(btf, type);
  spec.depth = steps.length;
  if (subject === 'enumValue') return enumSpec(spec, typeAt(btf, id), id, steps);
  spec.accessors.push({ type: id, index: first, name: null });
  spec.bitOffset = first * sizeInBits(btf, id);
  let at = id;
  for (const step of rest) at = into(spec, at, step);
  return spec;
}

function parseSteps(access: string): number[] {
  if (!/^\d{1,9}(:\d{1,9})*$/.test(access)) fail(`'${access}' is no way to a field`);
  const steps = access.split(':').map(Number);
  return steps.length > MAX_STEPS ? fail(`the way to its field has more than ${MAX_STEPS} steps`) : steps;
}

function enumSpec(spec: Spec, type: BtfType, id: number, steps: readonly number[]): Spec {
  const [index = 0] = steps;
  const value = type.kind === 'enum' && steps.length === 1 ? type.values[index] : undefined;
  if (value === undefined) return fail('it is about the value of an enum, but names none');
  spec.accessors.push({ type: id, index, name: value.name });
  return spec;
}

/** Follows one step; yields the type behind it. */
function into(spec: Spec, from: number, index: number): number {
  const { btf } = spec;
  const id = resolveId(btf, from);
  const type = typeAt(btf, id);
  if (type.kind === 'array') return intoArray(spec, type, index);
  if (type.kind !== 'struct' && type.kind !== 'union') return fail('the way to its field leads through what has none');
  const member = type.members[index] ?? fail(`${type.kind} ${type.name} has no member ${index}`);
  spec.bitOffset += member.offsetBits;
  if (member.name !== '') spec.accessors.push({ type: id, index, name: member.name });
  return member.type;
}

function intoArray(spec: Spec, array: Extract<BtfType, { kind: 'array' }>, index: number): number {
  const element = resolveId(spec.btf, array.type);
  if (!holds(spec, array, index)) fail(`the array has no element ${index}`);
  spec.accessors.push({ type: element, index, name: null });
  spec.bitOffset += index * sizeInBits(spec.btf, element);
  return element;
}

/**
 * Whether the array that the last accessor leads to has the element. An array of no elements that ends a struct has any.
 * Mirrors `is_flex_arr`.
 */
export function holds(spec: Spec, array: Extract<BtfType, { kind: 'array' }>, index: number): boolean {
  if (index < array.length) return true;
  const last = spec.accessors.at(-1);
  if (last === undefined || last.name === null || array.length > 0) return false;
  const owner = resolve(spec.btf, last.type);
  return 'members' in owner && last.index === owner.members.length - 1;
}

export function sizeInBits(btf: Btf, id: number): number {
  return 8 * (sizeOf(btf, id) ?? fail('a type on the way to its field has no size'));
}
