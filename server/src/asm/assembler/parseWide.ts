/** Constants, and addresses of maps, data and functions: what `rN = ...` loads without touching memory. */
import type { Cursor } from './cursor.ts';
import { shorten } from './cursor.ts';
import { parseExpression, parseInRange } from './expression.ts';
import type { Register } from './operands.ts';
import { plain, type Parsed } from './parsed.ts';
import type { Lexeme } from './lex.ts';
import { VALUE_WORDS } from './tables.ts';
import type { SymbolUse } from './unit.ts';
import { suggest } from './unit.ts';

const OPCODE_WIDE = 0x18;

function isWideInLog(cursor: Cursor): boolean {
  return cursor.opcode === OPCODE_WIDE;
}

/** A map of such a name is loaded by its name in brackets: `map[btf]`. */
const BRACKETED: ReadonlyMap<string, (cursor: Cursor, dst: Register) => Parsed | null> = new Map([
  ['map', parseMapReference],
  ['subprog', parseSubprogReference],
  ['btf', parseBtfReference],
]);

/** What a name stands for: `map[counts]`, `counts`, `counts[0] + 8`, `callback`. */
export function parseAddress(cursor: Cursor, dst: Register, isWide?: boolean): Parsed | null {
  const bracketed = cursor.text(1) === '[' ? BRACKETED.get(cursor.text()) : undefined;
  return bracketed === undefined ? parseSymbol(cursor, dst, isWide) : bracketed(cursor, dst);
}

/** The operand of `lddw`: 64 bits even without `ll`. */
export function parseWideValue(cursor: Cursor, dst: Register): Parsed | null {
  if (cursor.peek()?.kind !== 'word' || cursor.unit.constants.has(cursor.text()))
    return parseConstant(cursor, dst, true);
  return parseAddress(cursor, dst, true);
}

/** `r1 = 5`, or with `ll` a constant of 64 bits. In a log the opcode (18) tells them apart. */
export function parseConstant(cursor: Cursor, dst: Register, isWide = isWideInLog(cursor)): Parsed | null {
  const first = cursor.here();
  const value = parseExpression(cursor);
  if (value === null) return null;
  const span = cursor.since(first);
  if (cursor.take('ll', 'keyword') || isWide) return wideConstant(cursor, dst, value);
  if (value < -0x80000000n || value > 0xffffffffn) {
    const fix = dst.wide
      ? { title: 'Load 64 bits', edits: [{ span: { start: span.end, end: span.end }, text: ' ll' }] }
      : null;
    const help = dst.wide ? '; with ll behind it, a constant may have 64 bits' : '';
    cursor.fail(
      'value-out-of-range',
      `the constant of this instruction must be from -2147483648 to 4294967295${help}`,
      span,
      fix,
    );
    return null;
  }
  const imm = Number(BigInt.asIntN(32, value));
  if (dst.wide && value > 0x7fffffffn && cursor.opcode === null) warnSign(cursor, span.end, value, span);
  return plain({ kind: 'alu', op: 'mov', wide: dst.wide, dst: dst.reg, source: 'imm', src: 0, imm, signExtendBits: 0 });
}

function warnSign(cursor: Cursor, end: number, value: bigint, span: { start: number; end: number }): void {
  const fix = { title: 'Load 64 bits', edits: [{ span: { start: end, end }, text: ' ll' }] };
  const message = `only the low 32 bits are stored and their sign is extended: this is ${BigInt.asIntN(32, value)}, not ${value}; write ll behind the constant to load all 64 bits`;
  cursor.warn('sign-extended-constant', message, span, fix);
}

function wideConstant(cursor: Cursor, dst: Register, value: bigint): Parsed | null {
  if (!wideRegister(cursor, dst)) return null;
  if (value < -(1n << 63n) || value >= 1n << 64n) {
    cursor.fail(
      'value-out-of-range',
      'a constant with ll has 64 bits: from -9223372036854775808 to 18446744073709551615',
    );
    return null;
  }
  const lo = Number(BigInt.asIntN(32, value));
  return plain({ kind: 'loadImm64', dst: dst.reg, lo, hi: Number(BigInt.asIntN(32, value >> 32n)) });
}

function wideRegister(cursor: Cursor, dst: Register): boolean {
  return dst.wide || cursor.fail('wrong-width', `addresses and ll constants have 64 bits: write r${dst.reg}`, dst);
}

