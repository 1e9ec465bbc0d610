/** What remains certain where ways meet. */
import type { Fact, Facts, Range } from './facts.ts';
import { hasWidened, joinOrigins, type Origin } from './origins.ts';

/** Above all names that instructions give. */
const NAMES_OF_BLOCKS = 0x100_0000;
const REGISTERS = 16;

/**
 * Keeps what both are certain of; the first one itself when that is all of it. Addresses of the packet that differ get a
 * name for the block and the register. `back`: the way leads back to a loop's head, where nothing may widen.
 */
export function joinFacts(a: Facts, b: Facts, block: number, back: boolean): Facts {
  const rooms = new Map<number, number>();
  for (const [name, room] of a.rooms) {
    const other = b.rooms.get(name);
    if (other !== undefined) rooms.set(name, Math.min(room, other));
  }
  const registers = a.registers.map((fact, reg) => {
    const name = NAMES_OF_BLOCKS + REGISTERS * block + reg;
    const joined = joinFact(fact, b.registers[reg] ?? null, name, back);
    const origin = joined?.origin;
    if (origin?.kind === 'packet' && origin.name === name) {
      const room = Math.min(roomFrom(a, fact), roomFrom(b, b.registers[reg] ?? null));
      if (room > 0) rooms.set(name, room);
      else rooms.delete(name);
    }
    return joined;
  });
  const same = registers.every((fact, reg) => fact === a.registers[reg]) && sameRooms(rooms, a.rooms);
  return same ? a : { registers, rooms };
}

/** Bytes of the packet from the address in a register on. */
function roomFrom({ rooms }: Facts, fact: Fact | null): number {
  const origin = fact?.origin;
  return origin?.kind === 'packet' ? (rooms.get(origin.name) ?? 0) - origin.offset : 0;
}

function sameRooms(a: ReadonlyMap<number, number>, b: ReadonlyMap<number, number>): boolean {
  return a.size === b.size && [...a].every(([name, room]) => b.get(name) === room);
}

function joinFact(a: Fact | null, b: Fact | null, name: number, back: boolean): Fact | null {
  if (a === null || b === null) return null;
  if (a === b) return a;
  const origin = joinNarrowly(a.origin, b.origin, name, back);
  const range = joinRange(a.range, b.range);
  if (origin === a.origin && range === a.range) return a;
  return origin === null && range === null ? null : { origin, range };
}

function joinNarrowly(a: Origin | null, b: Origin | null, name: number, back: boolean): Origin | null {
  const joined = joinOrigins(a, b, name);
  return back && hasWidened(a, joined) ? null : joined;
}

function joinRange(a: Range | null, b: Range | null): Range | null {
  if (a === null || b === null || a.window !== b.window) return null;
  const low = Math.max(a.low, b.low);
  const high = Math.min(a.high, b.high);
  const write = a.write && b.write;
  if (low === a.low && high === a.high && write === a.write) return a;
  return low < high ? { window: a.window, low, high, write } : null;
}
