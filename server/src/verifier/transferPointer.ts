/** Pointer arithmetic. Mirrors `adjust_ptr_min_max_vals`, v6.18. */
import type { AluInsn } from '../isa/insn.ts';
import type { Env } from './env.ts';
import { nextId } from './env.ts';
import { aluSymbol } from './insnText.ts';
import { getReg, immediateReg, setReg } from './registers.ts';
import { rejectReg } from './rejection.ts';
import { afterMove, beforeMove } from './speculation.ts';
import type { Bounds } from './state/bounds.ts';
import { syncBounds, UNKNOWN_BOUNDS } from './state/bounds.ts';
import type { RegisterState } from './state/register.ts';
import {
  change,
  isConstant,
  isPacketPointer,
  mayBeNull,
  typeText,
  UNKNOWN_SCALAR,
  ZERO_BOUNDS,
} from './state/register.ts';
import { tnumAdd, tnumSub } from './state/tnum.ts';

const MAX_VAR_OFF = 1n << 29n;
const MAX_OFF = 2 ** 29;
const S64_MIN = -(1n << 63n);
const S64_MAX = (1n << 63n) - 1n;
const U64_MAX = (1n << 64n) - 1n;

/** `pointerFirst`: the destination is the pointer, the source the number. */
export function addToPointer(env: Env, insn: AluInsn, pointerFirst: boolean): void {
  const dst = getReg(env, insn.dst);
  const src = insn.source === 'reg' ? getReg(env, insn.src) : immediateReg(env, insn.imm);
  const ptr = pointerFirst ? dst : src;
  const number = pointerFirst ? src : dst;
  const { bounds } = number;
  if (bounds.smin > bounds.smax || bounds.umin > bounds.umax) {
    setReg(env, insn.dst, UNKNOWN_SCALAR);
    return;
  }
  if (!insn.wide) {
    if (insn.op !== 'sub' || !env.rights.perfmon)
      rejectReg(insn.dst, `R${insn.dst} 32-bit pointer arithmetic prohibited`);
    setReg(env, insn.dst, UNKNOWN_SCALAR);
    return;
  }
  checkAllowed(insn, ptr, number);
  checkSane(insn.dst, number.off, number.bounds, ptr);
  checkSane(insn.dst, ptr.off, ptr.bounds, ptr);
  const how = { insn, ptr, number, pointerFirst };
  const masking = beforeMove(env, how);
  const moved = move(env, insn, { dst, ptr, number, pointerFirst });
  afterMove(env, how, moved, masking);
  setReg(env, insn.dst, moved);
}

const MOVABLE: ReadonlySet<string> = new Set([
  'ctx', 'mapValue', 'mapKey', 'stack', 'packetMeta', 'packet', 'tpBuffer', 'btfId', 'mem', 'buf', 'func', 'dynptr',
]); // prettier-ignore

function checkAllowed(insn: AluInsn, ptr: RegisterState, number: RegisterState): void {
  if (mayBeNull(ptr))
    rejectReg(insn.dst, `R${insn.dst} pointer arithmetic on ${typeText(ptr)} prohibited, null-check it first`);
  if (MOVABLE.has(ptr.kind)) return;
  const known = isConstant(number);
  if (ptr.kind === 'flowKeys' && known) return;
  const addsZero = known && number.bounds.smin === 0n && insn.op === 'add';
  if ((ptr.kind === 'flowKeys' || ptr.kind === 'mapPtr') && addsZero) return;
  rejectReg(insn.dst, `R${insn.dst} pointer arithmetic on ${typeText(ptr)} prohibited`);
}

/** Mirrors `check_reg_sane_offset`: offsets stay far from overflowing. `ptr` only names the type. */
function checkSane(regno: number, off: number, bounds: Bounds, ptr: RegisterState): void {
  const farOff = off >= MAX_OFF || off <= -MAX_OFF;
  if (bounds === ZERO_BOUNDS && !farOff) return;
  const { smin, varOff } = bounds;
  const value = BigInt.asIntN(64, varOff.value);
  if (!farOff && smin < MAX_VAR_OFF && smin > -MAX_VAR_OFF && (varOff.mask !== 0n || value === smin)) return;
  const type = typeText(ptr);
  if (varOff.mask === 0n && (value >= MAX_VAR_OFF || value <= -MAX_VAR_OFF))
    rejectReg(regno, `math between ${type} pointer and ${value} is not allowed`);
  if (farOff) rejectReg(regno, `${type} pointer offset ${off} is not allowed`);
  if (smin === S64_MIN)
    rejectReg(regno, `math between ${type} pointer and register with unbounded min value is not allowed`);
  if (smin >= MAX_VAR_OFF || smin <= -MAX_VAR_OFF)
    rejectReg(regno, `value ${smin} makes ${type} pointer be out of bounds`);
}

