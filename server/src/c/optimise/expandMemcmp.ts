/**
 * Turns `memcmp` of a known size into loads and branches, by words as wide as both sides are aligned. A result that is only compared with 0 needs no
 * order; otherwise the first words that differ are compared with their bytes swapped, since the first byte counts most.
 */
import { addPhi, constant, newBlock, replaceAll, setInstrs, splitBefore, terminate, usersOf } from '../ir/edit.ts';
import type { Block, Instr, IrFunction, SizeBytes, Value } from '../ir/ir.ts';
import { emit, loadWord, type Emitter } from './words.ts';

type Late = Instr & { op: 'late' };

const LARGEST = 128;

/** True when something was expanded. */
export function expandMemcmp(fn: IrFunction): boolean {
  const calls = fn.blocks.flatMap(({ instrs }) => instrs.filter(isExpandable));
  if (calls.length === 0) return false;
  const users = usersOf(fn);
  const replaced = new Map<Value, Value>();
  for (const call of calls.reverse()) {
    const isOrderless = users
      .of(call)
      .every(
        (user) =>
          (user.op === 'compare' || user.op === 'branch') &&
          (user.kind === 'eq' || user.kind === 'ne') &&
          user.args[1]?.op === 'const' &&
          user.args[1].value === 0n,
      );
    replaced.set(call, expand(fn, call, isOrderless));
  }
  replaceAll(fn, replaced);
  return true;
}

function isExpandable(instr: Instr): instr is Late {
  if (instr.op !== 'late' || instr.kind !== 'memcmp') return false;
  const size = instr.args[2];
  return size?.op === 'const' && size.value > 0n && size.value <= BigInt(LARGEST);
}

function expand(fn: IrFunction, call: Late, isOrderless: boolean): Value {
  const [a, b, size] = call.args as [Value, Value, Value & { op: 'const' }];
  const block = call.block as Block;
  const rest = splitBefore(fn, call, `${block.label}.compared`);
  setInstrs(rest, rest.instrs.filter((instr) => instr !== call)); // prettier-ignore
  const differ = newBlock(fn, `${block.label}.differ`);
  const words = compareWords(fn, call, block, rest, differ, [a, b], Number(size.value));
  const result = isOrderless ? constant(fn, 'i32', 1n) : orderOf(fn, call, differ, words);
  terminate(fn, differ, { op: 'jump', to: rest, args: [], place: call.place, inlinedAt: call.inlinedAt });
  const zero = constant(fn, 'i32', 0n);
  const phi = addPhi(fn, rest, 'i32', call.place, (pred) => (pred === differ ? result : zero));
  return call.type === 'i64' ? widened(fn, phi, rest, call) : phi;
}

interface Words {
  readonly from: Block;
  readonly size: SizeBytes;
  readonly a: Value;
  readonly b: Value;
}

function compareWords(
  fn: IrFunction,
  call: Late,
  block: Block,
  rest: Block,
  differ: Block,
  [a, b]: readonly [Value, Value],
  sizeBytes: number,
): Words[] {
  const words: Words[] = [];
  const { place, inlinedAt } = call;
  let at = block;
  for (let off = 0; off < sizeBytes;) {
    let size = Math.min(alignmentAt(a, off), alignmentAt(b, off));
    while (off + size > sizeBytes) size /= 2;
    const emitter: Emitter = { fn, from: call, out: [] };
    const left = loadWord(emitter, a, off, size as SizeBytes, size);
    const right = loadWord(emitter, b, off, size as SizeBytes, size);
    setInstrs(at, [...at.instrs, ...emitter.out]);
    off += size;
    const next = off < sizeBytes ? newBlock(fn, `${block.label}.word`) : rest;
    const init = {
      op: 'branch',
      kind: 'ne',
      then: differ,
      otherwise: next,
      likely: null,
      args: [left, right],
    } as const;
    terminate(fn, at, { ...init, args: [left, right], place, inlinedAt });
    words.push({ from: at, size: size as SizeBytes, a: left, b: right });
    at = next;
  }
  return words;
}

function orderOf(fn: IrFunction, call: Late, differ: Block, words: readonly Words[]): Value {
  const side = (which: 'a' | 'b'): Value =>
    addPhi(fn, differ, 'i64', call.place, (pred) => {
      const word = words.find(({ from }) => from === pred) as Words;
      return swapped(fn, call, word, which);
    });
  const emitter: Emitter = { fn, from: call, out: [] };
  const [a, b] = [side('a'), side('b')];
  const less = emit(emitter, { op: 'compare', kind: 'ult', type: 'i32' }, a, b);
  const twice = emit(emitter, { op: 'binary', kind: 'shl', type: 'i32' }, less, constant(fn, 'i32', 1n));
  const order = emit(emitter, { op: 'binary', kind: 'sub', type: 'i32' }, constant(fn, 'i32', 1n), twice);
  setInstrs(differ, [...differ.instrs, ...emitter.out]);
  return order;
}

/** The word as a number whose first byte counts most, computed before its block's branch. */
function swapped(fn: IrFunction, call: Late, { from, size, a, b }: Words, which: 'a' | 'b'): Value {
  const emitter: Emitter = { fn, from: call, out: [] };
  const word = which === 'a' ? a : b;
  const wide = size === 8 ? word : emit(emitter, { op: 'convert', kind: 'zext', type: 'i64' }, word);
  const kind = ({ 8: 'swap64', 4: 'swap32', 2: 'swap16', 1: null } as const)[size];
  const value = kind === null ? wide : emit(emitter, { op: 'convert', kind, type: 'i64' }, wide);
  setInstrs(from, [...from.instrs.slice(0, -1), ...emitter.out, from.instrs.at(-1) as Instr]);
  return value;
}

function widened(fn: IrFunction, phi: Instr, rest: Block, call: Late): Value {
  const emitter: Emitter = { fn, from: call, out: [] };
  const wide = emit(emitter, { op: 'convert', kind: 'sext', type: 'i64' }, phi);
  const phis = rest.instrs.filter(({ op }) => op === 'phi').length;
  setInstrs(rest, [...rest.instrs.slice(0, phis), ...emitter.out, ...rest.instrs.slice(phis)]);
  return wide;
}

/** Without knowledge of data; structs on the stack know theirs. */
function alignmentAt(pointer: Value, off: number): number {
  let base: Value = pointer;
  let at = off;
  while (base.op === 'binary' && base.args[1]?.op === 'const') {
    at += Number(base.args[1].value & 7n);
    base = base.args[0] as Value;
  }
  let align = base.op === 'alloca' ? Math.min(8, base.alignBytes) : 1;
  while (at % align !== 0) align /= 2;
  return align;
}
