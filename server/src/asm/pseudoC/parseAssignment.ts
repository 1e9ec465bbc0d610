/** Everything that begins with a register: `r1 = ...`, `w1 += ...`. */
import type { AluOp } from '../../isa/insn.ts';
import { ALU_OPS } from '../../isa/opcodes.ts';
import type { Cursor } from '../assembler/cursor.ts';
import { shorten } from '../assembler/cursor.ts';
import { parseInRange, startsExpression } from '../assembler/expression.ts';
import { isRegister, parseOperand, parsePlace, parsePointerType, parseRegister, sameWidth, type Register } from '../assembler/operands.ts'; // prettier-ignore
import { parseAtomicCall } from './parseAtomicCall.ts';
import { parseAddress, parseConstant } from '../assembler/parseWide.ts';
import { plain, type Parsed } from '../assembler/parsed.ts';
import { VALUE_WORDS } from '../assembler/tables.ts';
import { suggest } from '../assembler/unit.ts';

const OPERATORS: ReadonlyMap<string, AluOp> = new Map(
  (Object.keys(ALU_OPS) as AluOp[])
    .filter((op) => op !== 'mov' && op !== 'neg')
    .map((op) => [ALU_OPS[op].operator, op]),
);

export function parseAssignment(cursor: Cursor): Parsed | null {
  const dst = parseRegister(cursor);
  if (dst === null) return null;
  if (cursor.take('=', 'operator')) return parseValue(cursor, dst);
  const op = OPERATORS.get(cursor.text());
  if (op === undefined) {
    cursor.fail('unknown-operator', `expected = or an operator such as += here, ${cursor.found()}`);
    return null;
  }
  cursor.next('operator');
  const operand = parseOperand(cursor, dst);
  if (operand === null) return null;
  return plain({ kind: 'alu', op, wide: dst.wide, dst: dst.reg, ...operand, signExtendBits: 0 });
}

function parseValue(cursor: Cursor, dst: Register): Parsed | null {
  const text = cursor.text();
  if (text === '-' && isRegister(cursor.text(1))) return parseNegation(cursor, dst);
  if (isRegister(text)) return parseMove(cursor, dst);
  if (text === '*') return parseLoad(cursor, dst);
  if (text === '(' && /^[su](?:8|16|32|64)$/.test(cursor.text(1))) return parseCast(cursor, dst);
  if (startsExpression(cursor)) return parseConstant(cursor, dst);
  if (cursor.peek()?.kind === 'word') return parseWord(cursor, dst);
  cursor.fail('unexpected-text', `expected a value here, ${cursor.found()}`);
  return null;
}

function parseWord(cursor: Cursor, dst: Register): Parsed | null {
  const word = cursor.text();
  if (/^(?:be|le|bswap)[0-9]+$/.test(word)) return parseByteSwap(cursor, dst);
  if (word === 'addr_space_cast') return parseAddrSpaceCast(cursor, dst);
  if (cursor.text(1) === '(') {
    if (VALUE_WORDS.includes(word)) return parseAtomicCall(cursor, dst);
    cursor.fail(
      'unknown-instruction',
      `there is no operation ${shorten(word)}${suggest(cursor.unit, word, VALUE_WORDS)}`,
    );
    return null;
  }
  return parseAddress(cursor, dst);
}

function parseNegation(cursor: Cursor, dst: Register): Parsed | null {
  cursor.next('operator');
  const register = parseRegister(cursor);
  if (register === null || !inPlace(cursor, dst, register)) return null;
  return plain({
    kind: 'alu',
    op: 'neg',
    wide: dst.wide,
    dst: dst.reg,
    source: 'imm',
    src: 0,
    imm: 0,
    signExtendBits: 0,
  });
}

/** Some operations have no second register. */
function inPlace(cursor: Cursor, dst: Register, operand: Register): boolean {
  if (!sameWidth(cursor, dst, operand)) return false;
  const name = `${dst.wide ? 'r' : 'w'}${dst.reg}`;
  return (
    dst.reg === operand.reg ||
    cursor.fail('wrong-register', `this works in place: the operand must be ${name} too`, operand)
  );
}

function parseMove(cursor: Cursor, dst: Register): Parsed | null {
  const src = parseRegister(cursor);
  if (src === null) return null;
  if (/^[-+*/|&%^]$|^<<$|^>>$/.test(cursor.text())) return parseThreeOperands(cursor, dst, src);
  // clang -S writes `r1 = w2` where it moves 32 bits and clears the upper half, which `w1 = w2` does.
  const extends32 = dst.wide && !src.wide;
  if (!extends32 && !sameWidth(cursor, dst, src)) return null;
  return plain({
    kind: 'alu',
    op: 'mov',
    wide: src.wide,
    dst: dst.reg,
    source: 'reg',
    src: src.reg,
    imm: 0,
    signExtendBits: 0,
  });
}

