/** Tags of structs, unions and enums. Source: C11 6.7.2.3. */
import type { Range } from '../places.ts';
import { reportError } from '../problem.ts';
import type { NameSyntax } from '../syntax.ts';
import type { Checker } from './checker.ts';
import { DeclaredRecord } from './record.ts';
import { lookupTag, lookupTagHere, type TagEntity } from './scope.ts';

export type TagKind = 'struct' | 'union' | 'enum';

/** What a tag stands for: of this scope for a definition or a declaration that is only that, else of any around. */
export function findTag(c: Checker, name: NameSyntax, at: Range, kind: TagKind, here: boolean): FoundTag {
  const found = here ? lookupTagHere(c.scope, name.text) : lookupTag(c.scope, name.text);
  if (found === null || kindOf(found) === kind) return { entity: found, mismatch: false };
  const message = `use of '${name.text}' with tag type that does not match previous declaration`;
  const notes = previous(found, 'previous use is here');
  reportError(c.problems, 'c-redefinition', { start: at.start, end: name.end }, message, { notes });
  return { entity: null, mismatch: true };
}

export interface FoundTag {
  readonly entity: TagEntity | null;
  /** It is known as something else, which was reported. */
  readonly mismatch: boolean;
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
