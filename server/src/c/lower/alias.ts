/** What C promises of accesses to objects of different types. Source: C11 6.5p7; clang's CodeGenTBAA.cpp (v19). */
import type { Alias } from '../ir/ir.ts';
import type { CType } from '../types.ts';
import type { Location } from './location.ts';

export interface Aliased {
  readonly alias?: Alias;
}

/** Of an access to an object of that type. */
export function aliasOf({ within }: Location, type: CType): Aliased {
  const scalar = scalarOf(type);
  return within === 'unknown' || scalar === null ? {} : { alias: { scalar, within: within ?? [] } };
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
