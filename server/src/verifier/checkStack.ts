/**
 * Loads and stores of the stack: may they be done, and what they leave behind. Mirrors `check_stack_read`,
 * `check_stack_write` and `check_stack_range_initialized`, v6.18.
 */
import type { Env } from './env.ts';
import { destroyDynptrAt } from './dynptrs.ts';
import { frameOf, frameOfPointer } from './env.ts';
import { noteStackUse } from './fastcall.ts';
import { noteStackAccess } from './history.ts';
import { markSlotRead, markSlotWritten } from './liveness.ts';
import { markSlotChanged } from './log.ts';
import type { MemoryAccess } from './memoryAccess.ts';
import { markPrecise } from './precision.ts';
import { getReg, immediateReg, setReg } from './registers.ts';
import { isSecret } from './rights.ts';
import { reject, rejectReg } from './rejection.ts';
import { assignScalarId } from './scalarIds.ts';
import type { Frame } from './state/frame.ts';
import { growStack, setSlot, slotAt } from './state/frame.ts';
import { boundsSigned } from './offsets.ts';
import type { RegisterState } from './state/register.ts';
import {
  boundsEqual,
  fitsBits,
  isConstant,
  isSpillable,
  isZeroScalar,
  NOT_INIT,
  UNKNOWN_SCALAR,
  unlinked,
  withId,
  ZERO_BOUNDS,
  ZERO_SCALAR,
} from './state/register.ts';
import type { StackSlot } from './state/stack.ts';
import {
  byteType,
  INVALID,
  isObject,
  isSpilled,
  isSpilledScalar,
  MAX_STACK_BYTES,
  MISC,
  scrub,
  scrubbedTypes,
  setByteType,
  SLOT_BYTES,
  SPILL,
  spill,
  spillSize,
  ZERO,
} from './state/stack.ts';
import { tnumText } from './state/tnum.ts';

const MAX_VAR_OFF = 1n << 29n;

/** First byte the access may touch and the last one's beginning, as offsets from the frame pointer. */
interface Extent {
  readonly min: number;
  readonly max: number;
}

/** Mirrors `check_stack_access_within_bounds`; makes room for the slots touched. */
export function checkStackBounds(env: Env, regno: number, off: number, size: number, write: boolean): Extent {
  const reg = getReg(env, regno);
  const extra = write ? ' write to' : ' read from';
  const constant = reg.bounds === ZERO_BOUNDS || isConstant(reg);
  if (!constant && (reg.bounds.smax >= MAX_VAR_OFF || reg.bounds.smin <= -MAX_VAR_OFF))
    rejectReg(regno, `invalid unbounded variable-offset${extra} stack R${regno}`);
  // Offsets too large to be exact as numbers are far outside, too.
  const min = reg.bounds === ZERO_BOUNDS ? off : Number(boundsSigned(reg, 'min')) + off;
  const max = constant ? min : Number(boundsSigned(reg, 'max')) + off;
  if (min < -lowestByte(env, reg, write) || min > -1 || max + size > 0 || size < 0)
    rejectReg(
      regno,
      constant
        ? `invalid${extra} stack R${regno} off=${off} size=${size}`
        : `invalid variable-offset${extra} stack R${regno} var_off=${tnumText(reg.bounds.varOff)} off=${off} size=${size}`,
    );
  grow(env, frameOfPointer(env, reg), -min);
  return { min, max };
}

/** Mirrors `check_stack_slot_within_bounds`: what was never written may not be read without CAP_PERFMON. */
function lowestByte(env: Env, reg: RegisterState, write: boolean): number {
  if (write || env.rights.unwrittenStack) return MAX_STACK_BYTES;
  return frameOfPointer(env, reg).stack.length * SLOT_BYTES;
}

/** Mirrors `grow_stack_state`. */
function grow(env: Env, frame: Frame, bytes: number): void {
  const count = Math.ceil(bytes / SLOT_BYTES);
  growStack(frame, count);
  const subprog = env.subprogs[frame.subprog];
  if (subprog !== undefined) subprog.stackDepth = Math.max(subprog.stackDepth, frame.stack.length * SLOT_BYTES);
}

