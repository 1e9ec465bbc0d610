/**
 * Which scalars a decision depended on. Walks the history of a path backwards and marks the values that matter as
 * precise in the stored states it passes. Mirrors `mark_chain_precision`, v6.18.
 */
import { assert } from '../base/assert.ts';
import { backtrack } from './backtrack.ts';
import type { Env } from './env.ts';
import { say } from './log.ts';
import type { Frame } from './state/frame.ts';
import { regAt, setSlot, slotAt, setRegister } from './state/frame.ts';
import { frameText, printAll } from './state/print.ts';
import { withPrecise } from './state/register.ts';
import { isSpilled, isSpilledScalar } from './state/stack.ts';
import {
  addReg,
  addSlot,
  dropReg,
  dropSlot,
  hasReg,
  hasSlot,
  isEmpty,
  nothingWanted,
  regBits,
  regList,
  slotList,
  slotWord,
  wantNothing,
} from './wanted.ts';
import type { Wanted } from './wanted.ts';
import type { StoredState, WalkState } from './walkState.ts';

/** The value of a register of the current frame decided something. */
export function markPrecise(env: Env, regno: number): void {
  if (!env.rights.bpf) return;
  const wanted = nothing(env, env.state);
  addReg(wanted, regno);
  walkBack(env, env.state, wanted);
}

/** The value of a spilled register decided something. */
export function markSlotPrecise(env: Env, frameno: number, spi: number): void {
  if (!env.rights.bpf) return;
  const wanted = nothing(env, env.state);
  addSlot(wanted, frameno, spi);
  walkBack(env, env.state, wanted);
}

/**
 * What was precise in the state that prunes this one is precise here too. True when it marked something new. Mirrors
 * `propagate_precision`.
 */
export function propagatePrecision(env: Env, from: StoredState, to: WalkState): boolean {
  // Without CAP_BPF every number is precise from the start.
  if (!env.rights.bpf) return false;
  const wanted = nothing(env, to);
  for (let frameno = 0; frameno < from.frames.length; frameno++) addPrecise(wanted, from.frames[frameno], frameno);
  if (env.log.level === 2) sayPropagated(env, wanted);
  return walkBack(env, to, wanted);
}

/** Walks follow one another, so they share what they look for. */
function nothing(env: Env, state: WalkState): Wanted {
  env.wanted ??= nothingWanted(0);
  return wantNothing(env.wanted, state.frames.length - 1);
}

function addPrecise(wanted: Wanted, frame: Frame | undefined, frameno: number): void {
  if (frame === undefined) return;
  for (let i = 0; i < 10; i++) {
    const reg = regAt(frame, i);
    if (reg.precise && reg.kind === 'scalar') addReg(wanted, i, frameno);
  }
  for (let spi = 0; spi < frame.stack.length; spi++) {
    const slot = slotAt(frame, spi);
    if (slot.reg.precise && isSpilledScalar(slot)) addSlot(wanted, frameno, spi);
  }
}

function sayPropagated(env: Env, wanted: Wanted): void {
  for (let fr = wanted.frameno; fr >= 0; fr--) {
    const places: string[] = [];
    for (let i = 0; i < 10; i++) if (hasReg(wanted, i, fr)) places.push(`r${i}`);
    for (let spi = 0; spi < 64; spi++) if (hasSlot(wanted, fr, spi)) places.push(`fp${-8 * (spi + 1)}`);
    if (places.length > 0) say(env.log, `frame ${fr}: propagating ${places.join(',')}\n`);
  }
}

/** Mirrors `__mark_chain_precision`. */
function walkBack(env: Env, start: WalkState, wanted: Wanted): boolean {
  if (isEmpty(wanted)) return false;
  let changed = false;
  let state: WalkState | null = start;
  let firstPc = start.firstPc;
  let lastPc = start.pc;
  let laterPc = -1;
  let skips = true;
  for (;;) {
    if (env.log.level === 2) sayStretch(env, wanted, lastPc, firstPc, laterPc);
    if (lastPc < 0) return reachEntry(state, wanted) || changed;
    const stretch = { state, lastPc, firstPc, laterPc, skips };
    const outcome = walkStretch(env, stretch, wanted);
    skips = false;
    if (outcome === 'lost') {
      markAllPrecise(env, start);
      return changed;
    }
    if (outcome === 'found') return changed;
    state = state.parent;
    if (state === null) break;
    if (markWanted(env, state, wanted)) changed = true;
    if (isEmpty(wanted)) return changed;
    laterPc = firstPc;
    lastPc = state.lastPc;
    firstPc = state.firstPc;
  }
  if (!isEmpty(wanted)) markAllPrecise(env, start);
  return changed;
}

function sayStretch(env: Env, { frameno }: Wanted, lastPc: number, firstPc: number, laterPc: number): void {
  say(env.log, `mark_precise: frame${frameno}: last_idx ${lastPc} first_idx ${firstPc} subseq_idx ${laterPc} \n`);
}

interface Stretch {
  readonly state: WalkState;
  readonly lastPc: number;
  readonly firstPc: number;
  laterPc: number;
  skips: boolean;
}

