/** Fills the names in instructions with what they stand for. */
import { unreachable } from '../../base/assert.ts';
import type { Insn } from '../../isa/insn.ts';
import { slots } from '../../isa/insn.ts';
import { HELPERS, helperByName } from '../../kernel/helpers.ts';
import { KFUNCS, kfuncByName, kfuncIndex } from '../../kernel/kfuncs.ts';
import { shorten } from './cursor.ts';
import { refer, type Names } from './definitions.ts';
import type { Func, Functions } from './functions.ts';
import { chained } from './nearest.ts';
import type { Maps } from './maps.ts';
import { localKey, unreadable } from './statements.ts';
import { suggest, report, reportError, type Item, type Label, type SymbolUse, type Unit } from './unit.ts';
import type { TokenKind } from './syntax.ts';

/** An instruction as it stands in every program, but for the place of `target`, which the linker knows. */
export interface Resolved {
  /** Slots: two for a two-slot instruction that could not be resolved. */
  readonly insn: Insn;
  readonly width: 1 | 2;
  readonly target: Func | null;
}

export interface Scope {
  readonly unit: Unit;
  readonly functions: Functions;
  readonly maps: Maps;
  readonly names: Names;
  /** What the tokens of resolved names are, by the start of their span. */
  readonly kinds: Map<number, TokenKind>;
  /** The first `exit` of functions that jump to it by that name, once somebody asks; null for none. */
  readonly exits: Map<Func, Item | null>;
}

/** All items of a function, in order. */
export function resolveFunction(scope: Scope, func: Func): Resolved[] {
  const resolved: Resolved[] = [];
  for (let i = func.from; i < func.to; i++) {
    const item = func.section.items[i];
    if (item !== undefined) resolved.push(resolveItem(scope, func, item, i));
  }
  return resolved;
}

function resolveItem(scope: Scope, func: Func, item: Item, index: number): Resolved {
  const { symbol, insn } = item;
  const width = slots(insn);
  if (symbol === null) return { insn, width, target: null };
  const found = resolveSymbol(scope, func, item, symbol, index);
  return found ?? { insn: unreadable('a name in this line is not known'), width, target: null };
}

function resolveSymbol(scope: Scope, func: Func, item: Item, symbol: SymbolUse, index: number): Resolved | null {
  switch (symbol.role) {
    case 'jump':
      return resolveJump(scope, func, item, symbol, index);
    case 'call':
      return resolveCall(scope, symbol);
    case 'kfunc':
      return resolveKfunc(scope, item, symbol);
    case 'load':
    case 'map':
    case 'mapValue':
      return resolveLoad(scope, item, symbol);
    default:
      return unreachable(symbol.role);
  }
}

function resolveJump(scope: Scope, func: Func, item: Item, symbol: SymbolUse, index: number): Resolved | null {
  const { unit, names } = scope;
  const label = /^[0-9]/.test(symbol.name) ? localLabel(unit, func, symbol.name, index) : unit.labels.get(symbol.name);
  const exit = label === undefined && symbol.name === 'exit' ? firstExit(scope, func) : null;
  if (exit !== null) return jumpBy(scope, item, symbol, exit.pc - item.pc - 1);
  refer(names, symbol.name, symbol.span, label ?? null);
  if (label === undefined) {
    reportError(
      unit,
      'unknown-label',
      symbol.span,
      `There is no label ${shorten(symbol.name)}${suggest(unit, symbol.name, unit.labels.keys())}`,
    );
    return null;
  }
  if (label.section !== func.section || label.at < func.start || label.at >= func.end) {
    const message = `The jump leaves its function: ${label.name} ${label.at === func.section.slots ? 'has no instruction behind it' : 'belongs to another one'}.`;
    reportError(unit, 'jump-outside-function', symbol.span, message);
    return null;
  }
  return jumpBy(scope, item, symbol, label.at - item.pc - 1);
}

