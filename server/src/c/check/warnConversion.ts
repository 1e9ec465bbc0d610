/** Constants that change where they go. Mirrors CheckImplicitConversion of clang's SemaChecking.cpp (v19). */
import { reportWarning } from '../problem.ts';
import type { Range } from '../places.ts';
import type { Expr } from '../typed.ts';
import type { CType } from '../types.ts';
import type { Checker } from './checker.ts';
import { bitsOf, isSigned, wrapTo } from './conversions.ts';
import { writtenText } from './found.ts';
import { quoteType } from './printType.ts';
import { isInteger, plainType } from './typeQueries.ts';

/** Of an integer constant that is converted without a cast. */
export function warnAboutConstant(c: Checker, to: CType, value: Expr): void {
  if (value.kind !== 'constant' || !isInteger(value.type) || c.unevaluated || c.dead) return;
  if (plainType(to).kind === 'bool' || plainType(value.type).kind === 'bool') return;
  if (significantBits(value.value) <= bitsOf(to) && !changesSign(c, to, value)) return;
  const [from, into] = [quoteType(value.type), quoteType(to)];
  const message = `implicit conversion from ${from} to ${into} changes value from ${value.value} to ${wrapTo(to, value.value)}`;
  const at = { start: value.caret ?? value.start, end: value.end };
  reportWarning(c.problems, 'constant-conversion', at, message);
}

/** 200 as a char. Numbers in hexadecimal notation are bits. */
function changesSign(c: Checker, to: CType, value: Expr & { kind: 'constant' }): boolean {
  if (!isSigned(to) || !isSigned(value.type) || significantBits(value.value) !== bitsOf(to) || value.value < 0n)
    return false;
  return /^[1-9]\d*[lL]*$/.test(writtenText(c, value) ?? '');
}

/** Bits that hold a number; with its sign when it is negative. */
function significantBits(value: bigint): number {
  return value < 0n ? (-value - 1n).toString(2).length + 1 : value.toString(2).length;
}

/** Of a constant that a bit-field cannot hold. */
export function warnAboutField(c: Checker, type: CType, bits: number, value: Expr, at: Range): void {
  if (value.kind !== 'constant' || bits === 0 || plainType(type).kind === 'bool') return;
  const held = isSigned(type) ? BigInt.asIntN(bits, value.value) : BigInt.asUintN(bits, value.value);
  if (held === value.value || (!isSigned(type) && value.value < 0n && significantBits(value.value) <= bits)) return;
  if (bits === 1 && value.value === 1n) return warnAboutOneBit(c, at);
  const message = `implicit truncation from ${quoteType(value.type)} to bit-field changes value from ${value.value} to ${held}`;
  reportWarning(c.problems, 'bitfield-constant-conversion', at, message);
}

function warnAboutOneBit(c: Checker, at: Range): void {
  const message = "implicit truncation from 'int' to a one-bit wide bit-field changes value from 1 to -1";
  reportWarning(c.problems, 'single-bit-bitfield-constant-conversion', at, message);
}
