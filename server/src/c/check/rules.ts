/** What declarations ask of expressions and statements, in one object. */
import type { ExpressionRules } from './checker.ts';
import { typeOfExpr } from './expression.ts';
import { checkInitializer } from './initializer.ts';
import { integerConstant } from './integerConstant.ts';
import { checkFunctionBody } from './statement.ts';

export const RULES: ExpressionRules = {
  typeOfExpr,
  integerConstant,
  initializer: checkInitializer,
  functionBody: checkFunctionBody,
};
