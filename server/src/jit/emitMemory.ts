/** Loads, stores and atomic operations. One thread runs a program, so an atomic is a load, an operation and a store. */
import type { AtomicInsn, AtomicOp, LoadInsn, Reg, Size, StoreInsn } from '../isa/insn.ts';
import { LAYOUT } from '../vm/machine.ts';
import { Code } from './code.ts';
import { CELLS, type FunctionContext } from './context.ts';
import type { Access as GuardedAccess } from './guardPlan.ts';
import { emitGuard, guardAt } from './guards.ts';
import { keepStored, pushKept } from './emitSlots.ts';
import { HINT, hintOf } from './hints.ts';
import { OP } from './opcodes.ts';
import type { WasmModule } from './wasmModule.ts';
import { HOME_WINDOW, type Window } from './windows.ts';

const LOAD_UNSIGNED: Readonly<Record<Size, number>> = { 1: 0x31, 2: 0x33, 4: 0x35, 8: 0x29 };
const LOAD_SIGNED: Readonly<Record<Size, number>> = { 1: 0x30, 2: 0x32, 4: 0x34, 8: 0x29 };
/** The same into 32 bits; of eight bytes the low half is read. */
const LOAD_NARROW: Readonly<Record<'unsigned' | 'signed', Readonly<Record<Size, number>>>> = {
  unsigned: { 1: 0x2d, 2: 0x2f, 4: 0x28, 8: 0x28 },
  signed: { 1: 0x2c, 2: 0x2e, 4: 0x28, 8: 0x28 },
};
const STORE_NARROW: Readonly<Record<1 | 2 | 4, number>> = { 1: 0x3a, 2: 0x3b, 4: 0x36 };
const STORE: Readonly<Record<Size, number>> = { 1: 0x3c, 2: 0x3d, 4: 0x3e, 8: 0x37 };

interface Access {
  readonly reg: Reg;
  readonly off: number;
  readonly size: Size;
  readonly write: boolean;
  readonly pc: number;
}

export function emitLoad(f: FunctionContext, insn: LoadInsn, pc: number): void {
  const { src, off, size, signed, dst } = insn;
  const place = f.known.inFrame(src, off, size);
  if (place !== null && pushKept(f, place, size)) {
    popKept(f, insn);
    return;
  }
  const offset = pushAddress(f, { reg: src, off, size, write: false, pc });
  if (f.narrowResult) {
    f.code.memory(LOAD_NARROW[signed ? 'signed' : 'unsigned'][size], offset);
    f.pop32(dst);
    return;
  }
  f.code.memory(signed ? LOAD_SIGNED[size] : LOAD_UNSIGNED[size], offset);
  f.pop(dst);
}

/** What `pushKept` pushed becomes a load's result. */
function popKept(f: FunctionContext, { dst, size, signed }: LoadInsn): void {
  const { code } = f;
  if (size === 8) {
    f.pop(dst);
    return;
  }
  if (signed && size < 4) code.u8(size === 1 ? OP.i32Extend8S : OP.i32Extend16S);
  if (!signed || f.narrowResult) f.pop32(dst);
  else {
    code.u8(OP.i64ExtendI32S);
    f.pop(dst);
  }
}

export function emitStore(f: FunctionContext, insn: StoreInsn, pc: number): void {
  const { dst, off, size } = insn;
  storeValue(f, { reg: dst, off, size, write: true, pc }, () => {
    if (size === 8) {
      if (insn.source === 'reg') f.push(insn.src);
      else f.code.i64(insn.imm);
    } else if (insn.source === 'reg') f.push32(insn.src);
    else f.code.i32(insn.imm);
  });
}

/** Stores what `pushValue` pushes: i64 for eight bytes, otherwise i32. */
function storeValue(f: FunctionContext, access: Access, pushValue: () => void): void {
  const { reg, off, size } = access;
  const place = f.slots === null ? null : f.known.inFrame(reg, off, size);
  const offset = pushAddress(f, access);
  pushValue();
  if (place !== null) keepStored(f, place, size);
  f.code.memory(size === 8 ? STORE[8] : STORE_NARROW[size], offset);
}

const COMBINE: Readonly<Record<'add' | 'or' | 'and' | 'xor', number>> = {
  add: OP.i64Add,
  or: OP.i64Or,
  and: OP.i64And,
  xor: OP.i64Xor,
};