export function checkStackAccess(env: Env, access: MemoryAccess, off: number): void {
  const { regno, size, write } = access;
  const { bounds } = getReg(env, regno);
  if (bounds === ZERO_BOUNDS && env.rights.unwrittenStack && off >= -MAX_STACK_BYTES && size > 0 && off + size <= 0) {
    const frame = frameOfPointer(env, getReg(env, regno));
    grow(env, frame, -off);
    noteStackUse(env, frame.subprog, off);
    if (write) writeFixed(env, frame, off, access);
    else readFixed(env, frame, off, access);
    return;
  }
  const extent = checkStackBounds(env, regno, off, size, write);
  const reg = getReg(env, regno);
  const frame = frameOfPointer(env, reg);
  noteStackUse(env, frame.subprog, extent.min);
  if (write) {
    if (extent.min === extent.max && isConstant(reg)) writeFixed(env, frame, extent.min, access);
    else writeVariable(env, frame, extent, access);
    return;
  }
  if (isConstant(reg)) readFixed(env, frame, extent.min, access);
  else readVariable(env, frame, extent, access, off);
}

/** Index of the byte within its slot, as slot types count them. */
function byteIndex(off: number): number {
  return (-off - 1) & (SLOT_BYTES - 1);
}

function slotIndex(off: number): number {
  return (-off - 1) >> 3;
}

/** Mirrors `check_stack_write_fixed_off`. */
function writeFixed(env: Env, frame: Frame, off: number, access: MemoryAccess): void {
  const { size, valueReg } = access;
  const spi = slotIndex(off);
  destroyDynptrAt(env, frame, spi);
  const slot = slotAt(frame, spi);
  const aligned = off % SLOT_BYTES === 0;
  if (aligned && size === SLOT_BYTES) markSlotWritten(env, frame.frameno, spi);
  markSlotChanged(env.log, spi);
  const value = valueReg >= 0 ? getReg(env, valueReg) : null;
  if (!env.rights.perfmon) guardSlot(env, slot, off, size, value);
  if (value !== null && aligned && value.kind === 'scalar' && keepsNumber(env, value, size)) {
    setSlot(frame, spi, spillScalar(env, slot, valueReg, size));
  } else if (value === null && aligned && access.imm !== null && env.rights.bpf) {
    setSlot(frame, spi, spill(slot, immediateReg(env, access.imm), size));
  } else if (value !== null && isSpillable(value)) {
    if (size !== SLOT_BYTES) rejectReg(valueReg, 'invalid size of register spill');
    if (frame !== frameOf(env) && value.kind === 'stack')
      rejectReg(valueReg, 'cannot spill pointers to stack into stack frame of the caller');
    setSlot(frame, spi, spill(slot, value, size));
  } else {
    writeBytes(env, frame, spi, off, access, value);
    return;
  }
  noteStackAccess(env, frame.frameno, spi);
}

/** Whether what is known of a number stays known on the stack: with all older kernels only for some. */
function keepsNumber(env: Env, value: RegisterState, size: number): boolean {
  const { can } = env;
  if (!env.rights.bpf || (size !== SLOT_BYTES && !can.spillsNarrow)) return false;
  if (can.spillsUnknown) return true;
  if (!can.spillsBounded) return isConstant(value);
  return !isZeroScalar(value) && !boundsEqual(value.bounds, UNKNOWN_SCALAR.bounds);
}

/** Pointers on the stack must stay whole, and no guess may read what was there before a pointer. */
function guardSlot(env: Env, slot: StackSlot, off: number, size: number, value: RegisterState | null): void {
  if (isSpilled(slot) && !isSpilledScalar(slot) && size !== SLOT_BYTES)
    reject('attempt to corrupt spilled pointer on stack');
  let guards = value !== null && isSpillable(value);
  for (let i = 0; i < size && !guards; i++) {
    const type = byteType(slot.types, byteIndex(off + i));
    guards = type !== MISC && type !== ZERO;
  }
  if (guards) env.facts.barrierBehind[env.pc] = 1;
}

function spillScalar(env: Env, slot: StackSlot, valueReg: number, size: number): StackSlot {
  const fits = fitsBits(getReg(env, valueReg), 8 * size);
  if (fits) assignScalarId(env, valueReg);
  const value = getReg(env, valueReg);
  return spill(slot, fits || value.id === 0 ? value : withId(value, 0), size);
}

function writeBytes(
  env: Env,
  frame: Frame,
  spi: number,
  off: number,
  access: MemoryAccess,
  value: RegisterState | null,
): void {
  const slot = slotAt(frame, spi);
  let types = scrubbedTypes(slot);
  let type = MISC;
  if (value !== null ? isZeroScalar(value) : access.imm === 0) {
    if (value !== null) markPrecise(env, access.valueReg);
    type = ZERO;
  }
  for (let i = 0; i < access.size; i++) types = setByteType(types, byteIndex(off + i), type);
  if (types !== slot.types || slot.reg !== NOT_INIT) setSlot(frame, spi, { types, reg: NOT_INIT });
}

