/** Stores and atomic operations without a result. */
import type { AtomicOp } from '../../isa/insn.ts';
import { ATOMIC_OPS } from '../../isa/opcodes.ts';
import type { Cursor } from '../assembler/cursor.ts';
import { startsExpression } from '../assembler/expression.ts';
import { isRegister, parseImmediate, parsePlace, parsePointerType, parseRegister, type MemoryType, type Register } from '../assembler/operands.ts'; // prettier-ignore
import { plain, type Parsed } from '../assembler/parsed.ts';

/** `*(u32 *)(r1 + 4) = r2` or `= 5`. */
export function parseStore(cursor: Cursor): Parsed | null {
  cursor.next('operator');
  const type = parsePointerType(cursor);
  if (type === null) return null;
  const place = parsePlace(cursor);
  if (place === null) return null;
  if (LOCKED.has(cursor.text())) {
    cursor.fail('unknown-operator', `only an atomic operation changes memory in place: write lock before it`);
    return null;
  }
  if (!unsigned(cursor, type) || !cursor.expect('=', 'operator')) return null;
  const { base: dst, off } = place;
  if (isRegister(cursor.text())) {
    const register = parseRegister(cursor);
    if (register === null || !fits(cursor, type, register)) return null;
    return plain({ kind: 'store', dst, off, size: type.size, source: 'reg', src: register.reg, imm: 0 });
  }
  if (!startsExpression(cursor)) {
    cursor.fail('unexpected-text', `expected a register or a number here, ${cursor.found()}`);
    return null;
  }
  const imm = parseImmediate(cursor, type.size === 8);
  return imm === null ? null : plain({ kind: 'store', dst, off, size: type.size, source: 'imm', src: 0, imm });
}

function unsigned(cursor: Cursor, type: MemoryType): boolean {
  return !type.signed || cursor.fail('unknown-size', `signs matter for loads only: write u${type.size * 8}`);
}

/** A lower half cannot be stored in eight bytes. */
export function fits(cursor: Cursor, type: MemoryType, register: Register): boolean {
  if (register.wide || type.size < 8) return true;
  return cursor.fail('wrong-width', `w${register.reg} has 32 bits only: write r${register.reg}`, register);
}

const LOCKED: ReadonlyMap<string, AtomicOp> = new Map(
  (['add', 'or', 'and', 'xor'] as const).map((op) => [ATOMIC_OPS[op].operator, op]),
);

/** `lock *(u64 *)(r1 + 0) += r2`. */
export function parseLock(cursor: Cursor): Parsed | null {
  cursor.next('keyword');
  if (!cursor.expect('*', 'operator')) return null;
  const type = parsePointerType(cursor);
  if (type === null || !atomicSize(cursor, type)) return null;
  const place = parsePlace(cursor);
  if (place === null) return null;
  const op = LOCKED.get(cursor.text());
  if (op === undefined) {
    cursor.fail('unknown-operator', `atomic operations are ${[...LOCKED.keys()].join(' ')}, ${cursor.found()}`);
    return null;
  }
  cursor.next('operator');
  const register = parseRegister(cursor);
  if (register === null || !fits(cursor, type, register)) return null;
  const { base: dst, off } = place;
  return plain({ kind: 'atomic', op, fetch: false, size: type.size, dst, src: register.reg, off });
}

export function atomicSize(cursor: Cursor, type: MemoryType): boolean {
  if (!type.signed && type.size >= 4) return true;
  return cursor.fail('unknown-size', 'atomic operations work on u32 and u64');
}

/** `store_release((u64 *)(r1 + 0), r2)`. */
export function parseStoreRelease(cursor: Cursor): Parsed | null {
  cursor.next('keyword');
  if (!cursor.expect('(', 'operator')) return null;
  const type = parsePointerType(cursor);
  if (type === null || !unsigned(cursor, type)) return null;
  const place = parsePlace(cursor);
  if (place === null || !cursor.expect(',')) return null;
  const register = parseRegister(cursor);
  if (register === null || !fits(cursor, type, register) || !cursor.expect(')', 'operator')) return null;
  const { base: dst, off } = place;
  return plain({ kind: 'atomic', op: 'storeRelease', fetch: false, size: type.size, dst, src: register.reg, off });
}
