/**
 * Safe mode's checks before accesses: a comparison with the window that the pointer seems to belong to. Where it fails,
 * the interpreter does the rest of the function, which finds out what is wrong, or that nothing is. So the compiled way
 * never comes back from a failed check, and engines keep its registers free of it.
 */
import type { LoadInsn } from '../isa/insn.ts';
import { LAYOUT } from '../vm/machine.ts';
import { CELLS, type FunctionContext } from './context.ts';
import { emitFinish } from './exits.ts';
import type { Label } from './code.ts';
import { factOf, type Range } from './facts.ts';
import { type Access, type Guard, guardOf, type Part } from './guardPlan.ts';
import { HINT } from './hints.ts';
import { OP } from './opcodes.ts';

/** Windows are at least this long, so subtracting so much from their length cannot wrap. */
const MIN_WINDOW_BYTES = 8;

/** What must be checked before an access of the instruction at `pc`. */
export function guardAt(f: FunctionContext, access: Access, pc: number): Guard {
  const insn = f.scene?.insns[pc];
  if (f.scene === null || insn === undefined) return { kind: 'ask' };
  return guardOf(f.scene, f.facts, f.hints, access, { insn, pc, end: f.blockEnd });
}

/** Emits a check. False when the machine must be asked instead. */
export function emitGuard(f: FunctionContext, guard: Guard, reg: number): boolean {
  if (guard.kind === 'ask') return false;
  if (guard.kind === 'none') return true;
  const { code } = f;
  const good = code.block();
  const bad = code.block();
  if (guard.kind === 'found') {
    f.push(reg);
    code.u8(OP.i64Eqz);
    code.u8(OP.i32Eqz);
    code.brIf(good);
  } else testParts(f, guard, reg, { good, bad });
  code.end();
  leaveHere(f);
  code.end();
  return true;
}

/** Whether what a load has yielded is taken for an address of the packet. */
export function isConfirmed(f: FunctionContext, { dst, src }: LoadInsn): boolean {
  // What comes from the frame was confirmed before it was stored there.
  if (src === 10) return false;
  const kind = factOf(f.facts, dst)?.origin?.kind;
  return kind === 'packet' || kind === 'packetEnd';
}

/** After a load of the packet's address or end from the context: what is certain of the packet rests on these. */
export function confirmLoad(f: FunctionContext, insn: LoadInsn): void {
  if (!isConfirmed(f, insn)) return;
  const { dst } = insn;
  const { code } = f;
  f.push(dst);
  code.i32(
    factOf(f.facts, dst)?.origin?.kind === 'packetEnd'
      ? CELLS.packetEnd
      : f.scene?.writesPacket === true
        ? CELLS.writableData
        : CELLS.packetData,
  );
  code.memory(OP.i64Load, 0);
  code.u8(OP.i64Ne);
  code.unlikelyIf();
  if (f.counting === null) {
    f.saveBudget();
    emitFinish(f, { site: -1, pc: f.pc + 1, called: false });
  } else f.counting.finishAfter();
  code.end();
}

/** The interpreter goes on with the current instruction. */
function leaveHere(f: FunctionContext): void {
  if (f.counting !== null) {
    f.counting.finishHere();
    return;
  }
  f.saveBudget();
  emitFinish(f, { site: -1, pc: f.pc, called: false });
}

interface Exits {
  readonly good: Label;
  readonly bad: Label;
}

function testParts(f: FunctionContext, guard: Extract<Guard, { kind: 'window' }>, reg: number, exits: Exits): void {
  const { code } = f;
  const tests = guard.parts.flatMap((part) => (guard.range.window === HINT.stack ? [part] : endsOf(part)));
  tests.forEach((part, i) => {
    pushOutside(f, guard.range, part, reg);
    if (i < tests.length - 1) code.brIf(exits.bad);
  });
  code.u8(OP.i32Eqz);
  code.brIf(exits.good);
}

/** Where both ends of a part lie in a window, all of it does. */
function endsOf({ low, high }: Part): Part[] {
  if (high - low <= MIN_WINDOW_BYTES) return [{ low, high }];
  return [
    { low, high: low + MIN_WINDOW_BYTES },
    { low: high - MIN_WINDOW_BYTES, high },
  ];
}

/** Pushes whether any of a part, which is short unless the window is the stack frame, lies outside the window. */
function pushOutside(f: FunctionContext, { window, write }: Range, { low, high }: Part, reg: number): void {
  const { code } = f;
  f.push(reg);
  if (window === HINT.stack) {
    // The program's entry has the lowest frame, but for tail calls of functions.
    if (f.hasCaller) {
      code.get(f.frame);
      code.u8(OP.i64ExtendI32U);
      code.u8(OP.i64Sub);
    }
    addConstant(f, f.hasCaller ? low : low - LAYOUT.stack);
    pushExceeds(f, LAYOUT.frameBytes - (high - low));
  } else {
    const cells = window === HINT.ctx ? CELLS.readContext : write ? CELLS.writePacket : CELLS.readPacket;
    code.i32(cells);
    code.memory(OP.i64Load, 0);
    code.u8(OP.i64Sub);
    addConstant(f, low);
    pushExceedsCell(f, cells, high - low);
  }
}

function addConstant(f: FunctionContext, value: number): void {
  if (value === 0) return;
  f.code.i64(value);
  f.code.u8(OP.i64Add);
}

/** Whether the offset on the stack is above `most`. */
function pushExceeds(f: FunctionContext, most: number): void {
  if (most < 0) {
    f.code.u8(OP.drop);
    f.code.i32(1);
    return;
  }
  f.code.i64(most);
  f.code.u8(OP.i64GtU);
}

/** Whether the offset on the stack is so great that `span` bytes from it on go beyond a window's length. */
function pushExceedsCell(f: FunctionContext, cells: number, span: number): void {
  const { code } = f;
  code.i32(cells);
  code.memory(OP.i64Load, 8);
  code.i64(span);
  code.u8(OP.i64Sub);
  code.u8(OP.i64GtU);
}
