/**
 * What safe mode is certain of at each place, so that accesses are checked once and not again: registers that hold a
 * map, a place of the stack frame or a value that a lookup found, and the range around a register that was already
 * compared with a window.
 */
import type { AluInsn, AtomicInsn, Insn, Reg } from '../isa/insn.ts';
import { slots } from '../isa/insn.ts';
import { LAYOUT } from '../vm/machine.ts';
import { type FlowGraph, successors } from './controlFlow.ts';
import type { MapFacts } from './mapFacts.ts';
import { HINT, type Hint, hintOf, type Hints, nextHints } from './hints.ts';
import { losesArguments } from './initialized.ts';

export type Origin =
  | { readonly kind: 'map'; readonly map: number }
  /** r10 + offset. */
  | { readonly kind: 'frame'; readonly offset: number }
  /** What a lookup yielded, plus an offset; unless `found`, it may be null. */
  | { readonly kind: 'value'; readonly map: number; readonly offset: number; readonly found: boolean };

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

/** By register, r0-r9. */
export type Facts = readonly (Fact | null)[];

export interface Access {
  readonly reg: Reg;
  readonly off: number;
  readonly size: number;
  readonly write: boolean;
}

export interface Scene {
  readonly insns: readonly Insn[];
  readonly mapFacts: (map: number) => MapFacts | null;
}

const NOTHING: Facts = Array.from({ length: 10 }, () => null);
const FRAME_END: Fact = { origin: { kind: 'frame', offset: 0 }, range: null };
/** Sums are followed this far, so that they stay exact. */
const MAX_OFFSET = 0x1_0000;
/** Beyond this, all is uncertain. */
const MAX_SWEEPS = 12;
/** Instructions that are searched for further accesses through the same pointer. */
const LOOK_AHEAD = 64;

