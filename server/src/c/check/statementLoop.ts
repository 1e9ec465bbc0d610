/** Loops. Source: C11 6.8.5. */
import type { LoopHints, StatementSyntax } from '../syntax.ts';
import type { Statement } from '../typed.ts';
import type { Checker } from './checker.ts';
import { declareInBlock } from './declare.ts';
import { checkExpr } from './expression.ts';
import { valueOf } from './nodes.ts';
import { innerScope } from './scope.ts';
import { checkCondition, checkExpressionStatement, checkStatement } from './statement.ts';
import { warnAboutFor } from './warnLoop.ts';
import { noteIgnored, warnAboutUnusedNames } from './warnUnusedNames.ts';
import { warnAboutUnusedValue } from './warnUnused.ts';

type Of<K extends StatementSyntax['kind']> = Extract<StatementSyntax, { kind: K }>;

function checkBody(c: Checker, body: StatementSyntax): Statement {
  c.body?.inside.push({ kind: 'loop' });
  const statement = checkStatement(c, body);
  c.body?.inside.pop();
  return statement;
}

function unrollOf(hints: LoopHints): number | null {
  return hints.unroll;
}

export function checkWhile(c: Checker, syntax: Of<'while' | 'do'>): Statement {
  const condition = checkCondition(c, syntax.condition, syntax);
  const body = checkBody(c, syntax.body);
  const { start, end } = syntax;
  return {
    kind: 'loop',
    word: 'while',
    init: [],
    condition,
    step: null,
    body,
    testLast: false,
    unroll: unrollOf(syntax.hints),
    start,
    end,
  };
}

export function checkDo(c: Checker, syntax: Of<'while' | 'do'>): Statement {
  const body = checkBody(c, syntax.body);
  const condition = checkCondition(c, syntax.condition, syntax);
  const { start, end } = syntax;
  return {
    kind: 'loop',
    word: 'do',
    init: [],
    condition,
    step: null,
    body,
    testLast: true,
    unroll: unrollOf(syntax.hints),
    start,
    end,
  };
}

/** The names that the head declares end with the loop. */
export function checkFor(c: Checker, syntax: Of<'for'>): Statement {
  const outer = c.scope;
  c.scope = innerScope(outer);
  const init = initOf(c, syntax.init);
  const condition = syntax.condition === null ? null : checkCondition(c, syntax.condition, syntax);
  const step = syntax.step === null ? null : checkExpr(c, syntax.step);
  if (step !== null && syntax.step !== null) {
    noteIgnored(c, syntax.step);
    warnAboutUnusedValue(c, step, syntax.step, 'statement');
  }
  const body = checkBody(c, syntax.body);
  warnAboutFor(c, syntax, { condition, step, body });
  warnAboutUnusedNames(c, c.scope);
  c.scope = outer;
  const { start, end } = syntax;
  const after = step === null ? null : valueOf(c, step);
  return {
    kind: 'loop',
    word: 'for',
    init,
    condition,
    step: after,
    body,
    testLast: false,
    unroll: unrollOf(syntax.hints),
    start,
    end,
  };
}

function initOf(c: Checker, init: Of<'for'>['init']): Statement[] {
  if (init === null) return [];
  return init.kind === 'declaration' ? declareInBlock(c, init) : [checkExpressionStatement(c, init)];
}
