/** Where an object lies: an address, and a distance from it that instructions can hold. */
import type { MemberPlace, Value } from '../ir/ir.ts';
import type { Member, RecordType } from '../types.ts';
import { binaryWith, emit } from './emit.ts';
import { sizeOf } from './shape.ts';
import type { BodyState } from './state.ts';

export interface Location {
  readonly base: Value;
  readonly off: number;
  /** What is known of the alignment of base + off. */
  readonly alignBytes: number;
  /** `address_space(n)`; whoever accesses what is not in 0 casts the address first. */
  readonly space: number;
  /** Null for what has whole bytes. */
  readonly field: BitField | null;
  /** The records that it is a member of, outermost first; `unknown` where nothing may be concluded from them. */
  readonly within?: readonly MemberPlace[] | 'unknown';
}

/** Bits inside of the bytes [from, to) that may be read and written with them; all distances are from base + off. */
export interface BitField {
  readonly offsetBits: number;
  readonly bits: number;
  readonly from: number;
  readonly to: number;
}

/** Instructions have 16 bits for it. */
const FARTHEST = 0x7ff8;

/** An object at an address. */
export function locationAt(base: Value, alignBytes: number, space = 0): Location {
  return { base, off: 0, alignBytes, space, field: null };
}

export function movedBy(location: Location, bytes: number): Location {
  const { off, alignBytes } = location;
  const { within, ...rest } = location;
  const moved = { ...rest, off: off + bytes, alignBytes: alignAfter(alignBytes, bytes), field: null };
  return within === 'unknown' ? { ...moved, within } : moved;
}

/** What is known of an address so far from one that is aligned. */
export function alignAfter(alignBytes: number, bytes: number): number {
  let align = alignBytes;
  while (align > 1 && bytes % align !== 0) align /= 2;
  return align;
}

export function addressOf(f: BodyState, { base, off }: Location): Value {
  return off === 0 ? base : binaryWith(f, 'add', base, off);
}

/** One that instructions can access: in the ordinary address space, not too far from its base. */
export function accessible(f: BodyState, location: Location): Location {
  const near = Math.abs(location.off) <= FARTHEST ? location : { ...location, base: addressOf(f, location), off: 0 };
  if (near.space === 0) return near;
  const base = emit(f, { op: 'addrSpaceCast', type: 'ptr', args: [near.base], from: near.space, to: 0 });
  return { ...near, base, space: 0 };
}

/** The address for an instruction that knows no distances. */
export function accessibleAddress(f: BodyState, location: Location): Value {
  return addressOf(f, accessible(f, location));
}

export function memberOf(record: Location, owner: RecordType, member: Member): Location {
  const bytes = member.offsetBits / 8;
  if (member.bits === null) return { ...movedBy(record, bytes), within: withinMember(record.within, owner, bytes) };
  const [from, to] = bitFieldRun(owner, member);
  return { ...record, field: { offsetBits: member.offsetBits, bits: member.bits, from, to } };
}

/** Members of unions may be read as one another, so that nothing is known of what lies in one; as clang sees it. */
function withinMember(around: Location['within'], owner: RecordType, bytes: number): NonNullable<Location['within']> {
  if (owner.union || around === 'unknown') return 'unknown';
  const outer = (around ?? []).map(({ type, offsetBytes }) => ({ type, offsetBytes: offsetBytes + bytes }));
  return [...outer, { type: owner, offsetBytes: bytes }];
}

/**
 * The bytes that a bit-field may be accessed with: those of the bit-fields around it and what pads them, never those of
 * another member (C11 3.14: they are other memory locations) nor bytes behind the record.
 */
function bitFieldRun(owner: RecordType, member: Member): [from: number, to: number] {
  const { members = [], sizeBytes = 0 } = owner.layout ?? {};
  if (owner.union) return [0, sizeBytes];
  const start = member.offsetBits;
  let from = 0;
  let to = sizeBytes * 8;
  for (const other of members) {
    if (other.bits !== null) continue;
    const end = other.offsetBits + sizeOf(other.type) * 8;
    if (other.offsetBits > start) to = Math.min(to, other.offsetBits);
    else from = Math.max(from, end);
  }
  return [from / 8, to / 8];
}
