import type { ClassicOperand } from '../../isa/classic.ts';
import { CLASSIC_EXTENSIONS, EXTENSION_OFFSET, extensionByName } from '../../kernel/classicExtensions.ts';
import { shorten, type Cursor } from '../assembler/cursor.ts';
import { suggest } from '../assembler/unit.ts';
import { numberOf, readConstant } from './number.ts';

export interface Operand {
  readonly kind: ClassicOperand;
  readonly k: number;
}

/** What stands behind a mnemonic, whatever mnemonic it is; null after reporting. */
export function parseOperand(cursor: Cursor): Operand | null {
  const text = cursor.text().toLowerCase();
  if (text === '' || text === ',') return { kind: 'none', k: 0 };
  if (text === '[') return parseBrackets(cursor);
  if (text === '#' && cursor.next('operator') !== null) return parseConstant(cursor);
  if (text === '%') return parsePercent(cursor);
  if (text === 'm' && cursor.text(1) === '[') return parseScratch(cursor);
  if (REGISTERS.has(text)) return register(cursor);
  if (cursor.peek()?.kind === 'number' && cursor.text(1) === '*') return parseHeaderLength(cursor);
  return parseConstant(cursor);
}

const REGISTERS = new Set(['x', 'a']);

function register(cursor: Cursor): Operand {
  const name = cursor.next('register')?.text.toLowerCase();
  return { kind: name === 'x' ? 'x' : 'a', k: 0 };
}

/** bpf_asm takes `%x` and `%a`, too. */
function parsePercent(cursor: Cursor): Operand | null {
  cursor.next('operator');
  if (REGISTERS.has(cursor.text().toLowerCase())) return register(cursor);
  cursor.fail('unknown-register', `expected x or a behind %, ${cursor.found()}`);
  return null;
}

/** `#5`, `#len`, `len`, `#proto`, `proto`; a number may stand without `#` behind `ldi`. */
function parseConstant(cursor: Cursor): Operand | null {
  const lexeme = cursor.peek();
  if (lexeme?.kind !== 'word') return constant(readConstant(cursor, 'the constant'));
  return LENGTH_NAMES.has(lexeme.text.toLowerCase()) && cursor.next('property') !== null
    ? { kind: 'len', k: 0 }
    : parseExtension(cursor);
}

const LENGTH_NAMES = new Set(['len', 'pktlen']);

function constant(k: number | null): Operand | null {
  return k === null ? null : { kind: 'imm', k };
}

function parseExtension(cursor: Cursor): Operand | null {
  const name = cursor.text();
  const extension = extensionByName(name);
  if (extension === null) {
    const names = ['len', ...CLASSIC_EXTENSIONS.map((one) => one.name)];
    const hint = suggest(cursor.unit, name, names);
    cursor.fail('unknown-extension', `there is no value called ${shorten(name)} besides the packet's bytes${hint}`);
    return null;
  }
  cursor.next('property');
  return { kind: 'abs', k: EXTENSION_OFFSET + extension.offset };
}

/** `[12]`, `[x + 14]`, `[%x + 14]`, `[proto]`. */
function parseBrackets(cursor: Cursor): Operand | null {
  cursor.next('operator');
  cursor.take('%', 'operator');
  const text = cursor.text().toLowerCase();
  const inside = text === 'x' ? parseIndexed(cursor) : parseOffset(cursor);
  if (inside === null || !cursor.expect(']', 'operator')) return null;
  return inside;
}

function parseIndexed(cursor: Cursor): Operand | null {
  cursor.next('register');
  if (cursor.text() === ']') return { kind: 'ind', k: 0 };
  if (cursor.text() !== '-' && !cursor.expect('+', 'operator')) return null;
  const k = readConstant(cursor, 'the offset');
  return k === null ? null : { kind: 'ind', k };
}

function parseOffset(cursor: Cursor): Operand | null {
  if (cursor.peek()?.kind === 'word') return parseExtension(cursor);
  const k = readConstant(cursor, 'the offset');
  return k === null ? null : { kind: 'abs', k };
}

function parseScratch(cursor: Cursor): Operand | null {
  cursor.next('register');
  cursor.next('operator');
  const k = readConstant(cursor, 'the number of a word of M');
  return k === null || !cursor.expect(']', 'operator') ? null : { kind: 'mem', k };
}

/** `4*([14]&0xf)` and nothing else. */
function parseHeaderLength(cursor: Cursor): Operand | null {
  const start = cursor.here();
  const factor = numberOf(cursor.next('number')?.text ?? '');
  for (const sign of ['*', '(', '[']) if (!cursor.expect(sign, 'operator')) return null;
  const k = readConstant(cursor, 'the offset');
  if (k === null) return null;
  for (const sign of [']', '&']) if (!cursor.expect(sign, 'operator')) return null;
  const mask = readConstant(cursor, 'the mask');
  if (mask === null || !cursor.expect(')', 'operator')) return null;
  if (factor === 4 && mask === 0xf) return { kind: 'msh', k };
  cursor.fail('value-out-of-range', 'only 4*([…]&0xf) exists: four times the low half of a byte', cursor.since(start));
  return null;
}
