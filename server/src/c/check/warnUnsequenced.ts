/**
 * A variable that one expression changes twice, or changes and reads, in no order: `i = i++`. Mirrors SequenceChecker of
 * clang's SemaChecking.cpp (v19) for C.
 */
import { reportWarning } from '../problem.ts';
import type { Expr, GlobalVariable, LocalVariable, Statement } from '../typed.ts';
import { partsOfExpr, partsOfStatement } from '../typedParts.ts';
import type { Checker } from './checker.ts';
import { evaluate, truthOf } from './constant.ts';

type Variable = LocalVariable | GlobalVariable;
type Of<K extends Expr['kind']> = Extract<Expr, { kind: K }>;

/** A change whose value is used, one that happens at some time up to the next sequence point, and a read. */
type UsageKind = 'value' | 'effect' | 'use';

interface Usage {
  readonly by: Expr;
  readonly region: number;
}

interface Known {
  readonly uses: Map<UsageKind, Usage>;
  told: boolean;
}

export function warnAboutUnsequenced(c: Checker, body: Statement): void {
  const { exprs, statements } = partsOfStatement(body);
  for (const expr of exprs) {
    new Sequence(c).visit(expr);
    inside(c, expr);
  }
  for (const statement of statements) warnAboutUnsequenced(c, statement);
}

/** Statements in an expression have expressions of their own. */
function inside(c: Checker, expr: Expr): void {
  const { exprs, statements } = partsOfExpr(expr);
  for (const one of exprs) inside(c, one);
  for (const statement of statements) warnAboutUnsequenced(c, statement);
  if (expr.kind === 'statementExpr' && expr.value !== null) new Sequence(c).visit(expr.value);
}

/** One full expression: a tree of regions, of which brothers are sequenced and a parent and its children are not. */
class Sequence {
  private readonly c: Checker;
  private readonly parents: number[] = [0];
  private readonly merged = new Set<number>();
  private readonly known = new Map<Variable, Known>();
  private region = 0;
  /** Side effects since the last sequence point, with what they took the place of. */
  private effects: [Variable, Usage | undefined][] | null = null;

  constructor(c: Checker) {
    this.c = c;
  }

  visit(expr: Expr): void {
    switch (expr.kind) {
      case 'load':
        return this.load(expr);
      case 'assign':
      case 'update':
        return this.assign(expr);
      case 'advance':
      case 'increment':
        return this.step(expr);
      case 'comma':
        return this.comma(expr);
      case 'logical':
        return this.logical(expr);
      case 'conditional':
        return this.conditional(expr);
      case 'call':
        return this.sequenced(() => this.parts(expr));
      case 'statementExpr':
        return;
      default:
        return this.parts(expr);
    }
  }

  private parts(expr: Expr): void {
    for (const part of partsOfExpr(expr).exprs) this.visit(part);
  }

  private load(expr: Of<'load'>): void {
    const variable = objectOf(expr.object, false);
    if (variable !== null) this.check(variable, expr, 'value', false);
    this.parts(expr);
    if (variable !== null) this.use(variable, expr);
  }

  private use(variable: Variable, expr: Expr): void {
    this.check(variable, expr, 'effect', false);
    this.add(variable, expr, 'use');
  }

  private assign(expr: Of<'assign' | 'update'>): void {
    const variable = objectOf(expr.target, true);
    if (variable !== null) this.beforeChange(variable, expr);
    this.visit(expr.target);
    if (variable !== null && expr.kind === 'update') this.use(variable, expr);
    this.visit(expr.value);
    if (variable !== null) this.afterChange(variable, expr);
  }

  private step(expr: Of<'advance' | 'increment'>): void {
    const variable = objectOf(expr.target, true);
    if (variable !== null) this.beforeChange(variable, expr);
    const isAssignment = expr.kind === 'advance' && expr.step.kind !== 'constant';
    this.visit(expr.target);
    if (variable !== null && isAssignment) this.use(variable, expr);
    if (isAssignment) this.visit(expr.step);
    if (variable !== null) this.afterChange(variable, expr);
  }

