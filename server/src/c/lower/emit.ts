/** Appends instructions to the function that is being lowered. */
import { computeBinary } from '../ir/compute.ts';
import { append, constant, newBlock, newInstr, terminate, type InstrInit, type TerminatorInit } from '../ir/edit.ts';
import type {
  BinaryOp,
  Block,
  CompareOp,
  Constant,
  ConvertOp,
  DebugVariable,
  Instr,
  SizeBytes,
  Value,
  ValueType,
} from '../ir/ir.ts';
import type { BodyState } from './state.ts';

type Without<T, K extends PropertyKey> = T extends unknown ? Omit<T, K> : never;

/** What an instruction is, before its place in the source is known. */
export type Draft = Without<InstrInit, 'place' | 'inlinedAt'>;
export type EndDraft = Without<TerminatorInit, 'place' | 'inlinedAt'>;

export function emit(f: BodyState, draft: Draft): Instr {
  return append(f.fn, f.block, { ...draft, place: f.place, inlinedAt: null });
}

/** Ends the block; what follows goes to `next`, or is unreachable. */
export function end(f: BodyState, draft: EndDraft, next: Block = newBlock(f.fn, 'dead')): void {
  terminate(f.fn, f.block, { ...draft, place: f.place, inlinedAt: null });
  f.block = next;
}

export function jump(f: BodyState, to: Block, next?: Block): void {
  end(f, { op: 'jump', args: [], to }, next ?? newBlock(f.fn, 'dead'));
}

export function block(f: BodyState, label: string): Block {
  return newBlock(f.fn, label);
}

export function number(f: BodyState, type: Constant['type'], value: bigint | number): Constant {
  return constant(f.fn, type, value);
}

export function binary(f: BodyState, kind: BinaryOp, left: Value, right: Value): Value {
  if (left.op === 'const' && right.op === 'const' && left.type === right.type)
    return number(f, left.type, computeBinary(kind, left.type === 'i32' ? 32 : 64, left.value, right.value));
  return emit(f, { op: 'binary', kind, type: left.type, args: [left, right] });
}

/** An operation with a constant of the value's type (i64 beside a pointer). */
export function binaryWith(f: BodyState, kind: BinaryOp, left: Value, right: bigint | number): Value {
  const type = left.type === 'i32' ? 'i32' : 'i64';
  return binary(f, kind, left, number(f, type, right));
}

/** int 0 or 1. */
export function compare(f: BodyState, kind: CompareOp, left: Value, right: Value): Value {
  return emit(f, { op: 'compare', kind, type: 'i32', args: [left, right] });
}

export function convert(f: BodyState, kind: ConvertOp, type: ValueType, value: Value): Value {
  return emit(f, { op: 'convert', kind, type, args: [value] });
}

/** The zero of a value's type. */
export function zeroLike(f: BodyState, value: Value): Constant {
  return number(f, value.type === 'void' ? 'i32' : value.type, 0n);
}

/** As a number of 64 bits; pointers, too. */
export function toInt64(f: BodyState, value: Value, signed: boolean): Value {
  if (value.type === 'i64') return value;
  if (value.op === 'const') return number(f, 'i64', signed ? BigInt.asIntN(32, value.value) : value.value);
  if (value.type === 'ptr') return convert(f, 'ptrToInt', 'i64', value);
  return convert(f, signed ? 'sext' : 'zext', 'i64', value);
}

/** The low 32 bits of a number. */
export function toInt32(f: BodyState, value: Value): Value {
  if (value.type === 'i32') return value;
  if (value.op === 'const') return number(f, 'i32', value.value);
  return convert(f, 'trunc', 'i32', toInt64(f, value, false));
}

export function toPointer(f: BodyState, value: Value): Value {
  if (value.type === 'ptr') return value;
  if (value.op === 'const') return number(f, 'ptr', value.value);
  return convert(f, 'intToPtr', 'ptr', value);
}

export function load(f: BodyState, type: Constant['type'], address: Value, size: SizeBytes, signed = false): Value {
  return emit(f, { op: 'load', type, args: [address], size, signed, volatile: false, off: 0 });
}

export function store(f: BodyState, address: Value, value: Value, size: SizeBytes): void {
  emit(f, { op: 'store', type: 'void', args: [address, value], size, volatile: false, off: 0 });
}

export function alloca(f: BodyState, sizeBytes: number, alignBytes: number, variable: DebugVariable | null): Value {
  const init: InstrInit = {
    op: 'alloca', type: 'ptr', args: [], sizeBytes, alignBytes, variable, variableOff: 0, place: f.place, inlinedAt: null,
  }; // prettier-ignore
  const made = newInstr(f.fn, init) as Instr;
  f.allocas.push(made);
  return made;
}
