/** A checked program in the compiler's intermediate language: what is emitted, and all that it mentions. */
import type { Assumptions } from '../compile.ts';
import type { IrModule } from '../ir/ir.ts';
import { reportError, type Problems } from '../problem.ts';
import type { CheckedUnit, FunctionSymbol, GlobalVariable } from '../typed.ts';
import { lowerData } from './data.ts';
import { dataOrder } from './dataOrder.ts';
import { lowerFunction } from './function.ts';
import { writtenVariables } from './purity.ts';
import type { UnitState } from './state.ts';
import { isExtern, symbolOf } from './symbol.ts';

/** What cannot be lowered is reported; the module is of no use then. */
export function lower(
  unit: CheckedUnit,
  problems: Problems,
  { strictAliasing = true, noOverflow = true }: Assumptions = {},
): IrModule {
  const module: IrModule = { functions: new Map(), data: new Map() };
  const state: UnitState = {
    module,
    fail: (range, message) => reportError(problems, 'unsupported-c', range, message),
    symbols: new Map(),
    literals: new Map(),
    images: new Map(),
    pending: [],
    assumes: { strictAliasing, noOverflow },
    written: writtenVariables(unit),
  };
  for (const declared of [...unit.functions, ...unit.variables]) if (isEmitted(declared)) symbolOf(state, declared);
  for (let at = 0; at < state.pending.length; at++) lowerPending(state, state.pending[at]);
  return inOrder(unit, module);
}

/** Definitions that others may see, and those that say `used`. `inline` alone makes none (C11 6.7.4p7). */
function isEmitted(declared: FunctionSymbol | GlobalVariable): boolean {
  if (isExtern(declared)) return false;
  if (declared.attributes.used) return true;
  if (declared.kind === 'function' && declared.inline && declared.linkage === 'external') return false;
  return declared.linkage !== 'internal';
}

function lowerPending(state: UnitState, declared: FunctionSymbol | GlobalVariable | undefined): void {
  if (declared?.kind === 'function') state.module.functions.set(declared.label, lowerFunction(state, declared));
  else if (declared) state.module.data.set(declared.name, lowerData(state, declared));
}

/** Functions in the order of declaration, whoever mentioned them first; data as clang has them. */
function inOrder(unit: CheckedUnit, module: IrModule): IrModule {
  const functions: IrModule['functions'] = new Map();
  for (const { label } of unit.functions) {
    const fn = module.functions.get(label);
    if (fn) functions.set(label, fn);
  }
  for (const [name, fn] of module.functions) functions.set(name, fn);
  const data: IrModule['data'] = new Map();
  for (const name of dataOrder(unit, module)) {
    const one = module.data.get(name);
    if (one) data.set(name, one);
  }
  for (const [name, one] of module.data) data.set(name, one);
  return { functions, data };
}
