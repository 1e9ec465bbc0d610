import type { Cursor } from './cursor.ts';
import { shorten } from './cursor.ts';
import { parseMnemonic } from '../mnemonic/parse.ts';
import { isMnemonicCall, parseMnemonicCall, parseMnemonicLock } from '../mnemonic/parseShared.ts';
import { MNEMONICS, mnemonicNamed } from '../mnemonic/table.ts';
import { isRegister } from './operands.ts';
import { parseAssignment } from '../pseudoC/parseAssignment.ts';
import { parseCall, parseCallx, parseGoto, parseIf, parseMayGoto } from '../pseudoC/parseControl.ts';
import { parseLock, parseStore, parseStoreRelease } from '../pseudoC/parseMemory.ts';
import { plain, type Parsed } from './parsed.ts';
import { DIRECTIVES, STATEMENT_WORDS } from './tables.ts';
import { suggest } from './unit.ts';

/** One instruction in either notation, up to the end of the statement; null after reporting what is wrong. */
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
      return isMnemonicCall(cursor) ? parseMnemonicCall(cursor) : parseCall(cursor);
    case 'callx':
      return parseCallx(cursor);
    case 'exit':
      cursor.next('keyword');
      return plain({ kind: 'exit' });
    case 'lock':
      return cursor.text(1) === '*' ? parseLock(cursor) : parseMnemonicLock(cursor);
    case 'store_release':
      return parseStoreRelease(cursor);
    default:
      return isRegister(word) ? parseAssignment(cursor) : parseNamed(cursor, word);
  }
}

function parseNamed(cursor: Cursor, word: string): Parsed | null {
  const mnemonic = mnemonicNamed(word);
  return mnemonic === null || cursor.text(1) === '=' ? unknown(cursor) : parseMnemonic(cursor, mnemonic.form);
}

const MNEMONIC_NAMES: readonly string[] = MNEMONICS.map(({ name }) => name);

function unknown(cursor: Cursor): null {
  const lexeme = cursor.peek();
  const text = lexeme?.text ?? '';
  if (lexeme?.kind === 'bad') unreadable(cursor, text);
  else if (lexeme?.kind === 'word') {
    const words = [...STATEMENT_WORDS, ...MNEMONIC_NAMES, ...DIRECTIVES.map(({ name }) => name.slice(1))];
    cursor.fail(
      'unknown-instruction',
      `no instruction begins with ${shorten(text)}${suggest(cursor.unit, text, words)}`,
    );
  } else if (text === '(' && /^[su](?:8|16|32|64)$/.test(cursor.text(1)))
    cursor.fail('unexpected-text', `an access to memory begins with a star: *(${cursor.text(1)} *)(r1 + 0)`);
  else cursor.fail('unknown-instruction', `no instruction begins with ${shorten(text)}`);
  return null;
}

function unreadable(cursor: Cursor, text: string): void {
  const open = text.startsWith('"') || text.startsWith("'");
  cursor.fail('unexpected-text', open ? 'the closing quote is missing' : `${shorten(text)} has no meaning here`);
}
