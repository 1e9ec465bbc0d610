/** Walks a type for special fields. Mirrors `btf_find_field` and what it calls, kernel/bpf/btf.c, v6.18. */
import type { Btf, BtfType } from '../../btf/btf.ts';
import { findByName, nameOf, resolveId, typeAt } from '../../btf/query.ts';
import type { FieldKind } from './specialField.ts';
import { ERRNO, FIELD_FACTS, KPTRS, MAX_FIELDS, refuse } from './specialField.ts';

/** A field as the walk finds it: pointers and graphs are not resolved yet. */
export interface FoundField {
  readonly kind: FieldKind;
  readonly off: number;
  /** Pointers: the structure in the program's types. Lists and trees: the structure of their elements. */
  readonly typeId: number;
  /** Lists and trees: name of the member that is linked. */
  readonly node: string;
}

/** MAX_RESOLVE_DEPTH. */
const MAX_DEPTH = 32;

interface Walk {
  readonly btf: Btf;
  readonly wanted: ReadonlySet<FieldKind>;
  readonly seen: Set<FieldKind>;
  readonly found: FoundField[];
}

/** Fields in the order of the walk. */
export function findFields(btf: Btf, typeId: number, wanted: ReadonlySet<FieldKind>): FoundField[] {
  const walk: Walk = { btf, wanted, seen: new Set(), found: [] };
  const type = typeAt(btf, typeId);
  if (type.kind === 'struct') inStruct(walk, typeId, 0, 0);
  else if (type.kind === 'datasec') inSection(walk, type);
  else refuse(ERRNO.invalid);
  return walk.found;
}

/** Adds the fields of one structure, `base` bytes further. */
function inStruct(walk: Walk, typeId: number, base: number, depth: number): void {
  const type = typeAt(walk.btf, typeId);
  if (type.kind !== 'struct') return;
  type.members.forEach((member, component) => {
    if (member.offsetBits % 8 !== 0) refuse(ERRNO.invalid);
    const off = member.offsetBits / 8;
    const place = { owner: typeId, component, off, base, expectedSize: 0 };
    inPlace(walk, member.type, place, depth);
  });
}

function inSection(walk: Walk, type: Extract<BtfType, { kind: 'datasec' }>): void {
  for (const entry of type.vars) {
    const variable = typeAt(walk.btf, entry.type);
    if (variable.kind !== 'var') continue;
    const place = { owner: entry.type, component: -1, off: entry.offset, base: 0, expectedSize: entry.size };
    inPlace(walk, variable.type, place, 0);
  }
}

/** A member or variable: what carries its tags, and where it lies. */
interface Place {
  readonly owner: number;
  readonly component: number;
  readonly off: number;
  /** Where the structure begins that holds it. */
  readonly base: number;
  /** 0 for any. */
  readonly expectedSize: number;
}

/** Mirrors `btf_find_field_one`. */
function inPlace(walk: Walk, typeId: number, place: Place, depth: number): void {
  const { id, count } = elementOf(walk.btf, typeId);
  if (count === 0) return;
  const type = typeAt(walk.btf, id);
  const kind = kindOf(walk, type);
  const size = kind !== null ? FIELD_FACTS[kind].size : type.kind === 'struct' ? type.size : 0;
  if (kind === null && type.kind !== 'struct') return;
  if (place.expectedSize !== 0 && place.expectedSize !== size * count) return;
  const before = walk.found.length;
  if (kind === null) {
    if (depth + 1 >= MAX_DEPTH) refuse(ERRNO.tooBig);
    inStruct(walk, id, place.base + place.off, depth + 1);
  } else if (place.off % FIELD_FACTS[kind].align === 0) addField(walk, id, kind, place);
  repeat(walk, before, count, size);
}

/** The innermost element of an array and how many there are; a type that is none is its only element. */
function elementOf(btf: Btf, typeId: number): { id: number; count: number } {
  let id = typeId;
  let count = 1;
  for (let depth = 0; depth <= MAX_DEPTH; depth++) {
    const type = typeAt(btf, id);
    if (type.kind !== 'array') return { id, count };
    count = Math.imul(count, type.length) >>> 0;
    id = type.type;
  }
  return refuse(ERRNO.tooBig);
}

