/**
 * Turns stack memory that is only read and written as a whole into SSA values ("mem2reg"): phis where paths meet and the
 * value is still wanted. What was never written reads 0. Algorithm: Cytron et al., "Efficiently Computing Static Single
 * Assignment Form" (1991), with phis only where the variable is live.
 */
import { dominatorsOf, type Dominators } from '../ir/dominators.ts';
import {
  constant,
  newInstr,
  replaceAll,
  resolve,
  setInstrs,
  successorsOf,
  undefinedValue,
  usersOf,
  type Users,
} from '../ir/edit.ts';
import type { Block, Constant, Instr, IrFunction, Value } from '../ir/ir.ts';
import { addressedFunction } from './callGraph.ts';
import { removeUnreachable } from './cleanCfg.ts';
import { dominanceFrontiers } from './frontiers.ts';

type Alloca = Instr & { op: 'alloca' };
type ScalarType = Constant['type'];

/** A variable that becomes a value. */
interface Variable {
  readonly alloca: Alloca;
  readonly type: ScalarType;
}

/** True when something was promoted. */
export function promote(fn: IrFunction): boolean {
  return promoteThose(fn, () => true);
}

/** What variables may take of the 512 bytes of a frame: the rest is for what the back end puts there. */
const MOST_NAMED_BYTES = 384;

/**
 * Leaves the variables that have names in memory, as far as there is room for them: those of the function itself come
 * before those of inlined calls. Pointers to functions do not stay there: what is called must be known.
 */
export function promoteUnnamed(fn: IrFunction): boolean {
  const functions = functionVariables(fn);
  const allocas = fn.blocks[0]?.instrs.filter((instr) => instr.op === 'alloca' && !functions.has(instr)) as Alloca[];
  const kept = new Set<Instr>();
  let bytes = 0;
  for (const alloca of allocas.toSorted((a, b) => depthOf(a) - depthOf(b))) {
    bytes += Math.ceil(alloca.sizeBytes / 8) * 8;
    if (alloca.variable !== null && bytes <= MOST_NAMED_BYTES) kept.add(alloca);
  }
  return promoteThose(fn, (alloca) => !kept.has(alloca));
}

/** Where functions are called from, or their addresses are put. */
function functionVariables(fn: IrFunction): Set<Value> {
  const found = new Set<Value>();
  for (const { instrs } of fn.blocks) {
    for (const instr of instrs) {
      const [first, second] = instr.args;
      if (instr.op === 'store' && first && second && addressedFunction(second)) found.add(first);
      if (instr.op !== 'call' || instr.callee.kind !== 'value') continue;
      if (first?.op === 'load' && first.args[0]) found.add(first.args[0]);
    }
  }
  return found;
}

/** Of what cannot become a value nothing is left to choose, so it is counted first. */
function depthOf({ sizeBytes, inlinedAt }: Alloca): number {
  if (sizeBytes > 8) return -1;
  let depth = 0;
  for (let call = inlinedAt; call !== null; call = call.parent) depth++;
  return depth;
}

function promoteThose(fn: IrFunction, wanted: (alloca: Alloca) => boolean): boolean {
  const entry = fn.blocks[0];
  const allocas = entry?.instrs.filter((instr) => instr.op === 'alloca') ?? [];
  if (allocas.length === 0) return false;
  removeUnreachable(fn);
  const users = usersOf(fn, true);
  const variables = new Map<Value, Variable>();
  for (const alloca of allocas) {
    if (!wanted(alloca)) continue;
    const type = promotableType(alloca, users.of(alloca));
    if (type) variables.set(alloca, { alloca, type });
  }
  if (variables.size === 0) return false;
  const dominators = dominatorsOf(fn);
  const phis = placePhis(fn, variables, users, dominators);
  rename(fn, variables, phis, dominators);
  return true;
}

/** Null when it must stay in memory. */
function promotableType(alloca: Alloca, users: readonly Instr[]): ScalarType | null {
  const size = alloca.sizeBytes;
  if (size !== 1 && size !== 2 && size !== 4 && size !== 8) return null;
  let pointers = 0;
  for (const user of users) {
    if (user.op !== 'load' && user.op !== 'store') return null;
    if (user.args[0] !== alloca || user.args[1] === alloca) return null;
    if (user.volatile || user.off !== 0 || user.size !== size) return null;
    const value = user.op === 'load' ? user : user.args[1];
    if (value?.type === 'ptr') pointers++;
  }
  if (size < 8) return 'i32';
  return pointers > 0 ? 'ptr' : 'i64';
}

