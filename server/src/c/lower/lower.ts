/** A checked program in the compiler's intermediate language: what is emitted, and all that it mentions. */
import type { Assumptions } from '../compile.ts';
import type { IrModule } from '../ir/ir.ts';
import { mentionsOf } from '../ir/mentions.ts';
import { reportError, type Problems } from '../problem.ts';
import type { CheckedUnit, FunctionSymbol, GlobalVariable } from '../typed.ts';
import { lowerData } from './data.ts';
import { dataOrder } from './dataOrder.ts';
import { lowerFunction } from './function.ts';
import { writtenBy, writtenByData } from './purity.ts';
import { standIn } from './standIn.ts';
import type { LoweredFunction, UnitState } from './state.ts';
import { isExtern, nameOf, symbolOf } from './symbol.ts';

export interface LoweredUnit {
  readonly module: IrModule;
  /** By name. */
  readonly functions: ReadonlyMap<string, LoweredFunction>;
  /** Names of the static variables that something writes to or takes the address of. */
  readonly written: ReadonlySet<string>;
}

/** What an earlier unit was made of, where that is the same: of its functions only mentions are made. */
export interface KnownUnit {
  readonly functions: ReadonlyMap<string, LoweredFunction>;
  readonly written: ReadonlySet<string>;
}

/**
 * What cannot be lowered is reported; the module is of no use then. Null where what is known does not hold: other code
 * than that of its functions matters to them.
 */
export function lower(
  unit: CheckedUnit,
  problems: Problems,
  { strictAliasing = true, noOverflow = true }: Assumptions = {},
  known: KnownUnit | null = null,
): LoweredUnit | null {
  const writtenByFunction = new Map(unit.functions.map((fn) => [fn, writtenByOne(fn, known)]));
  const written = new Set([writtenByData(unit), ...writtenByFunction.values()].flatMap((names) => [...names]));
  if (known !== null && !isSame(written, known.written)) return null;
  const module: IrModule = { functions: new Map(), data: new Map() };
  const state: UnitState = {
    module,
    fail: (range, message) => reportError(problems, 'unsupported-c', range, message),
    symbols: new Map(),
    literals: new Map(),
    images: new Map(),
    pending: [],
    declared: new Map([...unit.variables, ...unit.functions].map((one) => [nameOf(one), one])),
    asked: new Map(),
    assumes: { strictAliasing, noOverflow },
    written,
  };
  for (const declared of [...unit.functions, ...unit.variables]) if (isEmitted(declared)) symbolOf(state, declared);
  const functions = new Map<string, LoweredFunction>();
  for (let at = 0; at < state.pending.length; at++) {
    const declared = state.pending[at]!;
    state.asked = new Map();
    if (declared.kind === 'global') {
      module.data.set(declared.name, lowerData(state, declared));
      continue;
    }
    const before = known?.functions.get(declared.label);
    const fn = before === undefined ? lowerFunction(state, declared) : standIn(state, declared, before);
    if (fn === null) return null;
    module.functions.set(declared.label, fn);
    const written = writtenByFunction.get(declared) ?? NOTHING;
    functions.set(declared.label, before ?? { asked: state.asked, mentions: mentionsOf(fn), written });
  }
  return { module: inOrder(unit, module), functions, written };
}

const NOTHING: ReadonlySet<string> = new Set();

function writtenByOne({ body, label }: FunctionSymbol, known: KnownUnit | null): ReadonlySet<string> {
  if (body === null) return NOTHING;
  return known?.functions.get(label)?.written ?? writtenBy(body());
}

function isSame(one: ReadonlySet<string>, other: ReadonlySet<string>): boolean {
  return one.size === other.size && [...one].every((name) => other.has(name));
}

/** Definitions that others may see, and those that say `used`. `inline` alone makes none (C11 6.7.4p7). */
function isEmitted(declared: FunctionSymbol | GlobalVariable): boolean {
  if (isExtern(declared)) return false;
  if (declared.attributes.used) return true;
  if (declared.kind === 'function' && declared.inline && declared.linkage === 'external') return false;
  return declared.linkage !== 'internal';
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
