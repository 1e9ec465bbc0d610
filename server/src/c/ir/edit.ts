/**
 * How functions of the intermediate language are made and changed. There are no use lists: a pass that needs uses builds
 * them with `usersOf` in one walk, and replaces many values at once with `replaceAll`, so that every pass stays linear.
 * Predecessors and the arguments of phis are kept right by the functions that change edges.
 */
import type { Place } from '../places.ts';
import type { Block, Constant, Instr, IrFunction, Param, Terminator, Value } from './ir.ts';

type Without<T, K extends PropertyKey> = T extends unknown ? Omit<T, K> : never;

/** What an instruction is, before it has a number and a block. */
export type InstrInit = Without<Instr, 'id' | 'block'>;
export type TerminatorInit = Without<Terminator, 'id' | 'block' | 'type'>;

/** Of a function that says nothing of itself. */
export const PLAIN_ATTRIBUTES: IrFunction['attributes'] = {
  alwaysInline: false,
  noInline: false,
  naked: false,
  error: null,
  warning: null,
  hidden: false,
  used: false,
  noreturn: false,
};

type FunctionInit = Pick<IrFunction, 'name' | 'symbol' | 'section' | 'returns' | 'attributes' | 'place'>;

/** A function without blocks; `params` get the first ids. */
export function newFunction(
  init: FunctionInit,
  params: readonly { readonly type: Param['type']; readonly name: string }[],
): IrFunction {
  return {
    ...init,
    params: params.map(({ type, name }, index) => ({ id: index, op: 'param', type, index, name })),
    blocks: [],
    nextId: params.length,
    constants: new Map(),
  };
}

/** A new block at the end of the function. The first one is its entry. */
export function newBlock(fn: IrFunction, label: string): Block {
  const block: Block = { id: fn.nextId++, label, unroll: null, instrs: [], preds: [] };
  fn.blocks.push(block);
  return block;
}

/** The one constant of that type and value; the value is cut to the type's width. */
export function constant(fn: IrFunction, type: Constant['type'], value: bigint | number): Constant {
  const cut = BigInt.asUintN(type === 'i32' ? 32 : 64, BigInt(value));
  const key = `${type} ${cut}`;
  const known = fn.constants.get(key);
  if (known) return known;
  const made: Constant = { id: fn.nextId++, op: 'const', type, value: cut };
  fn.constants.set(key, made);
  return made;
}

/** What memory holds that nobody wrote. */
export function undefinedValue(fn: IrFunction, type: Constant['type']): Constant {
  const key = `${type} undefined`;
  const known = fn.constants.get(key);
  if (known) return known;
  const made: Constant = { id: fn.nextId++, op: 'const', type, value: 0n, undefined: true };
  fn.constants.set(key, made);
  return made;
}

/** An instruction that stands nowhere yet. */
export function newInstr<T extends InstrInit>(fn: IrFunction, init: T): T & { id: number; block: Block | null } {
  return { ...init, id: fn.nextId++, block: null };
}

/** Adds at the end of a block that has no terminator. */
export function append(fn: IrFunction, block: Block, init: InstrInit): Instr {
  const instr = newInstr(fn, init) as Instr;
  instr.block = block;
  block.instrs.push(instr);
  return instr;
}

/** Costs a walk through the block; a pass that inserts many rebuilds the list with `setInstrs`. */
export function insertBefore(fn: IrFunction, before: Instr, init: InstrInit): Instr {
  const block = blockOf(before);
  const instr = newInstr(fn, init) as Instr;
  instr.block = block;
  block.instrs.splice(block.instrs.indexOf(before), 0, instr);
  return instr;
}

/** Ends a block. Edges to its targets appear; phis that stand there already get `valueFor` (or zero). */
export function terminate(
  fn: IrFunction,
  block: Block,
  init: TerminatorInit,
  valueFor?: (phi: Instr, to: Block) => Value,
): Terminator {
  const instr = append(fn, block, { ...init, type: 'void' }) as Terminator;
  for (const to of targetsOf(instr)) addEdge(fn, block, to, valueFor);
  return instr;
}

