/** One function: parameters go to memory, where all locals are until the optimiser promotes them. */
import { constant, newBlock, newFunction, removeBlocks, setInstrs, successorsOf } from '../ir/edit.ts';
import type { Block, IrFunction, Param } from '../ir/ir.ts';
import type { FunctionSymbol, Statement } from '../typed.ts';
import { partsOf, signatureOf, storeParts } from './abi.ts';
import { end } from './emit.ts';
import { write } from './memory.ts';
import { localLocation } from './object.ts';
import { labelScopes } from './scope.ts';
import { recordOf } from './shape.ts';
import type { BodyState, UnitState } from './state.ts';
import { statements } from './statement.ts';
import { isExtern, symbolOf } from './symbol.ts';

export function lowerFunction(unit: UnitState, symbol: FunctionSymbol): IrFunction {
  const fn = declaration(unit, symbol);
  if (isExtern(symbol) || !symbol.body) return fn;
  const whole = symbol.body();
  const entry = newBlock(fn, 'entry');
  const f: BodyState = {
    unit,
    symbol,
    fn,
    block: entry,
    place: symbol.declaredAt.start,
    allocas: [],
    locals: new Map(),
    constants: new Map(),
    labels: new Map(),
    labelScopes: labelScopes(whole),
    scopes: [],
    breakTo: null,
    continueTo: null,
    switch: null,
    returnTo: recordOf(symbol.type.returns) ? (fn.params[0] ?? null) : null,
  };
  if (!symbol.attributes.naked) storeParams(f);
  body(f, whole);
  setInstrs(entry, [...f.allocas, ...entry.instrs]);
  removeUnreachable(fn);
  inSourceOrder(fn, entry);
  return fn;
}

/** It has no code yet. */
export function declaration(unit: UnitState, symbol: FunctionSymbol): IrFunction {
  const { attributes, declaredAt, definedAt, params, label, type } = symbol;
  const { alwaysInline, noInline, naked, error, warning, hidden, used, noreturn } = attributes;
  const signature = signatureOf(
    type,
    params.map(({ name }) => name),
  );
  return newFunction(
    {
      name: label,
      symbol: symbolOf(unit, symbol),
      section: attributes.section,
      returns: signature.returns,
      attributes: { alwaysInline, noInline, naked, error, warning, hidden, used, noreturn },
      place: (definedAt ?? declaredAt).start,
    },
    signature.params,
  );
}

function storeParams(f: BodyState): void {
  let at = f.returnTo ? 1 : 0;
  for (const variable of f.symbol.params) {
    const count = partsOf(variable.type).length;
    const parts = f.fn.params.slice(at, at + count);
    at += count;
    f.place = variable.declaredAt.start;
    const [first] = parts;
    if (recordOf(variable.type)) storeRecord(f, variable, parts);
    else if (first) write(f, localLocation(f, variable), variable.type, first, false);
  }
}

/** A large one is a copy of the caller's that this function owns: it needs no other. */
function storeRecord(f: BodyState, variable: FunctionSymbol['params'][number], parts: readonly Param[]): void {
  const [first] = parts;
  if (first?.type === 'ptr') f.locals.set(variable, first);
  else storeParts(f, localLocation(f, variable), parts);
}

function body(f: BodyState, statement: Statement): void {
  statements(f, [statement]);
  f.place = (f.symbol.definedAt ?? f.symbol.declaredAt).end - 1;
  if (f.symbol.attributes.naked || f.symbol.attributes.noreturn)
    return end(f, { op: 'unreachable', args: [] }, f.block);
  const { returns } = f.fn;
  end(f, { op: 'return', args: returns === 'void' ? [] : [constant(f.fn, returns, 0n)] }, f.block);
}

/** Code behind a jump that no label makes reachable. */
function removeUnreachable(fn: IrFunction): void {
  const [entry] = fn.blocks;
  if (!entry) return;
  const reached = new Set<Block>([entry]);
  for (const block of reached) for (const next of successorsOf(block)) reached.add(next);
  removeBlocks(fn, new Set(fn.blocks.filter((block) => !reached.has(block))));
}

/** Blocks are made when they are first mentioned; they stand in the order in which they were filled. */
function inSourceOrder(fn: IrFunction, entry: Block): void {
  const rank = (block: Block): number => (block === entry ? -1 : (block.instrs[0]?.id ?? fn.nextId));
  fn.blocks.sort((a, b) => rank(a) - rank(b));
}
