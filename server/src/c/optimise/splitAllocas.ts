/**
 * Takes structs and arrays on the stack apart ("SROA"): every piece that is accessed by itself becomes memory of its own,
 * so that `promote` can make it a value. Copies and fills are cut along the pieces.
 */
import { constant, newInstr, replaceAll, setInstrs, usersOf } from '../ir/edit.ts';
import type { Instr, IrFunction, SizeBytes, Value } from '../ir/ir.ts';
import { accessesOf, type Access } from './accesses.ts';
import { baseOf } from './escape.ts';
import { piecesOf, type Piece } from './pieces.ts';
import { removeDead } from './removeDead.ts';
import { emit, loadWord, storeWord, type Emitter } from './words.ts';

type Alloca = Instr & { op: 'alloca' };

/** A piece with its own memory; null for one that nobody reads. */
interface Part extends Piece {
  readonly alloca: Alloca | null;
}

interface Splitting {
  readonly fn: IrFunction;
  /** What stands in an instruction's place. */
  readonly lists: Map<Instr, Instr[]>;
  readonly replaced: Map<Value, Value>;
}

/** True when something was taken apart; a copy between two such things wants another round. */
export function splitAllocas(fn: IrFunction): boolean {
  const allocas = fn.blocks[0]?.instrs.filter((instr) => instr.op === 'alloca') ?? [];
  if (allocas.length === 0) return false;
  const users = usersOf(fn, true);
  const state: Splitting = { fn, lists: new Map(), replaced: new Map() };
  for (const alloca of allocas) {
    const accesses = accessesOf(alloca, users);
    if (!accesses || isReady(alloca, accesses) || accesses.some(({ instr }) => state.lists.has(instr))) continue;
    const pieces = piecesOf(alloca.sizeBytes, alloca.alignBytes, accesses);
    if (pieces) splitOne(state, alloca, accesses, pieces);
  }
  if (state.lists.size === 0) return false;
  for (const block of fn.blocks) {
    if (!block.instrs.some((instr) => state.lists.has(instr))) continue;
    setInstrs(block, block.instrs.flatMap((instr) => state.lists.get(instr) ?? [instr])); // prettier-ignore
  }
  replaceAll(fn, state.replaced);
  forgetAddresses(fn, state.lists);
  // Addresses inside the old memory have no users any more.
  removeDead(fn, true);
  return true;
}

/** Memory that was taken apart has no address any more that a variable could hold. */
function forgetAddresses(fn: IrFunction, lists: ReadonlyMap<Instr, unknown>): void {
  for (const { instrs } of fn.blocks) {
    for (const instr of instrs) {
      const base = instr.op === 'debugValue' && instr.args[0] ? baseOf(instr.args[0]) : null;
      if (base?.op === 'alloca' && lists.has(base)) instr.args = [];
    }
  }
}

/** `promote` deals with it as it is, or it is of no use. */
function isReady(alloca: Alloca, accesses: readonly Access[]): boolean {
  return accesses.every(
    ({ instr, how, size }) =>
      (how === 'load' || how === 'store') && instr.args[0] === alloca && size === alloca.sizeBytes,
  );
}

function splitOne(state: Splitting, alloca: Alloca, accesses: readonly Access[], pieces: readonly Piece[]): void {
  const parts = pieces.map((piece): Part => ({ ...piece, alloca: memoryFor(state.fn, alloca, piece) }));
  const made = parts.flatMap((part) => part.alloca ?? []);
  state.lists.set(alloca, made);
  for (const access of accesses) {
    const out: Instr[] = [];
    const emitter: Emitter = { fn: state.fn, from: access.instr, out };
    const touched = parts.filter(({ off, size }) => off < access.off + access.size && off + size > access.off);
    for (const part of touched) if (part.alloca) rewrite(state, emitter, access, part, part.alloca);
    state.lists.set(access.instr, out);
  }
}

function memoryFor(fn: IrFunction, alloca: Alloca, { off, size, kind }: Piece): Alloca | null {
  if (kind === 'dead') return null;
  const { place, inlinedAt, variable } = alloca;
  let alignBytes = alloca.alignBytes;
  while (off % alignBytes !== 0) alignBytes /= 2;
  const variableOff = alloca.variableOff + off;
  const init = { op: 'alloca', type: 'ptr', args: [], sizeBytes: size, alignBytes, variable, variableOff } as const;
  return newInstr(fn, { ...init, args: [], place, inlinedAt });
}

function rewrite(state: Splitting, emitter: Emitter, access: Access, part: Part, memory: Alloca): void {
  switch (access.how) {
    case 'load':
      return rewriteLoad(state, emitter, access, part, memory);
    case 'store':
      return rewriteStore(emitter, access, part, memory);
    case 'fill':
      return rewriteFill(emitter, access, part, memory);
    case 'copyTo':
    case 'copyFrom':
      return rewriteCopy(emitter, access, part, memory);
  }
}

function rewriteLoad(state: Splitting, emitter: Emitter, access: Access, part: Part, memory: Alloca): void {
  const load = access.instr as Instr & { op: 'load' };
  if (part.kind !== 'mixed' || access.size === part.size) {
    load.args[0] = memory;
    load.off = access.off - part.off;
    emitter.out.push(load);
    return;
  }
  const word = loadWord(emitter, memory, 0, part.size as SizeBytes, 8);
  const type = word.type as 'i32' | 'i64';
  const bits = constant(state.fn, type, 8 * (access.off - part.off));
  const low = emit(emitter, { op: 'binary', kind: 'lshr', type }, word, bits);
  state.replaced.set(load, narrowed(emitter, low, load));
}

