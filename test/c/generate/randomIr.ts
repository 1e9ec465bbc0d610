/** Random functions of the intermediate language that always end, for comparing what is made of them. */
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
  Block, Constant, Instr, IrFunction, IrModule, Value,
} from '../../../server/src/c/ir/ir.ts'; // prettier-ignore
import { NOWHERE } from '../../../server/src/c/places.ts';

type Below = (below: number) => number;
type Type = 'i32' | 'i64';

export interface Wishes {
  /** How many statements it may have. */
  readonly size: number;
  /** Atomic operations with results. */
  readonly fetch: boolean;
}

interface Gen {
  readonly fn: IrFunction;
  readonly below: Below;
  readonly wishes: Wishes;
  readonly memory: Value;
  readonly frame: Value;
  block: Block;
  left: number;
  /** What may be used: values of all variables, by their names. */
  vars: Value[];
}

const CONSTANTS: readonly bigint[] = [
  0n, 1n, 2n, 7n, 31n, 255n, 0x7fffn, 0xffffn, 0x7fff_ffffn, 0x8000_0000n, 0xffff_ffffn, 0x1_0000_0000n,
  0x1234_5678_9abc_def0n, 0xffff_ffff_ffff_fff0n, 0xffff_ffff_8000_0000n, 0xf0f0_0000n,
]; // prettier-ignore

export function randomModule(below: Below, wishes: Wishes): IrModule {
  const module: IrModule = { functions: new Map(), data: new Map() };
  const callee = below(3) === 0 ? randomFunction(below, { ...wishes, size: 6 }, 'g', null) : null;
  if (callee !== null) module.functions.set('g', callee);
  module.functions.set('f', randomFunction(below, wishes, 'f', callee));
  return module;
}

function randomFunction(below: Below, wishes: Wishes, name: string, callee: IrFunction | null): IrFunction {
  const fn = newFunction(
    {
      name,
      symbol: { name, kind: 'function', linkage: 'global' },
      section: null,
      returns: 'i64',
      attributes: PLAIN_ATTRIBUTES,
      place: NOWHERE,
    },
    [
      { type: 'ptr', name: 'memory' },
      { type: 'i64', name: 'a' },
      { type: 'i64', name: 'b' },
    ],
  );
  const block = newBlock(fn, 'entry');
  const [memory, a, b] = fn.params as [Value, Value, Value];
  const frame = append(fn, block, {
    op: 'alloca',
    type: 'ptr',
    args: [],
    sizeBytes: 32,
    alignBytes: 8,
    variable: null,
    variableOff: 0,
    ...BARE,
  });
  const gen: Gen = { fn, below, wishes, memory, frame, block, left: wishes.size, vars: [a, b, b, a, a, b] };
  const low = add(gen, { op: 'convert', kind: 'trunc', type: 'i32', args: [a] });
  gen.vars[3] = low;
  gen.vars[4] = low;
  for (let at = 0; at < 32; at += 8)
    add(gen, { op: 'store', type: 'void', args: [frame, a], size: 8, volatile: false, off: at });
  statements(gen, callee, 0);
  const parts = gen.vars.map((value) => widened(gen, value));
  let sum: Value = constant(fn, 'i64', 0n);
  for (const part of parts) sum = add(gen, { op: 'binary', kind: 'add', type: 'i64', args: [add(gen, { op: 'binary', kind: 'mul', type: 'i64', args: [sum, constant(fn, 'i64', 31n)] }), part] }); // prettier-ignore
  terminate(fn, gen.block, { op: 'return', args: [sum], ...BARE });
  return fn;
}

const BARE = { place: NOWHERE, inlinedAt: null } as const;

type Bare<T> = T extends unknown ? Omit<T, 'place' | 'inlinedAt'> : never;

function add(gen: Gen, init: Bare<InstrInit>): Instr {
  return append(gen.fn, gen.block, { ...init, ...BARE });
}

function widened(gen: Gen, value: Value): Value {
  return value.type === 'i32' ? add(gen, { op: 'convert', kind: gen.below(2) === 0 ? 'zext' : 'sext', type: 'i64', args: [value] } as never) : value; // prettier-ignore
}

