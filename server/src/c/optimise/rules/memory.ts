/** Simpler forms of accesses to memory. */
import type { Instr, IrData, Value } from '../../ir/ir.ts';
import { asBinary, asConvert, constantOf, make, number, usedOnce, type Simplifier } from './simplifier.ts';

type Access = Instr & { op: 'load' | 'store' | 'atomic' };

export function simplifyAccess(state: Simplifier, instr: Access): Value | null {
  foldOffset(state, instr);
  if (instr.op === 'load') return constantLoad(state, instr);
  if (instr.op === 'store') shortenStored(state, instr);
  return null;
}

/** Constant offsets belong into the access, where the verifier likes them best. */
function foldOffset(state: Simplifier, instr: Access): void {
  for (let n = 0; n < 16; n++) {
    const sum = asBinary(instr.args[0], 'add');
    const by = sum && constantOf(sum.args[1]);
    if (!sum || by === null) return;
    const off = instr.off + Number(BigInt.asIntN(64, by));
    if (off < -0x8000 || off > 0x7fff) return;
    instr.args[0] = sum.args[0] as Value;
    instr.off = off;
    state.changed = true;
  }
}

function constantLoad(state: Simplifier, instr: Instr & { op: 'load' }): Value | null {
  const from = instr.args[0];
  if (from?.op !== 'address' || instr.volatile) return null;
  const data = state.module.data.get(from.symbol.name);
  return data?.foldable ? foldedLoad(state, instr, data, from.addend + instr.off) : null;
}

function foldedLoad(state: Simplifier, instr: Instr & { op: 'load' }, data: IrData, at: number): Value | null {
  const { size, signed } = instr;
  if (at < 0 || at + size > data.bytes.length) return null;
  const relocation = data.relocations.find(({ offset }) => offset < at + size && offset + 8 > at);
  if (relocation) {
    if (relocation.offset !== at || size !== 8 || instr.type !== 'ptr') return null;
    const { symbol, addend } = relocation;
    return make(state, instr, { op: 'address', type: 'ptr', symbol, addend });
  }
  let value = 0n;
  for (let i = size - 1; i >= 0; i--) value = (value << 8n) | BigInt(data.bytes[at + i] ?? 0);
  return number(state, instr.type as 'i32' | 'i64' | 'ptr', signed ? BigInt.asIntN(8 * size, value) : value);
}

/** What is cut off anyway need not be computed. */
function shortenStored(state: Simplifier, instr: Instr & { op: 'store' }): void {
  for (let n = 0; n < 8; n++) {
    const value = instr.args[1] as Value;
    const shorter = lowBitsOf(state, value, instr.size);
    if (!shorter) return;
    instr.args[1] = shorter;
    state.uses[shorter.id] = (state.uses[shorter.id] ?? 0) + 1;
    state.changed = true;
  }
}

/** A value with the same low bytes that needs less work. */
function lowBitsOf(state: Simplifier, value: Value, size: number): Value | null {
  if (value.op === 'load' && value.signed && size <= value.size && usedOnce(state, value)) {
    value.signed = false;
    state.changed = true;
  }
  if (value.op === 'convert') {
    const kind = value.kind;
    const kept = {
      trunc: 4,
      zext: 4,
      sext: 4,
      zext8: 1,
      sext8: 1,
      zext16: 2,
      sext16: 2,
      ptrToInt: 8,
      intToPtr: 8,
    } as const;
    const bytes = kind in kept ? kept[kind as keyof typeof kept] : 0;
    return size <= bytes ? (value.args[0] as Value) : null;
  }
  if (value.op !== 'binary' || value.kind !== 'and' || !usedOnce(state, value)) return null;
  const mask = constantOf(value.args[1]);
  const low = (1n << BigInt(8 * size)) - 1n;
  return mask !== null && (mask & low) === low ? (value.args[0] as Value) : null;
}

type BlockAccess = Instr & { op: 'memcpy' | 'memmove' | 'memset' };

/** Of nothing, or onto itself. */
export function simplifyBlockAccess(state: Simplifier, instr: BlockAccess): 'gone' | null {
  const alignBytes = Math.max(instr.alignBytes, sharedAlignment(state, instr));
  if (alignBytes !== instr.alignBytes) {
    instr.alignBytes = alignBytes;
    state.changed = true;
  }
  const isIdle = instr.sizeBytes === 0 || (instr.op !== 'memset' && instr.args[0] === instr.args[1]);
  return isIdle ? 'gone' : null;
}

function sharedAlignment(state: Simplifier, instr: BlockAccess): number {
  const to = alignmentOf(state, instr.args[0] as Value);
  return instr.op === 'memset' ? to : Math.min(to, alignmentOf(state, instr.args[1] as Value));
}

/** Of what an address is known to be a multiple, at most 8. */
export function alignmentOf(state: Simplifier, value: Value): number {
  switch (value.op) {
    case 'alloca':
      return Math.min(8, value.alignBytes);
    case 'address': {
      const data = state.module.data.get(value.symbol.name);
      return alignedAt(Math.min(8, data?.alignBytes ?? 1), value.addend);
    }
    case 'binary': {
      const by = constantOf(value.args[1]);
      return by === null ? 1 : alignedAt(alignmentOf(state, value.args[0] as Value), Number(by & 7n));
    }
    case 'convert':
      return asConvert(value, 'intToPtr') && value.args[0]?.op === 'const' ? 8 : 1;
    default:
      return 1;
  }
}

function alignedAt(alignBytes: number, off: number): number {
  let align = Math.max(1, alignBytes);
  while (off % align !== 0) align /= 2;
  return align;
}
