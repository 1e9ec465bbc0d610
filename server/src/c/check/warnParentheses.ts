/** Operators that bind otherwise than they look. Mirrors DiagnoseBinOpPrecedence of clang's SemaExpr.cpp (v19). */
import { reportWarning } from '../problem.ts';
import type { ExprSyntax } from '../syntax.ts';
import type { Checker } from './checker.ts';
import type { BinarySyntax } from './expressionBinary.ts';

export function warnAboutParentheses(c: Checker, syntax: BinarySyntax): void {
  switch (syntax.op) {
    case '&':
    case '|':
    case '^':
      warnAboutBits(c, syntax);
      return;
    case '<<':
    case '>>':
      warnAboutShifts(c, syntax);
      return;
    case '||':
      warnAboutAnd(c, syntax.left);
      warnAboutAnd(c, syntax.right);
      return;
    default:
  }
}

const COMPARISONS = new Set(['==', '!=', '<', '>', '<=', '>=']);

/** `a & b == c`, and `a & b | c` (which clang only warns about for different operators). */
function warnAboutBits(c: Checker, syntax: BinarySyntax): void {
  const sides = [syntax.left, syntax.right].filter((side) => side.kind === 'binary');
  const compared = sides.filter((side) => COMPARISONS.has(side.op));
  const [only] = compared;
  if (compared.length === 1 && only !== undefined) {
    const message = `${syntax.op} has lower precedence than ${only.op}; ${only.op} will be evaluated first`;
    reportWarning(c.problems, 'parentheses', syntax.opAt, message, {
      notes: [{ at: only, message: `place parentheses around the '${only.op}' expression to silence this warning` }],
    });
    return;
  }
  if (syntax.op !== '|' && syntax.op !== '^') return;
  for (const side of sides)
    if (side.op === '&' || (side.op === '^' && syntax.op === '|')) warnWithin(c, side, syntax.op);
}

function warnWithin(c: Checker, inner: BinarySyntax, outer: string): void {
  reportWarning(c.problems, 'bitwise-op-parentheses', inner.opAt, `'${inner.op}' within '${outer}'`, {
    notes: [
      { at: inner.opAt, message: `place parentheses around the '${inner.op}' expression to silence this warning` },
    ],
  });
}

/** `a << b + c`. */
function warnAboutShifts(c: Checker, syntax: BinarySyntax): void {
  for (const side of [syntax.left, syntax.right]) {
    if (side.kind !== 'binary' || (side.op !== '+' && side.op !== '-')) continue;
    const message = `operator '${syntax.op}' has lower precedence than '${side.op}'; '${side.op}' will be evaluated first`;
    reportWarning(c.problems, 'shift-op-parentheses', syntax.opAt, message, {
      notes: [
        { at: side.opAt, message: `place parentheses around the '${side.op}' expression to silence this warning` },
      ],
    });
  }
}

/** `a && b || c`, but not with a string as in `a || b && "message"`. */
function warnAboutAnd(c: Checker, side: ExprSyntax): void {
  if (side.kind !== 'binary' || side.op !== '&&' || side.left.kind === 'string' || side.right.kind === 'string') return;
  reportWarning(c.problems, 'logical-op-parentheses', side.opAt, "'&&' within '||'", {
    notes: [{ at: side.opAt, message: "place parentheses around the '&&' expression to silence this warning" }],
  });
}
