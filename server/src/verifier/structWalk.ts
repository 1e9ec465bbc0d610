/**
 * What lies at an offset of a structure. Mirrors `btf_struct_walk`, `btf_struct_access` and `btf_struct_ids_match` of
 * kernel/bpf/btf.c, v6.18.
 */
import type { Btf, BtfMember, BtfType } from '../btf/btf.ts';
import { isModifier, nameOf, resolve, resolveId, sizeOf, typeAt } from '../btf/query.ts';
import { PERCPU, RCU, UNTRUSTED, USER } from './state/register.ts';

/** What a load of `size` bytes at an offset yields, or the kernel's complaint. */
export type Walked =
  | { readonly found: 'scalar' }
  /** A pointer to a structure; `flags` tell how far it may be trusted. */
  | { readonly found: 'pointer'; readonly id: number; readonly flags: number; readonly field: string }
  /** A pointer to anything else: it may be read through, but nothing is known of what is there. */
  | { readonly found: 'untrustedMemory' }
  | { readonly found: 'nothing'; readonly complaint: string };

interface Access {
  readonly btf: Btf;
  readonly size: number;
  /** Arrays of unknown length at the end of a structure may be gone through. */
  readonly flexible: boolean;
}

type Struct = Extract<BtfType, { kind: 'struct' | 'union' }>;

/** What the kernel calls types and members without a name. */
export function shown(name: string): string {
  return name === '' ? '(anon)' : name;
}

/** One step: down to a scalar or pointer, or to a structure that begins exactly at the offset. */
type Step = Walked | { readonly found: 'struct'; readonly id: number };

/** More levels than any structure nests. */
const MAX_DEPTH = 64;

/** Mirrors `btf_struct_access`: what a load finds. */
export function walkStruct(btf: Btf, id: number, off: number, size: number, flexible = true): Walked {
  const access = { btf, size, flexible };
  const flags = { value: 0 };
  let at = { id, off };
  for (let depth = 0; depth < MAX_DEPTH; depth++) {
    const step = walk(access, at.id, at.off, flags);
    if (step.found !== 'struct') return step;
    at = { id: step.id, off: 0 };
  }
  return { found: 'nothing', complaint: '' };
}

/** Whether a pointer into one structure may stand for one to another; with what the kernel says on the way. */
export interface StructMatch {
  readonly same: boolean;
  readonly lines: readonly string[];
}

/** Mirrors `btf_struct_ids_match`: the structure itself, or one that begins at the offset within it. */
export function matchStructs(
  btf: Btf,
  id: number,
  off: number,
  wanted: number,
  strict: boolean,
  flexible = true,
): StructMatch {
  if (strict || (off === 0 && id === wanted)) return { same: off === 0 && id === wanted, lines: [] };
  const access = { btf, size: 1, flexible };
  const flags = { value: 0 };
  let at = { id, off };
  for (let depth = 0; depth < MAX_DEPTH; depth++) {
    const step = walk(access, at.id, at.off, flags);
    if (step.found === 'nothing') return { same: false, lines: [step.complaint] };
    if (step.found !== 'struct') break;
    if (step.id === wanted) return { same: true, lines: [] };
    at = { id: step.id, off: 0 };
  }
  return { same: false, lines: [] };
}

function walk(access: Access, id: number, start: number, flags: { value: number }): Step {
  const { btf, size } = access;
  let type = resolve(btf, id);
  let off = start;
  for (let depth = 0; depth < MAX_DEPTH; depth++) {
    if (type.kind !== 'struct' && type.kind !== 'union')
      return { found: 'nothing', complaint: `Type '${shown(nameOf(type))}' is not a struct` };
    // Which member of a union is in use nobody knows, so pointers from one are not trusted.
    if (type.kind === 'union' && type.members.length !== 1) flags.value |= UNTRUSTED;
    if (off + size > type.size) {
      const element = flexibleElement(access, type, off);
      if (element === null)
        return {
          found: 'nothing',
          complaint: `access beyond struct ${shown(type.name)} at off ${off >>> 0} size ${size}`,
        };
      if (element === 'int') return { found: 'scalar' };
      ({ type, off } = element);
      continue;
    }
    const step = intoMember(access, type, off, flags);
    if (!('inside' in step)) return step;
    type = step.inside;
    off = step.off;
  }
  return { found: 'nothing', complaint: '' };
}

/** The element of an array without length at the structure's end. */
function flexibleElement(
  { btf, flexible }: Access,
  struct: Struct,
  off: number,
): 'int' | { type: Struct; off: number } | null {
  const last = struct.members.at(-1);
  if (!flexible || last === undefined) return null;
  const array = resolve(btf, last.type);
  const start = last.offsetBits >>> 3;
  if (array.kind !== 'array' || array.length !== 0 || off < start) return null;
  const type = resolve(btf, array.type);
  if (type.kind === 'int') return 'int';
  if ((type.kind !== 'struct' && type.kind !== 'union') || type.size === 0) return null;
  return { type, off: (off - start) % type.size };
}

