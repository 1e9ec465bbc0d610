/** Expressions that bring objects and statements with them. Source: C11 6.5.2.5; GNU C's statement expressions. */
import { reportError } from '../problem.ts';
import type { ExprSyntax, StatementSyntax } from '../syntax.ts';
import type { Expr, GlobalVariable, LocalVariable, Statement } from '../typed.ts';
import type { CType } from '../types.ts';
import type { Checker } from './checker.ts';
import { typeOfName } from './declarator.ts';
import { checkInitializer } from './initializer.ts';
import { alignOf } from './layout.ts';
import { errorExpr, valueOf } from './nodes.ts';
import { innerScope } from './scope.ts';
import { checkBlockItems } from './statement.ts';
import { VOID, isIncomplete } from './typeQueries.ts';
import { quoteType } from './printType.ts';
import { warnAboutUnusedNames } from './warnUnusedNames.ts';

type Of<K extends ExprSyntax['kind']> = Extract<ExprSyntax, { kind: K }>;

/** `(struct s){ … }`: an unnamed variable, with static storage outside of functions. */
export function checkCompoundLiteral(c: Checker, syntax: Of<'compoundLiteral'>): Expr {
  const named = typeOfName(c, syntax.type);
  const { start, end } = syntax;
  const isStatic = c.currentFunction === null;
  const { init, type } = checkInitializer(c, syntax.init, named, isStatic);
  if (isIncomplete(type)) {
    reportError(c.problems, 'c-type', syntax, `variable has incomplete type ${quoteType(type)}`);
    return errorExpr(syntax);
  }
  const variable = isStatic ? staticLiteral(c, syntax, type) : localLiteral(syntax, type);
  if (variable.kind === 'global') variable.init = init;
  return { kind: 'compoundLiteral', variable, init, type, start, end };
}

function localLiteral({ start, end }: Of<'compoundLiteral'>, type: CType): LocalVariable {
  const alignBytes = alignOf(type);
  return { kind: 'local', name: '', type, alignBytes, addressTaken: true, cleanup: null, declaredAt: { start, end } };
}

/** Clang calls them `.compoundliteral`, too. */
function staticLiteral(c: Checker, { start, end }: Of<'compoundLiteral'>, type: CType): GlobalVariable {
  const name = literalName(c);
  const variable: GlobalVariable = {
    kind: 'global',
    name,
    type,
    linkage: 'internal',
    external: false,
    attributes: NO_ATTRIBUTES,
    alignBytes: alignOf(type),
    init: null,
    declaredAt: { start, end },
  };
  c.variables.set(name, variable);
  c.used.add(variable);
  return variable;
}

function literalName(c: Checker): string {
  const first = '.compoundliteral';
  if (!c.variables.has(first)) return first;
  for (let number = 1; ; number++) if (!c.variables.has(`${first}.${number}`)) return `${first}.${number}`;
}

const NO_ATTRIBUTES: GlobalVariable['attributes'] = {
  section: null,
  alwaysInline: false,
  noInline: false,
  used: false,
  hidden: false,
  naked: false,
  error: null,
  warning: null,
  declTags: [],
  noreturn: false,
  pure: false,
};

/** `({ … })`: the value of its last statement when that is an expression. */
export function checkStatementExpr(c: Checker, syntax: Of<'statementExpr'>): Expr {
  if (c.currentFunction === null || c.body === null) {
    reportError(c.problems, 'c-statement', syntax, 'statement expression not allowed at file scope');
    return errorExpr(syntax);
  }
  const outer = c.scope;
  const { labels } = c.body;
  c.scope = innerScope(outer);
  const body = checkBlockItems(c, syntax.body.items, true);
  warnAboutUnusedNames(c, c.scope);
  c.scope = outer;
  c.body.labels = labels;
  return withValue(c, body, syntax);
}

function isValue(item: StatementSyntax | undefined): boolean {
  return item?.kind === 'label' ? isValue(item.body) : item?.kind === 'expression';
}

function withValue(c: Checker, body: Statement[], syntax: Of<'statementExpr'>): Expr {
  const { start, end } = syntax;
  const last = body.at(-1);
  const isLast = isValue(syntax.body.items.at(-1));
  if (last?.kind !== 'expression' || !isLast)
    return { kind: 'statementExpr', body, value: null, type: VOID, start, end };
  if (last.expr.kind === 'error') return errorExpr(syntax);
  const value = valueOf(c, last.expr);
  if (value.kind === 'error') return errorExpr(syntax);
  return { kind: 'statementExpr', body: body.slice(0, -1), value, type: value.type, start, end };
}
