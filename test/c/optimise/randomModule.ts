import {
  PLAIN_ATTRIBUTES,
  append,
  constant,
  newBlock,
  newFunction,
  terminate,
  type InstrInit,
} from '../../../server/src/c/ir/edit.ts';
import { BINARY_OPS, COMPARE_OPS } from '../../../server/src/c/ir/ir.ts';
import type {
  Block, Instr, IrFunction, IrModule, IrSymbol, SizeBytes, Value,
} from '../../../server/src/c/ir/ir.ts'; // prettier-ignore

type Bare<T> = T extends unknown ? Omit<T, 'args' | 'place' | 'inlinedAt'> : never;

/** Gives a number from 0 to below `limit`. */
export type Dice = (limit: number) => number;

interface Maker {
  readonly dice: Dice;
  readonly module: IrModule;
  readonly fn: IrFunction;
  block: Block;
  readonly memory: { readonly at: Value; readonly size: number }[];
  /** Values that may be used where the maker stands. */
  values: Value[];
  depth: number;
  budget: number;
}

const INTERESTING = [0n, 1n, 2n, 3n, 7n, 8n, 16n, 31n, 32n, 63n, 255n, 256n, 0xffffn, 0x7fffffffn, 0x80000000n, 0xffffffffn, -1n, -2n, 1n << 63n]; // prettier-ignore

/** A module of three functions that call one another, with loops, memory and helpers; `main` takes two numbers. */
export function randomModule(dice: Dice): IrModule {
  const module: IrModule = { functions: new Map(), data: new Map() };
  const symbol: IrSymbol = { name: 'shared', kind: 'variable', linkage: 'global' };
  const bytes = Uint8Array.from({ length: 32 }, () => dice(256));
  const rest = { declTags: [], hidden: false, place: 0, type: { kind: 'void' } } as const;
  module.data.set('shared', {
    symbol,
    section: '.data',
    bytes,
    alignBytes: 8,
    relocations: [],
    foldable: false,
    ...rest,
  });
  for (const name of ['leaf', 'middle', 'main']) makeFunction(dice, module, name);
  return module;
}

function makeFunction(dice: Dice, module: IrModule, name: string): void {
  const symbol: IrSymbol = { name, kind: 'function', linkage: name === 'main' ? 'global' : 'static' };
  const attributes = { ...PLAIN_ATTRIBUTES, alwaysInline: dice(2) === 0 };
  const section = name === 'main' ? 'xdp' : null;
  const fn = newFunction({ name, symbol, section, returns: 'i64', attributes, place: 0 }, [
    { type: 'i64', name: 'a' },
    { type: 'i32', name: 'b' },
  ]);
  const block = newBlock(fn, 'entry');
  const maker: Maker = { dice, module, fn, block, memory: [], values: [...fn.params], depth: 0, budget: 25 };
  for (let i = 0; i < 4; i++) makeMemory(maker);
  makeStatements(maker);
  end(maker, { op: 'return' }, toType(maker, pick(maker), 'i64'));
  module.functions.set(name, fn);
}

function makeMemory(maker: Maker): void {
  const sizeBytes = [1, 2, 4, 8, 8, 16, 24][maker.dice(7)] ?? 8;
  const init = { op: 'alloca', type: 'ptr', sizeBytes, alignBytes: Math.min(8, sizeBytes & -sizeBytes) } as const;
  const at = put(maker, { ...init, variable: null, variableOff: 0 });
  put(maker, { op: 'memset', type: 'void', sizeBytes, alignBytes: 1 }, at, number(maker, 'i32', BigInt(maker.dice(3))));
  maker.memory.push({ at, size: sizeBytes });
}

function makeStatements(maker: Maker): void {
  const count = 1 + maker.dice(6);
  for (let i = 0; i < count && maker.budget > 0; i++) {
    maker.budget--;
    makeStatement(maker);
  }
}

function makeStatement(maker: Maker): void {
  const kind = maker.dice(maker.depth < 3 ? 16 : 11);
  if (kind < 3) makeArithmetic(maker);
  else if (kind < 5) makeLoad(maker);
  else if (kind < 7) makeStore(maker);
  else if (kind === 7) makeCopy(maker);
  else if (kind === 8) makeCall(maker);
  else if (kind === 9) makeConvert(maker);
  else if (kind === 10) makeCompare(maker);
  else if (kind < 13) makeIf(maker);
  else if (kind < 15) makeLoop(maker);
  else makeSwitch(maker);
}

function makeArithmetic(maker: Maker): void {
  const type = maker.dice(2) ? 'i32' : 'i64';
  const kind = BINARY_OPS[maker.dice(BINARY_OPS.length)] ?? 'add';
  const a = toType(maker, pick(maker), type);
  const b = maker.dice(2) ? number(maker, type, anyNumber(maker)) : toType(maker, pick(maker), type);
  keep(maker, put(maker, { op: 'binary', kind, type }, a, b));
}

