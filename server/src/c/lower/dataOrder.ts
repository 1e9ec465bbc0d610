import type { IrFunction, IrModule } from '../ir/ir.ts';
import { mentionsOf, type Mention } from '../ir/mentions.ts';
import type { CheckedUnit, FunctionSymbol, GlobalVariable } from '../typed.ts';
import { nameOf } from './symbol.ts';

/**
 * Names of the variables in the order in which clang puts them into sections, which is what the maps of data look like
 * to loaders: when they are first mentioned by code that is emitted, or where they are defined with a value, behind what
 * the value mentions (loaders make maps in this order, and a map of maps needs those that are in it); those that are
 * neither come last. Follows CodeGenModule's EmitTopLevelDecl, EmitDeferred and EmitTentativeDefinition (clang v19).
 */
export function dataOrder(unit: CheckedUnit, module: IrModule): string[] {
  const order = new Set<string>();
  const done = new Set<string>();
  const functions = new Map([...module.functions.values()].map((fn) => [fn.symbol.name, fn]));
  const mention = (name: string): void => {
    const waiting = [name];
    for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
      const fn = functions.get(next);
      if (fn === undefined) order.add(next);
      else if (!done.has(next)) {
        done.add(next);
        waiting.push(...mentionedBy(fn));
      }
    }
  };
  const define = (name: string): void => {
    for (const { symbol } of module.data.get(name)?.relocations ?? []) mention(symbol.name);
    mention(name);
  };
  for (const declared of inSourceOrder(unit)) if (comesAtOnce(declared)) define(nameOf(declared));
  for (const { name } of unit.variables) order.add(name);
  return [...order];
}

function inSourceOrder({ functions, variables }: CheckedUnit): (FunctionSymbol | GlobalVariable)[] {
  const at = (one: FunctionSymbol | GlobalVariable): number =>
    (one.kind === 'function' ? (one.definedAt ?? one.declaredAt) : one.declaredAt).start;
  return [...functions, ...variables].toSorted((a, b) => at(a) - at(b));
}

/** What is not only emitted when something else mentions it. */
function comesAtOnce(declared: FunctionSymbol | GlobalVariable): boolean {
  const { attributes, linkage } = declared;
  if (declared.kind === 'global')
    return declared.init !== null && !declared.external && (linkage !== 'internal' || attributes.used);
  return declared.body !== null && (linkage !== 'internal' || attributes.used);
}

/** What a function's code speaks of: variables first, as they are made while its code is; then the functions it needs. */
function mentionedBy(fn: IrFunction): string[] {
  const mentions = mentionsOf(fn);
  const isFunction = ({ symbol, isCall }: Mention): boolean => isCall || symbol.kind === 'function';
  const variablesFirst = [...mentions.filter((one) => !isFunction(one)), ...mentions.filter(isFunction)];
  return [...new Set(variablesFirst.map(({ symbol }) => symbol.name))];
}
