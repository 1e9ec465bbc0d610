/** Checks a unit: all that is written becomes what it means. */
import type { Places } from '../places.ts';
import { reportWarning, type Problems } from '../problem.ts';
import type { UnitSyntax } from '../syntax.ts';
import type { CheckedUnit, FunctionSymbol, GlobalVariable } from '../typed.ts';
import type { Checker } from './checker.ts';
import { declareExternal } from './declare.ts';
import { finishGlobal } from './declareGlobal.ts';
import { headerFiller } from './headers.ts';
import { RULES } from './rules.ts';
import { warnAboutMisaligned } from './warnPacked.ts';
import { warnAboutUnusedAtFileLevel } from './warnUnusedFile.ts';
import type { Scope } from './scope.ts';

/** Bodies that are unchanged are checked when they are asked for: there is nothing to complain of. */
export function check(
  unit: UnitSyntax,
  places: Places,
  problems: Problems,
  unchanged: Checker['unchanged'] = new Map(),
): CheckedUnit {
  const checker = newChecker(unit, places, problems, unchanged);
  unit.externals.forEach((external, index) => {
    checker.visible = unit.headers.before(index);
    declareExternal(checker, external);
  });
  checker.visible = Number.POSITIVE_INFINITY;
  checkWaiting(checker);
  for (const variable of checker.variables.values()) finishGlobal(checker, variable);
  warnAboutMisaligned(checker);
  const functions = [...checker.functions.values()];
  warnAboutUnusedAtFileLevel(checker);
  warnAboutUndefined(checker, functions);
  return {
    scope: checker.fileScope,
    functions: functions.filter((one) => isWanted(checker, one, one.definedAt !== null)),
    variables: [...checker.variables.values()].filter((one) => isWanted(checker, one, !one.external)),
    bodies: checker.bodies,
    problems: problems.list,
  };
}

function newChecker(unit: UnitSyntax, places: Places, problems: Problems, unchanged: Checker['unchanged']): Checker {
  const fileScope: Scope = {
    parent: null,
    names: new Map(),
    tags: new Map(),
    fill: headerFiller(unit.headers, () => checker),
  };
  const checker: Checker = {
    places, problems, fileScope, scope: fileScope, currentFunction: null, rules: RULES, unchanged, bodies: new Map(), functions: new Map(),
    variables: new Map(), staticLocals: new Map(), body: null, used: new Set(), named: new Set(), met: new Set(), maybeUnused: new Set(), reads: new Map(), usage: new Map(), misaligned: new Map(), preserve: false, unevaluated: false,
    addressed: false, dead: false, inRecord: null, layouts: 0, depth: 0, putOff: false, visible: 0, waiting: new Map(),
  }; // prettier-ignore
  return checker;
}

/** Bodies of headers' functions that are used; what they use in turn comes behind them in the same set. */
function checkWaiting(c: Checker): void {
  for (const entity of c.used) {
    // Declared before its use and defined behind it, as BPF_PROG does in a header.
    const { kind, definedAt, name } = entity as FunctionSymbol;
    if (kind === 'function' && definedAt === null) c.fileScope.fill?.name(name);
    const check = c.waiting.get(entity as FunctionSymbol);
    if (check === undefined) continue;
    c.waiting.delete(entity as FunctionSymbol);
    check();
  }
}

/** What only this unit could see and does not use is left out, as clang does. */
function isWanted(c: Checker, one: FunctionSymbol | GlobalVariable, defined: boolean): boolean {
  if (c.used.has(one)) return true;
  return defined && (one.linkage !== 'internal' || one.attributes.used);
}

/** A static function that is called but not defined: nobody else could define it. */
function warnAboutUndefined(c: Checker, functions: readonly FunctionSymbol[]): void {
  if (c.problems.errors > 0) return;
  for (const one of functions) {
    if (one.definedAt !== null || one.linkage !== 'internal' || !c.used.has(one)) continue;
    const message = `function '${one.name}' has internal linkage but is not defined`;
    reportWarning(c.problems, 'undefined-internal', one.declaredAt, message);
  }
}
