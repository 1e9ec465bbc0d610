/** Jumps and calls. */
import type { JumpOp } from '../../isa/insn.ts';
import { JUMP_OPS } from '../../isa/opcodes.ts';
import { helperByName } from '../../kernel/helpers.ts';
import type { Cursor } from '../assembler/cursor.ts';
import { parseInRange, startsExpression } from '../assembler/expression.ts';
import { isRegister, parseBase, parseOperand, parseRegister, parseTarget } from '../assembler/operands.ts';
import { plain, type Parsed } from '../assembler/parsed.ts';

const COMPARISONS: ReadonlyMap<string, JumpOp> = new Map(
  (Object.keys(JUMP_OPS) as JumpOp[]).map((op) => [JUMP_OPS[op].operator, op]),
);

/** `if r1 s> 5 goto label`. */
export function parseIf(cursor: Cursor): Parsed | null {
  cursor.next('keyword');
  const parenthesised = cursor.take('(', 'operator');
  const first = parseRegister(cursor);
  if (first === null) return null;
  const op = COMPARISONS.get(cursor.text());
  if (op === undefined) {
    cursor.fail(
      'unknown-operator',
      `expected a comparison (${[...COMPARISONS.keys()].join(' ')}) here, ${cursor.found()}`,
    );
    return null;
  }
  cursor.next('operator');
  const operand = parseOperand(cursor, first);
  if (operand === null || (parenthesised && !cursor.expect(')', 'operator'))) return null;
  if (!cursor.expect('goto', 'keyword')) return null;
  const target = parseTarget(cursor, 16);
  if (target === null) return null;
  const insn = { kind: 'jump', op, wide: first.wide, dst: first.reg, ...operand, off: target.off } as const;
  return { insn, symbol: target.symbol };
}

export function parseGoto(cursor: Cursor, long: boolean): Parsed | null {
  cursor.next('keyword');
  const target = parseTarget(cursor, long ? 32 : 16);
  return target === null ? null : { insn: { kind: 'goto', off: target.off, long }, symbol: target.symbol };
}

export function parseMayGoto(cursor: Cursor): Parsed | null {
  cursor.next('keyword');
  const target = parseTarget(cursor, 16);
  return target === null ? null : { insn: { kind: 'mayGoto', off: target.off }, symbol: target.symbol };
}

export function parseCallx(cursor: Cursor): Parsed | null {
  cursor.next('keyword');
  const register = parseBase(cursor);
  return register === null ? null : plain({ kind: 'callx', reg: register.reg });
}

/** `call 1`, `call bpf_map_lookup_elem`, the same with `#1`, `call my_function`, `call pc+3`. */
export function parseCall(cursor: Cursor): Parsed | null {
  cursor.next('keyword');
  const lexeme = cursor.peek();
  if (lexeme === null || isRegister(lexeme.text)) {
    const hint = lexeme === null ? '' : '; callx calls what a register points to';
    cursor.fail('unexpected-text', `expected a helper, a function or a number behind call${hint}`);
    return null;
  }
  if (lexeme.text === 'pc' || lexeme.text === '+') return parseRelativeCall(cursor);
  if (lexeme.kind === 'word' && !cursor.unit.constants.has(lexeme.text)) return parseNamedCall(cursor);
  const imm = parseInRange(cursor, "a helper's number", -0x80000000n, 0x7fffffffn);
  return imm === null ? null : plain({ kind: 'call', target: 'helper', imm, off: 0 });
}

function parseRelativeCall(cursor: Cursor): Parsed | null {
  cursor.take('pc', 'keyword');
  if (!startsExpression(cursor)) {
    cursor.fail('unexpected-text', `expected a distance such as pc+2 here, ${cursor.found()}`);
    return null;
  }
  const imm = parseInRange(cursor, 'the distance of this call', -0x80000000n, 0x7fffffffn);
  return imm === null ? null : plain({ kind: 'call', target: 'subprog', imm, off: 0 });
}

/** A name with `#` and a number is a helper; where no helper has that name, a kernel function with this BTF id. */
function parseNamedCall(cursor: Cursor): Parsed | null {
  const lexeme = cursor.next('function');
  if (lexeme === null) return null;
  if (cursor.text() !== '#')
    return {
      insn: { kind: 'call', target: 'helper', imm: 0, off: 0 },
      symbol: { role: 'call', name: lexeme.text, span: lexeme, addend: 0 },
    };
  cursor.next('operator');
  const imm = parseInRange(cursor, 'the number behind #', -0x80000000n, 0x7fffffffn);
  if (imm === null) return null;
  const helper = helperByName(lexeme.text);
  const isHelper = helper?.id === imm || lexeme.text === 'unknown' || lexeme.text === 'func';
  if (helper !== null && !isHelper) {
    cursor.fail('unknown-helper', `${lexeme.text} is helper ${helper.id}, not ${imm}`, cursor.since(lexeme));
    return null;
  }
  cursor.mark(-3, isHelper ? 'helper' : 'kfunc');
  if (isHelper) return plain({ kind: 'call', target: 'helper', imm, off: 0 });
  const symbol = { role: 'kfunc', name: lexeme.text, span: lexeme, addend: 0 } as const;
  return { insn: { kind: 'call', target: 'kfunc', imm, off: 0 }, symbol };
}