export function emitAtomic(f: FunctionContext, insn: AtomicInsn, pc: number): void {
  const { size, off, op } = insn;
  if (op === 'loadAcquire') {
    emitLoad(f, { kind: 'load', dst: insn.dst, src: insn.src, off, size, signed: false }, pc);
    return;
  }
  if (op === 'storeRelease') {
    emitStore(f, { kind: 'store', dst: insn.dst, off, size, source: 'reg', src: insn.src, imm: 0 }, pc);
    return;
  }
  const { code } = f;
  const offset = pushAddress(f, { reg: insn.dst, off, size, write: true, pc });
  code.tee(f.address);
  code.memory(LOAD_UNSIGNED[size], offset);
  code.set(f.temp);
  if (op === 'cmpxchg') emitCompareExchange(f, insn, offset);
  else emitReadModifyWrite(f, insn, op, offset);
}

/** The old value is in `temp`, the address in `address`. */
function emitReadModifyWrite(f: FunctionContext, insn: AtomicInsn, op: AtomicOp, offset: number): void {
  const { code } = f;
  code.get(f.address);
  f.push(insn.src);
  if (op === 'add' || op === 'or' || op === 'and' || op === 'xor') {
    code.get(f.temp);
    code.u8(COMBINE[op]);
  }
  code.memory(STORE[insn.size], offset);
  if (!insn.fetch) return;
  code.get(f.temp);
  f.pop(insn.src);
}

/** r0 gets the old value in any case; in 32 bits it is zero-extended. */
function emitCompareExchange(f: FunctionContext, insn: AtomicInsn, offset: number): void {
  const { code } = f;
  code.get(f.temp);
  f.push(0);
  if (insn.size === 4) {
    code.u8(OP.i32WrapI64);
    code.u8(OP.i64ExtendI32U);
  }
  code.u8(OP.i64Eq);
  code.if();
  code.get(f.address);
  f.push(insn.src);
  code.memory(STORE[insn.size], offset);
  code.end();
  code.get(f.temp);
  f.pop(0);
}

/** Pushes `size` bytes at another offset of a load's register: i64 for eight, otherwise i32. */
export function emitWideLoad(f: FunctionContext, insn: LoadInsn, off: number, size: Size, pc: number): void {
  const offset = pushAddress(f, { reg: insn.src, off, size, write: false, pc });
  f.code.memory(size === 8 ? LOAD_UNSIGNED[8] : LOAD_NARROW.unsigned[size], offset);
}

/** Stores what `pushValue` pushes, `size` bytes at another offset of a store's register. */
export function emitWideStore(
  f: FunctionContext,
  insn: StoreInsn,
  off: number,
  size: Size,
  pc: number,
  pushValue: () => void,
): void {
  storeValue(f, { reg: insn.dst, off, size, write: true, pc }, pushValue);
}

/** Pushes up to eight bytes behind a register's address as an i64, without checks. Of other counts than powers of two in parts. */
export function pushWord(f: FunctionContext, reg: Reg, off: number, count: number): void {
  const { code } = f;
  const place = f.known.inFrame(reg, off, count);
  if (place !== null && pushKept(f, place, count)) {
    if (count <= 4) code.u8(OP.i64ExtendI32U);
    return;
  }
  let done = 0;
  for (const size of [8, 4, 2, 1] as const) {
    if (count - done < size) continue;
    const offset = pushAddress(f, { reg, off: off + done, size, write: false, pc: 0 });
    code.memory(LOAD_UNSIGNED[size], offset);
    if (done > 0) {
      code.i64(8 * done);
      code.u8(OP.i64Shl);
      code.u8(OP.i64Or);
    }
    done += size;
  }
}

/** Pushes the address as i32 and returns what the access adds to it. */
function pushAddress(f: FunctionContext, access: Access): number {
  const place = f.known.inFrame(access.reg, access.off, access.size);
  if (place !== null) {
    f.code.get(f.frame);
    return place;
  }
  const known = f.known.of(access.reg);
  if (known?.kind === 'indexed' && known.offset + access.off >= 0) {
    f.code.get(known.local);
    return known.offset + access.off;
  }
  if (f.safe && !isGuarded(f, access)) return pushChecked(f, access);
  f.push32(access.reg);
  if (access.off >= 0) return access.off;
  f.code.i32(access.off);
  f.code.u8(OP.i32Add);
  return 0;
}

/** Whether a check that the interpreter stands behind is enough; emits it. */
function isGuarded(f: FunctionContext, access: Access): boolean {
  return emitGuard(f, guardAt(f, access, access.pc), access.reg);
}

