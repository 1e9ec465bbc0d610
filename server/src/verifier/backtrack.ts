/** One step back over one instruction: what must be wanted before it. Mirrors `backtrack_insn`, v6.18. */
import { assert } from '../base/assert.ts';
import type { Insn } from '../isa/insn.ts';
import type { Env } from './env.ts';
import { subprogIndex } from './env.ts';
import { insnTextOf } from './insnText.ts';
import { say } from './log.ts';
import { reject } from './rejection.ts';
import {
  addReg,
  addSlot,
  dropReg,
  dropSlot,
  hasReg,
  hasSlot,
  MAX_FRAMES,
  regBits,
  regList,
  slotList,
} from './wanted.ts';
import type { Wanted } from './wanted.ts';
import type { HistoryEntry, LinkedPlace } from './walkState.ts';

const ARGUMENTS = 0b111110;
const TAIL_CALL = 12;

/** What must be wanted before an instruction so that what is wanted after it is known. False: cannot be told. */
export function backtrack(env: Env, pc: number, laterPc: number, entry: HistoryEntry | null, wanted: Wanted): boolean {
  const insn = env.program.insns[pc];
  if (insn === undefined || insn.kind === 'wideSlot') return true;
  if (env.log.level === 2)
    say(
      env.log,
      `mark_precise: frame${wanted.frameno}: regs=${regList(wanted, wanted.frameno)} stack=${slotList(wanted, wanted.frameno)} before ${pc}: ${insnTextOf(env, pc)}\n`,
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
  if (env.facts.callsCallback[pc] === 1 && laterPc - pc !== 1) return leaveCallback(wanted);
  dropReg(wanted, 0);
  // A tail call that failed to happen: the path came back from the subprogram's own exit.
  if (insn.target === 'helper' && insn.imm === TAIL_CALL && laterPc - pc !== 1) wanted.frameno++;
  return 'sync';
}

/** Backwards from a callback to the call that runs it: its arguments are none of the caller's registers. */
function leaveCallback(wanted: Wanted): StepOutcome {
  assert(wanted.frameno > 0, 'walked back out of the outermost frame');
  // Only the hidden exit of a packet load leads here: the kernel takes its own loss of the trail for a bug and refuses.
  const others = regBits(wanted) & ~ARGUMENTS;
  if (others !== 0) reject(`verifier bug: callback unexpected regs ${others.toString(16)}`);
  wanted.regs[wanted.frameno] = 0;
  wanted.frameno--;
  return 'done';
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
  // Between two rounds of a callback its call sets the argument registers anew.
  if (env.facts.callsCallback[laterPc] === 1) wanted.regs[wanted.frameno] = regBits(wanted) & ~ARGUMENTS;
  dropReg(wanted, 0);
  assert(wanted.frameno < MAX_FRAMES - 1, 'walked back into too many frames');
  wanted.frameno++;
  if (wantsResult) addReg(wanted, 0);
  return 'done';
}

function syncLinked(entry: HistoryEntry | null, wanted: Wanted): void {
  if (entry === null || entry.linked.length === 0) return;
  syncPlaces(entry.linked, wanted);
}

function syncPlaces(linked: readonly LinkedPlace[], wanted: Wanted): void {
  if (!linked.some((place) => isWanted(wanted, place))) return;
  for (const { frameno, isReg, index } of linked)
    if (isReg) addReg(wanted, index, frameno);
    else addSlot(wanted, frameno, index);
}

function isWanted(wanted: Wanted, place: LinkedPlace): boolean {
  return place.isReg ? hasReg(wanted, place.index, place.frameno) : hasSlot(wanted, place.frameno, place.index);
}