/** `r1 = counts ll`, `r1 = counts[0] + 8 ll`, `r1 = message + 4 ll`, `r1 = callback ll`. */
function parseSymbol(cursor: Cursor, dst: Register, isWide = isWideInLog(cursor)): Parsed | null {
  const lexeme = cursor.next('data');
  if (lexeme === null) return null;
  const firstValue = cursor.take('[', 'operator');
  if (firstValue && !parseFirstValue(cursor)) return null;
  const addend = parseAddend(cursor);
  if (addend === null) return null;
  if (!cursor.take('ll', 'keyword') && !firstValue && !isWide) {
    missingSuffix(cursor, lexeme);
    return null;
  }
  if (!wideRegister(cursor, dst)) return null;
  return load(dst, { role: firstValue ? 'mapValue' : 'load', name: lexeme.text, span: lexeme, addend });
}

function load(dst: Register, symbol: SymbolUse): Parsed {
  return { insn: { kind: 'loadMap', dst: dst.reg, by: 'fd', map: 0, off: 0 }, symbol };
}

/** `[0]`: maps have an address for their first value only. */
function parseFirstValue(cursor: Cursor): boolean {
  const index = parseInRange(cursor, 'the index of the value whose address is loaded', 0n, 0n);
  return index !== null && cursor.expect(']', 'operator');
}

function parseAddend(cursor: Cursor): number | null {
  if (cursor.text() !== '+' && cursor.text() !== '-') return 0;
  return parseInRange(cursor, 'the offset into the data', -0x80000000n, 0xffffffffn);
}

function missingSuffix(cursor: Cursor, name: Lexeme): void {
  const end = cursor.since(name).end;
  const span = { start: name.start, end };
  const like = suggest(cursor.unit, name.text, [...cursor.unit.constants.keys(), ...VALUE_WORDS]);
  const message = `there is no constant ${shorten(name.text)}${like === '' ? '; an address is loaded with ll behind it' : like}`;
  const edits = [{ span: { start: end, end }, text: ' ll' }];
  cursor.fail(
    'unknown-constant',
    message,
    span,
    like === '' ? { title: `Load the address of ${shorten(name.text)}`, edits } : null,
  );
}

/** bpftool's `subprog[+3]`: the address of the function three slots behind the next one. */
function parseSubprogReference(cursor: Cursor, dst: Register): Parsed | null {
  const off = parseBracketed(cursor, 'the distance of this function', -0x80000000n, 0x7fffffffn);
  if (off === null || !wideRegister(cursor, dst)) return null;
  cursor.take('ll', 'keyword');
  return plain({ kind: 'loadFunc', dst: dst.reg, off });
}

/** `btf[123]`: the address of the kernel variable with this BTF id; `btf[123][4]` in the module whose BTF has the number 4. */
function parseBtfReference(cursor: Cursor, dst: Register): Parsed | null {
  const btfId = parseBracketed(cursor, 'a BTF id', 0n, 0x7fffffffn);
  if (btfId === null) return null;
  const module = cursor.text() === '[' ? parseModule(cursor) : 0;
  if (module === null || !wideRegister(cursor, dst)) return null;
  cursor.take('ll', 'keyword');
  return plain({ kind: 'loadBtfId', dst: dst.reg, btfId, module });
}

function parseModule(cursor: Cursor): number | null {
  cursor.next('operator');
  const module = parseInRange(cursor, "the number of a module's BTF", -0x80000000n, 0x7fffffffn);
  return module !== null && cursor.expect(']', 'operator') ? module : null;
}

function parseBracketed(cursor: Cursor, what: string, low: bigint, high: bigint): number | null {
  cursor.next('keyword');
  cursor.next('operator');
  const value = parseInRange(cursor, what, low, high);
  return value !== null && cursor.expect(']', 'operator') ? value : null;
}

/** bpftool's `map[id:5]` and `map[id:5][0]+8`; `map[counts]` and `map[name:counts]` by name. */
function parseMapReference(cursor: Cursor, dst: Register): Parsed | null {
  cursor.next('keyword');
  cursor.next('operator');
  const prefix = cursor.text(1) === ':' ? cursor.next('property') : null;
  if (prefix !== null) cursor.next('operator');
  const lexeme = cursor.next('map');
  if (lexeme === null || (prefix !== null && prefix.text !== 'id' && prefix.text !== 'name')) {
    cursor.fail('unexpected-text', 'a map is given as map[name] or map[id:5]');
    return null;
  }
  if (!cursor.expect(']', 'operator')) return null;
  const firstValue = cursor.take('[', 'operator');
  if (firstValue && !parseFirstValue(cursor)) return null;
  const addend = parseAddend(cursor);
  if (addend === null || !wideRegister(cursor, dst)) return null;
  cursor.take('ll', 'keyword');
  const name = prefix?.text === 'id' ? `#${lexeme.text}` : lexeme.text;
  return load(dst, { role: firstValue ? 'mapValue' : 'map', name, span: lexeme, addend });
}
