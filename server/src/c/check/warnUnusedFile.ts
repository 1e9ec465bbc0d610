/** What is declared at file level for this unit alone and not used. Mirrors Sema::ActOnEndOfTranslationUnit of clang (v19). */
import { FIRST_EXPANSION } from '../places.ts';
import { reportWarning, type Problem } from '../problem.ts';
import type { FunctionSymbol, GlobalVariable } from '../typed.ts';
import type { Checker } from './checker.ts';
import { isConst } from './typeQueries.ts';

/** Behind an error they would mostly be noise. */
export function warnAboutUnusedAtFileLevel(c: Checker): void {
  if (c.problems.list.some((one) => one.severity === 'error' && !isSilenced(one))) return;
  for (const one of c.functions.values()) if (isOwn(c, one)) warnAboutFunction(c, one);
  for (const one of c.variables.values())
    if (isOwn(c, one) && c.fileScope.names.get(one.name) === one) warnAboutVariable(c, one);
}

/** BPF_KPROBE and its kin convert so on purpose; their pragmas are carried out later. */
function isSilenced({ code, at }: Problem): boolean {
  return code === 'int-conversion' && at.start >= FIRST_EXPANSION;
}

/** Only this file's: those of headers are for others, too. */
function isOwn(c: Checker, one: FunctionSymbol | GlobalVariable): boolean {
  if (one.linkage !== 'internal' || one.attributes.used || c.used.has(one) || c.maybeUnused.has(one)) return false;
  return c.places.written(one.declaredAt.start)?.file === c.places.files[0];
}

function warnAboutFunction(c: Checker, one: FunctionSymbol): void {
  if (c.named.has(one)) return warnAboutUnneeded(c, one, 'function');
  reportWarning(c.problems, 'unused-function', one.declaredAt, `unused function '${one.name}'`);
}

function warnAboutVariable(c: Checker, one: GlobalVariable): void {
  if (c.named.has(one)) return warnAboutUnneeded(c, one, 'variable');
  reportWarning(
    c.problems,
    isConst(one.type) ? 'unused-const-variable' : 'unused-variable',
    one.declaredAt,
    `unused variable '${one.name}'`,
  );
}

/** Only `sizeof` and its kin, or the function itself, name it. */
function warnAboutUnneeded(c: Checker, { name, declaredAt }: FunctionSymbol | GlobalVariable, what: string): void {
  const message = `${what} '${name}' is not needed and will not be emitted`;
  reportWarning(c.problems, 'unneeded-internal-declaration', declaredAt, message);
}
