/** Programs as numbers: C initializers (`tcpdump -dd`) and decimals (`tcpdump -ddd`, iptables' bytecode). */
import type { Span } from '../../base/source.ts';
import type { ClassicInsn } from '../../isa/classic.ts';
import type { Cursor } from '../assembler/cursor.ts';
import { reportError, type Unit } from '../assembler/unit.ts';
import { readField } from './number.ts';
import type { Statement } from './parsed.ts';

/** The initializers of a line. C around them, such as `struct sock_filter code[] = {`, is stepped over. */
export function parseInitializers(cursor: Cursor): Statement[] {
  const statements: Statement[] = [];
  skipAround(cursor);
  while (!cursor.done) {
    const start = cursor.here();
    const insn = readInitializer(cursor);
    statements.push({ span: cursor.since(start), insn, jumps: [], number: null });
    if (insn === null) break;
    cursor.take(',', 'operator');
    skipAround(cursor);
  }
  return statements;
}

function skipAround(cursor: Cursor): void {
  while (!cursor.done && !(cursor.text() === '{' && cursor.peek(1)?.kind !== undefined && cursor.text(1) !== '{'))
    cursor.next('operator');
}

function readInitializer(cursor: Cursor): ClassicInsn | null {
  cursor.expect('{', 'operator');
  const values = FIELDS.map(([what, most], index) => {
    if (cursor.failed || (index > 0 && !cursor.expect(',', 'operator'))) return null;
    return readField(cursor, what, most);
  });
  cursor.take(',', 'operator');
  if (!cursor.failed) cursor.expect('}', 'operator');
  return insnOf(values);
}

const FIELDS = [
  ['the opcode', 0xffff],
  ['the distance where the comparison holds', 0xff],
  ['the distance where it does not', 0xff],
  ['the constant', 0xffff_ffff],
] as const;

function insnOf(values: readonly (number | null)[]): ClassicInsn | null {
  const [code = null, jt = null, jf = null, k = null] = values;
  return code === null || jt === null || jf === null || k === null ? null : { code, jt, jf, k };
}

/** The count that a program of decimals begins with. */
export interface Count {
  readonly value: number;
  readonly span: Span;
}

export function isCount(cursor: Cursor): boolean {
  return cursor.peek()?.kind === 'number' && (cursor.peek(1) === null || cursor.text(1) === ',');
}

export function readCount(cursor: Cursor): Count | null {
  const span = cursor.here();
  const value = readField(cursor, 'the number of instructions', 0xffff_ffff);
  cursor.take(',', 'operator');
  return value === null ? null : { value, span };
}

/** Four decimals for each instruction of a line, with commas between instructions. */
export function parseDecimals(cursor: Cursor): Statement[] {
  const statements: Statement[] = [];
  while (!cursor.done) {
    const start = cursor.here();
    const insn = insnOf(FIELDS.map(([what, most]) => (cursor.failed ? null : readField(cursor, what, most))));
    statements.push({ span: cursor.since(start), insn, jumps: [], number: null });
    if (insn === null) break;
    if (!cursor.done && !cursor.expect(',', 'operator')) break;
  }
  return statements;
}

/** Tools that load such a program take as many instructions as its beginning says. */
export function checkCount(unit: Unit, count: Count | null, found: number): void {
  if (count === null || count.value === found) return;
  const message = `The text begins with the number of its instructions, ${count.value}, but ${found} follow.`;
  reportError(unit, 'instruction-count', count.span, message);
}
