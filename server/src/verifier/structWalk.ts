/** What lies at an offset of a kernel structure. Mirrors `btf_struct_walk` of kernel/bpf/btf.c, v6.18. */
import type { Btf, BtfMember, BtfType } from '../btf/btf.ts';
import { nameOf, resolve, resolveId, sizeOf, typeAt } from '../btf/query.ts';
import { PERCPU, RCU, UNTRUSTED, USER } from './state/register.ts';

export type Walked =
  | { readonly kind: 'scalar'; readonly flags: number }
  /** A pointer to the structure `id`, or a structure that begins here. */
  | { readonly kind: 'pointer' | 'struct'; readonly id: number; readonly flags: number; readonly field: string }
  /** The kernel's words for why there is nothing to be had. */
  | { readonly kind: 'none'; readonly message: string };

type Struct = Extract<BtfType, { kind: 'struct' | 'union' }>;

/** One access of `size` bytes. `flags` are those of the pointer that is followed; unions add `UNTRUSTED`. */
export function walkStruct(btf: Btf, id: number, off: number, size: number, flags = 0): Walked {
  let at = resolve(btf, id);
  let rest = off;
  let marks = flags;
  for (;;) {
    if (at.kind !== 'struct' && at.kind !== 'union') return none(`Type '${nameOf(at)}' is not a struct`);
    // Which member of a union holds is not known; one with a single member is no real one.
    if (at.kind === 'union' && at.members.length !== 1) marks |= UNTRUSTED;
    const step = rest + size > at.size ? stepBehind(btf, at, rest, size) : stepInto(btf, at, rest, size, marks);
    if (step.kind !== 'deeper') return step.kind === 'none' ? step : { ...step, flags: marks | step.flags };
    at = step.type;
    rest = step.off;
  }
}

type Step = Walked | { readonly kind: 'deeper'; readonly type: BtfType; readonly off: number };

function none(message: string): Extract<Walked, { kind: 'none' }> {
  return { kind: 'none', message };
}

const SCALAR: Walked = { kind: 'scalar', flags: 0 };

/** Behind the end lies the array without a length that may be the last member. */
function stepBehind(btf: Btf, type: Struct, off: number, size: number): Step {
  const beyond = none(`access beyond struct ${type.name} at off ${off} size ${size}`);
  const last = type.members.at(-1);
  const array = last === undefined ? null : resolve(btf, last.type);
  if (last === undefined || array?.kind !== 'array' || array.length !== 0) return beyond;
  const start = Math.trunc(last.offsetBits / 8);
  if (off < start) return beyond;
  const element = resolve(btf, array.type);
  if (element.kind === 'int') return SCALAR;
  if ((element.kind !== 'struct' && element.kind !== 'union') || element.size === 0) return beyond;
  return { kind: 'deeper', type: element, off: (off - start) % element.size };
}

function stepInto(btf: Btf, type: Struct, off: number, size: number, flags: number): Step {
  for (const member of type.members) {
    const start = Math.trunc(member.offsetBits / 8);
    if (off + size <= start) break;
    if (member.bitSize > 0) {
      if (off <= start && Math.ceil((member.offsetBits + member.bitSize) / 8) <= off + size) return SCALAR;
      continue;
    }
    if (off < start) break;
    const end = start + (sizeOf(btf, member.type) ?? -1);
    if (end < start) return none(`field ${member.name} doesn't have size`);
    if (off >= end || start === end) continue;
    return inMember(btf, type, { member, start, end }, { off, size, flags });
  }
  return none(`struct ${type.name} doesn't have field at offset ${off}`);
}

interface Place {
  readonly member: BtfMember;
  readonly start: number;
  readonly end: number;
}

interface Wish {
  readonly off: number;
  readonly size: number;
  readonly flags: number;
}

function inMember(btf: Btf, owner: Struct, place: Place, { off, size, flags }: Wish): Step {
  const { member, end } = place;
  const element = elementAt(btf, member.type, off - place.start);
  const start = place.start + element.off;
  const type = resolve(btf, element.id);
  if (type.kind === 'struct' || type.kind === 'union') {
    if (off === start) return { kind: 'struct', id: resolveId(btf, element.id), flags: 0, field: member.name };
    return { kind: 'deeper', type, off: off - start };
  }
  if (type.kind === 'ptr') {
    if (size !== 8 || off !== start)
      return none(
        `cannot access ptr member ${member.name} with moff ${start} in struct ${owner.name} with off ${off} size ${size}`,
      );
    const target = resolve(btf, type.type);
    if (target.kind === 'struct' || target.kind === 'union')
      return { kind: 'pointer', id: resolveId(btf, type.type), flags: tagFlags(btf, type.type), field: member.name };
  }
  if (off + size > end && (flags & UNTRUSTED) === 0)
    return none(
      `access beyond the end of member ${member.name} (mend:${end}) in struct ${owner.name} with off ${off} size ${size}`,
    );
  return SCALAR;
}

/** The element of an array (of arrays) that holds the byte; the type itself where it is no array. */
function elementAt(btf: Btf, typeId: number, off: number): { readonly id: number; readonly off: number } {
  let id = resolveId(btf, typeId);
  for (let type = typeAt(btf, id); type.kind === 'array'; type = typeAt(btf, id)) id = resolveId(btf, type.type);
  const size = sizeOf(btf, id) ?? 0;
  return { id, off: size === 0 ? 0 : Math.trunc(off / size) * size };
}

const TAGS: Readonly<Record<string, number>> = { user: USER, percpu: PERCPU, rcu: RCU };

function tagFlags(btf: Btf, id: number): number {
  const type = typeAt(btf, id);
  return type.kind === 'typeTag' ? (TAGS[type.name] ?? 0) : 0;
}

/** Whether a pointer into one structure may stand for one to another; with what the kernel says on the way. */
export interface StructMatch {
  readonly same: boolean;
  readonly lines: readonly string[];
}

/** Mirrors `btf_struct_ids_match`: the structure itself, or one that begins at the offset within it. */
export function matchStructs(btf: Btf, id: number, off: number, wanted: number, strict: boolean): StructMatch {
  if (off === 0 && id === wanted) return { same: true, lines: [] };
  if (strict) return { same: false, lines: [] };
  let at = id;
  let rest = off;
  for (;;) {
    const walked = walkStruct(btf, at, rest, 1);
    if (walked.kind === 'none') return { same: false, lines: [walked.message] };
    if (walked.kind !== 'struct') return { same: false, lines: [] };
    if (walked.id === wanted) return { same: true, lines: [] };
    at = walked.id;
    rest = 0;
  }
}
