/** The checker of a translation unit: declarations in their order, bodies, and what headers say when it is asked for. */
import { reportError, reportWarning, type Problems } from '../problem.ts';
import type { Places } from '../places.ts';
import type { ExternalSyntax, FunctionSyntax, UnitSyntax } from '../syntax.ts';
import type { CheckedUnit, FunctionSymbol } from '../typed.ts';
import type { Checker } from './checker.ts';
import { declareAtFileScope } from './declare.ts';
import { fillFrom, type HeaderFiller } from './fileScope.ts';
import { checkBody, defineFunction } from './functions.ts';
import { RULES } from './rules.ts';
import type { Scope } from './scope.ts';
import { checkStaticAssert } from './statement.ts';
import { isUsed } from './warnUnusedNames.ts';

export function check(unit: UnitSyntax, places: Places, problems: Problems): CheckedUnit {
  const waiting: Waiting[] = [];
  const filler = fillFrom(unit.headers, (external) => declareExternal(c, external, waiting));
  const c = newChecker(places, problems, filler);
  for (const [i, external] of unit.externals.entries()) {
    filler.limit = unit.headers.before(i);
    declareExternal(c, external, isInHeader(c, external.start) ? waiting : null);
  }
  filler.limit = Number.POSITIVE_INFINITY;
  checkWaiting(c, waiting);
  reportUnusedFunctions(c);
  return {
    functions: [...c.functions.values()].filter((fn) => fn.body !== null || c.used.has(fn)),
    variables: [...c.variables.values()].filter((variable) => !variable.external || c.used.has(variable)),
    problems: problems.list,
  };
}

/** A function of a header, whose body is looked at only when something uses it. */
interface Waiting {
  readonly symbol: FunctionSymbol;
  readonly syntax: FunctionSyntax;
}

function newChecker(places: Places, problems: Problems, filler: HeaderFiller): Checker {
  const fileScope: Scope = { parent: null, names: new Map(), tags: new Map(), fill: filler };
  const c: Checker = {
    places, problems, fileScope, scope: fileScope, currentFunction: null, rules: RULES, functions: new Map(),
    variables: new Map(), body: null, used: new Set(), named: new Set(), preserve: false, unevaluated: false, addressed: false, depth: 0,
    inRecord: null,
  }; // prettier-ignore
  filler.checker = c;
  return c;
}

function isInHeader(c: Checker, place: number): boolean {
  return (c.places.written(place)?.file.includedAt ?? null) !== null;
}

/** `waiting`: where a function's body is put that need not be looked at yet. */
function declareExternal(c: Checker, external: ExternalSyntax, waiting: Waiting[] | null): void {
  switch (external.kind) {
    case 'declaration':
      return declareAtFileScope(c, external);
    case 'function': {
      const symbol = defineFunction(c, external);
      if (symbol === null) return;
      if (waiting !== null && canWait(symbol)) waiting.push({ symbol, syntax: external });
      else checkBody(c, symbol, external);
      return;
    }
    case 'staticAssert':
      return checkStaticAssert(c, external);
    case 'fileAsm':
      return reportError(c.problems, 'unsupported-c', external, 'assembly outside of functions is not supported');
  }
}

/** Nobody sees it but this unit. */
function canWait({ linkage, inline, attributes }: FunctionSymbol): boolean {
  return (linkage === 'internal' || inline) && !attributes.used;
}

/** What a body uses may be the next one to look at. */
function checkWaiting(c: Checker, waiting: readonly Waiting[]): void {
  const done = new Set<FunctionSymbol>();
  for (let again = true; again;) {
    again = false;
    for (const { symbol, syntax } of waiting) {
      if (done.has(symbol) || !c.used.has(symbol)) continue;
      done.add(symbol);
      checkBody(c, symbol, syntax);
      again = true;
    }
  }
}

/** As -Wunused-function does, of the main file. */
function reportUnusedFunctions(c: Checker): void {
  for (const symbol of c.functions.values()) {
    const { linkage, inline, attributes, declaredAt, definedAt, name } = symbol;
    if (linkage !== 'internal' || inline || attributes.used || definedAt === null || isUsed(c, symbol)) continue;
    if (isInHeader(c, declaredAt.start)) continue;
    reportWarning(c.problems, 'unused-function', declaredAt, `unused function '${name}'`);
  }
}
