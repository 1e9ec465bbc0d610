/**
 * What is known of the upper bits of registers, so that extensions that change nothing cost nothing. From v3 on
 * operations on 32 bits clear the upper half; before, i32 is computed in whole registers whose upper half is arbitrary.
 */
import { computeConvert } from '../ir/compute.ts';
import type { Block, Instr, IrModule, Value } from '../ir/ir.ts';
import type { Cpu } from '../machine.ts';

export interface Widths {
  readonly cpu: Cpu;
  readonly module: IrModule;
  /** By id of an i32 phi: 32, or 64 when the upper half may hold anything. */
  readonly phis: Map<number, number>;
  /** Answers so far; only valid once the phis are settled. */
  readonly known: Map<number, number>;
  settled: boolean;
}

export function widthsOf(module: IrModule, blocks: Iterable<Block>, cpu: Cpu): Widths {
  const widths: Widths = { cpu, module, phis: new Map(), known: new Map(), settled: false };
  const phis: Instr[] = [];
  for (const block of blocks)
    for (const instr of block.instrs) {
      if (instr.op !== 'phi') break;
      if (instr.type !== 'i32') continue;
      phis.push(instr);
      widths.phis.set(instr.id, 32);
    }
  settle(widths, phis);
  return widths;
}

/** All phis are taken for zero-extended until one of their values is not. */
function settle(widths: Widths, phis: readonly Instr[]): void {
  for (let changed = true; changed;) {
    changed = false;
    for (const phi of phis) {
      if (widths.phis.get(phi.id) === 64 || phi.args.every((arg) => bitsOf(widths, arg) <= 32)) continue;
      widths.phis.set(phi.id, 64);
      changed = true;
    }
  }
  widths.settled = true;
}

/** At most that many low bits of the register that holds the value can be set. */
export function bitsOf(widths: Widths, value: Value, depth = 0): number {
  if (value.op === 'const') return constantBits(widths, value.type === 'i32', value.value);
  if (depth > 8 || value.op === 'param') return 64;
  const known = widths.known.get(value.id);
  if (known !== undefined) return known;
  const bits = compute(widths, value, depth + 1);
  if (widths.settled) widths.known.set(value.id, bits);
  return bits;
}

/** Whether the register holds the i32 with its sign extended to 64 bits. */
export function isSignExtended(widths: Widths, value: Value): boolean {
  if (value.op === 'const') return widths.cpu < 3 || value.value < 0x8000_0000n;
  if (bitsOf(widths, value) < 32) return true;
  if (value.op === 'load') return value.signed && value.size < 4 && widths.cpu !== 3;
  if (widths.cpu >= 3) return false;
  if (value.op === 'binary') return value.kind === 'ashr';
  return value.op === 'convert' && (value.kind === 'sext8' || value.kind === 'sext16') && value.type === 'i32';
}

/** The value whose register holds this one, too: conversions that cost nothing are looked through. */
export function rootOf(widths: Widths, value: Value): Value {
  let at = value;
  while (at.op === 'convert') {
    const [arg] = at.args;
    if (arg === undefined || !isFree(widths, at.kind, arg)) return at;
    at = arg;
  }
  return at;
}

function isFree(widths: Widths, kind: Extract<Instr, { op: 'convert' }>['kind'], arg: Value): boolean {
  // A constant has no register yet: it is made in the type that it is used in.
  switch (kind) {
    case 'trunc':
    case 'ptrToInt':
    case 'intToPtr':
      return arg.op !== 'const';
    case 'zext':
      return arg.op !== 'const' && bitsOf(widths, arg) <= 32;
    case 'sext':
      return arg.op !== 'const' && isSignExtended(widths, arg);
    case 'zext8':
      return bitsOf(widths, arg) <= 8;
    case 'zext16':
      return bitsOf(widths, arg) <= 16;
    case 'sext8':
      return bitsOf(widths, arg) < 8;
    case 'sext16':
      return bitsOf(widths, arg) < 16;
    case 'swap16':
    case 'swap32':
    case 'swap64':
      return false;
  }
}

