/** Values that nobody looks at. Mirrors Expr::isUnusedResultAWarning and DiagnoseUnusedExprResult of clang (v19). */
import { reportWarning } from '../problem.ts';
import { FIRST_EXPANSION, type Range } from '../places.ts';
import type { ExprSyntax } from '../syntax.ts';
import type { Expr } from '../typed.ts';
import type { Checker } from './checker.ts';
import { warnAboutResult } from './usage.ts';
import { isVoid, isVolatile } from './typeQueries.ts';

export function warnAboutUnusedValue(c: Checker, expr: Expr, syntax: ExprSyntax, where: 'statement' | 'comma'): void {
  if (c.unevaluated || (isCall(syntax) && warnAboutResult(c, expr))) return;
  if (expr.kind === 'error' || isVoid(expr.type) || isVolatile(expr.type)) return;
  const found = unusedPart(syntax);
  if (found === null || found.at.start >= FIRST_EXPANSION || syntax.start >= FIRST_EXPANSION) return;
  if (found.comparison !== null) {
    const notes = NOTES[found.comparison].map((message) => ({ at: found.at, message }));
    reportWarning(c.problems, 'unused-comparison', found.at, `${found.comparison} comparison result unused`, { notes });
    return;
  }
  const message = where === 'comma' ? 'left operand of comma operator has no effect' : 'expression result unused';
  reportWarning(c.problems, 'unused-value', found.at, message);
}

function isCall(syntax: ExprSyntax): boolean {
  return syntax.kind === 'paren' ? isCall(syntax.inner) : syntax.kind === 'call';
}

const NOTES: Readonly<Record<NonNullable<Unused['comparison']>, readonly string[]>> = {
  equality: ["use '=' to turn this equality comparison into an assignment"],
  inequality: ["use '|=' to turn this inequality comparison into an or-assignment"],
  relational: [],
};

interface Unused {
  readonly at: Range;
  readonly comparison: 'equality' | 'inequality' | 'relational' | null;
}

/** The part whose value is lost; null when something happens in it. */
function unusedPart(syntax: ExprSyntax): Unused | null {
  const plain = (at: Range): Unused => ({ at, comparison: null });
  switch (syntax.kind) {
    case 'paren':
      return unusedPart(syntax.inner);
    case 'number':
    case 'char':
    case 'string':
    case 'identifier':
    case 'sizeofExpr':
    case 'sizeofType':
    case 'alignofExpr':
    case 'alignofType':
    case 'offsetof':
    case 'typesCompatible':
    case 'bitCast':
      return plain(syntax);
    case 'index':
      return plain({ start: syntax.end - 1, end: syntax.end });
    case 'member':
      return plain(syntax.name);
    case 'unary':
      return unusedUnary(syntax);
    case 'binary':
      return unusedBinary(syntax);
    case 'cast':
      return unusedPart(syntax.operand) === null ? null : plain(syntax);
    case 'conditional':
      return syntax.then === null || unusedPart(syntax.then) === null ? null : unusedPart(syntax.otherwise);
    case 'chooseExpr':
    case 'generic':
    case 'call':
    case 'assign':
    case 'postfix':
    case 'statementExpr':
    case 'compoundLiteral':
    case 'vaArg':
    case 'labelAddress':
    case 'error':
      return null;
  }
}

function unusedUnary(syntax: Extract<ExprSyntax, { kind: 'unary' }>): Unused | null {
  if (syntax.op === '++' || syntax.op === '--') return null;
  if (syntax.op === '__extension__') return unusedPart(syntax.operand);
  return { at: syntax, comparison: null };
}

function unusedBinary(syntax: Extract<ExprSyntax, { kind: 'binary' }>): Unused | null {
  const at = syntax.opAt;
  switch (syntax.op) {
    case ',':
      return unusedPart(syntax.right);
    case '&&':
    case '||':
      return unusedPart(syntax.left) === null || unusedPart(syntax.right) === null ? null : { at, comparison: null };
    case '==':
      return { at, comparison: 'equality' };
    case '!=':
      return { at, comparison: 'inequality' };
    case '<':
    case '>':
    case '<=':
    case '>=':
      return { at, comparison: 'relational' };
    default:
      return { at, comparison: null };
  }
}
