/** Atomic operations with a result, in the spellings of the kernel's log and of clang. */
import type { AtomicOp } from '../../isa/insn.ts';
import type { Cursor } from '../assembler/cursor.ts';
import { parseAddress, parsePlace, parsePointerType, parseRegister, type MemoryType, type Place, type Register } from '../assembler/operands.ts'; // prettier-ignore
import { atomicSize } from './parseMemory.ts';
import { plain, type Parsed } from '../assembler/parsed.ts';

/** `r2 = atomic_fetch_add((u64 *)(r1 + 0), r2)` and its relatives; the cursor stands on the name. */
export function parseAtomicCall(cursor: Cursor, dst: Register): Parsed | null {
  const name = cursor.text();
  cursor.next('keyword');
  if (name === 'load_acquire') return parseLoadAcquire(cursor, dst);
  const clang = /^(xchg|cmpxchg)(_64|32_32)$/.exec(name);
  const op = (clang?.[1] ?? name.replace(/^atomic(?:64)?_(?:fetch_)?/, '')) as AtomicOp;
  if (!cursor.expect('(', 'operator')) return null;
  const memory = clang === null ? parseTyped(cursor) : parseUntyped(cursor, clang[2] === '_64' ? 8 : 4);
  if (memory === null || !cursor.expect(',')) return null;
  if (op === 'cmpxchg' && !parseCompared(cursor)) return null;
  const src = parseRegister(cursor);
  if (src === null || !cursor.expect(')', 'operator')) return null;
  if (!resultFits(cursor, op, dst, src, memory.type)) return null;
  const { base, off } = memory.place;
  return plain({ kind: 'atomic', op, fetch: true, size: memory.type.size, dst: base, src: src.reg, off });
}

interface Memory {
  readonly type: MemoryType;
  readonly place: Place;
}

function parseTyped(cursor: Cursor): Memory | null {
  const type = parsePointerType(cursor);
  if (type === null || !atomicSize(cursor, type)) return null;
  const place = parsePlace(cursor);
  return place === null ? null : { type, place };
}

/** clang names the size in the operation: `xchg_64(r1 + 0, r2)`. */
function parseUntyped(cursor: Cursor, size: 4 | 8): Memory | null {
  const place = parseAddress(cursor);
  return place === null ? null : { type: { size, signed: false }, place };
}

/** The value compared with is always r0. */
function parseCompared(cursor: Cursor): boolean {
  const register = parseRegister(cursor);
  if (register === null) return false;
  if (register.reg !== 0) return cursor.fail('wrong-register', 'cmpxchg always compares with r0', register);
  return cursor.expect(',');
}

function resultFits(cursor: Cursor, op: AtomicOp, dst: Register, src: Register, type: MemoryType): boolean {
  const wanted = op === 'cmpxchg' ? 0 : src.reg;
  if (dst.reg !== wanted) {
    const where = op === 'cmpxchg' ? 'r0' : `the register that is passed in, r${src.reg}`;
    return cursor.fail('wrong-register', `the old value always goes to ${where}`, dst);
  }
  if (type.size < 8 || (dst.wide && src.wide)) return true;
  return cursor.fail('wrong-width', 'this operation has 64 bits: write r, not w', dst.wide ? src : dst);
}

function parseLoadAcquire(cursor: Cursor, dst: Register): Parsed | null {
  if (!cursor.expect('(', 'operator')) return null;
  const type = parsePointerType(cursor);
  if (type === null) return null;
  if (type.signed || (!dst.wide && type.size === 8)) {
    cursor.fail(
      'unknown-size',
      type.signed ? 'load_acquire extends no sign' : `this load fills 64 bits: write r${dst.reg}`,
    );
    return null;
  }
  const place = parsePlace(cursor);
  if (place === null || !cursor.expect(')', 'operator')) return null;
  const { base: src, off } = place;
  return plain({ kind: 'atomic', op: 'loadAcquire', fetch: false, size: type.size, dst: dst.reg, src, off });
}
