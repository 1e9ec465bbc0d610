/** Operands of mnemonics: registers with or without a percent sign, memory in brackets. */
import type { Operand } from '../../isa/insn.ts';
import type { Cursor } from '../assembler/cursor.ts';
import { parseInRange } from '../assembler/expression.ts';
import { isRegister, parseImmediate, parseRegister, type Place, type Register } from '../assembler/operands.ts';

/** True where a register stands: `%r1`, `r1`, `%fp`. */
export function startsRegister(cursor: Cursor): boolean {
  const word = cursor.text() === '%' ? cursor.text(1) : cursor.text();
  return isRegister(word) || (word === 'fp' && cursor.text() === '%');
}

/** A whole register: the instruction's name says when it works on half of it. */
export function parseWhole(cursor: Cursor): Register | null {
  const percent = cursor.take('%', 'operator');
  const lexeme = cursor.peek();
  if (percent && lexeme?.text === 'fp') {
    cursor.next('register');
    return { reg: 10, wide: true, start: lexeme.start, end: lexeme.end };
  }
  const register = parseRegister(cursor);
  if (register === null || register.wide) return register;
  const message = `write r${register.reg}; in this notation the instruction's name says that it works on 32 bits`;
  cursor.fail('wrong-width', message, register);
  return null;
}

/** The first operand and the comma behind it. */
export function parseFirst(cursor: Cursor): Register | null {
  const register = parseWhole(cursor);
  return register !== null && cursor.expect(',') ? register : null;
}

/** A register or a constant. */
export function parseSecond(cursor: Cursor, signExtended: boolean): Operand | null {
  if (!startsRegister(cursor)) {
    const imm = parseImmediate(cursor, signExtended);
    return imm === null ? null : { source: 'imm', src: 0, imm };
  }
  const register = parseWhole(cursor);
  return register === null ? null : { source: 'reg', src: register.reg, imm: 0 };
}

/** `[%r1+8]`, `[%r10-4]`, `[%r1]`. */
export function parseBracketed(cursor: Cursor): Place | null {
  if (!cursor.expect('[', 'operator')) return null;
  const base = parseWhole(cursor);
  if (base === null) return null;
  if (cursor.take(']', 'operator')) return { base: base.reg, off: 0 };
  if (cursor.text() !== '+' && cursor.text() !== '-') {
    cursor.fail('unexpected-text', `expected + or - and an offset here, ${cursor.found()}`);
    return null;
  }
  const off = parseInRange(cursor, 'the offset of a memory access', -0x8000n, 0x7fffn);
  return off !== null && cursor.expect(']', 'operator') ? { base: base.reg, off } : null;
}
