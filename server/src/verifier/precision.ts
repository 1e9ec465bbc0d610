/**
 * Which scalars a decision depended on. Walks the history of a path backwards and marks the values that matter as
 * precise in the stored states it passes. Mirrors `mark_chain_precision` and `backtrack_insn`, v6.18.
 */
import type { Insn } from '../isa/insn.ts';
import { assert } from '../base/assert.ts';
import type { Env } from './env.ts';
import { subprogIndex } from './env.ts';
import { insnText } from './insnText.ts';
import { say } from './log.ts';
import type { Frame } from './state/frame.ts';
import { regAt, slotAt } from './state/frame.ts';
import { frameText, PRINT_ALL } from './state/print.ts';
import { withPrecise } from './state/register.ts';
import { isSpilled, isSpilledScalar } from './state/stack.ts';
import {
  MAX_FRAMES,
  nothingWanted,
  isEmpty,
  regBits,
  hasReg,
  addReg,
  dropReg,
  hasSlot,
  addSlot,
  dropSlot,
  regList,
  slotList,
} from './wanted.ts';
import type { Wanted } from './wanted.ts';
import type { HistoryEntry, LinkedPlace, StoredState, WalkState } from './walkState.ts';

const ARGUMENTS = 0b111110;
const TAIL_CALL = 12;

/** The value of a register of the current frame decided something. */
export function markPrecise(env: Env, regno: number): void {
  const wanted = nothingWanted(env.state.frames.length - 1);
  addReg(wanted, regno);
  walkBack(env, env.state, wanted);
}

/** The value of a spilled register decided something. */
export function markSlotPrecise(env: Env, frameno: number, spi: number): void {
  const wanted = nothingWanted(env.state.frames.length - 1);
  addSlot(wanted, frameno, spi);
  walkBack(env, env.state, wanted);
}

/**
 * What was precise in the state that prunes this one is precise here too. True when it marked something new. Mirrors
 * `propagate_precision`.
 */
export function propagatePrecision(env: Env, from: StoredState, to: WalkState): boolean {
  const wanted = nothingWanted(to.frames.length - 1);
  from.frames.forEach((frame, frameno) => {
    for (let i = 0; i < 10; i++) {
      const reg = regAt(frame, i);
      if (reg.kind === 'scalar' && reg.precise) addReg(wanted, i, frameno);
    }
    frame.stack.forEach((slot, spi) => {
      if (isSpilledScalar(slot) && slot.reg.precise) addSlot(wanted, frameno, spi);
    });
  });
  return walkBack(env, to, wanted);
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
    if (env.log.level === 2)
      say(
        env.log,
        `mark_precise: frame${wanted.frameno}: last_idx ${lastPc} first_idx ${firstPc} subseq_idx ${laterPc} \n`,
      );
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
    frame.regs[i] = withPrecise(reg, true);
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
    for (let i = 0; i < 11; i++) if (hasReg(wanted, i, fr) && markReg(frame, i, wanted, fr)) changed = true;
    for (let i = 0; i < 64; i++) if (hasSlot(wanted, fr, i) && markSlot(frame, i, wanted, fr)) changed = true;
    if (env.log.level === 2)
      say(
        env.log,
        `mark_precise: frame${fr}: parent state regs=${regList(wanted, fr)} stack=${slotList(wanted, fr)}: ${frameText(frame, { ...PRINT_ALL, refs: state.refs.map((ref) => ref.id) })}\n`,
      );
  }
  return changed;
}

function markReg(frame: Frame, regno: number, wanted: Wanted, frameno: number): boolean {
  const reg = regAt(frame, regno);
  if (reg.kind !== 'scalar' || reg.precise) {
    dropReg(wanted, regno, frameno);
    return false;
  }
  frame.regs[regno] = withPrecise(reg, true);
  return true;
}

function markSlot(frame: Frame, spi: number, wanted: Wanted, frameno: number): boolean {
  const slot = slotAt(frame, spi);
  if (!isSpilledScalar(slot) || slot.reg.precise) {
    dropSlot(wanted, frameno, spi);
    return false;
  }
  frame.stack[spi] = { types: slot.types, reg: withPrecise(slot.reg, true) };
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
  for (const { regs, stack } of state.frames) {
    for (let i = 0; i < 10; i++) {
      const reg = regs[i];
      if (reg !== undefined && reg.kind === 'scalar' && reg.precise !== precise) regs[i] = withPrecise(reg, precise);
    }
    for (let i = 0; i < stack.length; i++) {
      const slot = stack[i];
      if (slot === undefined || !isSpilled(slot) || slot.reg.kind !== 'scalar' || slot.reg.precise === precise)
        continue;
      stack[i] = { types: slot.types, reg: withPrecise(slot.reg, precise) };
    }
  }
}

/** What must be wanted before an instruction so that what is wanted after it is known. False: cannot be told. */
function backtrack(env: Env, pc: number, laterPc: number, entry: HistoryEntry | null, wanted: Wanted): boolean {
  const insn = env.program.insns[pc];
  if (insn === undefined || insn.kind === 'wideSlot') return true;
  if (env.log.level === 2)
    say(
      env.log,
      `mark_precise: frame${wanted.frameno}: regs=${regList(wanted, wanted.frameno)} stack=${slotList(wanted, wanted.frameno)} before ${pc}: ${insnText(env.program.insns, pc)}\n`,
    );
  syncLinked(entry, wanted);
  const outcome = step(env, insn, pc, laterPc, entry, wanted);
  if (outcome === 'sync') syncLinked(entry, wanted);
  return outcome !== 'lost';
}

/** 'sync': linked values are looked at again; 'done': not. */
type StepOutcome = 'sync' | 'done' | 'lost';

