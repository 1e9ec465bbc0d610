/** Earlier declarations of a name, for notes. */
import type { Range } from '../places.ts';
import type { ProblemNote } from '../problem.ts';
import type { Entity } from './scope.ts';

export function declaredRange(entity: Entity): Range | null {
  if (entity.kind === 'enumerator') return entity.enumerator.declaredAt;
  return entity.kind === 'poisoned' ? null : entity.declaredAt;
}

export function previousNote(entity: Entity, message = 'previous definition is here'): ProblemNote[] {
  const at = declaredRange(entity);
  return at === null ? [] : [{ at, message }];
}

export function kindText(name: string): string {
  return `redefinition of '${name}' as different kind of symbol`;
}
