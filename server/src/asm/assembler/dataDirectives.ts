/** `.byte` and its relatives: the contents of .rodata, .data and .bss. */
import { decode } from '../../isa/decode.ts';
import type { Cursor } from './cursor.ts';
import { parseEscapes, parseExpression, parseInRange, startsExpression } from './expression.ts';
import type { Section } from './unit.ts';

const WIDTHS: Readonly<Record<string, 1 | 2 | 4 | 8>> = {
  '.byte': 1, '.short': 2, '.half': 2, '.hword': 2, '.2byte': 2, '.long': 4, '.word': 4, '.int': 4, '.4byte': 4,
  '.quad': 8, '.8byte': 8, '.xword': 8,
}; // prettier-ignore

const TEXTS = ['.ascii', '.asciz', '.string'];
const FILLS = ['.zero', '.skip', '.space'];
const ALIGNMENTS = ['.align', '.balign', '.p2align'];

export const DATA_DIRECTIVES: readonly string[] = [...Object.keys(WIDTHS), ...TEXTS, ...FILLS, ...ALIGNMENTS, '.fill'];

/** No map's value may be larger, and no typing error may eat the memory. */
const MOST_BYTES = 64 * 1024 * 1024;

/** The operands of a data directive; the cursor stands behind its name. */
export function parseData(cursor: Cursor, name: string): void {
  const { section } = cursor.unit;
  if (section.kind === 'skipped') while (!cursor.done) cursor.next('comment');
  else if (ALIGNMENTS.includes(name)) parseAlignment(cursor, name);
  else if (section.kind === 'code' && (name === '.quad' || name === '.8byte')) parseRawSlots(cursor);
  else if (section.kind === 'code') misplaced(cursor, name);
  else if (FILLS.includes(name)) parseFill(cursor, false);
  else if (name === '.fill') parseFill(cursor, true);
  else if (TEXTS.includes(name)) parseTexts(cursor, name !== '.ascii');
  else parseValues(cursor, name, WIDTHS[name] ?? 1);
}

/** `.quad 0x95` between instructions is a slot given by its bits. */
function parseRawSlots(cursor: Cursor): void {
  const { section } = cursor.unit;
  do {
    const first = cursor.here();
    const value = parseExpression(cursor);
    if (value === null) return;
    const bytes = new Uint8Array(8);
    new DataView(bytes.buffer).setBigUint64(0, BigInt.asUintN(64, value), true);
    const [insn] = decode(bytes);
    if (insn === undefined) return;
    section.items.push({ insn, span: cursor.since(first), symbol: null, pc: section.slots });
    section.slots++;
  } while (cursor.take(','));
}

function misplaced(cursor: Cursor, name: string): void {
  const where = 'begin a data section before it: .section .rodata, .data or .bss';
  cursor.fail('misplaced', `${name} makes no instructions; ${where}`, cursor.lexemes[0]);
}

/** Room for more bytes, or null after reporting that there is too much. */
function grow(cursor: Cursor, section: Section, count: number): DataView | null {
  const length = section.dataLength + count;
  if (length > MOST_BYTES) {
    cursor.fail('value-out-of-range', `a section may hold ${MOST_BYTES} bytes, not more`);
    return null;
  }
  if (length > section.data.length) {
    const larger = new Uint8Array(Math.max(length, Math.min(section.data.length * 2, MOST_BYTES)));
    larger.set(section.data.subarray(0, section.dataLength));
    section.data = larger;
  }
  const start = section.dataLength;
  section.dataLength = length;
  return new DataView(section.data.buffer, start, count);
}

function parseValues(cursor: Cursor, name: string, width: 1 | 2 | 4 | 8): void {
  const low = -(1n << BigInt(width * 8 - 1));
  const high = (1n << BigInt(width * 8)) - 1n;
  do {
    const first = cursor.here();
    if (cursor.peek()?.kind === 'word' && !startsExpression(cursor)) {
      cursor.fail('unsupported-address', `${name} takes numbers: addresses in data are not supported`);
      return;
    }
    const value = parseExpression(cursor);
    if (value === null) return;
    if (value < low || value > high) {
      cursor.fail('value-out-of-range', `${name} takes values from ${low} to ${high}`, cursor.since(first));
      return;
    }
    store(cursor, width, value);
  } while (!cursor.failed && cursor.take(','));
}

function store(cursor: Cursor, width: 1 | 2 | 4 | 8, value: bigint): void {
  const { section } = cursor.unit;
  const at = section.dataLength;
  if (grow(cursor, section, width) === null) return;
  for (let i = 0; i < width; i++) section.data[at + i] = Number((value >> BigInt(8 * i)) & 0xffn);
}

function parseTexts(cursor: Cursor, terminated: boolean): void {
  do {
    const lexeme = cursor.peek();
    const bytes = lexeme?.kind === 'string' ? parseEscapes(lexeme.text.slice(1, -1)) : null;
    if (bytes === null) {
      badText(cursor);
      return;
    }
    cursor.next('string');
    const { section } = cursor.unit;
    const at = section.dataLength;
    if (grow(cursor, section, bytes.length + (terminated ? 1 : 0)) !== null) section.data.set(bytes, at);
  } while (!cursor.failed && cursor.take(','));
}

function badText(cursor: Cursor): void {
  const lexeme = cursor.peek();
  if (lexeme?.kind === 'string') cursor.fail('unexpected-text', 'this text has an escape that does not exist');
  else if (lexeme?.text.startsWith('"') === true) cursor.fail('unexpected-text', 'the closing quote is missing');
  else cursor.fail('unexpected-text', `expected a text in quotes here, ${cursor.found()}`);
}

/** `.zero 8`, `.zero 8, 0xff`, `.fill 4, 2, 0`. */
function parseFill(cursor: Cursor, sized: boolean): void {
  const most = BigInt(MOST_BYTES);
  const count = parseInRange(cursor, 'the count', 0n, most);
  if (count === null) return;
  const width = sized && cursor.take(',') ? parseInRange(cursor, 'the size', 1n, 8n) : 1;
  if (width === null) return;
  const value = cursor.take(',') ? parseInRange(cursor, 'the value', -0x80000000n, 0xffffffffn) : 0;
  if (value === null) return;
  const { section } = cursor.unit;
  const at = section.dataLength;
  if (grow(cursor, section, count * width) === null || value === 0) return;
  const unsigned = BigInt.asUintN(64, BigInt(value));
  for (let i = 0; i < count * width; i++) section.data[at + i] = Number((unsigned >> BigInt(8 * (i % width))) & 0xffn);
}

/** In code every instruction is aligned already. */
function parseAlignment(cursor: Cursor, name: string): void {
  const power = name === '.p2align';
  const operand = parseInRange(cursor, 'the alignment', 0n, power ? 16n : 65_536n);
  while (!cursor.done && !cursor.failed) cursor.next('number');
  if (operand === null || cursor.unit.section.kind !== 'data') return;
  const bytes = power ? 2 ** operand : Math.max(1, operand);
  if (!Number.isInteger(Math.log2(bytes))) {
    cursor.fail('value-out-of-range', `an alignment is a power of two, not ${bytes}`);
    return;
  }
  const { section } = cursor.unit;
  grow(cursor, section, (bytes - (section.dataLength % bytes)) % bytes);
}
