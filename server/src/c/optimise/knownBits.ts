/** What is known of a number without knowing it. */
import type { Instr, Value } from '../ir/ir.ts';

const DEPTH = 6;

/** The number is below 2^n, for the least n that is known. */
export function bitsOf(value: Value, depth = DEPTH): number {
  switch (value.op) {
    case 'const':
      return lengthOf(value.value);
    case 'compare':
      return 1;
    case 'load':
      return value.signed ? widthOf(value) : Math.min(8 * value.size, widthOf(value));
    case 'convert':
      return bitsOfConvert(value, depth);
    case 'binary':
      return depth > 0 ? bitsOfBinary(value, depth) : widthOf(value);
    case 'phi':
      return depth > 2 ? Math.max(0, ...value.args.map((arg) => (arg === value ? 0 : bitsOf(arg, 2)))) : widthOf(value);
    case 'packetLoad':
      return 8 * value.size;
    default:
      return widthOf(value);
  }
}

/** The number of low bits that are known to be zero. */
export function trailingZerosOf(value: Value, depth = 3): number {
  if (value.op === 'const') return value.value === 0n ? widthOf(value) : lengthOf(value.value & -value.value) - 1;
  const [a, b] = value.op === 'binary' || value.op === 'convert' ? value.args : [];
  if (depth === 0 || !a) return 0;
  if (value.op === 'convert') return value.kind === 'zext' || value.kind === 'sext' ? trailingZerosOf(a, depth - 1) : 0;
  if (value.op !== 'binary' || b?.op !== 'const') return 0;
  switch (value.kind) {
    case 'shl':
      return Math.min(widthOf(value), trailingZerosOf(a, depth - 1) + Number(b.value & 63n));
    case 'and':
      return Math.max(trailingZerosOf(a, depth - 1), trailingZerosOf(b));
    default:
      return 0;
  }
}

/** Not negative, read as a signed number. */
export function isNonNegative(value: Value): boolean {
  return bitsOf(value) < widthOf(value);
}

function bitsOfConvert(value: Instr & { op: 'convert' }, depth: number): number {
  const from = value.args[0] as Value;
  const width = widthOf(value);
  const inner = depth > 0 ? bitsOf(from, depth - 1) : widthOf(from);
  switch (value.kind) {
    case 'zext':
    case 'ptrToInt':
      return inner;
    case 'trunc':
      return Math.min(32, inner);
    case 'zext8':
      return Math.min(8, inner);
    case 'zext16':
      return Math.min(16, inner);
    case 'swap16':
      return 16;
    case 'swap32':
      return Math.min(32, width);
    case 'sext':
      return inner < 32 ? inner : width;
    case 'sext8':
      return inner < 8 ? inner : width;
    case 'sext16':
      return inner < 16 ? inner : width;
    default:
      return width;
  }
}

function bitsOfBinary(value: Instr & { op: 'binary' }, depth: number): number {
  const [a, b] = value.args as [Value, Value];
  const width = widthOf(value);
  const left = (): number => bitsOf(a, depth - 1);
  const right = (): number => bitsOf(b, depth - 1);
  switch (value.kind) {
    case 'and':
      return Math.min(left(), right());
    case 'or':
    case 'xor':
      return Math.max(left(), right());
    case 'add':
      return Math.min(width, Math.max(left(), right()) + 1);
    case 'mul':
      return Math.min(width, left() + right());
    case 'shl':
      return b.op === 'const' ? Math.min(width, left() + Number(b.value & BigInt(width - 1))) : width;
    case 'lshr':
      return b.op === 'const' ? Math.max(0, left() - Number(b.value & BigInt(width - 1))) : width;
    // The kernel's verifier knows nothing of quotients and of shifts by a variable (v6.18): masks behind them have to
    // stay for it.
    case 'udiv':
    case 'umod':
    case 'sub':
    case 'sdiv':
    case 'smod':
      return width;
    case 'ashr':
      return b.op === 'const' && left() < width ? left() : width;
  }
}

function lengthOf(value: bigint): number {
  return value === 0n ? 0 : value <= 0xffff_ffffn ? 32 - Math.clz32(Number(value)) : value.toString(2).length;
}

function widthOf(value: Value): 32 | 64 {
  return value.type === 'i32' ? 32 : 64;
}
