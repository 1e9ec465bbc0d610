/** Sizes, alignments and members of types. */
import type { CType, Member, RecordType } from '../types.ts';
import { plainType } from './typeQueries.ts';

/** Null for what has no size: functions, void, incomplete types. `sizeof` of void and functions is 1 in GNU C: the caller's. */
export function sizeOf(type: CType): number | null {
  const plain = plainType(type);
  switch (plain.kind) {
    case 'void':
    case 'function':
      return null;
    case 'bool':
      return 1;
    case 'int':
      return plain.bits / 8;
    case 'float':
      return plain.bytes;
    case 'pointer':
      return 8;
    case 'enum':
      return plain.underlying.bits / 8;
    case 'record':
      return plain.layout?.sizeBytes ?? null;
    case 'array':
      return arraySize(plain.of, plain.length);
  }
}

function arraySize(of: CType, length: number | null): number | null {
  const element = sizeOf(of);
  return element === null || length === null ? null : element * length;
}

/** What `_Alignof` says; 1 for what has no alignment. `aligned` on typedefs and qualifiers counts. */
export function alignOf(type: CType): number {
  switch (type.kind) {
    case 'typedef':
      return alignOf(type.type);
    case 'qualified':
      return type.alignBytes ?? alignOf(type.type);
    case 'void':
    case 'function':
    case 'bool':
      return 1;
    case 'int':
      return type.bits / 8;
    case 'float':
      return Math.min(type.bytes, 16);
    case 'pointer':
      return 8;
    case 'enum':
      return type.underlying.bits / 8;
    case 'array':
      return alignOf(type.of);
    case 'record':
      return type.layout?.alignBytes ?? 1;
  }
}

/** The members to go through, outermost first, to get to a name in a record or in anonymous ones in it; null: none. */
export function memberPath(record: RecordType, name: string): readonly Member[] | null {
  return pathIn(record, name, 0);
}

/** Records inside records without names nest no deeper than brackets may. */
const DEEPEST = 256;

function pathIn(record: RecordType, name: string, depth: number): readonly Member[] | null {
  const members = record.layout?.members ?? [];
  const direct = members.find((member) => member.name === name);
  if (direct !== undefined) return [direct];
  if (depth >= DEEPEST) return null;
  for (const member of members) {
    const inner = member.name === '' && member.bits === null ? plainType(member.type) : null;
    const rest = inner?.kind === 'record' ? pathIn(inner, name, depth + 1) : null;
    if (rest !== null) return [member, ...rest];
  }
  return null;
}

/** The names of a record's own members, for "did you mean": clang does not look into anonymous ones for that. */
export function memberNames(record: RecordType): string[] {
  return (record.layout?.members ?? []).map(({ name }) => name).filter((name) => name !== '');
}
