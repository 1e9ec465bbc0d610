/** Types of an earlier compilation as those of a new one, in which the same names stand for the same. */
import { lookupHere, lookupTagHere, type Scope } from '../check/scope.ts';
import { stripTypedefs } from '../check/typeQueries.ts';
import type { CType, EnumType, FunctionType, RecordType } from '../types.ts';

/** Whether everything in a type is known by a name of the file, so that it can be found again. */
export function nameableTypes(scope: Scope): (type: CType) => boolean {
  const finder = new Finder(scope, true);
  return (type) => finder.of(type) !== null;
}

/** Null where there is no such type. */
export function typeFinder(scope: Scope): (type: CType) => CType | null {
  const finder = new Finder(scope, false);
  return (type) => finder.of(type);
}

/** Types that are made of others without end are wrong. */
const DEEPEST = 200;

class Finder {
  private readonly scope: Scope;
  /** Only what is the very same counts. */
  private readonly same: boolean;
  private readonly known = new Map<CType, CType | null>();
  private depth = 0;

  constructor(scope: Scope, same: boolean) {
    this.scope = scope;
    this.same = same;
  }

  of(type: CType): CType | null {
    let found = this.known.get(type);
    if (found !== undefined) return found;
    if (this.depth > DEEPEST) return null;
    this.depth++;
    found = this.find(type);
    this.depth--;
    this.known.set(type, found);
    return found;
  }

  private find(type: CType): CType | null {
    switch (type.kind) {
      case 'void':
      case 'bool':
      case 'int':
      case 'float':
        return type;
      case 'pointer': {
        const to = this.of(type.to);
        return to && { ...type, to };
      }
      case 'array': {
        const of = this.of(type.of);
        return of && { ...type, of };
      }
      case 'qualified': {
        const inner = this.of(type.type);
        return inner && { ...type, type: inner };
      }
      case 'function':
        return this.prototype(type);
      case 'typedef':
        return this.named(type.name, type);
      case 'record':
      case 'enum':
        return this.tagged(type);
    }
  }

  private prototype(type: FunctionType): CType | null {
    const returns = this.of(type.returns);
    const params = type.params.map(({ name, type: own }) => ({ name, type: this.of(own) }));
    const whole = params.flatMap(({ name, type: own }) => (own === null ? [] : [{ name, type: own }]));
    return returns && whole.length === params.length ? { ...type, returns, params: whole } : null;
  }

  private named(name: string, type: CType): CType | null {
    const entity = lookupHere(this.scope, name);
    if (entity?.kind !== 'typedef') return null;
    return this.same && entity !== type ? null : entity;
  }

  private tagged(type: RecordType | EnumType): CType | null {
    const { tag, alias } = type;
    const entity = lookupHere(this.scope, alias ?? '');
    const byAlias = entity?.kind === 'typedef' ? stripTypedefs(entity) : null;
    const found = tag === '' ? byAlias : lookupTagHere(this.scope, tag);
    if (found?.kind !== type.kind) return null;
    return this.same && found !== type ? null : found;
  }
}