function makeConvert(maker: Maker): void {
  const type = maker.dice(2) ? 'i32' : 'i64';
  const kinds = ['zext8', 'zext16', 'sext8', 'sext16', 'swap16', 'swap32'] as const;
  const kind = kinds[maker.dice(kinds.length)] ?? 'zext8';
  keep(maker, put(maker, { op: 'convert', kind, type }, toType(maker, pick(maker), type)));
}

function makeCompare(maker: Maker): void {
  const type = maker.dice(2) ? 'i32' : 'i64';
  const kind = COMPARE_OPS[maker.dice(COMPARE_OPS.length)] ?? 'eq';
  const [a, b] = [toType(maker, pick(maker), type), toType(maker, pick(maker), type)];
  keep(maker, put(maker, { op: 'compare', kind, type: 'i32' }, a, b));
}

/** An address inside memory, where `size` bytes are: at a constant, or now and then at a computed place. */
function place(maker: Maker, size: number): { at: Value; off: number } | null {
  const shared = maker.dice(4) === 0;
  const memory = shared ? null : maker.memory[maker.dice(maker.memory.length)];
  const total = memory?.size ?? 32;
  if (total < size) return null;
  const off = maker.dice(total - size + 1);
  const symbol = maker.module.data.get('shared')?.symbol as IrSymbol;
  const at = memory?.at ?? put(maker, { op: 'address', type: 'ptr', symbol, addend: 0 });
  if (total >= size + 3 && maker.dice(5) === 0) {
    const index = toType(maker, pick(maker), 'i64');
    const masked = put(maker, { op: 'binary', kind: 'and', type: 'i64' }, index, number(maker, 'i64', 3n));
    return { at: put(maker, { op: 'binary', kind: 'add', type: 'ptr' }, at, masked), off: 0 };
  }
  if (maker.dice(2)) return { at, off };
  return { at: put(maker, { op: 'binary', kind: 'add', type: 'ptr' }, at, number(maker, 'i64', BigInt(off))), off: 0 };
}

function makeLoad(maker: Maker): void {
  const size = sizeOf(maker);
  const where = place(maker, size);
  if (!where) return;
  const type = size < 8 && maker.dice(2) ? 'i32' : 'i64';
  const init = { op: 'load', type, size, signed: maker.dice(2) === 0, off: where.off } as const;
  keep(maker, put(maker, { ...init, volatile: maker.dice(12) === 0 }, where.at));
}

function makeStore(maker: Maker): void {
  const size = sizeOf(maker);
  const where = place(maker, size);
  if (!where) return;
  const value = maker.dice(3) ? pick(maker) : number(maker, 'i64', anyNumber(maker));
  const fitting = size === 8 ? toType(maker, value, 'i64') : value;
  put(maker, { op: 'store', type: 'void', size, volatile: maker.dice(12) === 0, off: where.off }, where.at, fitting);
}

function makeCopy(maker: Maker): void {
  const sizeBytes = 1 + maker.dice(16);
  const to = place(maker, sizeBytes);
  const from = place(maker, sizeBytes);
  if (!to || !from) return;
  const move = (where: { at: Value; off: number }): Value =>
    put(maker, { op: 'binary', kind: 'add', type: 'ptr' }, where.at, number(maker, 'i64', BigInt(where.off)));
  put(maker, { op: 'memmove', type: 'void', sizeBytes, alignBytes: 1 }, move(to), move(from));
}

function makeCall(maker: Maker): void {
  const callees = [...maker.module.functions.values()];
  const callee = callees[maker.dice(callees.length + 1)];
  const args = [toType(maker, pick(maker), 'i64'), toType(maker, pick(maker), 'i32')];
  if (callee) {
    keep(maker, put(maker, { op: 'call', type: 'i64', callee: { kind: 'function', symbol: callee.symbol }, pure: false }, ...args)); // prettier-ignore
    return;
  }
  const memory = maker.memory[maker.dice(maker.memory.length)];
  const given = memory && maker.dice(2) ? [memory.at, number(maker, 'i64', BigInt(memory.size))] : args;
  keep(maker, put(maker, { op: 'call', type: 'i64', callee: { kind: 'helper', number: 1 + maker.dice(3) }, pure: false }, ...given)); // prettier-ignore
}

function makeIf(maker: Maker): void {
  const [then, otherwise, after] = [
    newBlock(maker.fn, 'then'),
    newBlock(maker.fn, 'else'),
    newBlock(maker.fn, 'after'),
  ];
  branchTo(maker, then, otherwise);
  const ends: [Block, Value][] = [];
  const outer = maker.values;
  for (const side of [then, otherwise]) {
    maker.block = side;
    maker.values = [...outer];
    maker.depth++;
    if (maker.dice(4)) makeStatements(maker);
    maker.depth--;
    ends.push([maker.block, toType(maker, maker.dice(2) ? pick(maker) : number(maker, 'i32', 1n), 'i32')]);
    end(maker, { op: 'jump', to: after });
  }
  maker.block = after;
  maker.values = outer;
  if (maker.dice(2)) {
    const phi = append(maker.fn, after, { op: 'phi', type: 'i32', args: after.preds.map((pred) => ends.find(([from]) => from === pred)?.[1] as Value), place: 0, inlinedAt: null }); // prettier-ignore
    keep(maker, phi);
  }
}

