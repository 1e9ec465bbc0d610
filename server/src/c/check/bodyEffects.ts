/** What checking a function's body does besides: noted, so that it can be done again without checking the body. */
import type { FunctionTokens } from '../syntax.ts';
import type { BodyEffect, Expr, FunctionSymbol, GlobalVariable, Initializer } from '../typed.ts';
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
  const outer = { used: c.used, named: c.named, met: c.met };
  const [complaints, functions, variables] = [c.problems.list.length, c.functions.size, c.variables.size];
  const own = { used: new Set<object>(), named: new Set<object>(), met: new Set<object>() };
  Object.assign(c, own);
  check();
  Object.assign(c, outer);
  for (const one of own.used) c.used.add(one);
  for (const one of own.named) c.named.add(one);
  if (c.problems.list.length > complaints) return;
  const isSeen = (one: FunctionSymbol | GlobalVariable): boolean => isOfFile(c, one) || own.met.has(one);
  if (![...newOnes(c.functions, functions), ...newOnes(c.variables, variables)].every(isSeen)) return;
  const effects = effectsOf(c, own);
  if (effects !== null) c.bodies.set(symbol, { tokens, effects });
}

function newOnes<T>(all: ReadonlyMap<string, T>, before: number): T[] {
  return all.size === before ? [] : [...all.values()].slice(before);
}

function isOfFile(c: Checker, one: FunctionSymbol | GlobalVariable): boolean {
  return c.fileScope.names.get(one.name) === one;
}

/** Null where something is met that is neither of the file nor a plain static variable. */
function effectsOf(c: Checker, { used, named, met }: Pick<Checker, 'used' | 'named' | 'met'>): BodyEffect[] | null {
  const effects: BodyEffect[] = [];
  for (const one of met as Set<Entity>) {
    if (one.kind !== 'function' && one.kind !== 'global') continue;
    const what = isOfFile(c, one) ? one.name : one.kind === 'global' && isPlain(one) ? one : null;
    if (what === null) return null;
    effects.push({ what, used: used.has(one), named: named.has(one) });
  }
  return effects;
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
export function repeatEffects(c: Checker, effects: readonly BodyEffect[]): void {
  for (const { what, used, named } of effects) {
    const entity = typeof what === 'string' ? lookupHere(c.fileScope, what) : what;
    if (entity === null) continue;
    if (entity === what) c.variables.set(what.name, what);
    if (used) c.used.add(entity);
    if (named) c.named.add(entity);
  }
}