/** One state's instructions, last first: 'found' when nothing is wanted any more, 'lost' when it cannot be followed. */
function walkStretch(env: Env, stretch: Stretch, wanted: Wanted): 'found' | 'lost' | 'goOn' {
  const { history } = stretch.state;
  let left = history.length;
  let pc = stretch.lastPc;
  for (;;) {
    const entry = left > 0 && history[left - 1]?.pc === pc ? (history[left - 1] ?? null) : null;
    if (stretch.skips) stretch.skips = false;
    else if (!backtrack(env, pc, stretch.laterPc, entry, wanted)) return 'lost';
    if (isEmpty(wanted)) return 'found';
    stretch.laterPc = pc;
    if (pc === stretch.firstPc && (left === 0 || (left === 1 && history[0]?.pc === pc))) return 'goOn';
    if (entry !== null) {
      pc = entry.prevPc;
      left--;
    } else pc--;
    if (pc < 0) return 'goOn';
    assert(pc < env.program.insns.length, 'walked back out of the program');
  }
}

/** The first state of a global function: its arguments are what is wanted. */
function reachEntry(state: WalkState, wanted: Wanted): boolean {
  const frame = state.frames[0];
  if (frame === undefined) return false;
  let changed = false;
  for (let i = 1; i <= 5; i++) {
    const reg = regAt(frame, i);
    if (!hasReg(wanted, i, 0) || reg.kind !== 'scalar') continue;
    setRegister(frame, i, withPrecise(reg, true));
    changed = true;
  }
  return changed;
}

/** Marks what is wanted in a stored state; what is precise there already is wanted no more. */
function markWanted(env: Env, state: WalkState, wanted: Wanted): boolean {
  let changed = false;
  for (let fr = wanted.frameno; fr >= 0; fr--) {
    const frame = state.frames[fr];
    if (frame === undefined) continue;
    if (markRegs(frame, wanted, fr)) changed = true;
    for (const half of [0, 1] as const) if (markSlots(frame, wanted, fr, half)) changed = true;
    if (env.log.level === 2)
      say(
        env.log,
        `mark_precise: frame${fr}: parent state regs=${regList(wanted, fr)} stack=${slotList(wanted, fr)}: ${frameText(frame, printAll(state.refs))}\n`,
      );
  }
  return changed;
}

function markRegs(frame: Frame, wanted: Wanted, frameno: number): boolean {
  let changed = false;
  for (let bits = regBits(wanted, frameno); bits !== 0; bits &= bits - 1)
    if (markReg(frame, lowestBit(bits), wanted, frameno)) changed = true;
  return changed;
}

function markSlots(frame: Frame, wanted: Wanted, frameno: number, half: 0 | 1): boolean {
  let changed = false;
  for (let bits = slotWord(wanted, frameno, 32 * half); bits !== 0; bits &= bits - 1)
    if (markSlot(frame, 32 * half + lowestBit(bits), wanted, frameno)) changed = true;
  return changed;
}

function lowestBit(bits: number): number {
  return 31 - Math.clz32(bits & -bits);
}

function markReg(frame: Frame, regno: number, wanted: Wanted, frameno: number): boolean {
  const reg = regAt(frame, regno);
  if (reg.kind !== 'scalar' || reg.precise) {
    dropReg(wanted, regno, frameno);
    return false;
  }
  setRegister(frame, regno, withPrecise(reg, true));
  return true;
}

function markSlot(frame: Frame, spi: number, wanted: Wanted, frameno: number): boolean {
  const slot = slotAt(frame, spi);
  if (!isSpilledScalar(slot) || slot.reg.precise) {
    dropSlot(wanted, frameno, spi);
    return false;
  }
  setSlot(frame, spi, { types: slot.types, reg: withPrecise(slot.reg, true) });
  return true;
}

/** The history cannot be followed: everything the path knew counts. Mirrors `mark_all_scalars_precise`. */
export function markAllPrecise(env: Env, start: WalkState): void {
  if (env.log.level === 2)
    say(env.log, `mark_precise: frame${start.frames.length - 1}: falling back to forcing all scalars precise\n`);
  for (let state = start.parent; state !== null; state = state.parent) setAllPrecise(state, true);
}

/** New states begin with nothing marked. Mirrors `mark_all_scalars_imprecise`. */
export function markAllImprecise(state: WalkState): void {
  setAllPrecise(state, false);
}

function setAllPrecise(state: WalkState, precise: boolean): void {
  for (const frame of state.frames) {
    const { regs, stack } = frame;
    for (let i = 0; i < 10; i++) {
      const reg = regs[i];
      if (reg !== undefined && reg.precise !== precise && reg.kind === 'scalar')
        setRegister(frame, i, withPrecise(reg, precise));
    }
    for (let i = 0; i < stack.length; i++) {
      const slot = stack[i];
      if (slot === undefined || !isSpilled(slot) || slot.reg.kind !== 'scalar' || slot.reg.precise === precise)
        continue;
      setSlot(frame, i, { types: slot.types, reg: withPrecise(slot.reg, precise) });
    }
  }
}