function some(gen: Gen, type: Type): Value {
  if (gen.below(4) === 0) return constant(gen.fn, type, CONSTANTS[gen.below(CONSTANTS.length)] ?? 0n);
  const fits = gen.vars.filter((value) => value.type === type);
  return fits[gen.below(fits.length)] ?? constant(gen.fn, type, BigInt(gen.below(100)));
}

function set(gen: Gen, value: Value): void {
  const fits = [...gen.vars.keys()].filter((at) => gen.vars[at]?.type === value.type);
  const at = fits[gen.below(fits.length)];
  if (at !== undefined) gen.vars[at] = value;
}

function statements(gen: Gen, callee: IrFunction | null, depth: number): void {
  const count = 1 + gen.below(6);
  for (let i = 0; i < count && gen.left > 0; i++) statement(gen, callee, depth);
  if (depth === 0) while (gen.left > 0) statement(gen, callee, depth);
}

function statement(gen: Gen, callee: IrFunction | null, depth: number): void {
  gen.left--;
  const kind = gen.below(depth > 3 ? 8 : 12);
  if (kind < 3) set(gen, arithmetic(gen));
  else if (kind === 3) set(gen, convert(gen));
  else if (kind === 4) memoryAccess(gen);
  else if (kind === 5) call(gen, callee);
  else if (kind === 6) set(gen, compare(gen));
  else if (kind === 7) rare(gen);
  else if (kind < 10) choice(gen, callee, depth);
  else if (kind === 10) loop(gen, callee, depth);
  else choose(gen, callee, depth);
}

function arithmetic(gen: Gen): Value {
  const type = gen.below(2) === 0 ? 'i32' : 'i64';
  const kind = BINARY_OPS[gen.below(BINARY_OPS.length)] ?? 'add';
  const left = some(gen, type);
  const right = kind === 'shl' || kind === 'lshr' || kind === 'ashr' ? amount(gen, type) : some(gen, type);
  return add(gen, { op: 'binary', kind, type, args: [left, right] } as never);
}

/** C leaves larger ones open. */
function amount(gen: Gen, type: Type): Value {
  const mask = type === 'i32' ? 31 : 63;
  if (gen.below(2) === 0) return constant(gen.fn, type, BigInt(gen.below(mask + 1)));
  return add(gen, { op: 'binary', kind: 'and', type, args: [some(gen, type), constant(gen.fn, type, BigInt(mask))] } as never); // prettier-ignore
}

function convert(gen: Gen): Value {
  const kinds = ['zext', 'sext', 'trunc', 'zext8', 'zext16', 'sext8', 'sext16', 'swap16', 'swap32', 'swap64'] as const;
  const kind = kinds[gen.below(kinds.length)] ?? 'zext';
  if (kind === 'trunc') return add(gen, { op: 'convert', kind, type: 'i32', args: [some(gen, 'i64')] } as never);
  if (kind === 'zext' || kind === 'sext') return add(gen, { op: 'convert', kind, type: 'i64', args: [some(gen, 'i32')] } as never); // prettier-ignore
  const type = kind === 'swap64' || gen.below(2) === 0 ? 'i64' : 'i32';
  return add(gen, { op: 'convert', kind, type, args: [some(gen, type)] } as never);
}

function pointer(gen: Gen): Value {
  const base = gen.below(2) === 0 ? gen.memory : gen.frame;
  if (gen.below(2) === 0) return base;
  if (gen.below(2) === 0) return add(gen, { op: 'binary', kind: 'add', type: 'ptr', args: [base, constant(gen.fn, 'i64', 8n)] } as never); // prettier-ignore
  const index = add(gen, { op: 'binary', kind: 'and', type: 'i64', args: [some(gen, 'i64'), constant(gen.fn, 'i64', 8n)] } as never); // prettier-ignore
  return add(gen, { op: 'binary', kind: 'add', type: 'ptr', args: [base, index] } as never);
}

