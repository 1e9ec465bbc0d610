/** Numbers of elements that are none. Mirrors DiagnoseDivisionSizeofPointerOrArray of clang's SemaExpr.cpp (v19). */
import { type ProblemNote, reportWarning } from '../problem.ts';
import type { ExprSyntax } from '../syntax.ts';
import type { CType } from '../types.ts';
import type { Checker } from './checker.ts';
import { compatibleUnqualified } from './compatible.ts';
import { typeOfName } from './declarator.ts';
import type { BinarySyntax } from './expressionBinary.ts';
import { sizeOf } from './layout.ts';
import { printType, quoteType } from './printType.ts';
import { lookup } from './scope.ts';
import { asArray, asPointer, integerOf, isPointer } from './typeQueries.ts';

/** `sizeof(p) / sizeof(*p)`. */
export function warnAboutSizeofDivision(c: Checker, { left, right, opAt }: BinarySyntax): void {
  if (left.kind !== 'sizeofExpr' || (right.kind !== 'sizeofExpr' && right.kind !== 'sizeofType')) return;
  const whole = c.rules.typeOfExpr(c, left.operand);
  const part = 'type' in right ? typeOfName(c, right.type) : c.rules.typeOfExpr(c, right.operand);
  const to = asPointer(whole)?.to;
  const of = asArray(whole)?.of;
  if (to !== undefined && !isPointer(part) && compatibleUnqualified(to, part)) {
    const text = printed(left);
    if (text === null) return;
    const message = `'${text}' will return the size of the pointer, not the array itself`;
    reportWarning(c.problems, 'sizeof-pointer-div', opAt, message, { notes: declaredHere(c, left.operand, 'pointer') });
  } else if (of !== undefined && asArray(of) === null && !fits(of, part)) {
    const text = right.kind === 'sizeofType' ? `sizeof(${printType(part)})` : printed(right);
    const silence = text === null ? 'second' : `'${text}'`;
    const notes = [
      ...declaredHere(c, left.operand, 'array'),
      { at: opAt, message: `place parentheses around the ${silence} expression to silence this warning` },
    ];
    const message = `expression does not compute the number of elements in this array; element type is ${quoteType(of)}, not ${quoteType(part)}`;
    reportWarning(c.problems, 'sizeof-array-div', opAt, message, { notes });
  }
}

/** Sizes of characters count bytes. */
function fits(element: CType, part: CType): boolean {
  return integerOf(element)?.bits === 8 || sizeOf(element) === sizeOf(part);
}

function withoutParens(syntax: ExprSyntax): ExprSyntax {
  return syntax.kind === 'paren' ? withoutParens(syntax.inner) : syntax;
}

function declaredHere(c: Checker, operand: ExprSyntax, what: string): ProblemNote[] {
  const named = withoutParens(operand);
  const entity = named.kind === 'identifier' ? lookup(c.scope, named.name) : null;
  if (entity === null || !('declaredAt' in entity) || entity.declaredAt === null || named.kind !== 'identifier')
    return [];
  return [{ at: entity.declaredAt, message: `${what} '${named.name}' declared here` }];
}

/** As clang prints simple expressions; null for others. */
function printed(syntax: ExprSyntax): string | null {
  switch (syntax.kind) {
    case 'identifier':
      return syntax.name;
    case 'paren':
      return around('(', syntax.inner, ')');
    case 'sizeofExpr':
      return around('sizeof ', syntax.operand, '');
    case 'member':
      return around('', syntax.base, `${syntax.arrow ? '->' : '.'}${syntax.name.text}`);
    case 'unary':
      return around(syntax.op, syntax.operand, '');
    default:
      return null;
  }
}

function around(before: string, inner: ExprSyntax, after: string): string | null {
  const text = printed(inner);
  return text === null ? null : before + text + after;
}
