/** Comparisons of packet pointers say how many bytes are there. Mirrors `try_match_pkt_pointers`, v6.18. */
import type { JumpInsn, JumpOp } from '../isa/insn.ts';
import { regAt, setRegister } from './state/frame.ts';
import type { RegisterState } from './state/register.ts';
import { change, isConstant } from './state/register.ts';
import type { WalkState } from './walkState.ts';
import { currentFrame, replaceRegisters } from './walkState.ts';

const MAX_PACKET_OFF = 0xffff;
/** Values of `range` that stand for places rather than bytes. */
export const AT_END = -1;
export const BEYOND_END = -2;

interface Branches {
  readonly taken: WalkState;
  readonly fallThrough: WalkState;
}

/** Learns from `if dst op src`; false when it is no comparison of a packet pointer with its end. */
export function matchPacketPointers(insn: JumpInsn, dst: RegisterState, src: RegisterState, to: Branches): boolean {
  if (insn.source !== 'reg' || !insn.wide) return false;
  if (boundsPacket(dst, src)) return learn(insn.op, insn.dst, dst, to);
  if (boundsPacket(src, dst)) return learn(FLIPPED[insn.op] ?? null, insn.src, src, to);
  return false;
}

/** The comparison with its operands exchanged; only those that say something of a packet. */
const FLIPPED: Partial<Record<JumpOp, JumpOp>> = { gt: 'lt', lt: 'gt', ge: 'le', le: 'ge' };

/** `end` is the end of what `ptr` runs through: packet data, or the metadata before it. */
function boundsPacket(ptr: RegisterState, end: RegisterState): boolean {
  if (ptr.kind === 'packet') return end.kind === 'packetEnd';
  return ptr.kind === 'packetMeta' && isPacketStart(end);
}

function isPacketStart(reg: RegisterState): boolean {
  return reg.kind === 'packet' && reg.id === 0 && reg.off === 0 && isConstant(reg) && reg.bounds.varOff.value === 0n;
}

/** `ptr op end`: on one branch the bytes before `ptr` are there, on the other `ptr` is at or beyond the end. */
function learn(op: JumpOp | null, regno: number, ptr: RegisterState, { taken, fallThrough }: Branches): boolean {
  switch (op) {
    case 'gt':
      extendRange(fallThrough, ptr, false);
      markEnd(taken, regno, BEYOND_END);
      return true;
    case 'lt':
      extendRange(taken, ptr, true);
      markEnd(fallThrough, regno, AT_END);
      return true;
    case 'ge':
      extendRange(fallThrough, ptr, true);
      markEnd(taken, regno, AT_END);
      return true;
    case 'le':
      extendRange(taken, ptr, false);
      markEnd(fallThrough, regno, BEYOND_END);
      return true;
    default:
      return false;
  }
}

/** Mirrors `find_good_pkt_pointers`: pointers with the same variable part share what is known. */
function extendRange(state: WalkState, ptr: RegisterState, oneMore: boolean): void {
  if (ptr.off < 0 || (ptr.off === 0 && oneMore)) return;
  const { umax } = ptr.bounds;
  if (umax > BigInt(MAX_PACKET_OFF) || umax + BigInt(ptr.off) > BigInt(MAX_PACKET_OFF)) return;
  const range = ptr.off + (oneMore ? 1 : 0);
  replaceRegisters(state, (reg) =>
    reg.kind === ptr.kind && reg.id === ptr.id && reg.range < range ? change(reg, { range }) : reg,
  );
}

/** Mirrors `mark_pkt_end`. */
function markEnd(state: WalkState, regno: number, range: number): void {
  const frame = currentFrame(state);
  const reg = regAt(frame, regno);
  if (reg.kind === 'packet') setRegister(frame, regno, change(reg, { range }));
}

/** Mirrors `is_pkt_ptr_branch_taken`: what an earlier comparison with the end already decided. */
export function packetOutcome(op: JumpOp, dst: RegisterState, src: RegisterState): 'always' | 'never' | 'unknown' {
  const flips = src.kind !== 'packetEnd';
  if (flips && dst.kind !== 'packetEnd') return 'unknown';
  const ptr = flips ? src : dst;
  const effective = flips ? (FLIPPED[op] ?? op) : op;
  if (ptr.range >= 0) return 'unknown';
  const beyond = ptr.range === BEYOND_END;
  if (effective === 'gt' || effective === 'le') return beyond ? sure(effective === 'gt') : 'unknown';
  if (effective === 'ge' || effective === 'lt') return sure(effective === 'ge');
  return 'unknown';
}

function sure(taken: boolean): 'always' | 'never' {
  return taken ? 'always' : 'never';
}
