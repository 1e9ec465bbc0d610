/** What C promises of accesses to objects of different types. Source: C11 6.5p7; clang's CodeGenTBAA.cpp (v19). */
import type { Alias } from '../ir/ir.ts';
import type { CType } from '../types.ts';
import type { Location } from './location.ts';
import type { BodyState } from './state.ts';

export interface Aliased {
  readonly alias?: Alias;
}

/** Of an access to an object of that type. */
export function aliasOf({ unit }: BodyState, { within }: Location, type: CType): Aliased {
  const scalar = scalarOf(type);
  if (!unit.assumes.strictAliasing || within === 'unknown' || scalar === null) return {};
  return { alias: { scalar, within: within ?? [] } };
}

/** Where a record lies, of whose members nothing may be concluded when its type says `may_alias`. */
export function aliasedRecord(location: Location, type: CType): Location {
  return mayAliasAnything(type) ? { ...location, within: 'unknown' } : location;
}

function mayAliasAnything(type: CType): boolean {
  switch (type.kind) {
    case 'typedef':
      return type.mayAlias === true || mayAliasAnything(type.type);
    case 'qualified':
      return mayAliasAnything(type.type);
    case 'record':
      return type.mayAlias;
    default:
      return false;
  }
}

/**
 * Types that are stored alike have one name: signs make no difference, and all pointers are one. Null for a type that may
 * stand for anything, by `may_alias`.
 */
function scalarOf(type: CType): string | null {
  switch (type.kind) {
    case 'typedef':
      return type.mayAlias ? null : scalarOf(type.type);
    case 'qualified':
      return scalarOf(type.type);
    case 'int':
      return type.name.replace(/^(?:un)?signed /, '');
    case 'enum':
      return type.underlying.name.replace(/^unsigned /, '');
    case 'bool':
    case 'pointer':
      return type.kind;
    default:
      return null;
  }
}