/** By block: the phis that it needs, with their variables. */
type Phis = Map<Block, Map<Variable, Instr>>;

function placePhis(fn: IrFunction, variables: Map<Value, Variable>, users: Users, dominators: Dominators): Phis {
  const phis: Phis = new Map();
  let frontiers: Map<Block, Set<Block>> | null = null;
  for (const variable of variables.values()) {
    const accesses = users.of(variable.alloca);
    const stores = new Set(accesses.filter(({ op }) => op === 'store').map(({ block }) => block as Block));
    if (stores.size === 0 || isLocal(accesses)) continue;
    frontiers ??= dominanceFrontiers(dominators);
    const live = liveBlocks(accesses, stores, variable.alloca);
    for (const block of iterated(stores, frontiers)) {
      if (!live.has(block)) continue;
      const { place } = variable.alloca;
      const phi = newInstr(fn, { op: 'phi', type: variable.type, args: [], place, inlinedAt: null }) as Instr;
      const known = phis.get(block) ?? new Map<Variable, Instr>();
      phis.set(block, known.set(variable, phi));
    }
  }
  return phis;
}

/** All in one block that begins with a store: no path can bring another value. */
function isLocal(accesses: readonly Instr[]): boolean {
  const [first] = accesses;
  return first?.op === 'store' && accesses.every(({ block }) => block === first.block);
}

/** The blocks at whose beginning the variable's value is wanted. */
function liveBlocks(accesses: readonly Instr[], stores: ReadonlySet<Block>, alloca: Alloca): Set<Block> {
  const work = accesses.filter((one) => one.op === 'load' && isExposed(one, stores, alloca)).map(({ block }) => block);
  const live = new Set<Block>();
  for (let block = work.pop(); block; block = work.pop()) {
    if (live.has(block)) continue;
    live.add(block);
    for (const pred of block.preds) if (!stores.has(pred)) work.push(pred);
  }
  return live;
}

/** No store stands before it in its block. */
function isExposed(load: Instr, stores: ReadonlySet<Block>, alloca: Alloca): boolean {
  const block = load.block as Block;
  if (!stores.has(block)) return true;
  for (const instr of block.instrs) {
    if (instr === load) return true;
    if (instr.op === 'store' && instr.args[0] === alloca) return false;
  }
  return true;
}

function iterated(stores: ReadonlySet<Block>, frontiers: ReadonlyMap<Block, ReadonlySet<Block>>): Set<Block> {
  const found = new Set<Block>();
  const work = [...stores];
  for (let block = work.pop(); block; block = work.pop()) {
    for (const to of frontiers.get(block) ?? []) {
      if (found.has(to)) continue;
      found.add(to);
      work.push(to);
    }
  }
  return found;
}

interface Renaming {
  readonly fn: IrFunction;
  readonly variables: ReadonlyMap<Value, Variable>;
  readonly phis: Phis;
  readonly current: Map<Variable, Value>;
  readonly replaced: Map<Value, Value>;
}

/** Walks the tree of dominators with the value that each variable has. */
function rename(fn: IrFunction, variables: Map<Value, Variable>, phis: Phis, dominators: Dominators): void {
  const state: Renaming = { fn, variables, phis, current: new Map(), replaced: new Map() };
  const [entry] = dominators.order;
  const stack: { block: Block; next: number; undo: [Variable, Value | undefined][] }[] = [];
  const enter = (block: Block): void => void stack.push({ block, next: 0, undo: renameBlock(state, block) });
  if (entry) enter(entry);
  for (let top = stack.at(-1); top; top = stack.at(-1)) {
    const child = dominators.children[dominators.index.get(top.block) ?? 0]?.[top.next++];
    if (child) {
      enter(child);
      continue;
    }
    stack.pop();
    for (const [variable, before] of top.undo.reverse()) {
      if (before) state.current.set(variable, before);
      else state.current.delete(variable);
    }
  }
  replaceAll(fn, state.replaced);
}

