import { unreachable } from '../../base/assert.ts';
import type { BtfType } from '../../btf/btf.ts';
import type { CType, EnumType, Member, RecordType } from '../types.ts';
import type { TypeNode } from './typeNodes.ts';

/** The BTF record of a type, with the ids of the types that it refers to. `sizeType` is that of array indices. */
export function btfOfNode(
  node: TypeNode,
  nodeOf: (type: CType) => number,
  idOf: (node: number) => number,
  sizeType: number,
): BtfType {
  switch (node.kind) {
    case 'void':
      return { kind: 'void' };
    case 'int': {
      const { name, bits, signed, bool } = node;
      return { kind: 'int', name, size: bits / 8, bits, offsetBits: 0, signed, char: false, bool };
    }
    case 'float':
      return { kind: 'float', name: node.name, size: node.bytes };
    case 'ptr':
    case 'const':
    case 'volatile':
    case 'restrict':
      return { kind: node.kind, type: idOf(node.to) };
    case 'typedef':
    case 'typeTag':
      return { kind: node.kind, name: node.name, type: idOf(node.to) };
    case 'array':
      return { kind: 'array', type: idOf(node.to), indexType: sizeType, length: node.length };
    case 'proto': {
      const params = node.params.map(({ name, type }) => ({ name, type: idOf(type) }));
      return { kind: 'funcProto', returns: idOf(node.returns), params, variadic: node.variadic };
    }
    case 'record':
      return recordType(node.record, (type) => idOf(nodeOf(type)));
    case 'enum':
      return enumType(node.enum);
    default:
      return unreachable(node);
  }
}

/** BTF counts members in 16 bits; clang leaves a type with more of them out as well. */
const MOST_MEMBERS = 0xffff;

function recordType(record: RecordType, idOf: (type: CType) => number): BtfType {
  const { union, tag, layout } = record;
  if (layout === null || layout.members.length > MOST_MEMBERS) return { kind: 'fwd', name: tag, union };
  const members = btfMembers(record).map(({ name, type, offsetBits, bits }) => ({
    name,
    type: idOf(type),
    offsetBits,
    bitSize: bits ?? 0,
  }));
  return { kind: union ? 'union' : 'struct', name: tag, size: layout.sizeBytes, members };
}

/** Unnamed bit-fields are no members in BTF; anonymous structs and unions are. */
export function btfMembers({ layout }: RecordType): readonly Member[] {
  return (layout?.members ?? []).filter(({ name, bits }) => name !== '' || bits === null);
}

function enumType({ tag, values, underlying }: EnumType): BtfType {
  const size = underlying.bits / 8;
  const named = (values ?? []).slice(0, MOST_MEMBERS).map(({ name, value }) => ({ name, value }));
  return { kind: 'enum', name: tag, size, signed: underlying.signed, values: named };
}
