/**
 * What is known of where pointers lead, as clang knows it (EmitPointerWithAlignment in CGExpr.cpp, v19): an object of
 * this function or unit is aligned as it was laid out, whatever its address is cast to; of others the type tells.
 */
import type { Expr, GlobalVariable, LocalVariable } from '../typed.ts';
import { isConst } from '../check/typeQueries.ts';
import { alignAfter } from './location.ts';
import { alignOf, plain, pointeeOf, sizeOf } from './shape.ts';

export interface Alignment {
  readonly bytes: number;
  /** The object is a variable that we lay out. */
  readonly declared: boolean;
}

export function pointerAlignment(pointer: Expr): Alignment {
  switch (pointer.kind) {
    case 'addressOf':
      return pointer.object.kind === 'function' ? { bytes: 8, declared: true } : objectAlignment(pointer.object);
    case 'decay':
      return objectAlignment(pointer.array);
    case 'pointerAdd': {
      const inner = pointerAlignment(pointer.pointer);
      return { ...inner, bytes: alignAfter(inner.bytes, stepOf(pointer.index, pointer.scaleBytes)) };
    }
    case 'convert': {
      if (pointer.how !== 'pointer' || !pointeeOf(pointer.operand.type)) return ofType(pointer);
      const inner = pointerAlignment(pointer.operand);
      return inner.declared ? inner : ofType(pointer);
    }
    default:
      return ofType(pointer);
  }
}

function ofType({ type }: Expr): Alignment {
  return { bytes: alignOf(pointeeOf(type) ?? type), declared: false };
}

/** Of an lvalue. */
export function objectAlignment(object: Expr): Alignment {
  switch (object.kind) {
    case 'string':
      return { bytes: 1, declared: true };
    case 'variable':
    case 'compoundLiteral':
      return { bytes: variableAlignment(object.variable), declared: true };
    case 'deref':
      return pointerAlignment(object.pointer);
    case 'member': {
      const inner = objectAlignment(object.record);
      const bytes = object.member.bits === null ? object.member.offsetBits / 8 : 0;
      return { ...inner, bytes: alignAfter(inner.bytes, bytes) };
    }
    case 'element': {
      const inner = objectAlignment(object.array);
      return { ...inner, bytes: alignAfter(inner.bytes, stepOf(object.index, sizeOf(object.type))) };
    }
    default:
      return { bytes: alignOf(object.type), declared: false };
  }
}

function stepOf(index: Expr, scale: number): number {
  if (index.kind !== 'constant') return scale;
  return Number(BigInt.asIntN(32, index.value)) * scale;
}

export function variableAlignment(variable: LocalVariable | GlobalVariable): number {
  return variable.kind === 'local' ? stackAlignment(variable) : dataAlignment(variable);
}

/**
 * Constant arrays and records in sections of our making lie at words, as LLVM enforces where it copies them; what changes
 * lies as C says, since loaders share it with programs of their own.
 */
export function dataAlignment({ type, alignBytes, external, linkage, attributes }: GlobalVariable): number {
  const { kind } = plain(type);
  const ours = !external && linkage !== 'weak' && attributes.section === null && isConst(type);
  const filled = ours && (kind === 'record' || kind === 'array') && sizeOf(type) >= 8 ? 8 : 1;
  return Math.max(alignBytes, filled);
}

/** The stack is made of 8-byte slots, so that nothing is lost by aligning what fills one. */
export function stackAlignment({ type, alignBytes }: LocalVariable): number {
  const { kind } = plain(type);
  const size = kind === 'record' || kind === 'array' ? sizeOf(type) : 0;
  const filled = size >= 8 ? 8 : size >= 4 ? 4 : size >= 2 ? 2 : 1;
  return Math.max(alignBytes, alignOf(type), filled);
}
