/** Expressions get types and meanings, one rule for each kind of syntax. Source: C11 6.5, GNU C. */
import type { Place } from '../places.ts';
import { reportError } from '../problem.ts';
import type { ExprSyntax } from '../syntax.ts';
import type { Expr } from '../typed.ts';
import type { CType } from '../types.ts';
import { checkBitCast } from './builtinBitCast.ts';
import { checkAssign } from './expressionAssign.ts';
import { checkBinary } from './expressionBinary.ts';
import { checkCall } from './expressionCall.ts';
import { checkCast } from './expressionCast.ts';
import { checkChoose, checkConditional, checkGeneric } from './expressionChoice.ts';
import { checkIndex } from './expressionIndex.ts';
import { checkMember } from './expressionMember.ts';
import { checkCompoundLiteral, checkStatementExpr } from './expressionObjects.ts';
import { checkChar, checkIdentifier, checkNumber, checkString } from './expressionPrimary.ts';
import { useLabel } from './statementLabels.ts';
import { checkAlignof, checkOffsetof, checkSizeof, checkTypesCompatible } from './expressionSizes.ts';
import { checkPostfix, checkUnary } from './expressionUnary.ts';
import type { Checker } from './checker.ts';
import { errorExpr, unsupported, valueOf } from './nodes.ts';
import { UNKNOWN_TYPE } from './typeQueries.ts';

/** As written: an lvalue stays one, an array stays an array. */
export function checkExpr(c: Checker, syntax: ExprSyntax): Expr {
  if (c.depth >= DEEPEST) return tooDeep(c, syntax);
  c.depth++;
  const expr = rule(c, syntax);
  c.depth--;
  const caret = caretOf(syntax);
  if (caret !== syntax.start) expr.caret = caret;
  return expr;
}

/** As an operand: lvalues are read, arrays and functions become pointers. */
export function checkValue(c: Checker, syntax: ExprSyntax): Expr {
  return valueOf(c, checkExpr(c, syntax));
}

/** The type alone; nothing in the expression happens (`sizeof`, `typeof`, `_Generic`). */
export function checkUnevaluated(c: Checker, syntax: ExprSyntax): Expr {
  const outer = c.unevaluated;
  c.unevaluated = true;
  const expr = checkExpr(c, syntax);
  c.unevaluated = outer;
  return expr;
}

/** Checks something that may be known to be never reached. */
export function whereDead<T>(c: Checker, isDead: boolean, check: () => T): T {
  const outer = c.dead;
  c.dead ||= isDead;
  const result = check();
  c.dead = outer;
  return result;
}

/** Of something wrong no type is known. */
export function typeOfExpr(c: Checker, syntax: ExprSyntax): CType {
  const expr = checkUnevaluated(c, syntax);
  return expr.kind === 'error' ? UNKNOWN_TYPE : expr.type;
}

/** As the getExprLoc of clang's expressions has it. */
function caretOf(syntax: ExprSyntax): Place {
  switch (syntax.kind) {
    case 'binary':
    case 'assign':
      return syntax.opAt.start;
    case 'member':
      return syntax.name.start;
    case 'postfix':
      return syntax.operand.end;
    default:
      return syntax.start;
  }
}

/** Brackets and chains of operators nest no deeper; the stack of the checker and of what comes after it holds. */
const DEEPEST = 1000;

function tooDeep(c: Checker, syntax: ExprSyntax): Expr {
  reportError(c.problems, 'c-limit', syntax, `expression nested deeper than ${DEEPEST} levels; split it into several`);
  return errorExpr(syntax);
}

function rule(c: Checker, syntax: ExprSyntax): Expr {
  switch (syntax.kind) {
    case 'number':
      return checkNumber(c, syntax);
    case 'char':
      return checkChar(c, syntax);
    case 'string':
      return checkString(c, syntax);
    case 'identifier':
      return checkIdentifier(c, syntax);
    case 'paren':
      return { ...checkExpr(c, syntax.inner), start: syntax.start, end: syntax.end };
    case 'unary':
      return checkUnary(c, syntax);
    case 'postfix':
      return checkPostfix(c, syntax);
    case 'binary':
      return checkBinary(c, syntax);
    case 'assign':
      return checkAssign(c, syntax);
    case 'conditional':
      return checkConditional(c, syntax);
    case 'call':
      return checkCall(c, syntax);
    case 'index':
      return checkIndex(c, syntax);
    case 'member':
      return checkMember(c, syntax);
    case 'cast':
      return checkCast(c, syntax);
    default:
      return rarerRule(c, syntax);
  }
}

type Rarer = Extract<
  ExprSyntax,
  {
    kind:
      | 'sizeofExpr' | 'sizeofType' | 'alignofExpr' | 'alignofType' | 'compoundLiteral' | 'statementExpr' | 'generic'
      | 'offsetof' | 'typesCompatible' | 'chooseExpr' | 'vaArg' | 'bitCast'
      | 'labelAddress' | 'error';
  }
>; // prettier-ignore

function rarerRule(c: Checker, syntax: Rarer): Expr {
  switch (syntax.kind) {
    case 'sizeofExpr':
    case 'sizeofType':
      return checkSizeof(c, syntax);
    case 'alignofExpr':
    case 'alignofType':
      return checkAlignof(c, syntax);
    case 'compoundLiteral':
      return checkCompoundLiteral(c, syntax);
    case 'statementExpr':
      return checkStatementExpr(c, syntax);
    case 'generic':
      return checkGeneric(c, syntax);
    case 'offsetof':
      return checkOffsetof(c, syntax);
    case 'typesCompatible':
      return checkTypesCompatible(c, syntax);
    case 'chooseExpr':
      return checkChoose(c, syntax);
    case 'vaArg':
      return unsupported(c, syntax, 'BPF functions cannot read variable arguments; pass an array or a struct');
    case 'bitCast':
      return checkBitCast(c, syntax);
    case 'labelAddress':
      useLabel(c, syntax.name);
      return unsupported(
        c,
        syntax,
        'BPF cannot jump to computed addresses; use switch instead of taking the address of a label',
      );
    case 'error':
      return errorExpr(syntax);
  }
}