/** The conformance suite jumps to the first `exit` by that name where no label has it. */
function firstExit({ exits }: Scope, func: Func): Item | null {
  let exit = exits.get(func);
  if (exit === undefined) {
    exit = func.section.items.slice(func.from, func.to).find(({ insn }) => insn.kind === 'exit') ?? null;
    exits.set(func, exit);
  }
  return exit;
}

function jumpBy(scope: Scope, item: Item, symbol: SymbolUse, off: number): Resolved | null {
  const { insn } = item;
  if (insn.kind !== 'goto' && insn.kind !== 'jump' && insn.kind !== 'mayGoto') return null;
  const far = off < -0x8000 || off > 0x7fff;
  if (!far || (insn.kind === 'goto' && insn.long)) return { insn: { ...insn, off }, width: 1, target: null };
  const { start } = item.span;
  const fixable = insn.kind === 'goto';
  const fix = fixable ? { title: 'Use gotol', edits: [{ span: { start, end: start + 4 }, text: 'gotol' }] } : null;
  const message = `The label is ${off} slots away; a jump reaches from -32768 to 32767${fixable ? ', gotol farther' : ''}.`;
  report(scope.unit, { code: 'value-out-of-range', severity: 'error', message, span: symbol.span, related: [], fix });
  return null;
}

/** `1b` is the last `1:` before the instruction, `1f` the first one behind it. */
function localLabel(unit: Unit, func: Func, name: string, index: number): Label | undefined {
  const labels = unit.locals.get(localKey(func.section.name, name.slice(0, -1))) ?? [];
  let low = 0;
  let high = labels.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((labels[middle]?.item ?? 0) <= index) low = middle + 1;
    else high = middle;
  }
  return name.endsWith('f') ? labels[low] : labels[low - 1];
}

function resolveCall(scope: Scope, symbol: SymbolUse): Resolved | null {
  const { unit, functions, names, kinds } = scope;
  const target = functions.byName.get(symbol.name);
  if (target !== undefined) {
    refer(names, symbol.name, symbol.span, target.label);
    return { insn: { kind: 'call', target: 'subprog', imm: 0, off: 0 }, width: 1, target };
  }
  const helper = helperByName(symbol.name);
  if (helper === null && kfuncByName(symbol.name) !== null) {
    kinds.set(symbol.span.start, 'kfunc');
    return callKfunc(scope, symbol, numberOfKfunc(unit, symbol.name));
  }
  if (helper === null) {
    refer(names, symbol.name, symbol.span, null);
    const known = chained(functions.byName.keys(), CALLABLE_NAMES);
    const message = `There is no helper and no function ${shorten(symbol.name)}${suggest(unit, symbol.name, known)}`;
    reportError(unit, 'unknown-helper', symbol.span, message);
    return null;
  }
  kinds.set(symbol.span.start, 'helper');
  return { insn: { kind: 'call', target: 'helper', imm: helper.id, off: 0 }, width: 1, target: null };
}

const CALLABLE_NAMES: readonly string[] = [...HELPERS, ...KFUNCS].map(({ name }) => name);

/** `call bpf_iter_num_new#1234`: the number is the function's BTF id in the kernel that the text comes from. */
function resolveKfunc(scope: Scope, { insn }: Item, symbol: SymbolUse): Resolved | null {
  return insn.kind === 'call' ? callKfunc(scope, symbol, insn.imm) : null;
}

function callKfunc({ unit }: Scope, symbol: SymbolUse, imm: number): Resolved | null {
  const other = unit.kfuncs.get(imm);
  if (other !== undefined && other !== symbol.name) {
    const message = `${shorten(symbol.name)} cannot have the number ${imm}, which is that of ${shorten(other)}.`;
    reportError(unit, 'unknown-helper', symbol.span, message);
    return null;
  }
  unit.kfuncs.set(imm, symbol.name);
  return { insn: { kind: 'call', target: 'kfunc', imm, off: 0 }, width: 1, target: null };
}

