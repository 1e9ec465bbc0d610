/** Operators that bind otherwise than they look. Mirrors DiagnoseBinOpPrecedence of clang's SemaExpr.cpp (v19). */
import { reportWarning } from '../problem.ts';
import { FIRST_EXPANSION } from '../places.ts';
import type { Checker } from './checker.ts';
import type { BinarySyntax } from './expressionBinary.ts';

export function warnAboutParentheses(c: Checker, syntax: BinarySyntax): void {
  switch (syntax.op) {
    case '&':
    case '|':
    case '^':
      warnAboutBits(c, syntax);
      if (syntax.opAt.start < FIRST_EXPANSION && syntax.op !== '&') warnAboutBitsInBits(c, syntax, syntax.op);
      return;
    case '||':
      if (syntax.opAt.start < FIRST_EXPANSION) warnAboutAndInOr(c, syntax);
      return;
    case '<':
    case '>':
    case '<=':
    case '>=':
      warnAboutChain(c, syntax);
      return;
    case '<<':
    case '>>':
      warnAboutShifts(c, syntax);
      return;
    default:
  }
}

const COMPARISONS = new Set(['==', '!=', '<', '>', '<=', '>=']);

/** `a & b == c`. */
function warnAboutBits(c: Checker, syntax: BinarySyntax): void {
  const sides = [syntax.left, syntax.right].filter((side) => side.kind === 'binary');
  const compared = sides.filter((side) => COMPARISONS.has(side.op));
  const [only] = compared;
  if (compared.length === 1 && only !== undefined) {
    const message = `${syntax.op} has lower precedence than ${only.op}; ${only.op} will be evaluated first`;
    reportWarning(c.problems, 'parentheses', syntax.opAt, message, {
      notes: [
        { at: syntax.opAt, message: `place parentheses around the '${only.op}' expression to silence this warning` },
        { at: syntax.opAt, message: `place parentheses around the ${syntax.op} expression to evaluate it first` },
      ],
    });
    return;
  }
}

const WEAKER = { '|': ['&', '^'], '^': ['&'] };

/** `a | b & c`. */
function warnAboutBitsInBits(c: Checker, syntax: BinarySyntax, op: '|' | '^'): void {
  for (const side of [syntax.left, syntax.right]) {
    if (side.kind !== 'binary' || !WEAKER[op].includes(side.op)) continue;
    reportInside(c, side, op);
  }
}

/** `a || b && c`; a text is there to be shown only. */
function warnAboutAndInOr(c: Checker, { left, right }: BinarySyntax): void {
  if (left.kind === 'binary' && left.op === '&&' && left.left.kind !== 'string') reportInside(c, left, '||');
  if (right.kind === 'binary' && right.op === '&&' && right.right.kind !== 'string') reportInside(c, right, '||');
}

function reportInside(c: Checker, { op, opAt }: BinarySyntax, around: string): void {
  const isLogical = op === '&&';
  reportWarning(
    c.problems,
    isLogical ? 'logical-op-parentheses' : 'bitwise-op-parentheses',
    opAt,
    `'${op}' within '${around}'`,
    {
      notes: [{ at: opAt, message: `place parentheses around the '${op}' expression to silence this warning` }],
    },
  );
}

/** `a < b < c`. */
function warnAboutChain(c: Checker, { left, opAt }: BinarySyntax): void {
  if (left.kind !== 'binary' || !COMPARISONS.has(left.op)) return;
  const message = "comparisons like 'X<=Y<=Z' don't have their mathematical meaning";
  reportWarning(c.problems, 'parentheses', opAt, message);
}

/** `a << b + c`. */
function warnAboutShifts(c: Checker, syntax: BinarySyntax): void {
  for (const side of [syntax.left, syntax.right]) {
    if (side.kind !== 'binary' || (side.op !== '+' && side.op !== '-')) continue;
    const message = `operator '${syntax.op}' has lower precedence than '${side.op}'; '${side.op}' will be evaluated first`;
    reportWarning(c.problems, 'shift-op-parentheses', side.opAt, message, {
      notes: [
        { at: side.opAt, message: `place parentheses around the '${side.op}' expression to silence this warning` },
      ],
    });
  }
}