function memoryAccess(gen: Gen): void {
  const size = ([1, 2, 4, 8] as const)[gen.below(4)] ?? 1;
  const off = size * gen.below(16 / size);
  const base = pointer(gen);
  const type: Type = size === 8 || gen.below(2) === 0 ? 'i64' : 'i32';
  if (gen.below(2) === 0) add(gen, { op: 'store', type: 'void', args: [base, some(gen, type)], size, volatile: false, off } as never); // prettier-ignore
  else set(gen, add(gen, { op: 'load', type, args: [base], size, signed: gen.below(2) === 0 && !(size === 8), volatile: false, off } as never)); // prettier-ignore
}

/** Helper n takes n arguments. */
function call(gen: Gen, callee: IrFunction | null): void {
  if (callee !== null && gen.below(4) === 0) {
    const args = [gen.memory, some(gen, 'i64'), some(gen, 'i64')];
    set(gen, add(gen, { op: 'call', type: 'i64', args, callee: { kind: 'function', symbol: callee.symbol }, pure: false } as never)); // prettier-ignore
    return;
  }
  const number = 1 + gen.below(5);
  const args = Array.from({ length: number }, () => some(gen, 'i64'));
  set(gen, add(gen, { op: 'call', type: 'i64', args, callee: { kind: 'helper', number }, pure: false } as never));
}

function compare(gen: Gen): Value {
  const type = gen.below(2) === 0 ? 'i32' : 'i64';
  return add(gen, { op: 'compare', kind: COMPARE_OPS[gen.below(10)], type: 'i32', args: [some(gen, type), some(gen, type)] } as never); // prettier-ignore
}

function rare(gen: Gen): void {
  const what = gen.below(3);
  const at = { sizeBytes: 8 * (1 + gen.below(2)), alignBytes: [1, 2, 4, 8][gen.below(4)] };
  if (what === 0) add(gen, { op: 'memcpy', type: 'void', args: [gen.frame, gen.memory], ...at } as never);
  else if (what === 1) add(gen, { op: 'memset', type: 'void', args: [gen.memory, some(gen, 'i32')], ...at } as never);
  else atomic(gen);
}

function atomic(gen: Gen): void {
  const size = gen.below(2) === 0 ? 4 : 8;
  const type: Type = size === 8 ? 'i64' : 'i32';
  const kinds = ['add', 'or', 'and', 'xor', 'xchg', 'cmpxchg'] as const;
  const kind = gen.wishes.fetch ? (kinds[gen.below(6)] ?? 'add') : 'add';
  const base = gen.below(2) === 0 ? gen.memory : gen.frame;
  const args = [base, some(gen, type), ...(kind === 'cmpxchg' ? [some(gen, type)] : [])];
  const made = add(gen, {
    op: 'atomic',
    kind,
    type,
    size,
    args,
    fetch: gen.wishes.fetch,
    off: 8 * gen.below(2),
  } as never);
  if (gen.wishes.fetch) set(gen, made);
}

/** Values of a join: phis where the ways differ. */
function join(
  gen: Gen,
  block: Block,
  ways: readonly { readonly from: Block; readonly vars: readonly Value[] }[],
): void {
  gen.block = block;
  gen.vars = gen.vars.map((_, i) => {
    const values = block.preds.map((pred) => ways.find(({ from }) => from === pred)?.vars[i] as Value);
    if (values.every((value) => value === values[0])) return values[0] as Value;
    return append(gen.fn, block, { op: 'phi', type: values[0]?.type as Constant['type'], args: values, ...BARE });
  });
}