function parseThreeOperands(cursor: Cursor, dst: Register, src: Register): null {
  const letter = dst.wide ? 'r' : 'w';
  const operator = cursor.text();
  const message = `an instruction does one operation: write ${letter}${dst.reg} = ${letter}${src.reg} and then ${letter}${dst.reg} ${operator}= ...`;
  cursor.fail('unexpected-text', message);
  return null;
}

function parseCast(cursor: Cursor, dst: Register): Parsed | null {
  cursor.next('operator');
  const text = cursor.text();
  const bits = Number(text.slice(1));
  if (cursor.text(1) === '*' || cursor.text(2) === '(') return withoutStar(cursor, text);
  const allowed = dst.wide ? ['s8', 's16', 's32'] : ['s8', 's16'];
  if (!allowed.includes(text)) {
    cursor.fail('unknown-size', `a move extends the sign from ${allowed.join(' or ')}, not from ${text}`);
    return null;
  }
  cursor.next('size');
  if (!cursor.expect(')', 'operator')) return null;
  const src = parseRegister(cursor);
  if (src === null || !sameWidth(cursor, dst, src)) return null;
  const signExtendBits = bits as 8 | 16 | 32;
  return plain({
    kind: 'alu',
    op: 'mov',
    wide: dst.wide,
    dst: dst.reg,
    source: 'reg',
    src: src.reg,
    imm: 0,
    signExtendBits,
  });
}

function withoutStar(cursor: Cursor, size: string): null {
  cursor.fail('unexpected-text', `an access to memory begins with a star: *(${size} *)(r1 + 0)`);
  return null;
}

function parseByteSwap(cursor: Cursor, dst: Register): Parsed | null {
  const word = cursor.text();
  const match = /^(be|le|bswap)(16|32|64)$/.exec(word);
  if (match === null || !dst.wide) {
    const message = dst.wide
      ? `bytes are swapped in 16, 32 or 64 bits`
      : `bytes are swapped in whole registers: write r${dst.reg}`;
    cursor.fail(dst.wide ? 'unknown-size' : 'wrong-width', message, dst.wide ? cursor.here() : dst);
    return null;
  }
  cursor.next('keyword');
  const register = parseRegister(cursor);
  if (register === null || !inPlace(cursor, dst, register)) return null;
  const mode = match[1] === 'bswap' ? 'swap' : (match[1] as 'le' | 'be');
  return plain({ kind: 'bswap', mode, bits: Number(match[2]) as 16 | 32 | 64, dst: dst.reg });
}

function parseAddrSpaceCast(cursor: Cursor, dst: Register): Parsed | null {
  cursor.next('keyword');
  if (!cursor.expect('(', 'operator')) return null;
  const src = parseRegister(cursor);
  if (src === null || !sameWidth(cursor, dst, src) || !sameWidth(cursor, { ...dst, wide: true }, dst)) return null;
  if (!cursor.expect(',')) return null;
  const dstSpace = parseInRange(cursor, 'an address space', 0n, 0xffffn);
  if (dstSpace === null || !cursor.expect(',')) return null;
  const srcSpace = parseInRange(cursor, 'an address space', 0n, 0xffffn);
  if (srcSpace === null || !cursor.expect(')', 'operator')) return null;
  return plain({ kind: 'addrSpaceCast', dst: dst.reg, src: src.reg, dstSpace, srcSpace });
}

/** `*(u32 *)(r1 + 4)`, `*(u16 *)skb[12]`. */
function parseLoad(cursor: Cursor, dst: Register): Parsed | null {
  cursor.next('operator');
  const type = parsePointerType(cursor);
  if (type === null) return null;
  if (cursor.text() === 'skb') return parsePacketLoad(cursor, dst, type.signed ? 8 : type.size);
  if (!dst.wide && (type.signed || type.size === 8)) {
    cursor.fail('wrong-width', `this load fills 64 bits: write r${dst.reg}`, dst);
    return null;
  }
  const place = parsePlace(cursor);
  if (place === null) return null;
  return plain({ kind: 'load', dst: dst.reg, src: place.base, off: place.off, size: type.size, signed: type.signed });
}

function parsePacketLoad(cursor: Cursor, dst: Register, size: 1 | 2 | 4 | 8): Parsed | null {
  if (size === 8) {
    cursor.fail('unknown-size', 'skb[...] loads u8, u16 or u32');
    return null;
  }
  if (dst.reg !== 0) {
    cursor.fail('wrong-register', 'skb[...] always loads into r0', dst);
    return null;
  }
  cursor.next('keyword');
  if (!cursor.expect('[', 'operator')) return null;
  const base = isRegister(cursor.text()) ? parseRegister(cursor) : null;
  if (cursor.failed) return null;
  const omitted = base !== null && cursor.text() === ']';
  const imm = omitted ? 0 : parseInRange(cursor, 'the offset into the packet', -0x80000000n, 0xffffffffn);
  if (imm === null || !cursor.expect(']', 'operator')) return null;
  return plain({ kind: 'packet', mode: base === null ? 'abs' : 'ind', size, src: base?.reg ?? 0, imm: imm | 0 });
}
