/**
 * Where the members of a struct or union lie. Mirrors LayoutField and LayoutBitField of clang's RecordLayoutBuilder.cpp
 * (v19) for C and a target that honours the types of bit-fields.
 */
import type { CType, Member, RecordLayout } from '../types.ts';
import type { Range } from '../places.ts';
import { alignOf, sizeOf } from './layout.ts';

/** A member as it was declared. */
export interface MemberShape {
  readonly name: string;
  readonly type: CType;
  /** Width of a bit-field. */
  readonly bits: number | null;
  readonly packed: boolean;
  /** Of an `aligned` on the member. */
  readonly alignBytes: number | null;
  readonly declTags: readonly string[];
  readonly declaredAt: Range | null;
}

export interface RecordShape {
  readonly union: boolean;
  readonly packed: boolean;
  readonly alignBytes: number | null;
  /** `#pragma pack`. */
  readonly packBytes: number | null;
  readonly members: readonly MemberShape[];
}

interface Laying {
  readonly shape: RecordShape;
  /** Bits that are taken, and of those the end of the last unit that bit-fields leave free. */
  takenBits: number;
  freeBits: number;
  sizeBits: number;
  alignBits: number;
  index: number;
}

export function layOut(shape: RecordShape): RecordLayout {
  const laying: Laying = {
    shape,
    takenBits: 0,
    freeBits: 0,
    sizeBits: 0,
    alignBits: Math.max(8, (shape.alignBytes ?? 1) * 8),
    index: 0,
  };
  const members = shape.members.map((member) => placed(laying, member));
  const sizeBytes = roundUp(laying.sizeBits, laying.alignBits) / 8;
  return { members, sizeBytes, alignBytes: laying.alignBits / 8, packed: shape.packed };
}

function placed(laying: Laying, member: MemberShape): Member {
  const { name, type, bits, declTags, declaredAt, packed } = member;
  const offsetBits = bits === null ? placeField(laying, member) : placeBits(laying, member, bits);
  const index = bits !== null && name === '' ? laying.index : laying.index++;
  return { name, type, offsetBits, bits, index, declTags, declaredAt, packed };
}

function roundUp(value: number, unit: number): number {
  return Math.ceil(value / unit) * unit;
}

/** Bytes of a member; a flexible array has none. */
function storedSize(type: CType): number {
  return sizeOf(type) ?? 0;
}

function placeField(laying: Laying, { type, packed, alignBytes }: MemberShape): number {
  const { shape } = laying;
  let align = packed || shape.packed ? 8 : alignOf(type) * 8;
  align = Math.max(align, (alignBytes ?? 0) * 8);
  if (shape.packBytes !== null) align = Math.min(align, shape.packBytes * 8);
  const offset = shape.union ? 0 : roundUp(laying.takenBits, align);
  laying.freeBits = 0;
  take(laying, offset + storedSize(type) * 8, align);
  return offset;
}

function take(laying: Laying, endBits: number, alignBits: number): void {
  laying.takenBits = laying.shape.union ? Math.max(laying.takenBits, endBits) : endBits;
  laying.sizeBits = Math.max(laying.sizeBits, laying.takenBits);
  laying.alignBits = Math.max(laying.alignBits, alignBits);
}

function placeBits(laying: Laying, member: MemberShape, bits: number): number {
  const { shape } = laying;
  const align = alignOfBits(shape, member, bits);
  const offset = offsetOfBits(laying, member, bits, align);
  const end = roundUp(offset + bits, 8);
  laying.freeBits = shape.union ? 0 : end - offset - bits;
  // A bit-field without a name leaves the record's alignment as it is.
  take(laying, end, member.name === '' ? 8 : align);
  return offset;
}

/** In bits. A width of zero ignores `packed` and `#pragma pack`. */
function alignOfBits(shape: RecordShape, member: MemberShape, bits: number): number {
  const asked = (member.alignBytes ?? 0) * 8;
  const natural = Math.max(alignOf(member.type) * 8, asked);
  const packed = (member.packed || shape.packed) && bits !== 0;
  const wanted = packed ? Math.max(1, asked) : natural;
  if (shape.packBytes === null || bits === 0) return wanted;
  return Math.min(packed ? natural : wanted, shape.packBytes * 8);
}

function offsetOfBits(laying: Laying, member: MemberShape, bits: number, align: number): number {
  const { shape } = laying;
  const next = shape.union ? 0 : laying.takenBits - laying.freeBits;
  const crosses = (next % align) + bits > storedSize(member.type) * 8;
  if (bits === 0 || (shape.packBytes === null && crosses)) return roundUp(next, align);
  const wanted = (member.alignBytes ?? 0) * 8;
  const most = (shape.packBytes ?? Number.POSITIVE_INFINITY) * 8;
  return wanted > 0 && wanted <= most ? roundUp(next, wanted) : next;
}
