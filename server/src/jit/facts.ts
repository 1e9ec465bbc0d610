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
import { accessOf, factsWithGuard } from './guardPlan.ts';
import { HINT, type Hint, type Hints, hintOf, nextHints } from './hints.ts';
import { losesArguments } from './initialized.ts';
import { joinFacts } from './joinFacts.ts';
import type { MapFacts } from './mapFacts.ts';
import { computed, MAX_OFFSET, namedSum, numberUpTo, type Origin, PACKET_START, shifted } from './origins.ts';

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
}

export interface Scene {
  readonly insns: readonly Insn[];
  readonly mapFacts: (map: number) => MapFacts | null;
  /** Where the context holds the packet's addresses, in 32 bits; null when it holds none. */
  readonly packetFields: PacketFields | null;
  /** Whether the function seems to write the packet: then its address is taken only where that is allowed. */
  readonly writesPacket: boolean;
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

export const NOTHING: Facts = { registers: Array.from({ length: 10 }, () => null), rooms: new Map() };
const FRAME_END: Fact = { origin: { kind: 'frame', offset: 0 }, range: null };
/** Beyond this, all is uncertain. */
const MAX_SWEEPS = 12;

export function factOf(facts: Facts, reg: Reg): Fact | null {
  return reg === 10 ? FRAME_END : (facts.registers[reg] ?? null);
}

export function originOf(facts: Facts, reg: Reg): Origin | null {
  return factOf(facts, reg)?.origin ?? null;
}

/** By block: what is certain at its start. */
export function blockFacts(scene: Scene, flow: FlowGraph, hints: Int32Array): readonly Facts[] {
  const starts: (Facts | null)[] = flow.blocks.map(() => null);
  starts[0] = NOTHING;
  for (let sweep = 0; sweep < MAX_SWEEPS; sweep++) {
    let settled = true;
    flow.blocks.forEach((block, from) => {
      const end = walk(scene, starts[from] ?? NOTHING, hints[from] ?? 0, block.start, block.end);
      for (const to of successors(block.exit)) {
        const known = starts[to] ?? null;
        const there = factsOnEdge(scene, end, block, to);
        const joined = known === null ? there : joinFacts(known, there, to, to <= from);
        if (joined !== known && to <= from) settled = false;
        starts[to] = joined;
      }
    });
    if (settled) return starts.map((facts) => facts ?? NOTHING);
  }
  return flow.blocks.map(() => NOTHING);
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
  const checked = accessOf(insn) === null ? facts : factsWithGuard(scene, facts, hints, place);
  if (losesArguments(insn)) return afterCall(scene, checked, insn);
  if (insn.kind === 'load') return setFact(checked, insn.dst, fromOrigin(loaded(scene, hints, insn)));
  if (insn.kind === 'alu') return afterAlu(checked, insn, pc);
  if (insn.kind === 'loadMap') return setFact(checked, insn.dst, fromOrigin(loadedMap(scene, insn)));
  if (insn.kind === 'atomic') return afterAtomic(checked, insn);
  if (insn.kind === 'bswap')
    return setFact(checked, insn.dst, fromOrigin(insn.bits === 16 ? numberUpTo(0xffff) : null));
  return 'dst' in insn && insn.kind !== 'store' && insn.kind !== 'jump' ? setFact(checked, insn.dst, null) : checked;
}

export function setFact(facts: Facts, reg: Reg, fact: Fact | null): Facts {
  if (reg === 10 || facts.registers[reg] === fact) return facts;
  return { ...facts, registers: facts.registers.map((old, i) => (i === reg ? fact : old)) };
}

export function fromOrigin(origin: Origin | null): Fact | null {
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
  return { registers, rooms: stays ? facts.rooms : NOTHING.rooms };
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

function afterAlu(facts: Facts, insn: AluInsn, pc: number): Facts {
  const { dst, op, wide, source, src, imm, signExtendBits } = insn;
  const own = factOf(facts, dst);
  const other = source === 'reg' ? originOf(facts, src) : null;
  if (op === 'mov' && source === 'imm') return setFact(facts, dst, fromOrigin(numberUpTo(imm)));
  if (op === 'mov' && signExtendBits === 0 && (wide || other?.kind === 'number'))
    return setFact(facts, dst, factOf(facts, src));
  if (wide && source === 'imm' && (op === 'add' || op === 'sub') && own?.origin?.kind !== 'number')
    return setFact(facts, dst, moved(own, op === 'add' ? imm : -imm));
  if (wide && source === 'reg' && op === 'add') return afterSum(facts, dst, own?.origin ?? null, other, pc);
  const most = own?.origin?.kind === 'number' ? own.origin.most : null;
  return setFact(facts, dst, fromOrigin(source === 'imm' ? computed(insn, most) : null));
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
function afterSum(facts: Facts, dst: Reg, a: Origin | null, b: Origin | null, pc: number): Facts {
  const name = pc + 1;
  const sum =
    a?.kind === 'packet' && b?.kind === 'number'
      ? namedSum(a, b.most, name)
      : b?.kind === 'packet' && a?.kind === 'number'
        ? namedSum(b, a.most, name)
        : null;
  if (sum === null) return setFact(facts, dst, null);
  const registers = facts.registers.map((fact) =>
    fact?.origin?.kind === 'packet' && fact.origin.name === name ? null : fact,
  );
  const rooms = new Map(facts.rooms);
  rooms.delete(name);
  return setFact({ registers, rooms }, dst, fromOrigin(sum));
}
