/**
 * How records go into functions and out of them: up to 16 bytes in one or two registers, larger ones as the address of a
 * copy, results always through a hidden first parameter. Mirrors clang's lib/CodeGen/Targets/BPF.cpp (v19).
 */
import type { Constant, SizeBytes, Value, ValueType } from '../ir/ir.ts';
import type { CType, FunctionType } from '../types.ts';
import { binary, binaryWith, number } from './emit.ts';
import { addressOf, movedBy, type Location } from './location.ts';
import { copyObject, loadPiece, storePiece } from './memory.ts';
import { temporary } from './object.ts';
import { heldIn, isVoid, recordOf, sizeOf } from './shape.ts';
import type { BodyState } from './state.ts';

const LARGEST_IN_REGISTERS = 16;

export interface Signature {
  readonly returns: ValueType;
  /** The first parameter says where the result goes. */
  readonly hidden: boolean;
  readonly params: readonly { readonly type: Constant['type']; readonly name: string }[];
}

export function signatureOf(type: FunctionType, names: readonly string[]): Signature {
  const hidden = recordOf(type.returns) !== null;
  const params = type.params.flatMap((param, n) =>
    partsOf(param.type).map((part) => ({ type: part, name: names[n] ?? param.name })),
  );
  const returns = hidden || isVoid(type.returns) ? 'void' : (heldIn(type.returns) ?? 'i64');
  return { returns, hidden, params: hidden ? [{ type: 'ptr', name: '' }, ...params] : params };
}

/** The registers that a parameter takes. */
export function partsOf(type: CType): Constant['type'][] {
  if (!recordOf(type)) return [heldIn(type) ?? 'i64'];
  const size = sizeOf(type);
  if (size > LARGEST_IN_REGISTERS) return ['ptr'];
  return size === 0 ? [] : size <= 8 ? ['i64'] : ['i64', 'i64'];
}

/** What is passed for a record. */
export function recordParts(f: BodyState, from: Location, type: CType): Value[] {
  const size = sizeOf(type);
  if (size > LARGEST_IN_REGISTERS) {
    const copy = temporary(f, size);
    copyObject(f, copy, from, size);
    return [addressOf(f, copy)];
  }
  return partsOf(type).map((_, n) => word(f, movedBy(from, n * 8), Math.min(size - n * 8, 8)));
}

/** Puts what was passed for a record into its memory. */
export function storeParts(f: BodyState, to: Location, parts: readonly Value[]): void {
  parts.forEach((part, n) => storePiece(f, movedBy(to, n * 8), part, 8, false));
}

/** Up to 8 bytes as a number, the missing ones zero. */
function word(f: BodyState, from: Location, bytes: number): Value {
  let whole: Value | null = null;
  for (let at = 0; at < bytes;) {
    const size = ([8, 4, 2, 1] as const).find((n) => n <= bytes - at) ?? 1;
    const piece = loadPiece(f, movedBy(from, at), 'i64', size satisfies SizeBytes, false, false);
    const placed: Value = at === 0 ? piece : binaryWith(f, 'shl', piece, at * 8);
    whole = whole ? binary(f, 'or', whole, placed) : placed;
    at += size;
  }
  return whole ?? number(f, 'i64', 0);
}