/** BTF ids differ from kernel to kernel: a function without one gets that of another call, or its place in the table. */
function numberOfKfunc({ kfuncs }: Unit, name: string): number {
  for (const [imm, known] of kfuncs) if (known === name) return imm;
  let imm = kfuncIndex(name) + 1;
  while (kfuncs.has(imm)) imm += KFUNCS.length;
  return imm;
}

function resolveLoad(scope: Scope, item: Item, symbol: SymbolUse): Resolved | null {
  const { unit, functions, maps, names, kinds } = scope;
  const name = symbol.name.startsWith('#') ? maps.byId.get(Number(symbol.name.slice(1))) : symbol.name;
  const label = name === undefined ? undefined : unit.labels.get(name);
  const func = symbol.role === 'load' && name !== undefined ? functions.byName.get(name) : undefined;
  if (func !== undefined) {
    refer(names, symbol.name, symbol.span, func.label);
    kinds.set(symbol.span.start, 'function');
    return loadFunction(scope, item, symbol, func);
  }
  if (label !== undefined && label.section.kind === 'data' && symbol.role !== 'map') {
    refer(names, symbol.name, symbol.span, label);
    return loadValue(scope, item, symbol, label.section.name, label.at);
  }
  const map = maps.byName.get(name ?? '');
  refer(names, symbol.name, symbol.span, unit.maps.get(name ?? '') ?? null);
  if (name === undefined || map === undefined) return unknownSymbol(scope, symbol);
  kinds.set(symbol.span.start, 'map');
  const data = maps.specs[map]?.initial !== null;
  if (symbol.role === 'mapValue' || (symbol.role === 'load' && data)) return loadValue(scope, item, symbol, name, 0);
  return loadWholeMap(scope, item, symbol, map);
}

function dstOf(item: Item): number {
  return 'dst' in item.insn ? item.insn.dst : 0;
}

function loadFunction(scope: Scope, item: Item, symbol: SymbolUse, target: Func): Resolved | null {
  if (symbol.addend !== 0) return noOffset(scope, symbol, 'a function');
  return { insn: { kind: 'loadFunc', dst: dstOf(item), off: 0 }, width: 2, target };
}

function loadWholeMap(scope: Scope, item: Item, symbol: SymbolUse, map: number): Resolved | null {
  if (symbol.addend !== 0) return noOffset(scope, symbol, `a map; ${symbol.name}[0] is the address of its first value`);
  return { insn: { kind: 'loadMap', dst: dstOf(item), by: 'fd', map, off: 0 }, width: 2, target: null };
}

function noOffset(scope: Scope, symbol: SymbolUse, what: string): null {
  reportError(scope.unit, 'value-out-of-range', symbol.span, `Nothing can be added to the address of ${what}.`);
  return null;
}

function loadValue(scope: Scope, item: Item, symbol: SymbolUse, name: string, base: number): Resolved | null {
  const map = scope.maps.byName.get(name);
  if (map === undefined) return scope.unit.brokenMaps.has(name) ? null : unknownSymbol(scope, symbol);
  const off = base + symbol.addend;
  if (off >= 0 && off <= 0xffffffff)
    return { insn: { kind: 'loadMap', dst: dstOf(item), by: 'value', map, off }, width: 2, target: null };
  reportError(
    scope.unit,
    'value-out-of-range',
    symbol.span,
    `The offset into the data must be from 0 to 4294967295, not ${off}.`,
  );
  return null;
}

function unknownSymbol(scope: Scope, symbol: SymbolUse): null {
  const { unit, maps, functions } = scope;
  if (unit.brokenMaps.has(symbol.name)) return null;
  const byId = symbol.name.startsWith('#');
  const known = chained(maps.byName.keys(), functions.byName.keys(), unit.labels.keys());
  const wanted = symbol.role === 'load' ? 'map, data or function' : 'map';
  const message = byId
    ? `No map of this file has id=${shorten(symbol.name.slice(1))}; give it to the .map that the dump means.`
    : `There is no ${wanted} ${shorten(symbol.name)} in this file${suggest(unit, symbol.name, known)}`;
  reportError(unit, 'unknown-map', symbol.span, message);
  return null;
}
