/** What checking a function's body does besides: noted, so that it can be done again without checking the body. */
import type { FunctionTokens } from '../syntax.ts';
import type { BodyEffects, Expr, FunctionSymbol, GlobalVariable, Initializer } from '../typed.ts';
import type { CType } from '../types.ts';
import type { Checker } from './checker.ts';
import { lookupHere, type Entity } from './scope.ts';

/** Checks a body and notes what it does, unless it is complained of or does what cannot be noted. */
export function checkNoting(
  c: Checker,
  symbol: FunctionSymbol,
  tokens: FunctionTokens | null,
  check: () => void,
): void {
  if (tokens === null) return check();
  const { used, named } = c;
  const [complaints, variables] = [c.problems.list.length, c.variables.size];
  c.used = new Set();
  c.named = new Set();
  check();
  const found: Found = { used: c.used, named: c.named, variables: newOnes(c.variables, variables) };
  c.used = withAll(used, found.used);
  c.named = withAll(named, found.named);
  const effects = c.problems.list.length > complaints ? null : effectsOf(c, found);
  if (effects !== null) c.bodies.set(symbol, { tokens, effects });
}

interface Found {
  readonly used: ReadonlySet<object>;
  readonly named: ReadonlySet<object>;
  readonly variables: readonly GlobalVariable[];
}

function newOnes<T>(all: ReadonlyMap<string, T>, before: number): T[] {
  return all.size === before ? [] : [...all.values()].slice(before);
}

function withAll(set: Set<object>, more: ReadonlySet<object>): Set<object> {
  for (const one of more) set.add(one);
  return set;
}

function effectsOf(c: Checker, found: Found): BodyEffects | null {
  const own = found.variables.filter((one) => c.fileScope.names.get(one.name) !== one);
  if (!own.every(isPlain)) return null;
  const known = new Set<object>(own);
  const [used, named] = [namesOf(c, found.used, known), namesOf(c, found.named, known)];
  return used === null || named === null ? null : { used, named, variables: own.filter((one) => found.used.has(one)) };
}

/** Of the functions and variables of the file; null where there are others that are not the body's own. */
function namesOf(c: Checker, entities: ReadonlySet<object>, own: ReadonlySet<object>): string[] | null {
  const names: string[] = [];
  for (const entity of entities as ReadonlySet<Entity>) {
    if ((entity.kind !== 'function' && entity.kind !== 'global') || own.has(entity)) continue;
    if (c.fileScope.names.get(entity.name) !== entity) return null;
    names.push(entity.name);
  }
  return names;
}

/** A static variable of numbers, as those of `bpf_printk`. */
function isPlain({ external, name, type, init }: GlobalVariable): boolean {
  return !external && !name.startsWith('.') && isPlainType(type) && (init === null || isPlainInitializer(init));
}

function isPlainType(type: CType): boolean {
  if (type.kind === 'array') return isPlainType(type.of);
  return type.kind === 'qualified' ? isPlainType(type.type) : type.kind === 'int' || type.kind === 'bool';
}

function isPlainInitializer(init: Initializer): boolean {
  const values = init.kind === 'value' ? [init.value] : init.entries.map(({ value }) => value);
  return values.every(isPlainValue) && (init.kind === 'value' || init.entries.every(({ type }) => isPlainType(type)));
}

function isPlainValue(value: Expr): boolean {
  return isPlainType(value.type) && (value.kind === 'string' || value.kind === 'constant');
}

/** Does what checking a body did. */
export function repeatEffects(c: Checker, { used, named, variables }: BodyEffects): void {
  for (const name of used) addTo(c.used, lookupHere(c.fileScope, name));
  for (const name of named) addTo(c.named, lookupHere(c.fileScope, name));
  for (const variable of variables) {
    c.variables.set(variable.name, variable);
    c.used.add(variable);
  }
}

function addTo(set: Set<object>, entity: Entity | null): void {
  if (entity !== null) set.add(entity);
}
