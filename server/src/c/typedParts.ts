/** What expressions and statements consist of. */
import type { Expr, Initializer, Statement } from './typed.ts';

export interface Parts {
  readonly exprs: readonly Expr[];
  readonly statements: readonly Statement[];
}

const NONE: Parts = { exprs: [], statements: [] };

export function partsOfExpr(expr: Expr): Parts {
  switch (expr.kind) {
    case 'deref':
    case 'advance':
      return exprs(expr.kind === 'deref' ? [expr.pointer] : [expr.target, expr.step]);
    case 'member':
      return exprs([expr.record]);
    case 'element':
      return exprs([expr.array, expr.index]);
    case 'load':
    case 'addressOf':
      return exprs([expr.object]);
    case 'decay':
      return exprs([expr.array]);
    case 'negate':
    case 'complement':
    case 'not':
    case 'convert':
      return exprs([expr.operand]);
    case 'arithmetic':
    case 'compare':
    case 'logical':
    case 'pointerDiff':
      return exprs([expr.left, expr.right]);
    case 'pointerAdd':
      return exprs([expr.pointer, expr.index]);
    case 'conditional':
      return exprs([expr.condition, ...(expr.then ? [expr.then] : []), expr.otherwise]);
    case 'assign':
    case 'update':
      return exprs([expr.target, expr.value]);
    case 'increment':
      return exprs([expr.target]);
    case 'call':
      return exprs([expr.callee, ...expr.args]);
    case 'builtin':
      return exprs(expr.args);
    case 'comma':
      return exprs([expr.first, expr.second]);
    case 'statementExpr':
      return { exprs: expr.value ? [expr.value] : [], statements: expr.body };
    case 'compoundLiteral':
      return exprs(initializerExprs(expr.init));
    default:
      return NONE;
  }
}

export function partsOfStatement(statement: Statement): Parts {
  switch (statement.kind) {
    case 'block':
      return { exprs: [], statements: statement.body };
    case 'declare':
      return exprs(initializerExprs(statement.init));
    case 'expression':
      return exprs([statement.expr]);
    case 'if': {
      const { condition, then, otherwise } = statement;
      return { exprs: [condition], statements: otherwise ? [then, otherwise] : [then] };
    }
    case 'loop': {
      const { init, condition, step, body } = statement;
      return { exprs: [condition, step].filter((expr) => expr !== null), statements: [...init, body] };
    }
    case 'switch':
      return { exprs: [statement.value], statements: [statement.body] };
    case 'case':
    case 'default':
    case 'label':
      return { exprs: [], statements: [statement.body] };
    case 'return':
      return exprs(statement.value ? [statement.value] : []);
    case 'asm':
      return exprs([...statement.outputs, ...statement.inputs].map(({ expr }) => expr));
    default:
      return NONE;
  }
}

export function initializerExprs(init: Initializer | null): Expr[] {
  if (!init) return [];
  return init.kind === 'value' ? [init.value] : init.entries.map(({ value }) => value);
}

function exprs(list: readonly Expr[]): Parts {
  return { exprs: list, statements: [] };
}
