/** Instructions as mnemonics: the name, then operands with commas between them. */
import { unreachable } from '../../base/assert.ts';
import type { Size } from '../../isa/insn.ts';
import type { Cursor } from '../assembler/cursor.ts';
import { parseInRange } from '../assembler/expression.ts';
import { parseTarget, type Target } from '../assembler/operands.ts';
import { parseWideValue } from '../assembler/parseWide.ts';
import { plain, type Parsed } from '../assembler/parsed.ts';
import { parseBracketed, parseFirst, parseSecond, parseWhole } from './operands.ts';
import type { Form } from './table.ts';

type FormOf<K extends Form['kind']> = Extract<Form, { kind: K }>;

/** The operands of a mnemonic; the cursor stands on its name. Null after reporting what is wrong. */
export function parseMnemonic(cursor: Cursor, form: Form): Parsed | null {
  cursor.next('keyword');
  switch (form.kind) {
    case 'alu':
      return form.op === 'neg' ? parseNegation(cursor, form) : parseArithmetic(cursor, form);
    case 'movsx':
      return parseMove(cursor, form.bits, form.wide);
    case 'movs':
      return parseMove(cursor, null, form.wide);
    case 'swap':
      return parseSwap(cursor, form.mode, form.bits);
    case 'end':
      return parseSwap(cursor, form.mode, null);
    case 'load':
      return parseLoad(cursor, form);
    case 'store':
      return parseStore(cursor, form);
    case 'lddw':
      return parseLddw(cursor);
    case 'jump':
      return parseJump(cursor, form);
    case 'goto':
      return withTarget(parseTarget(cursor, form.long ? 32 : 16), (off) => ({ kind: 'goto', off, long: form.long }));
    case 'mayGoto':
      return withTarget(parseTarget(cursor, 16), (off) => ({ kind: 'mayGoto', off }));
    case 'packet':
      return parsePacket(cursor, form);
    case 'atomic':
      return parseMemoryAndRegister(cursor, form);
    case 'loadAcquire':
      return parseLoadAcquire(cursor, form.size);
    case 'storeRelease':
      return parseMemoryAndRegister(cursor, { op: 'storeRelease', fetch: false, size: form.size });
    case 'addrSpaceCast':
      return parseCast(cursor);
    default:
      return unreachable(form);
  }
}

function withTarget(target: Target | null, insn: (off: number) => Parsed['insn']): Parsed | null {
  return target === null ? null : { insn: insn(target.off), symbol: target.symbol };
}

function parseNegation(cursor: Cursor, { wide }: FormOf<'alu'>): Parsed | null {
  const dst = parseWhole(cursor);
  if (dst === null) return null;
  const nothing = { source: 'imm', src: 0, imm: 0, signExtendBits: 0 } as const;
  return plain({ kind: 'alu', op: 'neg', wide, dst: dst.reg, ...nothing });
}

function parseArithmetic(cursor: Cursor, { op, wide }: FormOf<'alu'>): Parsed | null {
  const dst = parseFirst(cursor);
  const operand = dst === null ? null : parseSecond(cursor, wide);
  if (dst === null || operand === null) return null;
  return plain({ kind: 'alu', op, wide, dst: dst.reg, ...operand, signExtendBits: 0 });
}

/** A move that extends the sign; GNU as writes from how many bits as a third operand. */
function parseMove(cursor: Cursor, bits: 8 | 16 | 32 | null, wide: boolean): Parsed | null {
  const dst = parseFirst(cursor);
  const src = dst === null ? null : parseWhole(cursor);
  if (dst === null || src === null) return null;
  const signExtendBits = bits ?? parseBits(cursor, wide ? [8, 16, 32] : [8, 16]);
  if (signExtendBits === null) return null;
  const operand = { source: 'reg', src: src.reg, imm: 0, signExtendBits } as const;
  return plain({ kind: 'alu', op: 'mov', wide, dst: dst.reg, ...operand });
}

function parseBits<T extends number>(cursor: Cursor, allowed: readonly T[]): T | null {
  if (!cursor.expect(',')) return null;
  const first = cursor.here();
  const bits = parseInRange(cursor, 'the number of bits', 0n, 64n);
  const known = allowed.find((one) => one === bits);
  if (known !== undefined) return known;
  if (bits !== null)
    cursor.fail('unknown-size', `the number of bits is ${allowed.join(' or ')}, not ${bits}`, cursor.since(first));
  return null;
}