/** The low bytes of a number as the load would give them. */
function narrowed(emitter: Emitter, low: Instr, load: Instr & { op: 'load' }): Value {
  const { size, signed } = load;
  const int = low.type === 'i64' ? emit(emitter, { op: 'convert', kind: 'trunc', type: 'i32' }, low) : low;
  const bits = size === 1 ? '8' : '16';
  const kind = signed ? (`sext${bits}` as const) : (`zext${bits}` as const);
  const narrow = size === 4 ? int : emit(emitter, { op: 'convert', kind, type: 'i32' }, int);
  if (load.type === 'i32') return narrow;
  return emit(emitter, { op: 'convert', kind: signed ? 'sext' : 'zext', type: 'i64' }, narrow);
}

function rewriteStore(emitter: Emitter, access: Access, part: Part, memory: Alloca): void {
  const store = access.instr as Instr & { op: 'store' };
  if (part.kind !== 'mixed' || access.size === part.size) {
    store.args[0] = memory;
    store.off = access.off - part.off;
    emitter.out.push(store);
    return;
  }
  const type = part.size === 8 ? 'i64' : 'i32';
  const shift = BigInt(8 * (access.off - part.off));
  const mask = ((1n << BigInt(8 * access.size)) - 1n) << shift;
  const number = (value: bigint): Value => constant(emitter.fn, type, value);
  const old = loadWord(emitter, memory, 0, part.size as SizeBytes, 8);
  const rest = emit(emitter, { op: 'binary', kind: 'and', type }, old, number(~mask));
  const value = asNumber(emitter, store.args[1] as Value, type);
  const moved = emit(emitter, { op: 'binary', kind: 'shl', type }, value, number(shift));
  const own = emit(emitter, { op: 'binary', kind: 'and', type }, moved, number(mask));
  const whole = emit(emitter, { op: 'binary', kind: 'or', type }, rest, own);
  storeWord(emitter, memory, 0, part.size as SizeBytes, 8, whole);
}

function asNumber(emitter: Emitter, value: Value, type: 'i32' | 'i64'): Value {
  if (value.type === type) return value;
  if (value.op === 'const') return constant(emitter.fn, type, value.value);
  return emit(emitter, { op: 'convert', kind: type === 'i64' ? 'zext' : 'trunc', type }, value);
}

function rewriteFill(emitter: Emitter, access: Access, part: Part, memory: Alloca): void {
  const byte = access.instr.args[1] as Value;
  const from = Math.max(access.off, part.off);
  const to = Math.min(access.off + access.size, part.off + part.size);
  if (part.kind === 'memory') {
    const alignBytes = alignAt(memory.alignBytes, from - part.off);
    const init = { op: 'memset', type: 'void', sizeBytes: to - from, alignBytes } as const;
    emit(emitter, init, moved(emitter, memory, from - part.off), byte);
    return;
  }
  storeWord(emitter, memory, 0, part.size as SizeBytes, 8, repeated(emitter, byte, part.size as SizeBytes));
}

/** The byte in every byte of a word. */
export function repeated(emitter: Emitter, byte: Value, size: SizeBytes): Value {
  const type = size === 8 ? 'i64' : 'i32';
  const ones = 0x0101_0101_0101_0101n & ((1n << BigInt(8 * size)) - 1n);
  if (byte.op === 'const') return constant(emitter.fn, type, (byte.value & 0xffn) * ones);
  const number = asNumber(emitter, byte, type);
  const low = emit(emitter, { op: 'convert', kind: 'zext8', type }, number);
  return size === 1 ? low : emit(emitter, { op: 'binary', kind: 'mul', type }, low, constant(emitter.fn, type, ones));
}

function rewriteCopy(emitter: Emitter, access: Access, part: Part, memory: Alloca): void {
  const copy = access.instr as Instr & { op: 'memcpy' | 'memmove' };
  const isTarget = access.how === 'copyTo';
  const other = copy.args[isTarget ? 1 : 0] as Value;
  const from = Math.max(access.off, part.off);
  const size = Math.min(access.off + access.size, part.off + part.size) - from;
  const otherOff = from - access.off;
  const alignBytes = alignAt(copy.alignBytes, otherOff);
  if (part.kind === 'memory') {
    const ends = [moved(emitter, memory, from - part.off), moved(emitter, other, otherOff)] as const;
    const align = alignAt(Math.min(alignBytes, memory.alignBytes), from - part.off);
    const init = { op: copy.op, type: 'void', sizeBytes: size, alignBytes: align } as const;
    emit(emitter, init, ...(isTarget ? ends : ([ends[1], ends[0]] as const)));
  } else if (isTarget) {
    const word = loadWord(emitter, other, otherOff, size as SizeBytes, alignBytes);
    storeWord(emitter, memory, 0, size as SizeBytes, 8, word);
  } else {
    const word = loadWord(emitter, memory, 0, size as SizeBytes, 8);
    storeWord(emitter, other, otherOff, size as SizeBytes, alignBytes, word);
  }
}

function moved(emitter: Emitter, pointer: Value, off: number): Value {
  if (off === 0) return pointer;
  return emit(emitter, { op: 'binary', kind: 'add', type: 'ptr' }, pointer, constant(emitter.fn, 'i64', off));
}

function alignAt(alignBytes: number, off: number): number {
  let align = Math.max(alignBytes, 1);
  while (off % align !== 0) align /= 2;
  return align;
}
