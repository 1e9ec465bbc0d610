/** Programs as numbers: C initializers (`tcpdump -dd`) and decimals (`tcpdump -ddd`, iptables' bytecode). */
import type { Span } from '../../base/source.ts';
import type { ClassicInsn } from '../../isa/classic.ts';
import type { Cursor } from '../assembler/cursor.ts';
import { reportError, type Unit } from '../assembler/unit.ts';
import { readField } from './number.ts';
import type { Statement } from './parsed.ts';

/** The initializers of a line. C in front of the first one, such as `struct sock_filter code[] = {`, is stepped over. */
export function parseInitializers(cursor: Cursor, first: boolean): Statement[] {
  const statements: Statement[] = [];
  if (first) while (!cursor.done && !begins(cursor)) cursor.next('operator');
  while (!cursor.done && !closes(cursor)) {
    const start = cursor.here();
    const insn = begins(cursor) ? readInitializer(cursor) : misplaced(cursor);
    if (insn !== undefined) statements.push({ span: cursor.since(start), insn, jumps: [], number: null });
    if (cursor.failed) return [...statements, ...unread(cursor, '{')];
    cursor.take(',', 'operator');
  }
  return statements;
}

/** At a brace before a number, or at the number where the brace was forgotten. */
function begins(cursor: Cursor): boolean {
  return (
    cursor.peek()?.kind === 'number' || (cursor.text() === '{' && cursor.text(1) !== '{' && cursor.peek(1) !== null)
  );
}

/** The end of a C array. */
function closes(cursor: Cursor): boolean {
  return cursor.text() === '}' && cursor.next('operator') !== null && cursor.done;
}

function misplaced(cursor: Cursor): undefined {
  cursor.fail('unexpected-text', `expected { here, ${cursor.found()}`);
}

/** What follows a mistake on the same line keeps its place, so that jumps over it still fit. */
function unread(cursor: Cursor, sign: string): Statement[] {
  const statements: Statement[] = [];
  for (let lexeme = cursor.next(); lexeme !== null; lexeme = cursor.next())
    if (lexeme.text === sign)
      statements.push({ span: { start: lexeme.start, end: lexeme.end }, insn: null, jumps: [], number: null });
  return statements;
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
    if (insn === null || (!cursor.done && !cursor.expect(',', 'operator')))
      return [...statements, ...unread(cursor, ',')];
  }
  return statements;
}

/** Tools that load such a program take as many instructions as its beginning says. */
export function checkCount(unit: Unit, count: Count | null, found: number): void {
  if (count === null || count.value === found) return;
  const message = `The text begins with the number of its instructions, ${count.value}, but ${found} follow.`;
  reportError(unit, 'instruction-count', count.span, message);
}