function choice(gen: Gen, callee: IrFunction | null, depth: number): void {
  const [then, otherwise, after] = ['then', 'else', 'after'].map((label) => newBlock(gen.fn, label)) as [
    Block,
    Block,
    Block,
  ];
  const type = gen.below(2) === 0 ? 'i32' : 'i64';
  const bit = gen.below(3) === 0;
  const left = bit ? add(gen, { op: 'binary', kind: 'and', type, args: [some(gen, type), constant(gen.fn, type, CONSTANTS[gen.below(CONSTANTS.length)] ?? 1n)] } as never) : some(gen, type); // prettier-ignore
  const right = bit ? constant(gen.fn, type, 0n) : some(gen, type);
  const kind = bit ? (['eq', 'ne'] as const)[gen.below(2)] : COMPARE_OPS[gen.below(10)];
  const half = gen.below(3) === 0;
  const before = { from: gen.block, vars: gen.vars };
  terminate(gen.fn, gen.block, { op: 'branch', kind, args: [left, right], then, otherwise: half ? after : otherwise, likely: [true, false, null][gen.below(3)] ?? null, ...BARE } as never); // prettier-ignore
  const ways = [half ? before : branchWay(gen, otherwise, before.vars, after, callee, depth)];
  ways.push(branchWay(gen, then, before.vars, after, callee, depth));
  join(gen, after, ways);
  if (half) gen.fn.blocks.splice(gen.fn.blocks.indexOf(otherwise), 1);
}

function branchWay(
  gen: Gen,
  block: Block,
  vars: readonly Value[],
  after: Block,
  callee: IrFunction | null,
  depth: number,
): { from: Block; vars: Value[] } {
  // prettier-ignore
  gen.block = block;
  gen.vars = [...vars];
  statements(gen, callee, depth + 1);
  terminate(gen.fn, gen.block, { op: 'jump', to: after, args: [], ...BARE } as never);
  return { from: gen.block, vars: gen.vars };
}

function loop(gen: Gen, callee: IrFunction | null, depth: number): void {
  const [head, body, after] = ['head', 'body', 'done'].map((label) => newBlock(gen.fn, label)) as [Block, Block, Block];
  const before = gen.block;
  const initial = gen.vars;
  terminate(gen.fn, gen.block, { op: 'jump', to: head, args: [], ...BARE } as never);
  gen.block = head;
  const count = append(gen.fn, head, { op: 'phi', type: 'i64', args: [constant(gen.fn, 'i64', 0n)], ...BARE });
  const phis = initial.map((value) => append(gen.fn, head, { op: 'phi', type: value.type as Constant['type'], args: [value], ...BARE })); // prettier-ignore
  gen.vars = [...phis];
  terminate(gen.fn, head, { op: 'branch', kind: 'ult', args: [count, constant(gen.fn, 'i64', BigInt(1 + gen.below(4)))], then: body, otherwise: after, likely: null, ...BARE } as never); // prettier-ignore
  gen.block = body;
  statements(gen, callee, depth + 2);
  const next = add(gen, {
    op: 'binary',
    kind: 'add',
    type: 'i64',
    args: [count, constant(gen.fn, 'i64', 1n)],
  } as never);
  const end = gen.vars;
  // The edge gets its values before it exists: terminate would give zeros.
  terminate(gen.fn, gen.block, { op: 'jump', to: head, args: [], ...BARE } as never, (phi) =>
    phi === count ? next : (end[phis.indexOf(phi)] ?? next),
  );
  if (before === head) throw new Error('unreachable');
  gen.block = after;
  gen.vars = [...phis];
}

function choose(gen: Gen, callee: IrFunction | null, depth: number): void {
  const after = newBlock(gen.fn, 'chosen');
  const type = gen.below(2) === 0 ? 'i32' : 'i64';
  const value = add(gen, {
    op: 'binary',
    kind: 'and',
    type,
    args: [some(gen, type), constant(gen.fn, type, 15n)],
  } as never);
  const vars = gen.vars;
  const targets = Array.from({ length: 2 + gen.below(4) }, (_, i) => newBlock(gen.fn, `case${i}`));
  const cases = targets.slice(1).map((to, i) => ({ first: BigInt(3 * i), last: BigInt(3 * i + gen.below(2)), to }));
  if (gen.below(2) === 0) cases.push({ first: 13n, last: 14n, to: after });
  const before = { from: gen.block, vars };
  terminate(gen.fn, gen.block, {
    op: 'switch',
    args: [value],
    cases,
    otherwise: targets[0] as Block,
    ...BARE,
  } as never);
  const ways = targets.map((block) => branchWay(gen, block, vars, after, callee, depth));
  join(gen, after, [...ways, before]);
}