/** What an addition last made of its registers: the same ones come by again, with other paths. */
export interface PointerMove {
  readonly dst: RegisterState;
  readonly ptr: RegisterState;
  readonly number: Bounds;
  readonly moved: RegisterState;
}

interface Operands {
  readonly dst: RegisterState;
  readonly ptr: RegisterState;
  readonly number: RegisterState;
  readonly pointerFirst: boolean;
}

function move(env: Env, insn: AluInsn, operands: Operands): RegisterState {
  const { dst, ptr, number, pointerFirst } = operands;
  if (insn.op !== 'add' && insn.op !== 'sub') refuseOperator(insn);
  if (insn.op === 'sub') {
    if (!pointerFirst) rejectReg(insn.dst, `R${insn.dst} tried to subtract pointer from scalar`);
    if (ptr.kind === 'stack') rejectReg(insn.dst, `R${insn.dst} subtraction from stack pointer prohibited`);
  }
  const before = env.moves[env.pc];
  if (before?.dst === dst && before.ptr === ptr && before.number === number.bounds) return before.moved;
  const delta = insn.op === 'add' ? number.bounds.smin : -number.bounds.smin;
  const off = BigInt(ptr.off) + delta;
  const isOffset = isConstant(number) && off === BigInt.asIntN(32, off);
  // As in the kernel, the destination keeps what it had of `frameno` and reference.
  const moved = {
    kind: ptr.kind, flags: ptr.flags, off: isOffset ? Number(off) : ptr.off, map: ptr.map, memSize: ptr.memSize,
  }; // prettier-ignore
  const bounds = movedBounds(insn, operands, moved.off, isOffset);
  if (isOffset || !isPacketPointer(ptr)) {
    const result = change(dst, { ...moved, id: ptr.id, range: ptr.range, bounds });
    env.moves[env.pc] = { dst, ptr, number: number.bounds, moved: result };
    return result;
  }
  const keepsRange = insn.op === 'sub' && number.bounds.smin >= 0n;
  return change(dst, { ...moved, id: nextId(env), range: keepsRange ? ptr.range : 0, bounds });
}

/** What is known of the variable part of the offset, after the checks of the sum. */
function movedBounds(insn: AluInsn, { ptr, number }: Operands, off: number, isOffset: boolean): Bounds {
  if (isOffset && ptr.bounds === ZERO_BOUNDS) {
    checkSane(insn.dst, off, ZERO_BOUNDS, ptr);
    return ZERO_BOUNDS;
  }
  const sum = isOffset
    ? forget32(ptr.bounds)
    : insn.op === 'add'
      ? addBounds(ptr.bounds, number.bounds)
      : subBounds(ptr.bounds, number.bounds);
  checkSane(insn.dst, off, sum, ptr);
  return syncBounds(sum);
}

function refuseOperator(insn: AluInsn): never {
  const symbol = aluSymbol(insn.op);
  if (insn.op === 'and' || insn.op === 'or' || insn.op === 'xor')
    rejectReg(insn.dst, `R${insn.dst} bitwise operator ${symbol} on pointer prohibited`);
  rejectReg(insn.dst, `R${insn.dst} pointer arithmetic with ${symbol} operator prohibited`);
}

function forget32(bounds: Bounds): Bounds {
  const { s32Min, s32Max, u32Min, u32Max } = UNKNOWN_BOUNDS;
  return { ...bounds, s32Min, s32Max, u32Min, u32Max };
}

function addBounds(ptr: Bounds, number: Bounds): Bounds {
  const smin = ptr.smin + number.smin;
  const smax = ptr.smax + number.smax;
  const signed = smin >= S64_MIN && smax <= S64_MAX && smin <= S64_MAX && smax >= S64_MIN;
  const umin = ptr.umin + number.umin;
  const umax = ptr.umax + number.umax;
  const unsigned = umin <= U64_MAX && umax <= U64_MAX;
  return {
    ...UNKNOWN_BOUNDS,
    varOff: tnumAdd(ptr.varOff, number.varOff),
    ...(signed ? { smin, smax } : {}),
    ...(unsigned ? { umin, umax } : {}),
  };
}

function subBounds(ptr: Bounds, number: Bounds): Bounds {
  const smin = ptr.smin - number.smax;
  const smax = ptr.smax - number.smin;
  const signed = smin >= S64_MIN && smax <= S64_MAX && smin <= S64_MAX && smax >= S64_MIN;
  const unsigned = ptr.umin >= number.umax;
  return {
    ...UNKNOWN_BOUNDS,
    varOff: tnumSub(ptr.varOff, number.varOff),
    ...(signed ? { smin, smax } : {}),
    ...(unsigned ? { umin: ptr.umin - number.umax, umax: ptr.umax - number.umin } : {}),
  };
}