  private beforeChange(variable: Variable, expr: Expr): void {
    this.check(variable, expr, 'value', true);
    this.check(variable, expr, 'use', false);
  }

  private afterChange(variable: Variable, expr: Expr): void {
    this.check(variable, expr, 'effect', true);
    this.add(variable, expr, 'effect');
  }

  private comma({ first, second }: Of<'comma'>): void {
    const [before, after, outer] = [this.allocate(), this.allocate(), this.region];
    this.sequenced(() => this.within(before, first));
    this.within(after, second);
    this.end(outer, before, after);
  }

  private logical({ op, left, right }: Of<'logical'>): void {
    const [before, after, outer] = [this.allocate(), this.allocate(), this.region];
    this.sequenced(() => this.within(before, left));
    if (truthOf(evaluate(left, false)) !== (op === 'or')) this.within(after, right);
    this.end(outer, before, after);
  }

  private conditional({ condition, then, otherwise }: Of<'conditional'>): void {
    const [before, yes, no, outer] = [this.allocate(), this.allocate(), this.allocate(), this.region];
    this.sequenced(() => this.within(before, condition));
    if (then !== null) this.within(yes, then);
    this.within(no, otherwise);
    this.end(outer, before, yes, no);
  }

  private within(region: number, expr: Expr): void {
    this.region = region;
    this.visit(expr);
  }

  private allocate(): number {
    this.parents.push(this.region);
    return this.parents.length - 1;
  }

  private end(outer: number, ...regions: readonly number[]): void {
    this.region = outer;
    for (const region of regions) this.merged.add(region);
  }

  /** What happens in there is over when it ends. */
  private sequenced(visit: () => void): void {
    const outer = this.effects;
    const own: [Variable, Usage | undefined][] = [];
    this.effects = own;
    visit();
    for (const [variable, before] of own.toReversed()) {
      const { uses } = this.of(variable);
      const effect = uses.get('effect');
      if (effect !== undefined) this.add(variable, effect.by, 'value');
      if (before === undefined) uses.delete('effect');
      else uses.set('effect', before);
    }
    this.effects = outer;
  }

  private of(variable: Variable): Known {
    const known = this.known.get(variable) ?? { uses: new Map<UsageKind, Usage>(), told: false };
    this.known.set(variable, known);
    return known;
  }

  private add(variable: Variable, by: Expr, kind: UsageKind): void {
    const { uses } = this.of(variable);
    const before = uses.get(kind);
    if (before !== undefined && this.isUnsequenced(before.region)) return;
    if (kind === 'effect') this.effects?.push([variable, before]);
    uses.set(kind, { by, region: this.region });
  }

  private check(variable: Variable, expr: Expr, other: UsageKind, bothChange: boolean): void {
    const known = this.of(variable);
    const usage = known.uses.get(other);
    if (known.told || usage === undefined || !this.isUnsequenced(usage.region)) return;
    known.told = true;
    const change = other === 'use' ? expr : usage.by;
    const what = bothChange ? 'multiple unsequenced modifications' : 'unsequenced modification and access';
    const at = { start: change.caret ?? change.start, end: change.end };
    reportWarning(this.c.problems, 'unsequenced', at, `${what} to '${variable.name}'`);
  }

  private isUnsequenced(old: number): boolean {
    const target = this.representative(old);
    let at = this.representative(this.region);
    while (at > target) at = this.representative(this.parents[at] ?? 0);
    return at === target;
  }

  private representative(region: number): number {
    let at = region;
    while (this.merged.has(at)) at = this.parents[at] ?? 0;
    return at;
  }
}

/** The variable that an lvalue is; what an assignment in it changes counts where it is changed again. */
function objectOf(expr: Expr, changed: boolean): Variable | null {
  switch (expr.kind) {
    case 'variable':
      return expr.variable;
    case 'convert':
      return objectOf(expr.operand, changed);
    case 'comma':
      return objectOf(expr.second, changed);
    case 'assign':
    case 'update':
      return changed ? objectOf(expr.target, changed) : null;
    default:
      return null;
  }
}