/** Counts a variable in memory up to a small number. */
function makeLoop(maker: Maker): void {
  const init = { op: 'alloca', type: 'ptr', sizeBytes: 4, alignBytes: 4, variable: null, variableOff: 0 } as const;
  const entry = maker.fn.blocks[0] as Block;
  const at = append(maker.fn, entry, { ...init, args: [], place: 0, inlinedAt: null });
  entry.instrs.unshift(entry.instrs.pop() as Instr);
  const [head, body, after] = [newBlock(maker.fn, 'head'), newBlock(maker.fn, 'body'), newBlock(maker.fn, 'done')];
  put(maker, { op: 'store', type: 'void', size: 4, volatile: false, off: 0 }, at, number(maker, 'i32', 0n));
  end(maker, { op: 'jump', to: head });
  maker.block = head;
  if (maker.dice(3) === 0) head.unroll = 0;
  const load = { op: 'load', type: 'i32', size: 4, signed: false, volatile: false, off: 0 } as const;
  const count = put(maker, load, at);
  const limit = number(maker, 'i32', BigInt(maker.dice(7)));
  end(maker, { op: 'branch', kind: 'ult', then: body, otherwise: after, likely: null }, count, limit);
  maker.block = body;
  const outer = maker.values;
  maker.values = [...outer, count];
  maker.depth++;
  makeStatements(maker);
  maker.depth--;
  if (maker.dice(3) === 0) {
    const go = newBlock(maker.fn, 'go');
    branchTo(maker, after, go);
    maker.block = go;
  }
  const next = put(maker, { op: 'binary', kind: 'add', type: 'i32' }, put(maker, load, at), number(maker, 'i32', 1n));
  put(maker, { op: 'store', type: 'void', size: 4, volatile: false, off: 0 }, at, next);
  end(maker, { op: 'jump', to: head });
  maker.block = after;
  maker.values = outer;
}

function makeSwitch(maker: Maker): void {
  const after = newBlock(maker.fn, 'after');
  const value = toType(maker, pick(maker), 'i32');
  const targets = Array.from({ length: 1 + maker.dice(3) }, () => newBlock(maker.fn, 'case'));
  const cases = targets.map((to, i) => ({ first: BigInt(3 * i), last: BigInt(3 * i + maker.dice(3)), to }));
  end(maker, { op: 'switch', cases, otherwise: after }, value);
  const outer = maker.values;
  for (const target of targets) {
    maker.block = target;
    maker.values = [...outer];
    maker.depth++;
    makeStatements(maker);
    maker.depth--;
    end(maker, { op: 'jump', to: after });
  }
  maker.block = after;
  maker.values = outer;
}

function branchTo(maker: Maker, then: Block, otherwise: Block): void {
  const type = maker.dice(2) ? 'i32' : 'i64';
  const kind = COMPARE_OPS[maker.dice(COMPARE_OPS.length)] ?? 'eq';
  const a = toType(maker, pick(maker), type);
  const b = maker.dice(2) ? number(maker, type, anyNumber(maker)) : toType(maker, pick(maker), type);
  end(maker, { op: 'branch', kind, then, otherwise, likely: null }, a, b);
}

function pick(maker: Maker): Value {
  return maker.values[maker.dice(maker.values.length)] as Value;
}

function keep(maker: Maker, value: Value): void {
  maker.values.push(value);
}

function toType(maker: Maker, value: Value, type: 'i32' | 'i64'): Value {
  if (value.type === type) return value;
  const kind = type === 'i32' ? 'trunc' : maker.dice(2) ? 'zext' : 'sext';
  return put(maker, { op: 'convert', kind, type }, value);
}

function anyNumber(maker: Maker): bigint {
  return INTERESTING[maker.dice(INTERESTING.length)] ?? 0n;
}

function sizeOf(maker: Maker): SizeBytes {
  return ([1, 2, 4, 8] as const)[maker.dice(4)] ?? 8;
}

function number(maker: Maker, type: 'i32' | 'i64', value: bigint): Value {
  return constant(maker.fn, type, value);
}

function put(maker: Maker, init: Bare<InstrInit>, ...args: Value[]): Instr {
  return append(maker.fn, maker.block, { ...init, args, place: 0, inlinedAt: null });
}

type WithoutType<T> = T extends unknown ? Omit<T, 'type'> : never;
type Ending = WithoutType<Bare<Extract<InstrInit, { op: 'jump' | 'branch' | 'switch' | 'return' }>>>;

function end(maker: Maker, init: Ending, ...args: Value[]): void {
  terminate(maker.fn, maker.block, { ...init, args, place: 0, inlinedAt: null });
}