function pushChecked(f: FunctionContext, access: Access): number {
  const { code } = f;
  const hint = hintOf(f.hints, access.reg);
  const window = hint === HINT.stack ? null : f.windows.of(access.reg, hint, access.write);
  f.push(access.reg);
  code.i64(access.off);
  code.u8(OP.i64Add);
  code.tee(f.temp);
  if (window === null) pushFrameTest(f, access.size);
  else pushWindowTest(f, window, access.size);
  code.unlikelyIf();
  askMachine(f, access, window);
  code.end();
  code.get(f.temp);
  code.u8(OP.i32WrapI64);
  return 0;
}

/** Replaces the address on the stack by whether it lies outside the window. */
function pushWindowTest(f: FunctionContext, window: Window, size: Size): void {
  const { code } = f;
  code.get(window.start);
  code.u8(OP.i64Sub);
  code.get(window.bytes);
  code.i64(size);
  code.u8(OP.i64Sub);
  code.u8(OP.i64GtU);
}

/** The same with the function's stack frame, which never changes and so needs no locals. */
function pushFrameTest(f: FunctionContext, size: Size): void {
  const { code } = f;
  code.get(f.frame);
  code.u8(OP.i64ExtendI32U);
  code.u8(OP.i64Sub);
  code.i64(HOME_WINDOW.bytes - size);
  code.u8(OP.i64GtU);
}

/** A miss: the machine ends the run, or says which range is open. */
function askMachine(f: FunctionContext, access: Access, window: Window | null): void {
  const { code } = f;
  f.counting?.stop(true);
  code.get(f.temp);
  code.i32(access.size | (access.write ? 0x100 : 0));
  code.i32(access.pc);
  code.get(f.frame);
  code.call(f.module.missFunction);
  if (window === null) {
    code.u8(OP.drop);
    code.u8(OP.drop);
    return;
  }
  code.set(window.bytes);
  code.set(window.start);
}

/** (address, size | write << 8, pc, frame) -> (start, bytes) of a window: one function for all accesses of a module. */
export function addMissFunction(wasm: WasmModule, check: number): number {
  const code = new Code(4);
  code.get(0);
  code.u8(OP.i32WrapI64);
  code.get(0);
  code.i64(32);
  code.u8(OP.i64ShrU);
  code.u8(OP.i32WrapI64);
  for (const param of [1, 2, 3]) code.get(param);
  code.call(check);
  for (const cell of [CELLS.windowStart, CELLS.windowBytes]) {
    code.i32(cell);
    code.memory(OP.i64Load, 0);
  }
  const type = wasm.type(['i64', 'i32', 'i32', 'i32'], ['i64', 'i64']);
  return wasm.addFunction({ type, locals: code.locals, code });
}

/** Forgets what was known about memory: at the function's entry, and after calls, which may move or free it. */
export function resetWindows(f: FunctionContext): void {
  for (const window of f.windows.all) {
    pushStart(f, window);
    f.code.set(window.start);
    pushBytes(f, window);
    f.code.set(window.bytes);
  }
}

function cellOf({ hint, write }: Window): number | null {
  if (hint === HINT.ctx) return write ? CELLS.writeContext : CELLS.readContext;
  return hint === HINT.packet ? (write ? CELLS.writePacket : CELLS.readPacket) : null;
}

function pushStart(f: FunctionContext, window: Window): void {
  const { code } = f;
  const cell = cellOf(window);
  if (cell !== null) {
    code.i32(cell);
    code.memory(OP.i64Load, 0);
  } else if (f.hasCaller) {
    // Pointers that a function is given mostly lead to its caller's stack frame.
    code.get(f.frame);
    code.i32(LAYOUT.frameStride);
    code.u8(OP.i32Sub);
    code.u8(OP.i64ExtendI32U);
  } else code.i64(HOME_WINDOW.start);
}

function pushBytes(f: FunctionContext, window: Window): void {
  const cell = cellOf(window);
  if (cell === null) {
    f.code.i64(HOME_WINDOW.bytes);
    return;
  }
  f.code.i32(cell);
  f.code.memory(OP.i64Load, 8);
}

/** Looks at an access before any code is written: reserves the window it may need, so that the prologue sets it. */
export function surveyAccess(f: FunctionContext, access: GuardedAccess, pc: number): void {
  const guard = guardAt(f, access, pc);
  const { reg, off, size, write } = access;
  if (f.known.inFrame(reg, off, size) !== null) return;
  const hint = hintOf(f.hints, reg);
  if (guard.kind === 'ask' && hint !== HINT.stack) f.windows.of(reg, hint, write);
  // Windows that are shut stand open on the lowest stack frame.
  if (write && (guard.kind === 'ask' || guard.kind === 'window')) f.writesAnywhere = true;
}