/** A phi after the others of the block, with a value for each predecessor that it has now. */
export function addPhi(
  fn: IrFunction,
  block: Block,
  type: Constant['type'],
  place: Place,
  valueFor: (pred: Block) => Value,
): Instr {
  const init: InstrInit = { op: 'phi', type, args: block.preds.map(valueFor), place, inlinedAt: null };
  const phi = newInstr(fn, init) as Instr;
  phi.block = block;
  const at = block.instrs.findIndex((instr) => instr.op !== 'phi');
  block.instrs.splice(at === -1 ? block.instrs.length : at, 0, phi);
  return phi;
}

/** Null while the block is unfinished. */
export function terminatorOf(block: Block): Terminator | null {
  const last = block.instrs.at(-1);
  return last && isTerminator(last) ? last : null;
}

export function isTerminator(instr: Instr): instr is Terminator {
  switch (instr.op) {
    case 'jump':
    case 'branch':
    case 'switch':
    case 'return':
    case 'unreachable':
    case 'asmGoto':
      return true;
    default:
      return false;
  }
}

/** The blocks where it may go, each once. */
export function targetsOf(instr: Terminator): Block[] {
  switch (instr.op) {
    case 'jump':
      return [instr.to];
    case 'branch':
      return instr.then === instr.otherwise ? [instr.then] : [instr.then, instr.otherwise];
    case 'switch':
      return [...new Set([...instr.cases.map(({ to }) => to), instr.otherwise])];
    case 'asmGoto':
      return [...new Set([instr.next, ...instr.labels])];
    case 'return':
    case 'unreachable':
      return [];
  }
}

export function successorsOf(block: Block): Block[] {
  const last = terminatorOf(block);
  return last ? targetsOf(last) : [];
}

/** Takes the terminator away, and with it the edges. */
export function unterminate(block: Block): void {
  const last = terminatorOf(block);
  if (!last) return;
  block.instrs.pop();
  last.block = null;
  for (const to of targetsOf(last)) dropPred(block, to);
}

/** `unterminate` and `terminate` at once; targets that stay keep the arguments of their phis. */
export function reterminate(fn: IrFunction, block: Block, init: TerminatorInit): Terminator {
  const old = terminatorOf(block);
  const before = old ? targetsOf(old) : [];
  if (old) {
    block.instrs.pop();
    old.block = null;
  }
  const instr = append(fn, block, { ...init, type: 'void' }) as Terminator;
  const after = targetsOf(instr);
  for (const to of before) if (!after.includes(to)) dropPred(block, to);
  for (const to of after) if (!before.includes(to)) addEdge(fn, block, to);
  return instr;
}

/** Makes every edge from `block` to `from` lead to `to`, where phis get `valueFor` unless `block` led there already. */
export function retarget(
  fn: IrFunction,
  block: Block,
  from: Block,
  to: Block,
  valueFor?: (phi: Instr, to: Block) => Value,
): void {
  const last = terminatorOf(block);
  if (!last || from === to) return;
  const known = targetsOf(last).includes(to);
  // Asked for while the old edge is there: the answers may come from phis at its end.
  const values = new Map(known || !valueFor ? [] : phisOf(to).map((phi) => [phi, valueFor(phi, to)]));
  substituteTarget(last, from, to);
  dropPred(block, from);
  const zero = (phi: Instr): Value => constant(fn, phi.type as Constant['type'], 0n);
  if (!known) addEdge(fn, block, to, (phi) => values.get(phi) ?? zero(phi));
}

/** The value that a phi gets from a predecessor. */
export function phiValue(phi: Instr, pred: Block): Value {
  const value = phi.args[phi.block?.preds.indexOf(pred) ?? -1];
  if (!value) throw new RangeError(`phi %${phi.id} has no value for ${pred.label}`);
  return value;
}

export function phisOf(block: Block): Instr[] {
  const at = block.instrs.findIndex((instr) => instr.op !== 'phi');
  return block.instrs.slice(0, at === -1 ? block.instrs.length : at);
}

/** Puts a predecessor in another's place, keeping its position: for blocks that were split or joined. */
export function renamePred(block: Block, from: Block, to: Block): void {
  const at = block.preds.indexOf(from);
  if (at !== -1) block.preds[at] = to;
}

/** Cuts the block before `instr`; the new block takes what follows, with the edges. The old one is left unfinished. */
export function splitBefore(fn: IrFunction, instr: Instr, label: string): Block {
  const block = blockOf(instr);
  const rest = newBlock(fn, label);
  for (const to of successorsOf(block)) renamePred(to, block, rest);
  for (const moved of block.instrs.splice(block.instrs.indexOf(instr))) {
    moved.block = rest;
    rest.instrs.push(moved);
  }
  return rest;
}

