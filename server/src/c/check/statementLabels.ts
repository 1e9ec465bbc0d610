/** Labels and `goto`. Source: C11 6.8.1, 6.8.6.1; GNU C's `__label__`. */
import { reportError, reportWarning } from '../problem.ts';
import type { NameSyntax, StatementSyntax } from '../syntax.ts';
import type { Label, Statement } from '../typed.ts';
import type { LabelScope, LabelState } from './bodyState.ts';
import type { Checker } from './checker.ts';
import { checkStatement, nothing } from './statement.ts';

type Of<K extends StatementSyntax['kind']> = Extract<StatementSyntax, { kind: K }>;

export function newLabels(parent: LabelScope | null): LabelScope {
  return { parent, labels: new Map() };
}

export function declareLocalLabels(c: Checker, names: readonly NameSyntax[]): void {
  if (c.body === null) return;
  c.body.labels = newLabels(c.body.labels);
  for (const name of names) c.body.labels.labels.set(name.text, newLabel(name));
}

function newLabel(name: NameSyntax): LabelState {
  const { start, end } = name;
  return { label: { name: name.text, declaredAt: { start, end } }, definedAt: null, used: false };
}

/** Of the innermost `__label__` of that name, or of the function. */
function labelNamed(c: Checker, name: NameSyntax): LabelState | null {
  let scope = c.body?.labels ?? null;
  for (; scope !== null; scope = scope.parent) {
    const found = scope.labels.get(name.text);
    if (found !== undefined) return found;
    if (scope.parent !== null) continue;
    const made = newLabel(name);
    scope.labels.set(name.text, made);
    return made;
  }
  return null;
}

export function checkLabel(c: Checker, syntax: Of<'label'>): Statement {
  const state = labelNamed(c, syntax.name);
  const { start, end } = syntax;
  if (state === null) return nothing(syntax);
  if (state.definedAt !== null) {
    const notes = [{ at: state.definedAt, message: 'previous definition is here' }];
    reportError(c.problems, 'c-statement', syntax.name, `redefinition of label '${syntax.name.text}'`, { notes });
    return checkStatement(c, syntax.body);
  }
  state.definedAt = { start: syntax.name.start, end: syntax.name.end };
  if (syntax.attributes.some(({ name }) => name === 'unused')) state.used = true;
  return { kind: 'label', label: state.label, body: checkStatement(c, syntax.body), start, end };
}

export function checkGoto(c: Checker, syntax: Of<'goto'>): Statement {
  const label = useLabel(c, syntax.name);
  const { start, end } = syntax;
  return label === null ? nothing(syntax) : { kind: 'goto', label, start, end };
}

export function useLabel(c: Checker, name: NameSyntax): Label | null {
  const state = labelNamed(c, name);
  if (state === null) return null;
  state.used = true;
  return state.label;
}

/** At the end of the function: labels that are nowhere, and those that nobody jumps to. */
export function finishLabels(c: Checker, { labels }: LabelScope): void {
  for (const [name, { label, definedAt, used }] of labels) {
    if (definedAt === null)
      reportError(c.problems, 'c-undeclared', label.declaredAt, `use of undeclared label '${name}'`);
    else if (!used) reportWarning(c.problems, 'unused-label', definedAt, `unused label '${name}'`);
  }
}
