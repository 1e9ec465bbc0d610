/** Simpler forms of conversions. */
import { computeConvert } from '../../ir/compute.ts';
import type { Constant, ConvertOp, Instr, Value } from '../../ir/ir.ts';
import { bitsOf } from '../knownBits.ts';
import { constantOf, make, number, usedOnce, widthOf, type Simplifier } from './simplifier.ts';

type Convert = Instr & { op: 'convert' };

export function simplifyConvert(state: Simplifier, instr: Convert): Value | null {
  const from = instr.args[0] as Value;
  if (from.op === 'const') {
    return number(state, instr.type as Constant['type'], computeConvert(instr.kind, widthOf(instr), from.value));
  }
  switch (instr.kind) {
    case 'trunc':
      return simplifyTrunc(state, instr, from);
    case 'zext':
      return simplifyZext(state, from);
    case 'sext':
      return simplifySext(state, instr, from);
    case 'zext8':
    case 'zext16': {
      const type = instr.type as 'i32' | 'i64';
      const mask = number(state, type, instr.kind === 'zext8' ? 0xff : 0xffff);
      if (bitsOf(from) <= (instr.kind === 'zext8' ? 8 : 16)) return from;
      return make(state, instr, { op: 'binary', kind: 'and', type }, from, mask);
    }
    case 'sext8':
    case 'sext16':
      return simplifyShortSext(state, instr, from);
    case 'ptrToInt':
      return simplifyPtrToInt(state, from);
    case 'intToPtr':
      return simplifyIntToPtr(state, from);
    default:
      return simplifySwap(state, instr, from);
  }
}

function simplifyTrunc(state: Simplifier, instr: Convert, from: Value): Value | null {
  if (from.op === 'convert' && (from.kind === 'zext' || from.kind === 'sext')) return from.args[0] as Value;
  if (isOwnLoad(state, from) && from.size <= 4) return retype(state, from, 'i32');
  if (from.op !== 'binary' || !usedOnce(state, from)) return null;
  return narrowBinary(state, instr, from);
}

const LOW_BITS = new Set(['and', 'or', 'xor', 'add', 'sub', 'mul']);

/** The low bits of these depend on the low bits of the operands only; worth it when those are at hand. */
function narrowBinary(state: Simplifier, instr: Convert, from: Instr & { op: 'binary' }): Value | null {
  if (!LOW_BITS.has(from.kind)) return null;
  const narrow = from.args.map((arg): Value | null => {
    if (arg.op === 'const') return number(state, 'i32', arg.value);
    return arg.op === 'convert' && (arg.kind === 'zext' || arg.kind === 'sext') ? (arg.args[0] as Value) : null;
  });
  const [a, b] = narrow;
  if (!a || !b || (a.op === 'const' && b.op === 'const')) return null;
  return make(state, instr, { op: 'binary', kind: from.kind, type: 'i32' }, a, b);
}

function simplifyZext(state: Simplifier, from: Value): Value | null {
  if (from.op === 'convert' && from.kind === 'trunc') {
    const whole = from.args[0] as Value;
    if (bitsOf(whole) <= 32) return whole;
  }
  return isOwnLoad(state, from) && !from.signed ? retype(state, from, 'i64') : null;
}

function simplifySext(state: Simplifier, instr: Convert, from: Value): Value | null {
  if (bitsOf(from) <= 31) return make(state, instr, { op: 'convert', kind: 'zext', type: 'i64' }, from);
  return isOwnLoad(state, from) && from.signed ? retype(state, from, 'i64') : null;
}

function simplifyShortSext(state: Simplifier, instr: Convert, from: Value): Value | null {
  const bits = instr.kind === 'sext8' ? 8 : 16;
  if (bitsOf(from) < bits) return from;
  if (from.op === 'binary' && from.kind === 'and' && usedOnce(state, from)) {
    const mask = constantOf(from.args[1]);
    const low = (1n << BigInt(bits)) - 1n;
    if (mask !== null && (mask & low) === low) {
      return make(state, instr, { op: 'convert', kind: instr.kind, type: instr.type as 'i32' }, from.args[0] as Value);
    }
  }
  return null;
}

/** The machine's load extends by itself, so a load that only a conversion uses gets the conversion's type. */
function retype(state: Simplifier, load: Instr & { op: 'load' }, type: 'i32' | 'i64' | 'ptr'): Value {
  load.type = type;
  state.changed = true;
  return load;
}

function isOwnLoad(state: Simplifier, value: Value): value is Instr & { op: 'load' } {
  return value.op === 'load' && !value.volatile && usedOnce(state, value);
}

function simplifyIntToPtr(state: Simplifier, from: Value): Value | null {
  if (from.op === 'convert' && from.kind === 'ptrToInt') return from.args[0] as Value;
  return isOwnLoad(state, from) ? retype(state, from, 'ptr') : null;
}

function simplifyPtrToInt(state: Simplifier, from: Value): Value | null {
  if (from.op === 'convert' && from.kind === 'intToPtr') return from.args[0] as Value;
  return isOwnLoad(state, from) ? retype(state, from, 'i64') : null;
}

const BYTES: Partial<Record<ConvertOp, number>> = { swap16: 2, swap32: 4, swap64: 8 };

function simplifySwap(state: Simplifier, instr: Convert, from: Value): Value | null {
  const bytes = BYTES[instr.kind] ?? 8;
  if (from.op === 'convert' && from.kind === instr.kind) {
    const original = from.args[0] as Value;
    if (bitsOf(original) <= 8 * bytes) return original;
  }
  if (from.op !== 'binary' || from.kind !== 'and' || !usedOnce(state, from)) return null;
  const mask = constantOf(from.args[1]);
  const low = (1n << BigInt(8 * bytes)) - 1n;
  if (mask === null || (mask & low) !== low) return null;
  return make(state, instr, { op: 'convert', kind: instr.kind, type: instr.type as 'i32' }, from.args[0] as Value);
}