/** Takes an instruction (no terminator) out of its block. Costs a walk through the block. */
export function remove(instr: Instr): void {
  const instrs = blockOf(instr).instrs;
  instrs.splice(instrs.indexOf(instr), 1);
  instr.block = null;
}

/** Gives a block another list of instructions; those that are left out stand nowhere. The edges must stay the same. */
export function setInstrs(block: Block, instrs: readonly Instr[]): void {
  for (const old of block.instrs) old.block = null;
  block.instrs.length = 0;
  for (const instr of instrs) {
    instr.block = block;
    block.instrs.push(instr);
  }
}

/** Takes blocks out of the function, and the edges from them to others. */
export function removeBlocks(fn: IrFunction, gone: ReadonlySet<Block>): void {
  if (gone.size === 0) return;
  for (const block of gone) for (const to of successorsOf(block)) if (!gone.has(to)) dropPred(block, to);
  const kept = fn.blocks.filter((block) => !gone.has(block));
  fn.blocks.length = 0;
  for (const block of kept) fn.blocks.push(block);
}

/** Puts the value in another's place everywhere. One walk through the function: for many use `replaceAll`. */
export function replaceUses(fn: IrFunction, old: Value, value: Value): void {
  replaceAll(fn, new Map([[old, value]]));
}

/** Chains (a by b, b by c) are followed. */
export function replaceAll(fn: IrFunction, replacements: Map<Value, Value>): void {
  if (replacements.size === 0) return;
  for (const block of fn.blocks) {
    for (const { args } of block.instrs) {
      for (let i = 0; i < args.length; i++) {
        const arg = args[i];
        if (arg && replacements.has(arg)) args[i] = resolve(replacements, arg);
      }
    }
  }
}

/** Where a chain of replacements ends; shortens the chain. */
export function resolve(replacements: Map<Value, Value>, value: Value): Value {
  let end = value;
  for (let next = replacements.get(end); next; next = replacements.get(end)) end = next;
  for (let at = value; at !== end;) {
    const next = replacements.get(at);
    replacements.set(at, end);
    if (!next) break;
    at = next;
  }
  return end;
}

/** By a value's id, the instructions that use it; one entry for each use. Constants are left out. */
export interface Users {
  readonly of: (value: Value) => readonly Instr[];
}

const NOBODY: readonly Instr[] = [];

/** With `pointers` only for values that are pointers, and what is said of variables left aside. */
export function usersOf(fn: IrFunction, pointers = false): Users {
  const users: Instr[][] = [];
  users.length = fn.nextId;
  for (const block of fn.blocks) {
    for (const instr of block.instrs) {
      if (pointers && instr.op === 'debugValue') continue;
      for (const arg of instr.args) {
        if (arg.op === 'const' || (pointers && arg.type !== 'ptr')) continue;
        const known = users[arg.id];
        if (known) known.push(instr);
        else users[arg.id] = [instr];
      }
    }
  }
  return { of: ({ id }) => users[id] ?? NOBODY };
}

function addEdge(fn: IrFunction, from: Block, to: Block, valueFor?: (phi: Instr, to: Block) => Value): void {
  to.preds.push(from);
  for (const phi of phisOf(to)) phi.args.push(valueFor?.(phi, to) ?? constant(fn, phi.type as Constant['type'], 0n));
}

function dropPred(from: Block, to: Block): void {
  const at = to.preds.indexOf(from);
  if (at === -1) return;
  to.preds.splice(at, 1);
  for (const phi of phisOf(to)) phi.args.splice(at, 1);
}

function substituteTarget(last: Terminator, from: Block, to: Block): void {
  const other = (block: Block): Block => (block === from ? to : block);
  switch (last.op) {
    case 'jump':
      last.to = other(last.to);
      break;
    case 'branch':
      last.then = other(last.then);
      last.otherwise = other(last.otherwise);
      break;
    case 'switch':
      for (const one of last.cases) one.to = other(one.to);
      last.otherwise = other(last.otherwise);
      break;
    case 'asmGoto':
      last.next = other(last.next);
      last.labels = last.labels.map(other);
      break;
    case 'return':
    case 'unreachable':
      break;
  }
}

function blockOf(instr: Instr): Block {
  if (!instr.block) throw new RangeError(`%${instr.id} stands in no block`);
  return instr.block;
}
