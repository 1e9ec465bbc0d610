/** What is done with a piece of stack memory, as long as its address goes nowhere but into accesses at known offsets. */
import type { Users } from '../ir/edit.ts';
import type { Instr, Value } from '../ir/ir.ts';

export interface Access {
  readonly instr: Instr;
  /** From the beginning of the memory. */
  readonly off: number;
  readonly size: number;
  /** Copies and fills can be cut; loads and stores are of one piece.  */
  readonly how: 'load' | 'store' | 'copyTo' | 'copyFrom' | 'fill';
}

const LIMIT = 4000;

/** Null when the address is used in another way, or an access is volatile, not inside, or a copy within. */
export function accessesOf(alloca: Instr & { op: 'alloca' }, users: Users): Access[] | null {
  const accesses: Access[] = [];
  const work: [Value, number][] = [[alloca, 0]];
  const seen = new Set<Value>([alloca]);
  for (let top = work.pop(); top; top = work.pop()) {
    const [pointer, off] = top;
    for (const user of new Set(users.of(pointer))) {
      const moved = movedBy(user, pointer);
      if (moved !== null && !seen.has(user)) {
        seen.add(user);
        work.push([user, off + moved]);
        continue;
      }
      if (!addAccesses(accesses, user, pointer, off) || accesses.length > LIMIT) return null;
    }
  }
  const inside = accesses.every(({ off, size }) => off >= 0 && off + size <= alloca.sizeBytes);
  return inside && !copiesWithin(accesses) ? accesses : null;
}

function copiesWithin(accesses: readonly Access[]): boolean {
  const sources = new Set(accesses.filter(({ how }) => how === 'copyFrom').map(({ instr }) => instr));
  return accesses.some(({ instr, how }) => how === 'copyTo' && sources.has(instr));
}

/** The constant that an instruction adds to the pointer; null for others. */
export function movedBy(instr: Instr, pointer: Value): number | null {
  if (instr.op !== 'binary' || instr.type !== 'ptr' || instr.args[0] !== pointer) return null;
  const by = instr.args[1];
  if (by?.op !== 'const') return null;
  const bytes = Number(BigInt.asIntN(64, by.value));
  return instr.kind === 'sub' ? -bytes : bytes;
}

function addAccesses(accesses: Access[], user: Instr, pointer: Value, off: number): boolean {
  switch (user.op) {
    case 'load':
    case 'store':
      if (user.volatile || user.args[1] === pointer) return false;
      accesses.push({ instr: user, off: off + user.off, size: user.size, how: user.op });
      return true;
    case 'memcpy':
    case 'memmove':
      if (user.args[0] === pointer) accesses.push({ instr: user, off, size: user.sizeBytes, how: 'copyTo' });
      if (user.args[1] === pointer) accesses.push({ instr: user, off, size: user.sizeBytes, how: 'copyFrom' });
      return true;
    case 'memset':
      accesses.push({ instr: user, off, size: user.sizeBytes, how: 'fill' });
      return user.args[0] === pointer;
    default:
      return false;
  }
}
