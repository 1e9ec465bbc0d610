/** New instructions for passes that put several in the place of one; reads and writes of words. */
import { newInstr, type InstrInit } from '../ir/edit.ts';
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

/** i64 for 8 bytes, else i32, zero-extended. */
export function loadWord(emitter: Emitter, pointer: Value, off: number, size: SizeBytes, alignBytes: number): Value {
  const type = size === 8 ? 'i64' : 'i32';
  const init = { op: 'load', type, signed: false, volatile: false, size, off, ...unaligned(size, alignBytes) } as const;
  return emit(emitter, init, pointer);
}

/** The low bytes of a number. */
export function storeWord(
  emitter: Emitter,
  pointer: Value,
  off: number,
  size: SizeBytes,
  alignBytes: number,
  value: Value,
): void {
  const init = { op: 'store', type: 'void', volatile: false, size, off, ...unaligned(size, alignBytes) } as const;
  emit(emitter, init, pointer, value);
}

/** `splitUnaligned` takes apart what the alignment does not allow. */
function unaligned(size: SizeBytes, alignBytes: number): { alignBytes?: 1 | 2 | 4 } {
  if (alignBytes >= size) return {};
  return { alignBytes: alignBytes >= 4 ? 4 : alignBytes >= 2 ? 2 : 1 };
}