/** Mirrors `check_stack_write_var_off`: any of the bytes may be written, none must be. */
function writeVariable(env: Env, frame: Frame, extent: Extent, access: MemoryAccess): void {
  const value = access.valueReg >= 0 ? getReg(env, access.valueReg) : null;
  const writesZero = value !== null ? isZeroScalar(value) : access.imm === 0;
  let usesZero = false;
  for (let off = extent.min; off < extent.max + access.size; off++) destroyDynptrAt(env, frame, slotIndex(off));
  for (let off = extent.min; off < extent.max + access.size; off++) {
    const spi = slotIndex(off);
    const slot = slotAt(frame, spi);
    markSlotChanged(env.log, spi);
    const type = byteType(slot.types, byteIndex(off));
    if (!env.rights.perfmon) guardVariableWrite(env, type, off);
    if (writesZero && type === SPILL && isSpilledScalar(slot) && isZeroScalar(slot.reg)) {
      usesZero = true;
      continue;
    }
    const scrubbed = scrub(slot);
    const keepsZero = writesZero && byteType(scrubbed.types, byteIndex(off)) === ZERO;
    if (keepsZero) usesZero = true;
    setSlot(frame, spi, {
      types: setByteType(scrubbed.types, byteIndex(off), keepsZero ? ZERO : MISC),
      reg: scrubbed.reg,
    });
  }
  if (usesZero && value !== null) markPrecise(env, access.valueReg);
}

function guardVariableWrite(env: Env, type: number, off: number): void {
  if (type === INVALID)
    reject(`uninit stack in range of var-offset write prohibited for !root; insn ${env.pc}, off: ${off}`);
  if (type !== MISC && type !== ZERO)
    reject(`spilled ptr in range of var-offset stack write; insn ${env.pc}, ptr off: ${off}`);
}

/** Mirrors `check_stack_read_fixed_off`. */
function readFixed(env: Env, frame: Frame, off: number, access: MemoryAccess): void {
  const { size, valueReg } = access;
  const spi = slotIndex(off);
  const slot = slotAt(frame, spi);
  markSlotChanged(env.log, spi);
  markSlotRead(env, frame.frameno, spi);
  if (!isSpilled(slot)) {
    checkReadable(slot, off, size);
    refuseUnwritten(env, frame, off, size);
    if (valueReg >= 0) setReg(env, valueReg, bytesValue(env, frame, off, off + size));
    return;
  }
  const kept = spillSize(slot);
  if (size === SLOT_BYTES && kept === SLOT_BYTES) {
    if (valueReg < 0 && isSecret(env, slot.reg)) reject(`leaking pointer from stack off ${off}`);
    if (valueReg >= 0) setReg(env, valueReg, slot.reg);
    noteStackAccess(env, frame.frameno, spi);
    return;
  }
  if (slot.reg.kind !== 'scalar') reject('invalid size of register fill');
  if (valueReg < 0) return;
  if (fillPart(env, frame, kept, off, access)) noteStackAccess(env, frame.frameno, spi);
}

/** Plain loads see no objects that only the kernel knows how to read. */
function checkReadable(slot: StackSlot, off: number, size: number): void {
  for (let i = 0; i < size; i++)
    if (isObject(byteType(slot.types, byteIndex(off + i))))
      reject(`invalid read from stack off ${off}+${i} size ${size}`);
}

/** Loads part of a spilled scalar; true when the loaded value depends on it. */
function fillPart(env: Env, frame: Frame, kept: number, off: number, access: MemoryAccess): boolean {
  const slot = slotAt(frame, slotIndex(off));
  const { size, valueReg } = access;
  if ((env.can.fillsNarrow ? size <= kept : size === kept) && off % SLOT_BYTES === 0) {
    setReg(env, valueReg, fitsBits(slot.reg, 8 * size) ? slot.reg : unlinked(slot.reg));
    return true;
  }
  refuseUnwritten(env, frame, off, size);
  let spills = 0;
  let zeros = 0;
  for (let i = 0; i < size; i++) {
    const type = byteType(slot.types, byteIndex(off + i));
    if (type === SPILL) spills++;
    else if (type === ZERO) zeros++;
  }
  if (spills === size && isZeroScalar(slot.reg)) {
    setReg(env, valueReg, ZERO_SCALAR);
    return true;
  }
  setReg(env, valueReg, zeros === size ? ZERO_SCALAR : UNKNOWN_SCALAR);
  return false;
}