export function factOf(facts: Facts, reg: Reg): Fact | null {
  return reg === 10 ? FRAME_END : (facts[reg] ?? null);
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
        const joined = known === null ? end : join(known, end);
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

interface Place {
  readonly insn: Insn;
  readonly pc: number;
  /** Where the block ends. */
  readonly end: number;
}

/** What is certain after an instruction, the guard before it included. */
export function factsAfter(scene: Scene, facts: Facts, hints: Hints, place: Place): Facts {
  const { insn } = place;
  const access = accessOf(insn);
  const checked = access === null ? facts : factsWithGuard(scene, facts, hints, access, place);
  if (losesArguments(insn)) return afterCall(scene, checked, insn);
  if (insn.kind === 'alu') return set(checked, insn.dst, afterAlu(checked, insn));
  if (insn.kind === 'loadMap') return set(checked, insn.dst, loadedMap(insn));
  if (insn.kind === 'atomic') return afterAtomic(checked, insn);
  return 'dst' in insn && insn.kind !== 'store' && insn.kind !== 'jump' ? set(checked, insn.dst, null) : checked;
}

function loadedMap(insn: Extract<Insn, { kind: 'loadMap' }>): Fact | null {
  const { by, map, off } = insn;
  if (by === 'fd' || by === 'idx') return { origin: { kind: 'map', map }, range: null };
  return off <= MAX_OFFSET ? { origin: { kind: 'value', map, offset: off, found: true }, range: null } : null;
}

function afterAtomic(facts: Facts, { op, fetch, dst, src }: AtomicInsn): Facts {
  if (op === 'cmpxchg') return set(facts, 0, null);
  if (op === 'loadAcquire') return set(facts, dst, null);
  return fetch ? set(facts, src, null) : facts;
}

/** Helpers may move the packet; nothing else that was certain changes. */
function afterCall(scene: Scene, facts: Facts, insn: Insn): Facts {
  const lookup = insn.kind === 'call' && insn.target === 'helper' && insn.imm === 1;
  const origin = lookup ? facts[1]?.origin : null;
  const found =
    origin?.kind === 'map' && scene.mapFacts(origin.map) !== null
      ? { origin: { kind: 'value', map: origin.map, offset: 0, found: false } as const, range: null }
      : null;
  return facts.map((fact, reg) => {
    if (reg <= 5) return reg === 0 ? found : null;
    return fact?.range?.window === HINT.packet ? withRange(fact, null) : fact;
  });
}

function withRange(fact: Fact, range: Range | null): Fact | null {
  return fact.origin === null && range === null ? null : { origin: fact.origin, range };
}

function afterAlu(facts: Facts, insn: AluInsn): Fact | null {
  if (!insn.wide) return null;
  if (insn.op === 'mov') return insn.source === 'reg' && insn.signExtendBits === 0 ? factOf(facts, insn.src) : null;
  if (insn.source !== 'imm' || (insn.op !== 'add' && insn.op !== 'sub')) return null;
  return moved(factOf(facts, insn.dst), insn.op === 'add' ? insn.imm : -insn.imm);
}

function moved(fact: Fact | null, by: number): Fact | null {
  if (fact === null || Math.abs(by) > MAX_OFFSET) return null;
  const range = fact.range && { ...fact.range, low: fact.range.low - by, high: fact.range.high - by };
  const { origin } = fact;
  if (origin === null || origin.kind === 'map') return withRange({ origin: null, range }, range);
  const offset = origin.offset + by;
  return withRange({ origin: Math.abs(offset) > MAX_OFFSET ? null : { ...origin, offset }, range }, range);
}

function set(facts: Facts, reg: Reg, fact: Fact | null): Facts {
  if (reg === 10 || facts[reg] === fact) return facts;
  return facts.map((old, i) => (i === reg ? fact : old));
}

/** Keeps what both are certain of; the first one itself when that is all of it. */
function join(a: Facts, b: Facts): Facts {
  const joined = a.map((fact, reg) => joinFact(fact, b[reg] ?? null));
  return joined.every((fact, reg) => fact === a[reg]) ? a : joined;
}

function joinFact(a: Fact | null, b: Fact | null): Fact | null {
  if (a === null || b === null) return null;
  if (a === b) return a;
  const origin = joinOrigin(a.origin, b.origin);
  const range = joinRange(a.range, b.range);
  if (origin === a.origin && range === a.range) return a;
  return withRange({ origin, range }, range);
}

function joinOrigin(a: Origin | null, b: Origin | null): Origin | null {
  if (a === null || b?.kind !== a.kind) return null;
  if (a.kind === 'map') return b.kind === 'map' && a.map === b.map ? a : null;
  if (a.kind === 'frame') return b.kind === 'frame' && a.offset === b.offset ? a : null;
  if (b.kind !== 'value' || a.map !== b.map || a.offset !== b.offset) return null;
  return a.found === b.found ? a : { ...a, found: false };
}

function joinRange(a: Range | null, b: Range | null): Range | null {
  if (a === null || b === null || a.window !== b.window) return null;
  const low = Math.max(a.low, b.low);
  const high = Math.min(a.high, b.high);
  const write = a.write && b.write;
  if (low === a.low && high === a.high && write === a.write) return a;
  return low < high ? { window: a.window, low, high, write } : null;
}

/** What a load, store or atomic touches; null for other instructions. */
export function accessOf(insn: Insn): Access | null {
  if (insn.kind === 'load') return { reg: insn.src, off: insn.off, size: insn.size, write: false };
  if (insn.kind === 'store') return { reg: insn.dst, off: insn.off, size: insn.size, write: true };
  if (insn.kind !== 'atomic') return null;
  const write = insn.op !== 'loadAcquire';
  return { reg: write ? insn.dst : insn.src, off: insn.off, size: insn.size, write };
}

export type Guard =
  /** The access is certainly allowed. */
  | { readonly kind: 'none' }
  /** It is, unless the register is null. */
  | { readonly kind: 'found' }
  /** `parts` must lie in the window of `range`, and then all of it does. */
  | { readonly kind: 'window'; readonly range: Range; readonly parts: readonly Part[] }
  /** Nothing is known: the machine must be asked. */
  | { readonly kind: 'ask' };

/** Offsets from the register's value. */
export interface Part {
  readonly low: number;
  readonly high: number;
}

/** What must be checked before an access. */
export function guardOf(scene: Scene, facts: Facts, hints: Hints, access: Access, place: Place): Guard {
  const { reg, off, size, write } = access;
  const fact = factOf(facts, reg);
  const certain = guardByOrigin(scene, fact?.origin ?? null, access);
  if (certain !== null) return certain;
  const range = fact?.range ?? null;
  if (range !== null && off >= range.low && off + size <= range.high && (range.write || !write))
    return { kind: 'none' };
  const window = hintOf(hints, reg);
  if (window !== HINT.packet && window !== HINT.stack && window !== HINT.ctx) return { kind: 'ask' };
  // Which bytes of a context may be written is another matter.
  if (window === HINT.ctx && write) return { kind: 'ask' };
  const ahead = { window, ...rangeAhead(scene.insns, access, place) };
  const joins = range !== null && range.window === window && (range.write || !ahead.write);
  return joins ? growing(range, ahead) : { kind: 'window', range: ahead, parts: [ahead] };
}

/** A window has no holes, so only what goes beyond the known range must be compared. */
function growing(known: Range, { low, high }: Range): Guard {
  const parts: Part[] = [];
  if (low < known.low) parts.push({ low, high: known.low });
  if (high > known.high) parts.push({ low: known.high, high });
  const range = { ...known, low: Math.min(low, known.low), high: Math.max(high, known.high) };
  return { kind: 'window', range, parts };
}

function guardByOrigin(scene: Scene, origin: Origin | null, { off, size, write }: Access): Guard | null {
  if (origin?.kind === 'frame') {
    const start = LAYOUT.frameBytes + origin.offset + off;
    return start >= 0 && start + size <= LAYOUT.frameBytes ? { kind: 'none' } : null;
  }
  if (origin?.kind !== 'value') return null;
  const facts = scene.mapFacts(origin.map);
  const bytes = (write ? facts?.writeBytes : facts?.readBytes) ?? 0;
  const start = origin.offset + off;
  if (start < 0 || start + size > bytes) return null;
  return { kind: origin.found ? 'none' : 'found' };
}

function factsWithGuard(scene: Scene, facts: Facts, hints: Hints, access: Access, place: Place): Facts {
  const guard = guardOf(scene, facts, hints, access, place);
  const fact = factOf(facts, access.reg);
  if (guard.kind === 'found' && fact?.origin?.kind === 'value')
    return set(facts, access.reg, { origin: { ...fact.origin, found: true }, range: null });
  if (guard.kind !== 'window') return facts;
  return set(facts, access.reg, { origin: fact?.origin ?? null, range: guard.range });
}

/**
 * The bytes that accesses through the same pointer touch from here to the next call or the block's end: they happen,
 * or the run ends before.
 */
function rangeAhead(
  insns: readonly Insn[],
  first: Access,
  place: Place,
): { low: number; high: number; write: boolean } {
  const ahead = { low: first.off, high: first.off + first.size, write: first.write };
  /** By register: what it holds is the pointer plus this. */
  const offsets = new Map<Reg, number>([[first.reg, 0]]);
  const last = Math.min(place.end, place.pc + LOOK_AHEAD);
  for (let pc = place.pc; pc < last && offsets.size > 0;) {
    const insn = insns[pc];
    if (insn === undefined || losesArguments(insn)) break;
    const access = accessOf(insn);
    const at = access === null ? undefined : offsets.get(access.reg);
    if (access !== null && at !== undefined && mayJoin(ahead, at + access.off, access.size)) {
      ahead.low = Math.min(ahead.low, at + access.off);
      ahead.high = Math.max(ahead.high, at + access.off + access.size);
      ahead.write ||= access.write;
    }
    follow(offsets, insn);
    pc += slots(insn);
  }
  return ahead;
}

/** A range may not grow without bound. */
function mayJoin(ahead: { low: number; high: number }, start: number, size: number): boolean {
  return Math.max(ahead.high, start + size) - Math.min(ahead.low, start) <= MAX_OFFSET;
}

function follow(offsets: Map<Reg, number>, insn: Insn): void {
  if (insn.kind === 'alu' && insn.wide && insn.op === 'mov' && insn.source === 'reg' && insn.signExtendBits === 0) {
    const at = offsets.get(insn.src);
    if (at === undefined) offsets.delete(insn.dst);
    else offsets.set(insn.dst, at);
  } else if (insn.kind === 'alu' && insn.wide && insn.source === 'imm' && (insn.op === 'add' || insn.op === 'sub')) {
    const at = offsets.get(insn.dst);
    if (at !== undefined) offsets.set(insn.dst, at + (insn.op === 'add' ? insn.imm : -insn.imm));
  } else if (insn.kind === 'atomic') {
    for (const reg of [0, insn.dst, insn.src]) if (insn.fetch || insn.op === 'loadAcquire') offsets.delete(reg);
  } else if ('dst' in insn && insn.kind !== 'store' && insn.kind !== 'jump') offsets.delete(insn.dst);
}
