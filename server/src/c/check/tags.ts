/** Tags of structs, unions and enums. Source: C11 6.7.2.3. */
import { reportError } from '../problem.ts';
import type { NameSyntax } from '../syntax.ts';
import type { Checker } from './checker.ts';
import { DeclaredRecord } from './record.ts';
import { lookupTag, lookupTagHere, type TagEntity } from './scope.ts';

export type TagKind = 'struct' | 'union' | 'enum';

/** What a tag stands for: of this scope for a definition or a declaration that is only that, else of any around. */
export function findTag(c: Checker, name: NameSyntax, kind: TagKind, here: boolean): TagEntity | null {
  const found = here ? lookupTagHere(c.scope, name.text) : lookupTag(c.scope, name.text);
  if (found === null || kindOf(found) === kind) return found;
  const message = `use of '${name.text}' with tag type that does not match previous declaration`;
  reportError(c.problems, 'c-redefinition', name, message, { notes: previous(found, 'previous use is here') });
  return null;
}

export function kindOf(entity: TagEntity): TagKind {
  if (entity.kind === 'enum') return 'enum';
  return entity.union ? 'union' : 'struct';
}

export function previous(
  entity: TagEntity,
  message: string,
): { at: { start: number; end: number }; message: string }[] {
  const at = entity.definedAt ?? (entity instanceof DeclaredRecord ? entity.declaredAt : null);
  return at === null ? [] : [{ at, message }];
}
