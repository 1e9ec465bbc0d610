/**
 * Registers that compilers spill to the stack frame, as far as safe mode follows them: what is certain about a value stays
 * certain where it is stored whole and loaded again, so that counters and pointers in the frame are as good as others.
 */
import type { Insn, LoadInsn } from '../isa/insn.ts';
import { slots } from '../isa/insn.ts';
import type { FlowGraph } from './controlFlow.ts';
import { type Fact, type Facts, factOf, isPlainNumber, type Scene } from './facts.ts';
import { READERS } from './frameSlots.ts';
import { type Access, accessOf, type Guard } from './guardPlan.ts';
import { extentOf } from './linear.ts';

/** By offset from r10: what was stored there, in so many bytes. */
export type Spills = ReadonlyMap<number, Spill>;

interface Spill {
  readonly size: number;
  readonly fact: Fact;
}

/** Places that are followed in a function: the first that it loads from. */
const MOST_PLACES = 24;

export function spillPlaces(insns: readonly Insn[], flow: FlowGraph): ReadonlySet<number> {
  const places = new Set<number>();
  for (const { start, end } of flow.blocks)
    for (let pc = start; pc < end && places.size < MOST_PLACES;) {
      const insn = insns[pc];
      if (insn === undefined) break;
      if (insn.kind === 'load' && insn.src === 10 && insn.size >= 4 && !insn.signed) places.add(insn.off);
      pc += slots(insn);
    }
  return places;
}

/** What a load through r10 yields; null for unknown. */
export function spilledFact({ spills }: Facts, { src, off, size, signed }: LoadInsn): Fact | null {
  const spill = src === 10 && !signed ? spills.get(off) : undefined;
  if (spill === undefined || size > spill.size) return null;
  return size === 8 || (size === 4 && isPlainNumber(spill.fact.origin)) ? spill.fact : null;
}

/** After an instruction, given what was certain before it and the guard that has let its access pass. */
export function spillsAfter(scene: Scene, facts: Facts, insn: Insn, guard: Guard | null): Spills {
  const { spills } = facts;
  const access = accessOf(insn);
  if (access?.write !== true || guard === null) return spills;
  const origin = factOf(facts, access.reg)?.origin;
  if (origin?.kind !== 'frame') return mayReachFrame(facts, access, guard) ? NO_SPILLS : spills;
  const extent = extentOf(origin, scene.bounds);
  if (extent === null) return NO_SPILLS;
  const [low, high] = [extent[0] + access.off, extent[1] + access.off + access.size];
  const left = without(spills, (at, spill) => at < high && at + spill.size > low);
  if (insn.kind !== 'store' || insn.source !== 'reg' || high - low !== access.size) return left;
  const fact = factOf(facts, insn.src);
  const whole = access.size === 8 || (access.size === 4 && isPlainNumber(fact?.origin ?? null));
  if (fact === null || !whole || guard.kind !== 'none' || !scene.spillPlaces.has(low)) return left;
  return new Map(left).set(low, { size: access.size, fact });
}

/**
 * Whether a store may reach the stack frame though its address is not known to lie there. Windows tell nothing: those that
 * are shut stand open on the lowest frame.
 */
function mayReachFrame(facts: Facts, { reg, off }: Access, guard: Guard): boolean {
  const { origin = null, range = null } = factOf(facts, reg) ?? {};
  if (origin?.kind === 'value') return guard.kind !== 'found' && (guard.kind !== 'none' || range !== null);
  // The packet lies behind all frames.
  return origin?.kind !== 'packet' || origin.low + origin.offset + off < 0;
}

export function spillsAfterCall({ spills }: Facts, insn: Insn): Spills {
  const reads = insn.kind === 'call' && insn.target === 'helper' && READERS.has(insn.imm);
  return reads ? spills : NO_SPILLS;
}

/** Without those that hold an address of the packet that had this name. */
export function spillsWithoutName(spills: Spills, name: number): Spills {
  return without(spills, (_, { fact }) => fact.origin?.kind === 'packet' && fact.origin.name === name);
}

/** Keeps what both have; the first map itself when that is all of it. */
export function joinSpills(a: Spills, b: Spills, join: (a: Fact, b: Fact) => Fact | null): Spills {
  const joined = new Map<number, Spill>();
  let same = true;
  for (const [at, spill] of a) {
    const other = b.get(at);
    const fact = other?.size === spill.size ? join(spill.fact, other.fact) : null;
    same &&= fact === spill.fact;
    if (fact !== null) joined.set(at, fact === spill.fact ? spill : { size: spill.size, fact });
  }
  return same ? a : joined;
}

export const NO_SPILLS: Spills = new Map();

function without(spills: Spills, gone: (at: number, spill: Spill) => boolean): Spills {
  const left = [...spills].filter(([at, spill]) => !gone(at, spill));
  return left.length === spills.size ? spills : new Map(left);
}
