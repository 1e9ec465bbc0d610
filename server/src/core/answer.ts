import type { BtfMember, BtfType } from '../btf/btf.ts';
import { resolve, resolveId, typeAt } from '../btf/query.ts';
import { CoreFailure, fail } from './failure.ts';
import { ASKED, subjectOf } from './kinds.ts';
import { sizeInBits, type Spec } from './spec.ts';

/** What one set of types answers to a relocation. */
export interface Answer {
  /** 64 bits, without sign. */
  readonly value: bigint;
  /** Of a field that an instruction may load or store: its bytes and its type; 0 for all else. */
  readonly bytes: number;
  readonly type: number;
  /** The instruction must hold the value as the program's own types give it. */
  readonly certain: boolean;
}

/** Null where nothing can be put into the instruction. Mirrors `bpf_core_calc_field_relo` and its siblings, v6.12. */
export function answerOf(spec: Spec | null, kind: number): Answer | null {
  switch (subjectOf(kind)) {
    case 'field':
      if (kind === ASKED.fieldExists) return plain(spec === null ? 0n : 1n);
      return spec && fieldAnswer(spec, kind);
    case 'type':
      return spec === null ? plain(0n) : typeAnswer(spec, kind);
    default:
      if (kind === ASKED.enumValueExists) return plain(spec === null ? 0n : 1n);
      return spec && plain(enumValue(spec));
  }
}

function plain(value: bigint, certain = true): Answer {
  return { value, bytes: 0, type: 0, certain };
}

function typeAnswer(spec: Spec, kind: number): Answer {
  if (kind === ASKED.typeSize) return plain(BigInt(sizeInBits(spec.btf, spec.root) / 8));
  return kind === ASKED.kernelTypeId ? plain(BigInt(spec.root), false) : plain(1n);
}

/** Values of 32 bits are sign-extended, whatever the enum's sign. */
function enumValue({ btf, accessors: [accessor] }: Spec): bigint {
  const type = typeAt(btf, accessor?.type ?? 0);
  const value = type.kind === 'enum' ? (type.values[accessor?.index ?? 0]?.value ?? 0n) : 0n;
  return BigInt.asUintN(64, type.kind === 'enum' && type.size <= 4 ? BigInt.asIntN(32, value) : value);
}

function fieldAnswer(spec: Spec, kind: number): Answer {
  const last = spec.accessors.at(-1);
  if (last === undefined || last.name === null) return elementAnswer(spec, last?.type ?? 0, kind);
  const owner = typeAt(spec.btf, last.type);
  const member = 'members' in owner ? (owner.members[last.index] as BtfMember) : fail('its field has gone');
  const id = resolveId(spec.btf, member.type);
  const window = windowOf(spec, member, id);
  const isBits = member.bitSize > 0;
  switch (kind) {
    case ASKED.fieldOffset:
      return {
        value: BigInt(window.offset),
        bytes: isBits ? 0 : window.bytes,
        type: isBits ? 0 : id,
        certain: !isBits,
      };
    case ASKED.fieldSize:
      return plain(BigInt(window.bytes), !isBits);
    case ASKED.fieldSigned:
      return plain(isSigned(resolve(spec.btf, id)) ? 1n : 0n);
    case ASKED.fieldLeftShift:
      return plain(BigInt.asUintN(64, BigInt(64 - (spec.bitOffset + window.bits - window.offset * 8))), !isBits);
    default:
      return plain(BigInt.asUintN(64, BigInt(64 - window.bits)));
  }
}

function elementAnswer(spec: Spec, type: number, kind: number): Answer {
  const bytes = sizeInBits(spec.btf, type) / 8;
  if (kind === ASKED.fieldSize) return plain(BigInt(bytes));
  if (kind !== ASKED.fieldOffset) throw new CoreFailure('of an element of an array only place and size can be asked');
  return { value: BigInt(Math.floor(spec.bitOffset / 8)), bytes, type, certain: true };
}

function isSigned(type: BtfType): boolean {
  return (type.kind === 'int' || type.kind === 'enum') && type.signed;
}

interface Window {
  readonly offset: number;
  readonly bytes: number;
  readonly bits: number;
}

/** The bytes to load for a field: of a bit field the smallest naturally aligned ones that hold all of it. */
function windowOf(spec: Spec, { bitSize }: BtfMember, id: number): Window {
  const { bitOffset } = spec;
  let bytes = sizeInBits(spec.btf, id) / 8;
  if (bitSize === 0) return { offset: Math.floor(bitOffset / 8), bytes, bits: bytes * 8 };
  for (;;) {
    const offset = Math.floor(Math.floor(bitOffset / 8) / bytes) * bytes;
    if (bitOffset + bitSize - offset * 8 <= bytes * 8) return { offset, bytes, bits: bitSize };
    if (bytes >= 8) fail('no load of 8 bytes holds all of the bit field');
    bytes *= 2;
  }
}

/**
 * Whether a load or store may be given another width: pointers and unsigned integers keep their value when they are
 * extended with zeros. Mirrors `bpf_core_calc_relo`.
 */
export function mayResize(local: BtfType, kernel: BtfType): boolean {
  if (local.kind === 'ptr') return kernel.kind === 'ptr';
  return isPlainUnsigned(local) && isPlainUnsigned(kernel);
}

/** Characters and truth values are not taken for signed, even where they are. */
function isPlainUnsigned(type: BtfType): boolean {
  return type.kind === 'int' && (!type.signed || type.char || type.bool);
}
