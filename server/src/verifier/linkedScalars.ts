/** Scalars that are the same value, or differ by a constant. Mirrors `collect_linked_regs` and `sync_linked_regs`. */
import type { Env } from './env.ts';
import { aluBounds } from './state/aluBounds.ts';
import { constBounds } from './state/bounds.ts';
import { regAt, setSlot, slotAt, setRegister } from './state/frame.ts';
import type { RegisterState } from './state/register.ts';
import { ADD_CONST32, baseId, change, linkMarks, unlinked } from './state/register.ts';
import { isSpilled } from './state/stack.ts';
import type { LinkedPlace, WalkState } from './walkState.ts';
import { framePc } from './walkState.ts';

/** History entries have room for six. */
const MAX_LINKED = 6;

/** Adds the places that share the id; those there is no room for lose it. */
export function collectLinked(env: Env, state: WalkState, id: number, into: LinkedPlace[]): void {
  const wanted = baseId(id);
  for (let frameno = state.frames.length - 1; frameno >= 0; frameno--) {
    const frame = state.frames[frameno];
    if (frame === undefined) continue;
    const live = env.facts.liveRegs[framePc(state, frameno)] ?? 0;
    for (let i = 0; i < 10; i++) {
      const reg = regAt(frame, i);
      if (!(live & (1 << i)) || !isLinked(reg, wanted)) continue;
      if (into.length < MAX_LINKED) into.push({ frameno, isReg: true, index: i });
      else setRegister(frame, i, unlinked(reg));
    }
    for (let i = 0; i < frame.stack.length; i++) {
      const slot = slotAt(frame, i);
      if (!isSpilled(slot) || !isLinked(slot.reg, wanted)) continue;
      if (into.length < MAX_LINKED) into.push({ frameno, isReg: false, index: i });
      else setSlot(frame, i, { types: slot.types, reg: unlinked(slot.reg) });
    }
  }
}

function isLinked(reg: RegisterState, id: number): boolean {
  return reg.kind === 'scalar' && baseId(reg.id) === id;
}

/** What became known of one scalar holds for those linked to it. */
export function syncLinked(state: WalkState, known: RegisterState, places: readonly LinkedPlace[]): void {
  for (const { frameno, isReg, index } of places) {
    const frame = state.frames[frameno];
    if (frame === undefined) continue;
    const slot = slotAt(frame, index);
    const reg = isReg ? regAt(frame, index) : slot.reg;
    const synced = follow(reg, known);
    if (synced === reg) continue;
    if (isReg) setRegister(frame, index, synced);
    else setSlot(frame, index, { types: slot.types, reg: synced });
  }
}

function follow(reg: RegisterState, known: RegisterState): RegisterState {
  if (reg.kind !== 'scalar' || reg === known || baseId(reg.id) !== baseId(known.id)) return reg;
  // Constants added with 32 and with 64 bits cannot be compared.
  const marks = linkMarks(reg.id);
  const knownMarks = linkMarks(known.id);
  if (marks !== 0 && knownMarks !== 0 && marks !== knownMarks) return reg;
  if ((marks === 0 && knownMarks === 0) || reg.off === known.off) return known;
  const wide = ((marks | knownMarks) & ADD_CONST32) === 0;
  const delta = constBounds(BigInt(reg.off) - BigInt(known.off));
  const bounds = aluBounds('add', wide, known.bounds, delta);
  return change(known, { bounds, off: reg.off, id: reg.id });
}
