/** Names that nothing uses. Mirrors clang's ShouldDiagnoseUnusedDecl (SemaDecl.cpp, v19). */
import { reportWarning } from '../problem.ts';
import type { Checker } from './checker.ts';
import type { Entity, Scope } from './scope.ts';

/** Of a block that ends. Attributes that allow it put the name among the used ones. */
export function warnAboutUnusedNames(c: Checker, scope: Scope): void {
  if (c.problems.errors > (c.body?.errors ?? 0)) return;
  for (const entity of scope.names.values()) {
    if (entity.kind !== 'local' && entity.kind !== 'global') continue;
    if (isUsed(c, entity) || isParameter(c, entity) || entity.name === '') continue;
    if (entity.kind === 'global' && entity.external) continue;
    if (entity.kind === 'local' && entity.cleanup !== null) continue;
    const name = entity.kind === 'global' ? entity.name.slice(entity.name.lastIndexOf('.') + 1) : entity.name;
    reportWarning(c.problems, 'unused-variable', entity.declaredAt, `unused variable '${name}'`);
  }
}

export function isUsed(c: Checker, entity: object): boolean {
  return c.used.has(entity) || c.named.has(entity);
}

/** Programs have to take what the kernel passes; -Wall says nothing about it either. */
function isParameter(c: Checker, entity: Entity): boolean {
  return entity.kind === 'local' && (c.currentFunction?.params.includes(entity) ?? false);
}