function isOwn({ cpu, module }: Widths, name: string): boolean {
  const fn = module.functions.get(name);
  return cpu >= 3 && fn !== undefined && fn.blocks.length > 0 && fn.section === null && !fn.attributes.naked;
}

function constantBits({ cpu }: Widths, narrow: boolean, value: bigint): number {
  if (narrow && cpu < 3 && value >= 0x8000_0000n) return 64;
  return value === 0n ? 0 : value.toString(2).length;
}

function compute(widths: Widths, value: Instr, depth: number): number {
  switch (value.op) {
    case 'phi':
      return value.type === 'i32' ? (widths.phis.get(value.id) ?? 64) : 64;
    case 'compare':
      return 1;
    case 'load':
      return value.signed ? signedLoadBits(widths, value) : value.size * 8;
    case 'call':
      // Functions of the unit extend what they return.
      return value.type === 'i32' && value.callee.kind === 'function' && isOwn(widths, value.callee.symbol.name)
        ? 32
        : 64;
    case 'atomic':
    case 'packetLoad':
      return value.size * 8;
    case 'binary':
      return binaryBits(widths, value, depth);
    case 'convert':
      return convertBits(widths, value, depth);
    default:
      return 64;
  }
}

/** Before v4 the sign is extended by shifts of the value's own width. */
function signedLoadBits({ cpu }: Widths, { type, size }: Instr & { op: 'load' }): number {
  return type === 'i32' && (cpu === 3 || size === 4) ? 32 : 64;
}

function binaryBits(widths: Widths, value: Instr & { op: 'binary' }, depth: number): number {
  const [a, b] = value.args;
  if (a === undefined || b === undefined) return 64;
  const cap = value.type === 'i32' && widths.cpu >= 3 ? 32 : 64;
  return Math.min(cap, uncapped(widths, value, a, b, depth));
}

function uncapped(widths: Widths, { kind, type }: Instr & { op: 'binary' }, a: Value, b: Value, depth: number): number {
  const amount = b.op === 'const' ? Number(b.value) & (type === 'i32' ? 31 : 63) : 0;
  const bits = (arg: Value): number => bitsOf(widths, arg, depth);
  switch (kind) {
    case 'and':
      return Math.min(bits(b), bits(a));
    case 'or':
    case 'xor':
      return Math.max(bits(a), bits(b));
    case 'add':
      return Math.max(bits(a), bits(b)) + 1;
    case 'mul':
      return bits(a) + bits(b);
    case 'shl':
      return b.op === 'const' ? bits(a) + amount : 64;
    case 'lshr':
      return Math.max(0, Math.min(bits(a), type === 'i32' ? 32 : 64) - amount);
    case 'udiv':
    case 'umod':
      return Math.min(bits(a), type === 'i32' ? 32 : 64);
    case 'ashr':
      return bits(a) < (type === 'i32' ? 32 : 64) ? bits(a) : 64;
    case 'sub':
    case 'sdiv':
    case 'smod':
      return 64;
  }
}

function convertBits(widths: Widths, { kind, type, args }: Instr & { op: 'convert' }, depth: number): number {
  const [arg] = args;
  if (arg?.op === 'const')
    return constantBits(widths, type === 'i32', computeConvert(kind, type === 'i32' ? 32 : 64, arg.value));
  const bits = arg === undefined ? 64 : bitsOf(widths, arg, depth);
  const width = type === 'i32' && widths.cpu >= 3 ? 32 : 64;
  switch (kind) {
    case 'zext':
      return Math.min(bits, 32);
    case 'trunc':
    case 'ptrToInt':
    case 'intToPtr':
      return bits;
    case 'sext':
      return bits < 32 ? bits : 64;
    case 'zext8':
      return Math.min(bits, 8);
    case 'zext16':
      return Math.min(bits, 16);
    case 'sext8':
      return bits < 8 ? bits : width;
    case 'sext16':
      return bits < 16 ? bits : width;
    case 'swap16':
      return 16;
    case 'swap32':
      return 32;
    case 'swap64':
      return 64;
  }
}
