import type { Cursor } from '../assembler/cursor.ts';
import { shorten } from '../assembler/cursor.ts';
import { isRegister } from '../assembler/operands.ts';
import { parseAssignment } from './parseAssignment.ts';
import { parseCall, parseCallx, parseGoto, parseIf, parseMayGoto } from './parseControl.ts';
import { parseLock, parseStore, parseStoreRelease } from './parseMemory.ts';
import { plain, type Parsed } from '../assembler/parsed.ts';
import { DIRECTIVES, STATEMENT_WORDS } from '../assembler/tables.ts';
import { suggest } from '../assembler/unit.ts';

/** One instruction, up to the end of the statement; null after reporting what is wrong. */
export function parseInsn(cursor: Cursor): Parsed | null {
  const parsed = parseForm(cursor);
  if (parsed === null) return null;
  if (cursor.done) return parsed;
  cursor.fail('unexpected-text', `the instruction ends before ${shorten(cursor.text())}; begin a new line`);
  return null;
}

function parseForm(cursor: Cursor): Parsed | null {
  const word = cursor.text().toLowerCase();
  switch (word) {
    case '*':
      return parseStore(cursor);
    case 'if':
      return parseIf(cursor);
    case 'goto':
    case 'gotol':
      return parseGoto(cursor, word === 'gotol');
    case 'may_goto':
      return parseMayGoto(cursor);
    case 'call':
      return parseCall(cursor);
    case 'callx':
      return parseCallx(cursor);
    case 'exit':
      cursor.next('keyword');
      return plain({ kind: 'exit' });
    case 'lock':
      return parseLock(cursor);
    case 'store_release':
      return parseStoreRelease(cursor);
    default:
      return isRegister(word) ? parseAssignment(cursor) : unknown(cursor);
  }
}

function unknown(cursor: Cursor): null {
  const lexeme = cursor.peek();
  const text = lexeme?.text ?? '';
  if (lexeme?.kind === 'bad') unreadable(cursor, text);
  else if (lexeme?.kind === 'word') {
    const words = [...STATEMENT_WORDS, ...DIRECTIVES.map(({ name }) => name.slice(1))];
    cursor.fail(
      'unknown-instruction',
      `no instruction begins with ${shorten(text)}${otherNotation(cursor, text) ?? suggest(cursor.unit, text, words)}`,
    );
  } else if (text === '(' && /^[su](?:8|16|32|64)$/.test(cursor.text(1)))
    cursor.fail('unexpected-text', `an access to memory begins with a star: *(${cursor.text(1)} *)(r1 + 0)`);
  else cursor.fail('unknown-instruction', `no instruction begins with ${shorten(text)}`);
  return null;
}

/** Mnemonics as other assemblers have them, with the form that the same has here. */
const OTHER_NOTATION: readonly (readonly [RegExp, string])[] = [
  [/^mov(?:32|64|s8|s16|s32)?$/i, 'r1 = r2'],
  [/^(?:add|sub|mul|s?div|s?mod|and|or|xor|[lr]sh|arsh|neg)(?:32|64)?$/i, 'r1 += r2'],
  [/^(?:ldx(?:b|h|w|dw)|ldxs[bhw])$/i, 'r1 = *(u32 *)(r2 + 0)'],
  [/^stx?(?:b|h|w|dw)$/i, '*(u32 *)(r1 + 0) = r2'],
  [/^lddw$/i, 'r1 = 0x1122334455667788 ll'],
  [/^j(?:eq|ne|s?gt|s?ge|s?lt|s?le|set)(?:32)?$/i, 'if r1 == r2 goto out'],
  [/^(?:ja|jmp)$/i, 'goto out'],
  [/^ret$/i, 'exit'],
];

function otherNotation(cursor: Cursor, word: string): string | null {
  const form = OTHER_NOTATION.find(([pattern]) => pattern.test(word))?.[1];
  return form === undefined || cursor.text(1) === '=' ? null : `; here this is written like ${form}`;
}

function unreadable(cursor: Cursor, text: string): void {
  const open = text.startsWith('"') || text.startsWith("'");
  cursor.fail('unexpected-text', open ? 'the closing quote is missing' : `${shorten(text)} has no meaning here`);
}
