/**
 * Turns copies and fills into loads and stores of the widest aligned units. As clang's BPF back end (LLVM 19) it makes
 * at most 128 stores of one, counted before what is not aligned is taken apart; what is larger is left, and reported at
 * the end.
 */
import { constant, setInstrs } from '../ir/edit.ts';
import type { Instr, IrFunction, SizeBytes, Value } from '../ir/ir.ts';
import { repeated } from './splitAllocas.ts';
import { loadWord, storeWord, type Emitter } from './words.ts';

type BlockAccess = Instr & { op: 'memcpy' | 'memmove' | 'memset' };

const MOST_STORES = 128;

/** True when something was expanded. */
export function expandMemory(fn: IrFunction): boolean {
  let changed = false;
  for (const block of fn.blocks) {
    if (!block.instrs.some(isExpandable)) continue;
    const out: Instr[] = [];
    for (const instr of block.instrs) {
      if (isExpandable(instr)) expand({ fn, from: instr, out }, instr);
      else out.push(instr);
    }
    setInstrs(block, out);
    changed = true;
  }
  return changed;
}

function isExpandable(instr: Instr): instr is BlockAccess {
  if (instr.op !== 'memcpy' && instr.op !== 'memmove' && instr.op !== 'memset') return false;
  const units = unitsOf(instr.sizeBytes, instr.op === 'memmove' ? instr.alignBytes : 8, MOST_STORES + 1);
  return units.length <= MOST_STORES;
}

interface Unit {
  readonly off: number;
  readonly size: SizeBytes;
}

/** At most `limit` of them. */
function unitsOf(sizeBytes: number, alignBytes: number, limit: number): Unit[] {
  const units: Unit[] = [];
  for (let off = 0; off < sizeBytes && units.length < limit;) {
    let size: number = 8;
    while (size > 1 && (alignBytes % size !== 0 || off + size > sizeBytes)) size /= 2;
    units.push({ off, size: size as SizeBytes });
    off += size;
  }
  return units;
}

function expand(emitter: Emitter, instr: BlockAccess): void {
  const units = unitsOf(instr.sizeBytes, Math.max(1, instr.alignBytes), instr.sizeBytes);
  const [to, from] = instr.args as [Value, Value];
  if (instr.op === 'memset') {
    for (const { off, size } of units) storeWord(emitter, to, off, size, size, filled(emitter, from, size));
    return;
  }
  if (instr.op === 'memcpy' || !mayOverlap(to, from)) {
    for (const { off, size } of units)
      storeWord(emitter, to, off, size, size, loadWord(emitter, from, off, size, size));
    return;
  }
  const words = units.map(({ off, size }) => loadWord(emitter, from, off, size, size));
  for (const [i, { off, size }] of units.entries()) storeWord(emitter, to, off, size, size, words[i] as Value);
}

/** Stores of zeros are of one constant, however wide. */
function filled(emitter: Emitter, byte: Value, size: SizeBytes): Value {
  if (byte.op === 'const' && (byte.value & 0xffn) === 0n) return constant(emitter.fn, size === 8 ? 'i64' : 'i32', 0n);
  return repeated(emitter, byte, size);
}

/** Different objects on the stack, or of symbols, have no byte in common. */
function mayOverlap(to: Value, from: Value): boolean {
  const [a, b] = [objectOf(to), objectOf(from)];
  return a === null || b === null || a === b;
}

function objectOf(value: Value): unknown {
  if (value.op === 'alloca') return value;
  if (value.op === 'address') return value.symbol;
  return value.op === 'binary' && value.args[1]?.op === 'const' ? objectOf(value.args[0] as Value) : null;
}