/** Users without CAP_PERFMON must not read what was on the stack before. */
function refuseUnwritten(env: Env, frame: Frame, off: number, size: number): void {
  if (env.rights.unwrittenStack) return;
  for (let i = 0; i < size; i++)
    if (byteType(slotAt(frame, slotIndex(off + i)).types, byteIndex(off + i)) === INVALID)
      reject(`invalid read from stack off ${off}+${i} size ${size}`);
}

/** What loading plain bytes gives: zero when all are, else anything. Mirrors `mark_reg_stack_read`. */
function bytesValue(env: Env, frame: Frame, from: number, to: number): RegisterState {
  for (let off = from; off < to; off++) {
    const spi = slotIndex(off);
    markSlotChanged(env.log, spi);
    if (byteType(slotAt(frame, spi).types, byteIndex(off)) !== ZERO) return UNKNOWN_SCALAR;
  }
  return ZERO_SCALAR;
}

function readVariable(env: Env, frame: Frame, extent: Extent, access: MemoryAccess, off: number): void {
  if (access.valueReg < 0) {
    const reg = getReg(env, access.regno);
    reject(
      `variable offset stack pointer cannot be passed into helper function; var_off=${tnumText(reg.bounds.varOff)} off=${off} size=${access.size}`,
    );
  }
  checkStackRange(env, { regno: access.regno, off, size: access.size, zeroAllowed: false, write: false });
  setReg(env, access.valueReg, bytesValue(env, frame, extent.min, extent.max + access.size));
}

export interface StackRange {
  readonly regno: number;
  readonly off: number;
  readonly size: number;
  readonly zeroAllowed: boolean;
  readonly write: boolean;
}

/** A helper's memory on the stack must be there. Mirrors the checking half of `check_stack_range_initialized`. */
export function checkStackRangeBounds(env: Env, range: StackRange): Extent {
  if (range.size === 0 && !range.zeroAllowed) rejectReg(range.regno, 'invalid zero-sized read');
  return checkStackBounds(env, range.regno, range.off, range.size, range.write);
}

/** Mirrors `check_stack_range_initialized`: every byte is read; where the helper writes, it becomes unknown. */
export function checkStackRange(env: Env, range: StackRange): void {
  const extent = checkStackRangeBounds(env, range);
  const reg = getReg(env, range.regno);
  const frame = frameOfPointer(env, reg);
  if (!env.rights.unwrittenStack) guardRange(env, range, frame, extent);
  let marked = -1;
  for (let off = extent.min; off < extent.max + range.size; off++) {
    const spi = slotIndex(off);
    if (isObject(byteType(slotAt(frame, spi).types, byteIndex(off)))) refuseObject(reg, range, off - extent.min);
    if (range.write) clobber(frame, spi, off);
    if (spi === marked) continue;
    markSlotRead(env, frame.frameno, spi);
    marked = spi;
  }
}

function refuseObject(reg: RegisterState, { regno, off, size }: StackRange, at: number): never {
  const { varOff } = reg.bounds;
  if (!isConstant(reg))
    rejectReg(regno, `invalid read from stack R${regno} var_off ${tnumText(varOff)}+${at} size ${size}`);
  rejectReg(
    regno,
    `invalid read from stack R${regno} off ${off + Number(BigInt.asIntN(64, varOff.value))}+${at} size ${size}`,
  );
}

/** What a user without CAP_PERFMON hands over must be written, hold no pointer and lie at a known place. */
function guardRange(env: Env, { regno, size }: StackRange, frame: Frame, extent: Extent): void {
  const reg = getReg(env, regno);
  if (!isConstant(reg) && !env.rights.perfmon)
    rejectReg(
      regno,
      `R${regno} variable offset stack access prohibited for !root, var_off=${tnumText(reg.bounds.varOff)}`,
    );
  for (let i = 0; extent.min + i < extent.max + size; i++) {
    const off = extent.min + i;
    const slot = slotAt(frame, slotIndex(off));
    const type = byteType(slot.types, byteIndex(off));
    if (type === MISC || type === ZERO || isSpilledScalar(slot)) continue;
    if (type !== INVALID && env.rights.perfmon) continue;
    rejectReg(regno, `invalid read from stack R${regno} off ${extent.min}+${i} size ${size}`);
  }
}

function clobber(frame: Frame, spi: number, off: number): void {
  const slot = slotAt(frame, spi);
  const type = byteType(slot.types, byteIndex(off));
  if (type === MISC) return;
  if (type === ZERO || type === INVALID)
    setSlot(frame, spi, { types: setByteType(slot.types, byteIndex(off), MISC), reg: slot.reg });
  else if (isSpilled(slot)) setSlot(frame, spi, { types: scrub(slot).types, reg: UNKNOWN_SCALAR });
}