function parseSwap(cursor: Cursor, mode: 'le' | 'be' | 'swap', bits: 16 | 32 | 64 | null): Parsed | null {
  const dst = parseWhole(cursor);
  if (dst === null) return null;
  const width = bits ?? parseBits(cursor, [16, 32, 64] as const);
  return width === null ? null : plain({ kind: 'bswap', mode, bits: width, dst: dst.reg });
}

function parseLoad(cursor: Cursor, { size, signed }: FormOf<'load'>): Parsed | null {
  const dst = parseFirst(cursor);
  const place = dst === null ? null : parseBracketed(cursor);
  if (dst === null || place === null) return null;
  return plain({ kind: 'load', dst: dst.reg, src: place.base, off: place.off, size, signed });
}

function parseStore(cursor: Cursor, { size, source }: FormOf<'store'>): Parsed | null {
  const place = parseBracketed(cursor);
  if (place === null || !cursor.expect(',')) return null;
  const first = cursor.here();
  const operand = parseSecond(cursor, size === 8);
  if (operand === null) return null;
  if (operand.source !== source) {
    const message =
      source === 'reg' ? 'stx… stores a register, st… a constant' : 'st… stores a constant, stx… a register';
    cursor.fail('unexpected-text', message, cursor.since(first));
    return null;
  }
  return plain({ kind: 'store', dst: place.base, off: place.off, size, ...operand });
}

function parseLddw(cursor: Cursor): Parsed | null {
  const dst = parseFirst(cursor);
  return dst === null ? null : parseWideValue(cursor, dst);
}

function parseJump(cursor: Cursor, { op, wide }: FormOf<'jump'>): Parsed | null {
  const dst = parseFirst(cursor);
  const operand = dst === null ? null : parseSecond(cursor, wide);
  if (dst === null || operand === null || !cursor.expect(',')) return null;
  return withTarget(parseTarget(cursor, 16), (off) => ({ kind: 'jump', op, wide, dst: dst.reg, ...operand, off }));
}

function parsePacket(cursor: Cursor, { mode, size }: FormOf<'packet'>): Parsed | null {
  const base = mode === 'ind' ? parseFirst(cursor) : null;
  if (mode === 'ind' && base === null) return null;
  const imm = parseInRange(cursor, 'the offset into the packet', -0x80000000n, 0xffffffffn);
  return imm === null ? null : plain({ kind: 'packet', mode, size, src: base?.reg ?? 0, imm: imm | 0 });
}

type Atomic = Omit<FormOf<'atomic'>, 'kind'>;

/** `[%r1+0], %r2`. */
export function parseMemoryAndRegister(cursor: Cursor, { op, fetch, size }: Atomic): Parsed | null {
  const place = parseBracketed(cursor);
  if (place === null || !cursor.expect(',')) return null;
  const src = parseWhole(cursor);
  return src === null
    ? null
    : plain({ kind: 'atomic', op, fetch, size, dst: place.base, src: src.reg, off: place.off });
}

function parseLoadAcquire(cursor: Cursor, size: Size): Parsed | null {
  const dst = parseFirst(cursor);
  const place = dst === null ? null : parseBracketed(cursor);
  if (dst === null || place === null) return null;
  const operands = { dst: dst.reg, src: place.base, off: place.off };
  return plain({ kind: 'atomic', op: 'loadAcquire', fetch: false, size, ...operands });
}

function parseCast(cursor: Cursor): Parsed | null {
  const dst = parseFirst(cursor);
  const src = dst === null ? null : parseFirst(cursor);
  if (dst === null || src === null) return null;
  const dstSpace = parseInRange(cursor, 'an address space', 0n, 0xffffn);
  if (dstSpace === null || !cursor.expect(',')) return null;
  const srcSpace = parseInRange(cursor, 'an address space', 0n, 0xffffn);
  return srcSpace === null ? null : plain({ kind: 'addrSpaceCast', dst: dst.reg, src: src.reg, dstSpace, srcSpace });
}
