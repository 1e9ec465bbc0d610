/** Reads and writes of whole words where memory may only be accessed in smaller units. */
import { constant, newInstr, type InstrInit } from '../ir/edit.ts';
import type { Instr, IrFunction, SizeBytes, Value } from '../ir/ir.ts';

/** Where new instructions go and what they come from. */
export interface Emitter {
  readonly fn: IrFunction;
  readonly from: Instr;
  readonly out: Instr[];
}

/** `args`, `place` and `inlinedAt` are the emitter's. */
export type Bare<T> = T extends unknown ? Omit<T, 'args' | 'place' | 'inlinedAt'> : never;

export function emit({ fn, from, out }: Emitter, init: Bare<InstrInit>, ...args: Value[]): Instr {
  const { place, inlinedAt } = from;
  const instr = newInstr(fn, { ...init, args, place, inlinedAt }) as Instr;
  out.push(instr);
  return instr;
}

/** i64 for 8 bytes, else i32, zero-extended; put together from units when the memory is less aligned. */
export function loadWord(emitter: Emitter, pointer: Value, off: number, size: SizeBytes, alignBytes: number): Value {
  const type = size === 8 ? 'i64' : 'i32';
  const unit = unitOf(size, alignBytes);
  let word: Value | null = null;
  for (let at = 0; at < size; at += unit) {
    const rest = { op: 'load', signed: false, volatile: false } as const;
    const part = emit(emitter, { ...rest, type, size: unit, off: off + at }, pointer);
    word = word === null ? part : emit(emitter, { op: 'binary', kind: 'or', type }, shifted(emitter, part, at), word);
  }
  return word as Value;
}

function shifted(emitter: Emitter, part: Instr, bytes: number): Value {
  const type = part.type as 'i32' | 'i64';
  return emit(emitter, { op: 'binary', kind: 'shl', type }, part, constant(emitter.fn, type, 8 * bytes));
}

/** The low bytes of a number, in units when the memory is less aligned. */
export function storeWord(
  emitter: Emitter,
  pointer: Value,
  off: number,
  size: SizeBytes,
  alignBytes: number,
  value: Value,
): void {
  const unit = unitOf(size, alignBytes);
  for (let at = 0; at < size; at += unit) {
    const type = value.type as 'i32' | 'i64';
    const part =
      at === 0 ? value : emit(emitter, { op: 'binary', kind: 'lshr', type }, value, constant(emitter.fn, type, 8 * at));
    const init = { op: 'store', type: 'void', size: unit, volatile: false, off: off + at } as const;
    emit(emitter, init, pointer, part);
  }
}

function unitOf(size: SizeBytes, alignBytes: number): SizeBytes {
  let unit = size;
  while (unit > 1 && (alignBytes < unit || alignBytes % unit !== 0)) unit = (unit / 2) as SizeBytes;
  return unit;
}