function renameBlock(state: Renaming, block: Block): [Variable, Value | undefined][] {
  const undo: [Variable, Value | undefined][] = [];
  const define = (variable: Variable, value: Value): void => {
    undo.push([variable, state.current.get(variable)]);
    state.current.set(variable, value);
  };
  const out: Instr[] = [];
  const said: Instr[] = [];
  for (const [variable, phi] of state.phis.get(block) ?? []) {
    out.push(phi);
    define(variable, phi);
    sayValue(state, variable, phi, phi, said);
  }
  for (const instr of block.instrs) {
    if (instr.op !== 'phi' && said.length > 0) out.push(...said.splice(0));
    renameInstr(state, instr, out, define);
  }
  setInstrs(block, out);
  fillPhis(state, block);
  return undo;
}

function renameInstr(
  state: Renaming,
  instr: Instr,
  out: Instr[],
  define: (variable: Variable, value: Value) => void,
): void {
  const variable = state.variables.get(instr.op === 'alloca' ? instr : (instr.args[0] ?? instr));
  if (variable && instr.op === 'debugValue') instr.args = [];
  if (!variable || (instr.op !== 'load' && instr.op !== 'store' && instr.op !== 'alloca')) {
    out.push(instr);
    return;
  }
  if (instr.op === 'load') state.replaced.set(instr, loaded(state, variable, instr, out));
  if (instr.op !== 'store') return;
  const value = stored(state, variable, instr, out);
  define(variable, value);
  sayValue(state, variable, value, instr, out);
}

/** The variable's value as the load's type has it. */
function loaded(state: Renaming, variable: Variable, load: Instr & { op: 'load' }, out: Instr[]): Value {
  const { fn } = state;
  const known = state.current.get(variable);
  if (!known || (known.op === 'const' && known.undefined)) return undefinedValue(fn, load.type as ScalarType);
  const value = resolve(state.replaced, known);
  const { type } = variable;
  if (type === 'ptr') return load.type === 'ptr' ? value : convert(fn, 'ptrToInt', 'i64', value, load, out);
  if (type === 'i64') return load.type === 'ptr' ? convert(fn, 'intToPtr', 'ptr', value, load, out) : value;
  const bits = load.size === 1 ? '8' : '16';
  const narrow =
    load.size === 4 ? value : convert(fn, load.signed ? `sext${bits}` : `zext${bits}`, 'i32', value, load, out);
  if (load.type === 'i32') return narrow;
  const wide = convert(fn, load.signed ? 'sext' : 'zext', 'i64', narrow, load, out);
  return load.type === 'ptr' ? convert(fn, 'intToPtr', 'ptr', wide, load, out) : wide;
}

/** The stored value as the variable's type has it. */
function stored(state: Renaming, variable: Variable, store: Instr & { op: 'store' }, out: Instr[]): Value {
  const { fn } = state;
  const value = resolve(state.replaced, store.args[1] as Value);
  const { type } = variable;
  if (value.type === type) return value;
  if (type === 'ptr') return convert(fn, 'intToPtr', 'ptr', value, store, out);
  const number = value.type === 'ptr' ? convert(fn, 'ptrToInt', 'i64', value, store, out) : value;
  return type === 'i64' ? number : convert(fn, 'trunc', 'i32', number, store, out);
}

function convert(
  fn: IrFunction,
  kind: (Instr & { op: 'convert' })['kind'],
  type: ScalarType,
  value: Value,
  from: Instr,
  out: Instr[],
): Value {
  if (value.op === 'const' && (kind === 'intToPtr' || kind === 'ptrToInt' || kind === 'trunc')) {
    return constant(fn, type, value.value);
  }
  const { place, inlinedAt } = from;
  const instr = newInstr(fn, { op: 'convert', kind, type, args: [value], place, inlinedAt }) as Instr;
  out.push(instr);
  return instr;
}

function sayValue(state: Renaming, { alloca }: Variable, value: Value, from: Instr, out: Instr[]): void {
  if (!alloca.variable) return;
  const { variable, variableOff: off, sizeBytes: size, inlinedAt } = alloca;
  const { place } = from;
  const args = [value];
  out.push(newInstr(state.fn, { op: 'debugValue', type: 'void', args, variable, off, size, place, inlinedAt }));
}

/** Gives the phis of the successors what the variables hold at the end of the block. */
function fillPhis(state: Renaming, block: Block): void {
  for (const to of successorsOf(block)) {
    const at = to.preds.indexOf(block);
    for (const [variable, phi] of state.phis.get(to) ?? []) {
      const value = state.current.get(variable) ?? undefinedValue(state.fn, variable.type);
      phi.args[at] = resolve(state.replaced, value);
    }
  }
}
