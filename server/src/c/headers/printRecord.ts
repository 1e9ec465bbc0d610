import type { Btf, BtfMember, BtfType } from '../../btf/btf.ts';
import { declaration, printType } from '../../btf/printType.ts';
import { resolve, sizeOf, typeAt } from '../../btf/query.ts';

type RecordOf = BtfType & { readonly kind: 'struct' | 'union' };

const MAX_DEPTH = 32;

/**
 * A type as C whose layout is the one that BTF tells, which has neither padding nor alignment: unnamed bit-fields fill
 * the gaps, and what lies closer than C would put it is packed.
 */
export function printExactly(btf: Btf, id: number): string {
  const type = typeAt(btf, id);
  if (isRecord(type)) return `${body(btf, type, 0)};`;
  if (type.kind === 'enum') return `${enumBody(type)};`;
  if (type.kind !== 'typedef') return printType(btf, id);
  return `typedef ${declare(btf, type.type, type.name, 0)};`;
}

function body(btf: Btf, type: RecordOf, depth: number): string {
  const packed = isPacked(btf, type, depth);
  const members =
    type.kind === 'struct' ? structMembers(btf, type, packed, depth) : unionMembers(btf, type, packed, depth);
  const name = type.name === '' ? '' : `${type.name} `;
  return `${type.kind} ${name}{\n${members.map((line) => `\t${line}\n`).join('')}}${packed ? ' __attribute__((packed))' : ''}`;
}

function structMembers(btf: Btf, type: RecordOf, packed: boolean, depth: number): string[] {
  const lines: string[] = [];
  let at = 0;
  for (const member of type.members) {
    const start = naturalStart(btf, member, at, packed, depth);
    if (start !== member.offsetBits) lines.push(...padding(at, member.offsetBits));
    lines.push(memberLine(btf, member, depth));
    at = member.offsetBits + bitsOf(btf, member);
  }
  const align = packed ? 8 : 8 * alignOfRecord(btf, type, depth);
  if (up(at, align) < 8 * type.size) lines.push(...padding(at, 8 * type.size));
  return lines;
}

function unionMembers(btf: Btf, type: RecordOf, packed: boolean, depth: number): string[] {
  const lines = type.members.map((member) => memberLine(btf, member, depth));
  const widest = Math.max(0, ...type.members.map((member) => bitsOf(btf, member)));
  const align = packed ? 8 : 8 * alignOfRecord(btf, type, depth);
  if (up(widest, align) < 8 * type.size) lines.push(`unsigned char __padding[${type.size}];`);
  return lines;
}

/** Fills [from, to) with pieces that each lie within one aligned eight bytes, so that C moves none of them. */
function padding(from: number, to: number): string[] {
  const lines: string[] = [];
  for (let at = from; at < to && lines.length < 4096;) {
    const bits = Math.min(to - at, 64 - (at % 64));
    lines.push(`long : ${bits};`);
    at += bits;
  }
  return lines;
}

function memberLine(btf: Btf, member: BtfMember, depth: number): string {
  const text = declare(btf, member.type, member.name, depth + 1);
  return member.bitSize === 0 ? `${text};` : `${text} : ${member.bitSize};`;
}

/** Anonymous records, which `declaration` abbreviates, are written out where they stand. */
function declare(btf: Btf, id: number, name: string, depth: number): string {
  const text = declaration(btf, id, name).replaceAll('[]', '[0]');
  const base = baseType(btf, id);
  if (base === null || depth > MAX_DEPTH) return text;
  const full = isRecord(base) ? body(btf, base, depth) : enumBody(base);
  return text.replace(/(?:struct|union|enum) \{ … \}/, () => full);
}

function enumBody(type: BtfType): string {
  if (type.kind !== 'enum') return 'int';
  const values = type.values.map(({ name, value }) => `${name} = ${value}`).join(', ');
  const mode = ENUM_MODES[type.size] ?? '';
  return values === '' ? `enum ${type.name}` : `enum ${type.name} { ${values} }${mode}`;
}

/** An enumeration takes four bytes unless it says otherwise or its values need more. */
const ENUM_MODES: Readonly<Record<number, string>> = {
  1: ' __attribute__((mode(byte)))',
  2: ' __attribute__((mode(HI)))',
  8: ' __attribute__((mode(DI)))',
};

/** The unnamed record or enumeration that a type is made of by pointers, arrays and qualifiers; null for none. */
function baseType(btf: Btf, id: number): BtfType | null {
  let at = id;
  for (let i = 0; i < MAX_DEPTH; i++) {
    const type = typeAt(btf, at);
    if ((isRecord(type) || type.kind === 'enum') && type.name === '') return type;
    if (type.kind === 'ptr' || type.kind === 'array' || type.kind === 'const' || type.kind === 'volatile')
      at = type.type;
    else return null;
  }
  return null;
}

/** Where C would put a member behind bit `at`. */
function naturalStart(btf: Btf, member: BtfMember, at: number, packed: boolean, depth: number): number {
  if (member.bitSize === 0) return packed ? up(at, 8) : up(at, 8 * alignOf(btf, member.type, depth));
  const unit = 8 * (sizeOf(btf, member.type) ?? 4);
  if (packed) return at;
  return (at % unit) + member.bitSize <= unit ? at : up(at, unit);
}

function bitsOf(btf: Btf, member: BtfMember): number {
  return member.bitSize === 0 ? 8 * (sizeOf(btf, member.type) ?? 0) : member.bitSize;
}

function isPacked(btf: Btf, type: RecordOf, depth: number): boolean {
  if (depth > MAX_DEPTH) return false;
  const ownAlign = naturalAlign(btf, type, depth);
  if (type.size % ownAlign !== 0) return true;
  return type.members.some((member) => {
    if (member.bitSize !== 0) {
      const unit = 8 * (sizeOf(btf, member.type) ?? 4);
      return (member.offsetBits % unit) + member.bitSize > unit;
    }
    return member.offsetBits % (8 * alignOf(btf, member.type, depth + 1)) !== 0;
  });
}

function naturalAlign(btf: Btf, type: RecordOf, depth: number): number {
  return Math.max(1, ...type.members.map((member) => alignOf(btf, member.type, depth + 1)));
}

/** Asked for again and again by everything that holds the record. */
const aligns = new WeakMap<RecordOf, number>();

function alignOfRecord(btf: Btf, type: RecordOf, depth: number): number {
  const known = aligns.get(type);
  if (known !== undefined) return known;
  const align = isPacked(btf, type, depth) ? 1 : naturalAlign(btf, type, depth);
  aligns.set(type, align);
  return align;
}

function alignOf(btf: Btf, id: number, depth: number): number {
  const type = resolve(btf, id);
  if (depth > MAX_DEPTH) return 1;
  if (isRecord(type)) return alignOfRecord(btf, type, depth);
  if (type.kind === 'array') return alignOf(btf, type.type, depth + 1);
  if (type.kind === 'ptr') return 8;
  return type.kind === 'int' || type.kind === 'enum' || type.kind === 'float' ? type.size : 1;
}

function up(value: number, to: number): number {
  return Math.ceil(value / to) * to;
}

function isRecord(type: BtfType): type is RecordOf {
  return type.kind === 'struct' || type.kind === 'union';
}
