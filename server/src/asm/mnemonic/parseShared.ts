/** Words that both notations begin with, where the operands are those of the mnemonics. */
import type { Cursor } from '../assembler/cursor.ts';
import { parseInRange } from '../assembler/expression.ts';
import { parseTarget } from '../assembler/operands.ts';
import { plain, type Parsed } from '../assembler/parsed.ts';
import { startsRegister, parseWhole } from './operands.ts';
import { parseMemoryAndRegister } from './parse.ts';
import { LOCKED } from './table.ts';

const CALL_WORDS: ReadonlySet<string> = new Set(['local', 'helper', 'runtime', 'kfunc']);

/** `call local f`, `call helper 5`, `call runtime 7`, `call %r2`: words that stand alone are names of functions. */
export function isMnemonicCall(cursor: Cursor): boolean {
  return cursor.text(1) === '%' || (CALL_WORDS.has(cursor.text(1)) && cursor.peek(2) !== null);
}

/** The cursor stands on `call`. */
export function parseMnemonicCall(cursor: Cursor): Parsed | null {
  cursor.next('keyword');
  if (startsRegister(cursor)) {
    const register = parseWhole(cursor);
    return register === null ? null : plain({ kind: 'callx', reg: register.reg });
  }
  const word = cursor.next('keyword')?.text;
  if (word === 'local') return parseLocalCall(cursor);
  if (cursor.peek()?.kind === 'word' && !cursor.unit.constants.has(cursor.text())) return parseNamed(cursor);
  const what = word === 'helper' ? "a helper's number" : "a kernel function's number";
  const imm = parseInRange(cursor, what, -0x80000000n, 0x7fffffffn);
  return imm === null ? null : plain({ kind: 'call', target: word === 'helper' ? 'helper' : 'kfunc', imm, off: 0 });
}

function parseNamed(cursor: Cursor): Parsed | null {
  const lexeme = cursor.next('function');
  if (lexeme === null) return null;
  const symbol = { role: 'call', name: lexeme.text, span: lexeme, addend: 0 } as const;
  return { insn: { kind: 'call', target: 'helper', imm: 0, off: 0 }, symbol };
}

function parseLocalCall(cursor: Cursor): Parsed | null {
  const target = parseTarget(cursor, 32);
  if (target === null) return null;
  const symbol = target.symbol === null ? null : ({ ...target.symbol, role: 'call' } as const);
  return { insn: { kind: 'call', target: 'subprog', imm: target.off, off: 0 }, symbol };
}

/** `lock add [%r1+0], %r2`, `lock fetch or32 [%r1+0], %r2`. The pseudo-C has a star behind `lock`. */
export function parseMnemonicLock(cursor: Cursor): Parsed | null {
  cursor.next('keyword');
  const fetch = cursor.take('fetch', 'keyword');
  const operation = LOCKED.get(cursor.text().toLowerCase());
  if (operation === undefined) {
    cursor.fail('unknown-operator', `atomic operations are ${[...LOCKED.keys()].join(' ')}, ${cursor.found()}`);
    return null;
  }
  cursor.next('keyword');
  const { op, size } = operation;
  return parseMemoryAndRegister(cursor, { op, size, fetch: fetch || op === 'xchg' || op === 'cmpxchg' });
}
