/** The parts that instructions share: registers, constants, memory operands, jump targets. */
import type { Span } from '../../base/source.ts';
import type { Operand, Reg, Size } from '../../isa/insn.ts';
import type { Cursor } from './cursor.ts';
import { shorten } from './cursor.ts';
import { parseExpression, parseInRange, startsExpression } from './expression.ts';
import type { SymbolUse } from './unit.ts';

export interface Register extends Span {
  readonly reg: Reg;
  /** r1 is wide, w1 is its lower half. */
  readonly wide: boolean;
}

export interface Place {
  readonly base: Reg;
  readonly off: number;
}

export interface MemoryType {
  readonly size: Size;
  readonly signed: boolean;
}

const REGISTER = /^([rw])(0|[1-9][0-9]?)$/i;

export function isRegister(text: string): boolean {
  return text.length <= 3 && REGISTER.test(text);
}

export function parseRegister(cursor: Cursor, what = 'a register (r0 to r10)'): Register | null {
  const lexeme = cursor.peek();
  const match = lexeme === null || lexeme.text.length > 3 ? null : REGISTER.exec(lexeme.text);
  if (lexeme === null || match === null) {
    cursor.fail('unexpected-text', `expected ${what} here, ${cursor.found()}`);
    return null;
  }
  const reg = Number(match[2]);
  if (reg > 10) {
    cursor.fail(
      'unknown-register',
      `there is no register ${lexeme.text}; they are r0 to r10, and w0 to w10 for their lower halves`,
    );
    return null;
  }
  cursor.next('register');
  return { reg, wide: match[1] === 'r' || match[1] === 'R', start: lexeme.start, end: lexeme.end };
}

/** A register that must be wide: an address. */
export function parseBase(cursor: Cursor): Register | null {
  const register = parseRegister(cursor);
  if (register === null || register.wide) return register;
  cursor.fail('wrong-width', `an address has 64 bits: write r${register.reg}`, register);
  return null;
}

/** The other operand must have the width of the first. */
export function sameWidth(cursor: Cursor, first: Register, second: Register): boolean {
  if (first.wide === second.wide) return true;
  const wanted = `${first.wide ? 'r' : 'w'}${second.reg}`;
  const fix = {
    title: `Change to ${wanted}`,
    edits: [{ span: { start: second.start, end: second.end }, text: wanted }],
  };
  const message = `both registers must have the same width: ${wanted} goes with ${first.wide ? 'r' : 'w'}${first.reg}`;
  return cursor.fail('wrong-width', message, second, fix);
}

const IMM_LOW = -0x80000000n;
const IMM_HIGH = 0xffffffffn;

/** A register or a constant as second operand. `wide` constants are sign-extended to 64 bits. */
export function parseOperand(cursor: Cursor, first: Register): Operand | null {
  if (isRegister(cursor.text())) {
    const register = parseRegister(cursor);
    if (register === null || !sameWidth(cursor, first, register)) return null;
    return { source: 'reg', src: register.reg, imm: 0 };
  }
  if (!startsExpression(cursor)) {
    noOperand(cursor);
    return null;
  }
  const imm = parseImmediate(cursor, first.wide);
  return imm === null ? null : { source: 'imm', src: 0, imm };
}

function noOperand(cursor: Cursor): void {
  if (cursor.peek()?.kind === 'word') parseExpression(cursor);
  else cursor.fail('unexpected-text', `expected a register or a number here, ${cursor.found()}`);
}

/** A constant that fits the 32-bit field, as the signed number that the field holds. */
export function parseImmediate(cursor: Cursor, signExtended: boolean): number | null {
  const first = cursor.here();
  const imm = parseInRange(cursor, 'the constant of this instruction', IMM_LOW, IMM_HIGH);
  if (imm === null) return null;
  if (signExtended && imm > 0x7fffffff && cursor.opcode === null) {
    const span = cursor.since(first);
    const message = `only the low 32 bits are stored and their sign is extended: this is ${imm | 0}, not ${imm}; load a constant of 64 bits into a register with ll`;
    cursor.warn('sign-extended-constant', message, span);
  }
  return imm | 0;
}

const TYPES: ReadonlyMap<string, MemoryType> = new Map<string, MemoryType>(
  ([1, 2, 4, 8] as const).flatMap((size) => [
    [`u${size * 8}`, { size, signed: false }] as const,
    [`s${size * 8}`, { size, signed: true }] as const,
  ]),
);

/** `(u32 *)`; `*` before it is up to the caller. */
export function parsePointerType(cursor: Cursor): MemoryType | null {
  if (!cursor.expect('(', 'operator')) return null;
  const text = cursor.text();
  const type = TYPES.get(text);
  if (type === undefined || text === 's64') {
    cursor.fail(
      'unknown-size',
      `a size is u8, u16, u32 or u64, and s8, s16 or s32 to extend the sign, not ${shorten(text)}`,
    );
    return null;
  }
  cursor.next('size');
  return cursor.expect('*', 'operator') && cursor.expect(')', 'operator') ? type : null;
}

/** `(r1 + 4)`, `(r10 -8)`, `(r1 4)` or `(r1)`. */
export function parsePlace(cursor: Cursor): Place | null {
  if (!cursor.expect('(', 'operator')) return null;
  const place = parseAddress(cursor);
  return place !== null && cursor.expect(')', 'operator') ? place : null;
}

/** `r1 + 4` inside parentheses. */
export function parseAddress(cursor: Cursor): Place | null {
  const base = parseBase(cursor);
  if (base === null) return null;
  if (!startsExpression(cursor)) return { base: base.reg, off: 0 };
  const off = parseInRange(cursor, 'the offset of a memory access', -0x8000n, 0x7fffn);
  return off === null ? null : { base: base.reg, off };
}

export interface Target {
  readonly off: number;
  readonly symbol: SymbolUse | null;
}

/** Where a jump goes: a label, `1f` or `1b`, `+3`, `pc-2`. `bits` is the width of the distance. */
export function parseTarget(cursor: Cursor, bits: 16 | 32): Target | null {
  const lexeme = cursor.peek();
  const named = lexeme?.kind === 'word' && lexeme.text !== 'pc' && !isRegister(lexeme.text);
  if (lexeme !== null && (named || LOCAL.test(lexeme.text))) {
    cursor.next('label');
    return { off: 0, symbol: { role: 'jump', name: lexeme.text, span: lexeme, addend: 0 } };
  }
  cursor.take('pc', 'keyword');
  if (!startsExpression(cursor)) {
    cursor.fail('unexpected-text', `expected a label or a distance such as +2 here, ${cursor.found()}`);
    return null;
  }
  const half = 1n << BigInt(bits - 1);
  const off = parseInRange(cursor, 'the distance of this jump', -half, half - 1n);
  if (off === null) return null;
  skipDumpTarget(cursor);
  return { off, symbol: null };
}

const LOCAL = /^[0-9]{1,9}[bf]$/;

/** llvm-objdump shows where a distance leads: `goto +0x2 <.text+0x28>`. */
function skipDumpTarget(cursor: Cursor): void {
  if (cursor.text() !== '<' || cursor.lexemes.at(-1)?.text !== '>') return;
  while (!cursor.done) cursor.next('comment');
}
