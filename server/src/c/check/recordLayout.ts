/** Where members lie. Mirrors what clang's RecordLayoutBuilder.cpp (v19) does for C on the bpf target. */
import type { CType, Member, RecordLayout } from '../types.ts';
import { alignOf, sizeOf } from './layout.ts';

export interface NewMember {
  readonly name: string;
  readonly type: CType;
  readonly bits: number | null;
  readonly packed: boolean;
  readonly alignBytes: number | null;
  readonly declTags: readonly string[];
  readonly declaredAt: Member['declaredAt'];
}

export interface LayoutRules {
  readonly union: boolean;
  readonly packed: boolean;
  /** `#pragma pack(n)`. */
  readonly packBytes: number | null;
  readonly alignBytes: number | null;
}

export function laidOut(members: readonly NewMember[], rules: LayoutRules): RecordLayout {
  const state: State = { rules, endBits: 0, sizeBits: 0, alignBytes: 1 };
  let index = 0;
  const placed = members.map((member): Member => {
    const offsetBits = member.bits === null ? placePlain(state, member) : placeField(state, member, member.bits);
    const { name, type, bits, declTags, declaredAt } = member;
    const own = index;
    if (name !== '' || bits === null) index++;
    return { name, type, offsetBits, bits, index: own, declTags, declaredAt };
  });
  const alignBytes = Math.max(state.alignBytes, rules.alignBytes ?? 1);
  const sizeBytes = roundUp(Math.ceil(state.sizeBits / 8), alignBytes);
  return { members: placed, sizeBytes, alignBytes };
}

interface State {
  readonly rules: LayoutRules;
  /** Where the next member could begin. */
  endBits: number;
  sizeBits: number;
  alignBytes: number;
}

function placePlain(state: State, member: NewMember): number {
  const align = alignmentFor(state, member);
  const offset = state.rules.union ? 0 : roundUp(state.endBits, align * 8);
  take(state, offset, (sizeOf(member.type) ?? 0) * 8, align);
  return offset;
}

function alignmentFor({ rules }: State, { type, packed, alignBytes }: NewMember): number {
  const own = rules.packed || packed ? 1 : alignOf(type);
  const wanted = Math.max(own, alignBytes ?? 1);
  return rules.packBytes === null ? wanted : Math.min(wanted, rules.packBytes);
}

function take(state: State, offset: number, bits: number, align: number): void {
  state.endBits = state.rules.union ? 0 : offset + bits;
  state.sizeBits = Math.max(state.sizeBits, offset + bits);
  state.alignBytes = Math.max(state.alignBytes, align);
}

/** A field does not cross a boundary of its type's size; a width of 0 begins a new unit. */
function placeField(state: State, member: NewMember, bits: number): number {
  const unit = (sizeOf(member.type) ?? 4) * 8;
  const packed = state.rules.packed || member.packed;
  const natural = alignOf(member.type);
  const align = alignmentFor(state, member);
  let offset = state.rules.union ? 0 : state.endBits;
  if (bits === 0) offset = roundUp(offset, (packed ? natural : align) * 8);
  else if (member.alignBytes !== null) offset = roundUp(offset, align * 8);
  else if (!packed && (offset % (align * 8)) + bits > unit) offset = roundUp(offset, align * 8);
  // Fields without a name do not make their record more aligned.
  take(state, offset, bits, member.name === '' ? 1 : align);
  return offset;
}

function roundUp(value: number, to: number): number {
  return Math.ceil(value / to) * to;
}