/** By the type's name; any other type that is no structure may be a pointer. Mirrors `btf_get_field_type`. */
function kindOf(walk: Walk, type: BtfType): FieldKind | null {
  const name = nameOf(type);
  for (const kind of walk.wanted) {
    const fact = FIELD_FACTS[kind];
    if (isPointerKind(kind) || fact.name !== name) continue;
    if (fact.unique && walk.seen.has(kind)) refuse(ERRNO.tooBig);
    walk.seen.add(kind);
    return kind;
  }
  if (type.kind === 'struct') return null;
  return [...walk.wanted].some(isPointerKind) ? 'kptrRef' : null;
}

function isPointerKind(kind: FieldKind): boolean {
  return KPTRS.has(kind) || kind === 'uptr';
}

function addField(walk: Walk, id: number, kind: FieldKind, place: Place): void {
  const found = isPointerKind(kind) ? pointerAt(walk.btf, id, walk.wanted) : structAt(walk.btf, id, kind, place);
  if (found === null) return;
  if (walk.found.length >= MAX_FIELDS) refuse(ERRNO.tooBig);
  walk.found.push({ ...found, off: place.base + place.off });
}

function structAt(btf: Btf, id: number, kind: FieldKind, place: Place): FoundField | null {
  const type = typeAt(btf, id);
  if (type.kind !== 'struct' || type.size !== FIELD_FACTS[kind].size) return null;
  if (kind !== 'listHead' && kind !== 'rbRoot') return { kind, off: 0, typeId: 0, node: '' };
  return { kind, off: 0, ...containedIn(btf, place) };
}

/** Mirrors `btf_find_graph_root`: the tag `contains:struct:member` names the elements. */
function containedIn(btf: Btf, { owner, component }: Place): { typeId: number; node: string } {
  const tags = btf.types.flatMap((type) =>
    type.kind === 'declTag' && type.type === owner && type.component === component && type.name.startsWith('contains:')
      ? [type.name.slice('contains:'.length)]
      : [],
  );
  const [tag, second] = tags;
  if (tag === undefined || second !== undefined) return refuse(ERRNO.invalid);
  const colon = tag.indexOf(':');
  if (colon < 0) return refuse(ERRNO.invalid);
  const typeId = findByName(btf, 'struct', tag.slice(0, colon)) ?? refuse(ERRNO.noent);
  const node = tag.slice(colon + 1);
  return node === '' ? refuse(ERRNO.invalid) : { typeId, node };
}

const POINTER_TAGS: Readonly<Record<string, FieldKind>> = {
  kptr_untrusted: 'kptrUnref',
  kptr: 'kptrRef',
  percpu_kptr: 'kptrPercpu',
  uptr: 'uptr',
};

/** A tagged pointer to a structure; null for other types. Mirrors `btf_find_kptr`. */
export function pointerAt(btf: Btf, id: number, wanted: ReadonlySet<FieldKind>): FoundField | null {
  let type = typeAt(btf, id);
  if (type.kind === 'volatile') type = typeAt(btf, type.type);
  if (type.kind !== 'ptr') return null;
  const tag = typeAt(btf, type.type);
  if (tag.kind !== 'typeTag') return null;
  if (typeAt(btf, tag.type).kind === 'typeTag') return refuse(ERRNO.invalid);
  const kind = POINTER_TAGS[tag.name] ?? refuse(ERRNO.invalid);
  if (!wanted.has(kind)) return null;
  const typeId = resolveId(btf, tag.type);
  return typeAt(btf, typeId).kind === 'struct' ? { kind, off: 0, typeId, node: '' } : refuse(ERRNO.invalid);
}

const REPEATABLE: ReadonlySet<FieldKind> = new Set<FieldKind>([...KPTRS, 'uptr', 'listHead', 'rbRoot']);

/** The same fields for the other elements of an array. Mirrors `btf_repeat_fields`. */
function repeat(walk: Walk, from: number, count: number, size: number): void {
  const first = walk.found.slice(from);
  if (count <= 1 || first.length === 0) return;
  if (first.some((field) => !REPEATABLE.has(field.kind))) refuse(ERRNO.invalid);
  if (from + first.length * count > MAX_FIELDS) refuse(ERRNO.tooBig);
  for (let i = 1; i < count; i++) walk.found.push(...first.map((field) => ({ ...field, off: field.off + i * size })));
}
