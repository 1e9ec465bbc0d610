/**
 * Keeps watch over registers without a value, for the few programs where a path may read one (see initialized.ts). A
 * local holds a bit per register; callers hand it to callees in a cell.
 */
import type { Insn } from '../isa/insn.ts';
import { CELLS, type FunctionContext } from './context.ts';
import { CALLER_SAVED, losesArguments } from './initialized.ts';
import { OP } from './opcodes.ts';

const FRAME_POINTER = 1 << 10;

/** At the function's entry. */
export function loadInitialized(f: FunctionContext): void {
  if (f.initialized === null) return;
  f.code.i32(CELLS.initialized);
  f.code.memory(OP.i32Load, 0);
  f.code.set(f.initialized);
}

/** Before a call: a callee begins with the arguments that have values, and r10. */
export function passInitialized(f: FunctionContext): void {
  if (f.initialized === null) return;
  const { code } = f;
  code.i32(CELLS.initialized);
  code.get(f.initialized);
  code.i32(CALLER_SAVED);
  code.u8(OP.i32And);
  code.i32(FRAME_POINTER);
  code.u8(OP.i32Or);
  code.memory(OP.i32Store, 0);
}

/** Before an instruction: traps unless all it reads has a value. */
export function checkInitialized(f: FunctionContext, pc: number): void {
  const reads = f.module.watched?.reads[pc] ?? 0;
  if (f.initialized === null || reads === 0) return;
  const { code } = f;
  code.get(f.initialized);
  code.i32(reads);
  code.u8(OP.i32And);
  code.i32(reads);
  code.u8(OP.i32Ne);
  code.if();
  code.i32(CELLS.initialized);
  code.get(f.initialized);
  code.memory(OP.i32Store, 0);
  f.fault('uninitialized', pc);
  code.end();
}

/** After an instruction. */
export function trackInitialized(f: FunctionContext, insn: Insn, pc: number): void {
  const written = losesArguments(insn) ? 1 : (f.module.watched?.writes[pc] ?? 0);
  if (f.initialized === null || written === 0) return;
  const { code } = f;
  code.get(f.initialized);
  if (losesArguments(insn)) {
    code.i32(~CALLER_SAVED);
    code.u8(OP.i32And);
  }
  code.i32(written);
  code.u8(OP.i32Or);
  code.set(f.initialized);
}
