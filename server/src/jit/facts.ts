/**
 * What safe mode is certain of at each place, so that accesses are checked once and not again: where values of registers
 * come from, how much of the packet the program has tested, and the range around a register that was already compared
 * with a window.
 */
import type { AluInsn, AtomicInsn, Insn, LoadInsn, Reg } from '../isa/insn.ts';
import { slots } from '../isa/insn.ts';
import { HELPERS } from '../kernel/helpers.ts';
import { type FlowGraph, successors } from './controlFlow.ts';
import { factsOnEdge } from './edgeFacts.ts';
import { type Access, accessOf, factsWithGuard, guardOf } from './guardPlan.ts';
import { HINT, type Hint, type Hints, hintOf, nextHints } from './hints.ts';
import { losesArguments } from './initialized.ts';
import { joinFacts } from './joinFacts.ts';
import type { MapFacts } from './mapFacts.ts';
import type { Bounds } from './linear.ts';
import {
  combined,
  computed,
  isPlainCount,
  MAX_OFFSET,
  mostOf,
  namedSum,
  numberUpTo,
  type Origin,
  PACKET_START,
  shifted,
} from './origins.ts';
import { NO_SPILLS, type Spills, spilledFact, spillsAfter, spillsAfterCall, spillsWithoutName } from './spills.ts';

/** Addresses from the register's value + `low` to below its value + `high` lie in one window. */
export interface Range {
  readonly window: Hint;
  readonly low: number;
  readonly high: number;
  readonly write: boolean;
}

export interface Fact {
  readonly origin: Origin | null;
  readonly range: Range | null;
}

export interface Facts {
  /** r0-r9. */
  readonly registers: readonly (Fact | null)[];
  /** By name of an address in the packet: so many bytes from it on surely belong to the packet. */
  readonly rooms: ReadonlyMap<number, number>;
  /** By loop: what comparisons tell of its rounds so far. */
  readonly limits: ReadonlyMap<number, Limit>;
  /** What the stack frame holds. */
  readonly spills: Spills;
}

export interface Limit {
  readonly most: number;
  /** The comparison only tells that the rounds are not one more: whoever counts up to it stops there. */
  readonly unequal: boolean;
}

export interface Scene {
  readonly insns: readonly Insn[];
  readonly mapFacts: (map: number) => MapFacts | null;
  /** Where the context holds the packet's addresses, in 32 bits; null when it holds none. */
  readonly packetFields: PacketFields | null;
  /** Whether the function seems to write the packet: then its address is taken only where that is allowed. */
  readonly writesPacket: boolean;
  /** Rounds of loops, as far as they are known. */
  readonly bounds: Bounds;
  /** Places of the frame, by offset from r10, whose content is followed. */
  readonly spillPlaces: ReadonlySet<number>;
}

export interface PacketFields {
  readonly data: number;
  readonly end: number;
}

/** An instruction of a block that ends at slot `end`. */
export interface Place {
  readonly insn: Insn;
  readonly pc: number;
  readonly end: number;
}

export const NOTHING: Facts = {
  registers: Array.from({ length: 10 }, () => null),
  rooms: new Map(),
  limits: new Map(),
  spills: NO_SPILLS,
};
const FRAME_END: Fact = { origin: { kind: 'frame', offset: 0, terms: [] }, range: null };
/** Beyond this, all is uncertain: how often the blocks are gone through, and slots that are looked at in all. */
const MAX_SWEEPS = 30;
const MAX_WORK = 1_000_000;

export function factOf(facts: Facts, reg: Reg): Fact | null {
  return reg === 10 ? FRAME_END : (facts.registers[reg] ?? null);
}

export function originOf(facts: Facts, reg: Reg): Origin | null {
  return factOf(facts, reg)?.origin ?? null;
}

/** By block: what is certain at its start. */
function settle(scene: Scene, flow: FlowGraph, hints: Int32Array): readonly Facts[] {
  const starts: (Facts | null)[] = flow.blocks.map(() => null);
  starts[0] = NOTHING;
  const slotCount = flow.blocks.reduce((sum, { start, end }) => sum + end - start, 0);
  const sweeps = Math.min(MAX_SWEEPS, Math.max(1, Math.floor(MAX_WORK / slotCount)));
  for (let sweep = 0; sweep < sweeps; sweep++) {
    let changed = Infinity;
    flow.blocks.forEach((block, from) => {
      const end = walk(scene, starts[from] ?? NOTHING, hints[from] ?? 0, block.start, block.end);
      for (const to of successors(block.exit)) {
        const known = starts[to] ?? null;
        const there = factsOnEdge(scene, end, block, to);
        const joined =
          known === null ? there : joinFacts(known, there, { block: to, back: to <= from, bounds: scene.bounds });
        if (joined !== known && to <= from) changed = Math.min(changed, to);
        starts[to] = joined;
      }
    });
    if (changed === Infinity) return starts.map((facts) => facts ?? NOTHING);
    // What follows a loop's beginning was found out from what that was taken for before.
    starts.fill(null, changed + 1);
  }
  return flow.blocks.map(() => NOTHING);
}