function step(
  env: Env,
  insn: Insn,
  pc: number,
  laterPc: number,
  entry: HistoryEntry | null,
  wanted: Wanted,
): StepOutcome {
  switch (insn.kind) {
    case 'alu':
      if (!hasReg(wanted, insn.dst) || insn.op === 'neg') return 'done';
      if (insn.op === 'mov') dropReg(wanted, insn.dst);
      if (insn.source === 'reg' && insn.src !== 10) addReg(wanted, insn.src);
      return 'sync';
    case 'addrSpaceCast':
      if (!hasReg(wanted, insn.dst)) return 'done';
      dropReg(wanted, insn.dst);
      addReg(wanted, insn.src);
      return 'sync';
    case 'load':
      return stepLoad(insn.dst, entry, wanted);
    case 'store':
      return stepStore(insn.dst, insn.source === 'reg' ? insn.src : -1, entry, wanted);
    case 'atomic':
      if (insn.op === 'loadAcquire') return stepLoad(insn.dst, entry, wanted);
      return stepStore(insn.dst, insn.src, entry, wanted);
    case 'jump':
      return stepJump(insn.dst, insn.source === 'reg' ? insn.src : -1, entry, wanted);
    case 'call':
      return stepCall(env, insn, pc, laterPc, wanted);
    case 'exit':
      return stepExit(env, laterPc, wanted);
    case 'packet':
      return stepPacket(pc, laterPc, wanted);
    case 'loadImm64':
    case 'loadMap':
    case 'loadBtfId':
    case 'loadFunc':
      if (!hasReg(wanted, insn.dst)) return 'done';
      dropReg(wanted, insn.dst);
      return 'sync';
    case 'bswap':
      return 'done';
    default:
      return 'sync';
  }
}

/** A packet load may have been its function's hidden exit, with 0; otherwise what it loads cannot be followed. */
function stepPacket(pc: number, laterPc: number, wanted: Wanted): StepOutcome {
  const wantsResult = hasReg(wanted, 0);
  if (laterPc - pc === 1) return wantsResult ? 'lost' : 'done';
  dropReg(wanted, 0);
  wanted.frameno++;
  return 'done';
}

function stepLoad(dst: number, entry: HistoryEntry | null, wanted: Wanted): StepOutcome {
  if (!hasReg(wanted, dst)) return 'done';
  dropReg(wanted, dst);
  if (entry === null || entry.stackSlot < 0) return 'done';
  addSlot(wanted, entry.stackFrame, entry.stackSlot);
  return 'sync';
}

function stepStore(dst: number, src: number, entry: HistoryEntry | null, wanted: Wanted): StepOutcome {
  if (hasReg(wanted, dst)) return 'lost';
  if (entry === null || entry.stackSlot < 0) return 'done';
  if (!hasSlot(wanted, entry.stackFrame, entry.stackSlot)) return 'done';
  dropSlot(wanted, entry.stackFrame, entry.stackSlot);
  if (src >= 0) addReg(wanted, src);
  return 'sync';
}

function stepJump(dst: number, src: number, entry: HistoryEntry | null, wanted: Wanted): StepOutcome {
  if (src < 0) return 'sync';
  if (!hasReg(wanted, dst) && !hasReg(wanted, src)) return 'done';
  if (entry === null || !entry.srcIsStack) addReg(wanted, src);
  if (entry === null || !entry.dstIsStack) addReg(wanted, dst);
  return 'sync';
}

function stepCall(
  env: Env,
  insn: Extract<Insn, { kind: 'call' }>,
  pc: number,
  laterPc: number,
  wanted: Wanted,
): StepOutcome {
  if (insn.target === 'subprog') {
    const callee = env.subprogs[subprogIndex(env, pc + 1 + insn.imm)];
    if (callee?.global === true) {
      dropReg(wanted, 0);
      return 'done';
    }
    return leaveFrame(wanted);
  }
  dropReg(wanted, 0);
  // A tail call that failed to happen: the path came back from the subprogram's own exit.
  if (insn.target === 'helper' && insn.imm === TAIL_CALL && laterPc - pc !== 1) wanted.frameno++;
  return 'sync';
}

/** Backwards over a call: arguments are wanted of the caller. */
function leaveFrame(wanted: Wanted): StepOutcome {
  const bits = regBits(wanted) & ARGUMENTS;
  assert(wanted.frameno > 0, 'walked back out of the outermost frame');
  assert((regBits(wanted) & ~ARGUMENTS) === 0, 'a callee wants registers it was not given');
  wanted.regs[wanted.frameno] = 0;
  wanted.frameno--;
  wanted.regs[wanted.frameno] = regBits(wanted) | bits;
  return 'done';
}

/** Backwards over the end of a callee: its r0 is the caller's. */
function stepExit(env: Env, laterPc: number, wanted: Wanted): StepOutcome {
  const call = env.program.insns[laterPc - 1];
  const wantsResult = call?.kind === 'call' && call.target === 'subprog' && hasReg(wanted, 0);
  dropReg(wanted, 0);
  assert(wanted.frameno < MAX_FRAMES - 1, 'walked back into too many frames');
  wanted.frameno++;
  if (wantsResult) addReg(wanted, 0);
  return 'done';
}

function syncLinked(entry: HistoryEntry | null, wanted: Wanted): void {
  if (entry === null || entry.linked.length === 0) return;
  if (!entry.linked.some((place) => isWanted(wanted, place))) return;
  for (const { frameno, isReg, index } of entry.linked)
    if (isReg) addReg(wanted, index, frameno);
    else addSlot(wanted, frameno, index);
}

function isWanted(wanted: Wanted, place: LinkedPlace): boolean {
  return place.isReg ? hasReg(wanted, place.index, place.frameno) : hasSlot(wanted, place.frameno, place.index);
}
