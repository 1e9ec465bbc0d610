/** Declarations: names get their meaning. */
import type { DeclarationSyntax } from '../syntax.ts';
import type { Statement } from '../typed.ts';
import type { Checker } from './checker.ts';

/**
 * A declaration inside a function: declares its names in `checker.scope` and gives a `declare` statement for each
 * automatic variable. Static locals, externs, functions, typedefs and tags give none.
 */
export function declareInBlock(checker: Checker, declaration: DeclarationSyntax): Statement[] {
  void checker;
  void declaration;
  return [];
}
