/** Says which variables are read before anything was stored in them. Mirrors clang's AnalysisBasedWarnings.cpp (v19). */
import type { Range } from '../places.ts';
import { type ProblemNote, reportWarning } from '../problem.ts';
import type { LocalVariable, Statement } from '../typed.ts';
import type { Checker } from './checker.ts';
import { flowGraph } from './flowGraph.ts';
import { asEnum, asRecord, isPointer } from './typeQueries.ts';
import { uninitialisedUses, type UninitialisedBranch, type UninitialisedUse } from './uninitialised.ts';

export function warnAboutUninitialised(c: Checker, body: Statement): void {
  const graph = flowGraph(body);
  for (const [variable, uses] of uninitialisedUses(graph)) {
    const [worst] = uses.toSorted((a, b) => RANK[a.kind] - RANK[b.kind] || a.at.start - b.at.start);
    if (worst === undefined) continue;
    if (!graph.selfInitialised.has(variable)) report(c, variable, worst);
    else if (worst.kind === 'always' && variable.initAt !== undefined) reportSelf(c, variable, variable.initAt);
  }
}

const RANK: Readonly<Record<UninitialisedUse['kind'], number>> = {
  always: 0,
  afterDeclaration: 1,
  sometimes: 2,
  maybe: 3,
};

function report(c: Checker, variable: LocalVariable, use: UninitialisedUse): void {
  const { initAt } = variable;
  if (initAt !== undefined && use.at.start >= initAt.start && use.at.end <= initAt.end) reportSelf(c, variable, use.at);
  else if (use.kind === 'always') reportAlways(c, variable, use);
  else if (use.kind === 'afterDeclaration') reportDeclaration(c, variable, use);
  else reportBranches(c, variable, use);
}

function reportSelf(c: Checker, variable: LocalVariable, at: Range): void {
  const message = `variable '${variable.name}' is uninitialized when used within its own initialization`;
  reportWarning(c.problems, 'uninitialized', at, message);
}

function reportAlways(c: Checker, variable: LocalVariable, { at }: UninitialisedUse): void {
  reportWarning(c.problems, 'uninitialized', at, `variable '${variable.name}' is uninitialized when used here`, {
    notes: [initialiseNote(variable)],
    fix: initialiseFix(variable),
  });
}

function reportDeclaration(c: Checker, variable: LocalVariable, { at }: UninitialisedUse): void {
  const message = `variable '${variable.name}' is used uninitialized whenever its declaration is reached`;
  reportWarning(c.problems, 'sometimes-uninitialized', variable.declaredAt, message, {
    notes: [useNote(at), initialiseNote(variable)],
    fix: initialiseFix(variable),
  });
}

/** clang puts the last note behind the last of the branches. */
function reportBranches(c: Checker, variable: LocalVariable, { at, branches }: UninitialisedUse): void {
  const told = branches.flatMap((branch) => wordsOf(branch) ?? []);
  told.forEach(({ at: place, when, notes }, i) => {
    const message = `variable '${variable.name}' is used uninitialized whenever ${when}`;
    reportWarning(c.problems, 'sometimes-uninitialized', place, message, {
      notes: [useNote(at), ...notes, ...(i === told.length - 1 ? [initialiseNote(variable)] : [])],
      fix: initialiseFix(variable),
    });
  });
}

interface Told {
  readonly at: Range;
  readonly when: string;
  readonly notes: readonly ProblemNote[];
}

/** Null for what clang has no words for. */
function wordsOf({ branching, label, onTrue }: UninitialisedBranch): Told | null {
  const { word, at, start } = branching;
  const not = onTrue ? 'false' : 'true';
  const remove = (what: string, place: Range): ProblemNote[] => [
    { at: place, message: `remove the ${what} always ${not}` },
  ];
  switch (word) {
    case 'if':
      return {
        at,
        when: `'if' condition is ${onTrue}`,
        notes: remove("'if' if its condition is", { start, end: start + word.length }),
      };
    case '?:':
    case '&&':
    case '||':
      return { at, when: `'${word}' condition is ${onTrue}`, notes: remove(`'${word}' if its condition is`, at) };
    case 'while':
    case 'for': {
      const how = onTrue ? 'is entered' : 'exits because its condition is false';
      return { at, when: `'${word}' loop ${how}`, notes: remove('condition if it is', at) };
    }
    case 'do': {
      const how = onTrue ? 'condition is true' : 'exits because its condition is false';
      return { at, when: `'do' loop ${how}`, notes: remove('condition if it is', at) };
    }
    case 'switch':
      return label === null ? null : { at: label.at, when: `switch ${label.word} is taken`, notes: [] };
    case 'elvis':
      return null;
  }
}

function useNote(at: Range): ProblemNote {
  return { at, message: 'uninitialized use occurs here' };
}

function hasZero({ type }: LocalVariable): boolean {
  return asEnum(type) === null && asRecord(type) === null;
}

function initialiseNote(variable: LocalVariable): ProblemNote {
  const { name, declaredAt } = variable;
  if (!hasZero(variable)) return { at: declaredAt, message: `variable '${name}' is declared here` };
  const { end } = declaredAt;
  return { at: { start: end, end }, message: `initialize the variable '${name}' to silence this warning` };
}

function initialiseFix(variable: LocalVariable): { title: string; edits: { at: Range; text: string }[] } | null {
  if (!hasZero(variable)) return null;
  const { end } = variable.declaredAt;
  const value = isPointer(variable.type) ? '((void *)0)' : '0';
  return { title: `Initialize '${variable.name}'`, edits: [{ at: { start: end, end }, text: ` = ${value}` }] };
}
