import type { Span } from '../../base/source.ts';
import type { ClassicInsn, ClassicOperand } from '../../isa/classic.ts';
import { shorten, type Cursor } from '../assembler/cursor.ts';
import { suggest } from '../assembler/unit.ts';
import { MNEMONICS, OPERAND_EXAMPLES, type Mnemonic } from './mnemonics.ts';
import { numberOf } from './number.ts';
import type { JumpUse } from './parsed.ts';
import { parseOperand, type Operand } from './parseOperand.ts';

export interface ParsedInsn {
  readonly insn: ClassicInsn;
  readonly jumps: readonly JumpUse[];
}

/** An instruction in words: `jeq #0x800, ip, drop` (bpf_asm) or `jeq #0x800 jt 2 jf 5` (tcpdump); null after reporting. */
export function parseInsn(cursor: Cursor): ParsedInsn | null {
  const name = cursor.text();
  const mnemonic = MNEMONICS.get(name.toLowerCase());
  if (name.toLowerCase() === 'unimp') return parseUnknown(cursor);
  if (mnemonic === undefined) {
    const hint = suggest(cursor.unit, name, MNEMONICS.keys());
    cursor.fail('unknown-instruction', `classic BPF has no instruction ${shorten(name)}${hint}`);
    return null;
  }
  cursor.next('keyword');
  return mnemonic.codes.has('target') ? parseJump(cursor) : parseOther(cursor, mnemonic);
}

/** What tcpdump prints for an opcode that it does not know. */
function parseUnknown(cursor: Cursor): ParsedInsn | null {
  cursor.next('keyword');
  const code = numberOf(cursor.text());
  if (code === null || code > 0xffff) return refuse(cursor, `expected the opcode here, ${cursor.found()}`);
  cursor.next('number');
  return { insn: { code, jt: 0, jf: 0, k: 0 }, jumps: [] };
}

function refuse(cursor: Cursor, message: string): null {
  cursor.fail('unexpected-text', message);
  return null;
}

function parseJump(cursor: Cursor): ParsedInsn | null {
  const target = readPlace(cursor, 'k');
  return target && { insn: { code: 0x05, jt: 0, jf: 0, k: 0 }, jumps: [target] };
}

function parseOther(cursor: Cursor, mnemonic: Mnemonic): ParsedInsn | null {
  const start = cursor.here();
  const alone = mnemonic.codes.size === 1 && mnemonic.codes.has('none');
  const operand = alone ? NOTHING : parseOperand(cursor);
  if (operand === null) return null;
  const code = mnemonic.codes.get(operand.kind);
  if (code === undefined) return wrongOperand(cursor, mnemonic, operand, start);
  const jumps = mnemonic.branches ? readPlaces(cursor, mnemonic.negated) : [];
  return jumps && { insn: { code, jt: 0, jf: 0, k: operand.k }, jumps };
}

const NOTHING: Operand = { kind: 'none', k: 0 };

const OPERAND_WORDS: Readonly<Record<ClassicOperand, string>> = {
  imm: 'a constant',
  abs: 'data of the packet',
  ind: 'data of the packet',
  mem: 'the scratch memory',
  msh: 'a header length',
  len: "the packet's length",
  x: 'X',
  a: 'A',
  target: 'a label',
  none: 'nothing',
};

function wrongOperand(cursor: Cursor, mnemonic: Mnemonic, operand: Operand, start: Span): null {
  const examples = [...mnemonic.codes.keys()].map((kind) => OPERAND_EXAMPLES[kind]).join(', ');
  const missing = operand.kind === 'none';
  const what = missing ? 'something is missing behind' : `${OPERAND_WORDS[operand.kind]} does not go with`;
  const span = missing ? cursor.here() : cursor.since(start);
  cursor.fail('wrong-operand', `${what} ${mnemonic.name}, which takes ${examples}`, span);
  return null;
}

/** Where a comparison goes: `, L1, L2`, `, L1`, or `jt 2 jf 5`. */
function readPlaces(cursor: Cursor, negated: boolean): JumpUse[] | null {
  if (cursor.text().toLowerCase() === 'jt') return readDumpedPlaces(cursor);
  if (!cursor.expect(',', 'operator')) return null;
  const first = readPlace(cursor, negated ? 'jf' : 'jt');
  if (first === null) return null;
  if (!cursor.take(',', 'operator')) return [first];
  const second = readPlace(cursor, negated ? 'jt' : 'jf');
  return second && [first, second];
}

function readDumpedPlaces(cursor: Cursor): JumpUse[] | null {
  cursor.next('keyword');
  const taken = readPlace(cursor, 'jt');
  if (taken === null) return null;
  if (cursor.text().toLowerCase() !== 'jf') return refuse(cursor, `expected jf here, ${cursor.found()}`);
  cursor.next('keyword');
  const other = readPlace(cursor, 'jf');
  return other && [taken, other];
}

function readPlace(cursor: Cursor, field: JumpUse['field']): JumpUse | null {
  const lexeme = cursor.peek();
  if (lexeme?.kind !== 'word' && lexeme?.kind !== 'number')
    return refuse(cursor, `expected a label or the number of an instruction here, ${cursor.found()}`);
  cursor.next(lexeme.kind === 'word' ? 'label' : 'number');
  return { field, name: lexeme.text, span: { start: lexeme.start, end: lexeme.end } };
}