/** Bounds of some loops let those of others be found. */
const MAX_PASSES = 4;

/** By block: what is certain at its start; and what of the scene was found out on the way. */
export function blockFacts(
  scene: Scene,
  flow: FlowGraph,
  hints: Int32Array,
): { scene: Scene; facts: readonly Facts[] } {
  const withBounds = (bounds: Bounds): Scene => ({ ...scene, bounds });
  let known = scene;
  let facts = settle(known, flow, hints);
  for (let pass = 1; pass < MAX_PASSES && flow.reducible && flow.loops.includes(true); pass++) {
    const bounds = boundsOf(known, flow, hints, facts);
    if (bounds.size <= known.bounds.size) break;
    known = withBounds(bounds);
    facts = settle(known, flow, hints);
  }
  return { scene: known, facts };
}

/** Rounds of loops that comparisons limit on all ways back to their beginning. */
function boundsOf(scene: Scene, flow: FlowGraph, hints: Int32Array, starts: readonly Facts[]): Bounds {
  const bounds = new Map<number, number>();
  const ways = new Map<number, Limit[]>();
  flow.blocks.forEach((block, from) => {
    for (const to of successors(block.exit)) {
      if (to > from) continue;
      const end = walk(scene, starts[from] ?? NOTHING, hints[from] ?? 0, block.start, block.end);
      const limit = factsOnEdge(scene, end, block, to).limits.get(to) ?? { most: Infinity, unequal: false };
      ways.set(to, [...(ways.get(to) ?? []), limit]);
    }
  });
  for (const [loop, limits] of ways) {
    const most = Math.max(...limits.map((limit) => limit.most));
    if (most < MAX_OFFSET && (limits.length === 1 || !limits.some(({ unequal }) => unequal)))
      bounds.set(loop, Math.max(0, most + 1));
  }
  return bounds;
}

function walk(scene: Scene, start: Facts, hintsAtStart: Hints, from: number, end: number): Facts {
  let facts = start;
  let hints = hintsAtStart;
  for (let pc = from; pc < end;) {
    const insn = scene.insns[pc];
    if (insn === undefined) break;
    facts = factsAfter(scene, facts, hints, { insn, pc, end });
    hints = nextHints(hints, insn);
    pc += slots(insn);
  }
  return facts;
}

/** What is certain after an instruction, the guard before it included. */
export function factsAfter(scene: Scene, facts: Facts, hints: Hints, place: Place): Facts {
  const { insn, pc } = place;
  const access = accessOf(insn);
  const checked = access === null ? facts : afterAccess(scene, facts, hints, place, access);
  if (losesArguments(insn)) return afterCall(scene, checked, insn);
  if (insn.kind === 'load')
    return setFact(checked, insn.dst, spilledFact(checked, insn) ?? fromOrigin(loaded(scene, hints, insn)));
  if (insn.kind === 'alu') return afterAlu(scene, checked, insn, pc);
  if (insn.kind === 'loadMap') return setFact(checked, insn.dst, fromOrigin(loadedMap(scene, insn)));
  if (insn.kind === 'atomic') return afterAtomic(checked, insn);
  if (insn.kind === 'bswap')
    return setFact(checked, insn.dst, fromOrigin(insn.bits === 16 ? numberUpTo(0xffff) : null));
  return 'dst' in insn && insn.kind !== 'store' && insn.kind !== 'jump' ? setFact(checked, insn.dst, null) : checked;
}

function afterAccess(scene: Scene, facts: Facts, hints: Hints, place: Place, access: Access): Facts {
  const guard = guardOf(scene, facts, hints, access, place);
  const spills = spillsAfter(scene, facts, place.insn, guard);
  const checked = factsWithGuard(facts, access, guard);
  return spills === facts.spills ? checked : { ...checked, spills };
}

export function setFact(facts: Facts, reg: Reg, fact: Fact | null): Facts {
  if (reg === 10 || facts.registers[reg] === fact) return facts;
  return { ...facts, registers: facts.registers.map((old, i) => (i === reg ? fact : old)) };
}

function fromOrigin(origin: Origin | null): Fact | null {
  return origin === null ? null : { origin, range: null };
}

/** Compiled code compares addresses of the packet with what the engine knows, and leaves when they are others. */
function loaded({ packetFields }: Scene, hints: Hints, { src, off, size, signed }: LoadInsn): Origin | null {
  if (signed) return null;
  if (size < 4) return numberUpTo(size === 1 ? 0xff : 0xffff);
  if (packetFields === null || size !== 4 || hintOf(hints, src) !== HINT.ctx) return null;
  if (off === packetFields.data) return { kind: 'packet', name: PACKET_START, offset: 0, low: 0, high: 0 };
  return off === packetFields.end ? { kind: 'packetEnd' } : null;
}

function loadedMap(scene: Scene, { by, map, off }: Extract<Insn, { kind: 'loadMap' }>): Origin | null {
  if (by === 'fd' || by === 'idx') return { kind: 'map', map };
  const value = valueOf(scene, map, true);
  return value === null ? null : shifted(value, off);
}

