/** What remains certain where ways meet. */
import type { Fact, Facts, Limit, Range } from './facts.ts';
import { hasWidened, joinOrigins, type Meeting, type Origin } from './origins.ts';
import { joinSpills } from './spills.ts';

/** Above all names that instructions give. */
const NAMES_OF_BLOCKS = 0x100_0000;
const REGISTERS = 16;
const NO_NAME = -1;

/**
 * Keeps what both are certain of; the first one itself when that is all of it. Addresses of the packet that differ get a
 * name for the block and the register. On a way back to a loop's head nothing may widen.
 */
export function joinFacts(a: Facts, b: Facts, at: Omit<Meeting, 'name'>): Facts {
  const rooms = new Map<number, number>();
  for (const [name, room] of a.rooms) {
    const other = b.rooms.get(name);
    if (other !== undefined) rooms.set(name, Math.min(room, other));
  }
  const registers = a.registers.map((fact, reg) => {
    const name = NAMES_OF_BLOCKS + REGISTERS * at.block + reg;
    const joined = joinFact(fact, b.registers[reg] ?? null, { ...at, name });
    const origin = joined?.origin;
    if (origin?.kind === 'packet' && origin.name === name) {
      const room = Math.min(roomFrom(a, fact), roomFrom(b, b.registers[reg] ?? null));
      if (room > 0) rooms.set(name, room);
      else rooms.delete(name);
    }
    return joined;
  });
  const limits = joinLimits(a.limits, b.limits, at.block);
  const spills = joinSpills(a.spills, b.spills, (x, y) => withoutNewName(joinFact(x, y, { ...at, name: NO_NAME })));
  const same =
    registers.every((fact, reg) => fact === a.registers[reg]) &&
    sameRooms(rooms, a.rooms) &&
    limits === a.limits &&
    spills === a.spills;
  return same ? a : { registers, rooms, limits, spills };
}

/** Only addresses in registers are given names. */
function withoutNewName(fact: Fact | null): Fact | null {
  return fact?.origin?.kind === 'packet' && fact.origin.name === NO_NAME ? null : fact;
}

/** Entering a loop, or its next round, says nothing about its rounds yet. */
function joinLimits(a: Facts['limits'], b: Facts['limits'], loop: number): Facts['limits'] {
  const joined = new Map<number, Limit>();
  for (const [key, limit] of a) {
    const other = b.get(key);
    if (key === loop || other === undefined) continue;
    const same = limit.most >= other.most && (limit.unequal || !other.unequal);
    joined.set(key, same ? limit : { most: Math.max(limit.most, other.most), unequal: limit.unequal || other.unequal });
  }
  return joined.size === a.size && [...joined].every(([key, limit]) => a.get(key) === limit) ? a : joined;
}

/** Bytes of the packet from the address in a register on. */
function roomFrom({ rooms }: Facts, fact: Fact | null): number {
  const origin = fact?.origin;
  return origin?.kind === 'packet' ? (rooms.get(origin.name) ?? 0) - origin.offset : 0;
}

function sameRooms(a: ReadonlyMap<number, number>, b: ReadonlyMap<number, number>): boolean {
  return a.size === b.size && [...a].every(([name, room]) => b.get(name) === room);
}

function joinFact(a: Fact | null, b: Fact | null, at: Meeting): Fact | null {
  if (a === null || b === null) return null;
  const origin = joinNarrowly(a.origin, b.origin, at);
  const range = joinRange(a.range, b.range);
  if (origin === a.origin && range === a.range) return a;
  return origin === null && range === null ? null : { origin, range };
}

function joinNarrowly(a: Origin | null, b: Origin | null, at: Meeting): Origin | null {
  const joined = joinOrigins(a, b, at);
  return at.back && hasWidened(a, joined) ? null : joined;
}

function joinRange(a: Range | null, b: Range | null): Range | null {
  if (a === null || b === null || a.window !== b.window) return null;
  const low = Math.max(a.low, b.low);
  const high = Math.min(a.high, b.high);
  const write = a.write && b.write;
  if (low === a.low && high === a.high && write === a.write) return a;
  return low < high ? { window: a.window, low, high, write } : null;
}
