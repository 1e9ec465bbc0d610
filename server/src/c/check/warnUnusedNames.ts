/** Names that nothing uses. Mirrors clang's DiagnoseUnusedDecl and DiagnoseUnusedButSetDecl (SemaDecl.cpp, v19). */
import { reportWarning } from '../problem.ts';
import type { ExprSyntax } from '../syntax.ts';
import type { Checker } from './checker.ts';
import { type Entity, type Scope, lookup } from './scope.ts';
import { isVolatile } from './typeQueries.ts';

/** Of a block that ends. */
export function warnAboutUnusedNames(c: Checker, scope: Scope): void {
  if (c.problems.errors > (c.body?.errors ?? 0)) return;
  for (const entity of scope.names.values()) {
    if (entity.kind === 'typedef') warnAboutTypedef(c, entity);
    if (entity.kind !== 'local' && entity.kind !== 'global') continue;
    if (entity.name === '' || c.maybeUnused.has(entity)) continue;
    if (entity.kind === 'global' ? entity.external : entity.cleanup !== null) continue;
    if (!isParameter(c, entity)) warnAboutVariable(c, entity);
    else if (!isUsed(c, entity))
      reportWarning(c.problems, 'unused-parameter', entity.declaredAt, `unused parameter '${entity.name}'`);
    else warnAboutSet(c, entity, 'parameter');
  }
}

type Variable = Extract<Entity, { kind: 'local' | 'global' }>;

function warnAboutVariable(c: Checker, entity: Variable): void {
  if (isUsed(c, entity)) return warnAboutSet(c, entity, 'variable');
  reportWarning(c.problems, 'unused-variable', entity.declaredAt, `unused variable '${ownName(entity)}'`);
}

/** Static locals have their function's name before theirs. */
function ownName({ kind, name }: Variable): string {
  return kind === 'global' ? name.slice(name.lastIndexOf('.') + 1) : name;
}

function warnAboutSet(c: Checker, entity: Variable, what: 'variable' | 'parameter'): void {
  if (c.reads.get(entity) !== 0) return;
  const message = `${what} '${ownName(entity)}' set but not used`;
  const isParam = what === 'parameter';
  reportWarning(
    c.problems,
    isParam ? 'unused-but-set-parameter' : 'unused-but-set-variable',
    entity.declaredAt,
    message,
  );
}

function warnAboutTypedef(c: Checker, entity: Extract<Entity, { kind: 'typedef' }>): void {
  if (entity.declaredAt === null || isUsed(c, entity)) return;
  reportWarning(c.problems, 'unused-local-typedef', entity.declaredAt, `unused typedef '${entity.name}'`);
}

export function isUsed(c: Checker, entity: object): boolean {
  return c.used.has(entity) || c.named.has(entity) || c.maybeUnused.has(entity);
}

function isParameter(c: Checker, entity: Entity): boolean {
  return entity.kind === 'local' && (c.currentFunction?.params.includes(entity) ?? false);
}

/** `x = 1;`, `x++;`: the value is thrown away, so that naming the variable was no use of it. */
export function noteIgnored(c: Checker, syntax: ExprSyntax): void {
  const target = syntax.kind === 'assign' ? syntax.target : stepped(syntax);
  if (target?.kind !== 'identifier') return;
  const entity = lookup(c.scope, target.name);
  if (entity === null || !('type' in entity)) return;
  const readsIt = syntax.kind !== 'assign' || syntax.op !== '=';
  if (readsIt && entity.kind !== 'enumerator' && isVolatile(entity.type)) return;
  const reads = c.reads.get(entity);
  if (reads !== undefined) c.reads.set(entity, reads - 1);
}

function stepped(syntax: ExprSyntax): ExprSyntax | null {
  if (syntax.kind === 'postfix') return syntax.operand;
  return syntax.kind === 'unary' && (syntax.op === '++' || syntax.op === '--') ? syntax.operand : null;
}