function valueOf(scene: Scene, map: number, found: boolean): Origin | null {
  const facts = scene.mapFacts(map);
  return facts && { kind: 'value', offset: 0, read: facts.readBytes, write: facts.writeBytes, found };
}

function afterAtomic(facts: Facts, { op, fetch, dst, src }: AtomicInsn): Facts {
  if (op === 'cmpxchg') return setFact(facts, 0, null);
  if (op === 'loadAcquire') return setFact(facts, dst, null);
  return fetch ? setFact(facts, src, null) : facts;
}

/** Some helpers may move the packet; nothing else that was certain changes. */
function afterCall(scene: Scene, facts: Facts, insn: Insn): Facts {
  const stays = insn.kind === 'packet' || keepsPacket(insn);
  const registers = facts.registers.map((fact, reg) => {
    if (reg <= 5) return reg === 0 ? fromOrigin(lookedUp(scene, facts, insn)) : null;
    return stays || !isOfPacket(fact) ? fact : null;
  });
  return { ...facts, registers, rooms: stays ? facts.rooms : NOTHING.rooms, spills: spillsAfterCall(facts, insn) };
}

function keepsPacket(insn: Insn): boolean {
  return insn.kind === 'call' && insn.target === 'helper' && HELPERS[insn.imm - 1]?.proto?.changesPacket === false;
}

function isOfPacket(fact: Fact | null): boolean {
  const kind = fact?.origin?.kind;
  return kind === 'packet' || kind === 'packetEnd' || fact?.range?.window === HINT.packet;
}

function lookedUp(scene: Scene, facts: Facts, insn: Insn): Origin | null {
  const lookup = insn.kind === 'call' && insn.target === 'helper' && insn.imm === 1;
  const map = lookup ? originOf(facts, 1) : null;
  return map?.kind === 'map' ? valueOf(scene, map.map, false) : null;
}

function afterAlu(scene: Scene, facts: Facts, insn: AluInsn, pc: number): Facts {
  const { dst, op, wide, source, src, imm, signExtendBits } = insn;
  const own = factOf(facts, dst);
  const other = source === 'reg' ? originOf(facts, src) : null;
  if (op === 'mov' && source === 'imm') return setFact(facts, dst, fromOrigin(constant(insn)));
  if (op === 'mov' && signExtendBits === 0 && (wide || isPlainNumber(other)))
    return setFact(facts, dst, factOf(facts, src));
  if (
    wide &&
    source === 'imm' &&
    (op === 'add' || op === 'sub') &&
    own?.origin?.kind !== 'number' &&
    own?.origin?.kind !== 'count'
  )
    return setFact(facts, dst, moved(own, op === 'add' ? imm : -imm));
  const origin = own?.origin ?? null;
  if (wide && source === 'reg' && op === 'add') return afterSum(scene, facts, dst, [origin, other], pc);
  if (wide && source === 'reg' && op === 'sub')
    return setFact(facts, dst, fromOrigin(combined(origin, other, -1, scene.bounds)));
  return setFact(facts, dst, fromOrigin(source === 'imm' ? computed(insn, origin, scene.bounds) : null));
}

function constant({ imm, wide }: AluInsn): Origin | null {
  return (wide || imm >= 0) && Math.abs(imm) <= MAX_OFFSET ? { kind: 'count', offset: imm, terms: [] } : null;
}

/** Whether a move of 32 bits keeps it. */
export function isPlainNumber(origin: Origin | null): boolean {
  return origin?.kind === 'number' || (origin?.kind === 'count' && isPlainCount(origin));
}

function moved(fact: Fact | null, by: number): Fact | null {
  if (fact === null) return null;
  const range = fact.range && movedRange(fact.range, by);
  const origin = shifted(fact.origin, by);
  return origin === null && range === null ? null : { origin, range };
}

function movedRange(range: Range, by: number): Range | null {
  const low = range.low - by;
  const high = range.high - by;
  return Math.max(-low, high) > MAX_OFFSET ? null : { ...range, low, high };
}

/** A packet's address plus a number is a new address, named for the instruction; an older one of that name is gone. */
function afterSum(
  scene: Scene,
  facts: Facts,
  dst: Reg,
  [a, b]: readonly [Origin | null, Origin | null],
  pc: number,
): Facts {
  const name = pc + 1;
  const [x, y] = [mostOf(a, scene.bounds), mostOf(b, scene.bounds)];
  const sum =
    a?.kind === 'packet' && y !== null
      ? namedSum(a, y, name)
      : b?.kind === 'packet' && x !== null
        ? namedSum(b, x, name)
        : null;
  if (sum === null) return setFact(facts, dst, fromOrigin(combined(a, b, 1, scene.bounds)));
  const registers = facts.registers.map((fact) =>
    fact?.origin?.kind === 'packet' && fact.origin.name === name ? null : fact,
  );
  const rooms = new Map(facts.rooms);
  rooms.delete(name);
  const spills = spillsWithoutName(facts.spills, name);
  return setFact({ ...facts, registers, rooms, spills }, dst, fromOrigin(sum));
}
