/**
 * Whether two accesses can be to the same bytes, by the types that C accesses them as. Mirrors matchAccessTags of LLVM's
 * TypeBasedAliasAnalysis.cpp (v19), so that programs which the kernel accepts from clang are not refused from us.
 */
import type { Alias } from '../ir/ir.ts';
import type { CType, RecordType } from '../types.ts';

export function mayAlias(a: Alias | undefined, b: Alias | undefined): boolean {
  if (!a || !b) return true;
  if (isAnyOf(a, b) || isAnyOf(b, a)) return true;
  return leadsTo(a, b) || leadsTo(b, a);
}

/** `*p` of a type is an access to whatever holds an object of that type, and a char may be a byte of anything. */
function isAnyOf({ record, scalar }: Alias, other: Alias): boolean {
  return record === null && (scalar === 'char' || scalar === other.scalar);
}

/** Whether the other's record lies around what is accessed here, and is accessed at that very place. */
function leadsTo({ record, offsetBytes }: Alias, other: Alias): boolean {
  let at = offsetBytes;
  for (let outer = record; outer;) {
    if (outer === other.record) return at === other.offsetBytes;
    const member = memberAt(outer, at);
    if (member === null || !isStruct(member.type)) return member === null || isOpaque(member.type);
    at -= member.off;
    outer = member.type;
  }
  return false;
}

function memberAt({ layout }: RecordType, at: number): { type: CType; off: number } | null {
  const member = layout?.members.findLast(({ offsetBits, bits }) => bits === null && offsetBits / 8 <= at);
  return member ? { type: plain(member.type), off: member.offsetBits / 8 } : null;
}

function isStruct(type: CType): type is RecordType {
  return type.kind === 'record' && !type.union;
}

function isOpaque({ kind }: CType): boolean {
  return kind === 'record' || kind === 'array';
}

function plain(type: CType): CType {
  return type.kind === 'typedef' || type.kind === 'qualified' ? plain(type.type) : type;
}