function intoMember(
  access: Access,
  struct: Struct,
  off: number,
  flags: { value: number },
): Step | { readonly inside: BtfType; readonly off: number } {
  const { btf, size } = access;
  for (const member of struct.members) {
    const start = member.offsetBits >>> 3;
    if (off + size <= start) break;
    if (member.bitSize > 0) {
      // Only loads that hold the whole bit field.
      if (off <= start && (member.offsetBits + member.bitSize + 7) >>> 3 <= off + size) return { found: 'scalar' };
      continue;
    }
    if (off < start) break;
    const bytes = sizeOf(btf, member.type);
    if (bytes === null) return { found: 'nothing', complaint: `field ${shown(member.name)} doesn't have size` };
    const end = start + bytes;
    if (off >= end) continue;
    const part = elementAt(btf, member, start, bytes, off);
    if (part.type.kind === 'struct' || part.type.kind === 'union')
      return off === part.start ? { found: 'struct', id: part.id } : { inside: part.type, off: off - part.start };
    if (part.type.kind === 'ptr') return pointerField(access, struct, member, { ...part, off }, flags);
    if (off + size > end && !(flags.value & UNTRUSTED))
      return {
        found: 'nothing',
        complaint: `access beyond the end of member ${shown(member.name)} (mend:${end}) in struct ${shown(struct.name)} with off ${off} size ${size}`,
      };
    return { found: 'scalar' };
  }
  return { found: 'nothing', complaint: `struct ${shown(struct.name)} doesn't have field at offset ${off}` };
}

interface Part {
  readonly type: BtfType;
  readonly id: number;
  readonly start: number;
  readonly size: number;
}

/** The member itself, or of an array of whatever dimensions the element that the offset lies in. */
function elementAt(btf: Btf, member: BtfMember, start: number, bytes: number, off: number): Part {
  let count = 1;
  let id = resolveId(btf, member.type);
  let type = typeAt(btf, id);
  for (let depth = 0; type.kind === 'array' && depth < MAX_DEPTH; depth++) {
    count *= type.length;
    // As in the kernel, an element goes by the id that the array names, be it that of a typedef.
    id = type.type;
    type = resolve(btf, id);
  }
  const size = bytes / count;
  return { type, id, start: start + Math.floor((off - start) / size) * size, size };
}

function pointerField(
  { btf, size }: Access,
  struct: Struct,
  member: BtfMember,
  { type, start, size: bytes, off }: Part & { off: number },
  flags: { value: number },
): Walked {
  if (bytes !== size || off !== start)
    return {
      found: 'nothing',
      complaint: `cannot access ptr member ${shown(member.name)} with moff ${start} in struct ${shown(struct.name)} with off ${off} size ${size}`,
    };
  if (type.kind !== 'ptr') return { found: 'scalar' };
  const id = resolveId(btf, type.type);
  const target = typeAt(btf, id);
  if (target.kind !== 'struct' && target.kind !== 'union') return { found: 'untrustedMemory' };
  flags.value |= tagFlags(btf, type.type);
  return { found: 'pointer', id, flags: flags.value, field: member.name };
}

const TAGS: Readonly<Record<string, number>> = { user: USER, percpu: PERCPU, rcu: RCU };

/** What the first type tag behind a pointer says of it. */
export function tagFlags(btf: Btf, pointee: number): number {
  const type = typeAt(btf, pointee);
  return isModifier(type) && type.kind === 'typeTag' ? (TAGS[type.name] ?? 0) : 0;
}

/**
 * Whether a structure's field is as trustworthy as the pointer it was read through. The kernel declares which in
 * structures named for that: `task_struct__safe_rcu`. Mirrors `btf_nested_type_is_trusted`.
 */
export function fieldIsTrusted(btf: Btf, struct: BtfType, field: string, target: number, suffix: string): boolean {
  if (struct.kind !== 'struct' && struct.kind !== 'union') return false;
  return membersOf(safeType(btf, struct, suffix)).some((member) => {
    const type = typeAt(btf, member.type);
    return type.kind === 'ptr' && member.name === field && resolveId(btf, type.type) === target;
  });
}

function membersOf(type: BtfType | null): readonly BtfMember[] {
  return type?.kind === 'struct' || type?.kind === 'union' ? type.members : [];
}

function safeType(btf: Btf, struct: Struct, suffix: string): BtfType | null {
  for (const id of btf.lazy?.named(struct.name + suffix) ?? idsNamed(btf, struct.name + suffix)) {
    const type = typeAt(btf, id);
    if (type.kind === struct.kind) return type;
  }
  return null;
}

function idsNamed(btf: Btf, name: string): number[] {
  return btf.types.flatMap((type, id) => (nameOf(type) === name ? [id] : []));
}
