/** What objects hold that never change: `const` variables with initialisers, and strings. */
import type { GlobalVariable, InitEntry } from '../typed.ts';
import type { CType } from '../types.ts';
import { type ConstantValue, evaluate } from './constant.ts';
import { bitsOf, wrapTo } from './conversions.ts';
import { sizeOf } from './layout.ts';
import { isPointer, isScalar, qualifiersOf } from './typeQueries.ts';

type Address = Extract<ConstantValue, { kind: 'address' }>;

/** A scalar of that type at that address; null when it may change or is no whole entry. */
export function knownContents({ symbol, addend }: Address, type: CType): ConstantValue | null {
  if (!isScalar(type) || addend < 0n) return null;
  if (symbol.kind === 'literal') return bytesAt(symbol.bytes, Number(addend), type);
  if (symbol.kind !== 'global' || !isFixed(symbol)) return null;
  return inInitializer(symbol, Number(addend), type);
}

function isFixed({ type, linkage, external }: GlobalVariable): boolean {
  const { const: isConst, volatile } = qualifiersOf(type);
  return isConst && !volatile && linkage !== 'weak' && !external;
}

function bytesAt(bytes: Uint8Array, at: number, type: CType): ConstantValue | null {
  const size = bitsOf(type) / 8;
  if (at + size > bytes.length) return null;
  let value = 0n;
  for (let i = size - 1; i >= 0; i--) value = (value << 8n) | BigInt(bytes[at + i] ?? 0);
  return { kind: 'int', value: wrapTo(type, value) };
}

function inInitializer({ init, type: whole }: GlobalVariable, at: number, type: CType): ConstantValue | null {
  if (init === null) return null;
  if (init.kind === 'value') return at === 0 && isScalar(whole) ? evaluate(init.value, true) : null;
  const size = sizeOf(type) ?? 0;
  const touching = init.entries.filter((entry) => overlaps(entry, at, size));
  const [only] = touching;
  if (only === undefined) return isPointer(type) || size <= 8 ? { kind: 'int', value: 0n } : null;
  if (touching.length > 1 || only.bitField !== null) return null;
  if (only.value.kind === 'string') return inString(only, at, type);
  return only.offsetBytes === at && sizeOf(only.type) === size ? evaluate(only.value, true) : null;
}

function overlaps({ offsetBytes, type }: InitEntry, at: number, size: number): boolean {
  return offsetBytes < at + size && at < offsetBytes + (sizeOf(type) ?? 0);
}

function inString(entry: InitEntry, at: number, type: CType): ConstantValue | null {
  return entry.value.kind === 'string' ? bytesAt(entry.value.literal.bytes, at - entry.offsetBytes, type) : null;
}
