/** Calls of subprograms and helpers, and packet loads, which ask the machine as helpers do. */
import type { CallInsn, CallxInsn, PacketInsn } from '../isa/insn.ts';
import { kfuncNumber } from '../vm/kfuncs/numbers.ts';
import { LAYOUT } from '../vm/machine.ts';
import { CELLS, type FunctionContext } from './context.ts';
import { emitMapCall } from './emitMapCalls.ts';
import { resetWindows } from './emitMemory.ts';
import { argumentHints, common } from './hints.ts';
import { OP } from './opcodes.ts';
import { passInitialized } from './watch.ts';

/** BPF_FUNC_tail_call: the only helper that may leave the program. */
const TAIL_CALL = 12;
const ARGUMENTS = [1, 2, 3, 4, 5] as const;

export function emitCall(f: FunctionContext, insn: CallInsn, pc: number): void {
  if (insn.target === 'helper' && f.known.map(1) !== undefined)
    emitMapCall(f, insn.imm, () => emitHelper(f, insn.imm, pc));
  else if (insn.target === 'helper') emitHelper(f, insn.imm, pc);
  else if (insn.target === 'kfunc') emitKfunc(f, insn.imm, pc);
  else emitSubprogCall(f, pc + 1 + insn.imm, pc);
}

function emitKfunc(f: FunctionContext, imm: number, pc: number): void {
  const number = kfuncNumber(f.module.program, imm);
  if (number === null) f.fault('unsupported', pc);
  else emitHelper(f, number, pc);
}

function emitSubprogCall(f: FunctionContext, target: number, pc: number): void {
  const callee = f.module.functions.get(target);
  if (callee === undefined) {
    f.fault('badPc', f.module.program.insns.length);
    return;
  }
  const { argumentHints: known } = f.module;
  const hints = argumentHints(f.hints);
  known.set(target, common(known.get(target) ?? hints, hints));
  checkDepth(f, pc);
  f.saveBudget();
  passInitialized(f);
  pushArguments(f);
  f.code.call(callee);
  f.pop(0);
  afterCall(f);
  f.counting?.checkAfterCall();
}

/** Each callee gets the next stack frame. The verifier limits the depth; unverified programs are stopped here. */
function checkDepth(f: FunctionContext, pc: number): void {
  if (!f.safe) return;
  f.code.get(f.frame);
  f.code.i32(LAYOUT.stack + (LAYOUT.callFrames - 1) * LAYOUT.frameStride);
  f.code.u8(OP.i32GeU);
  f.code.if();
  f.code.get(f.frame);
  f.code.call(f.module.imports.tooDeep);
  f.code.if();
  f.fault('callDepth', pc);
  f.code.end();
  f.code.end();
}

function pushArguments(f: FunctionContext): void {
  for (const reg of ARGUMENTS) f.push(reg);
  f.code.get(f.frame);
  f.code.i32(LAYOUT.frameStride);
  f.code.u8(OP.i32Add);
}

/** A callee spent rounds of the budget and may have changed what is mapped. */
function afterCall(f: FunctionContext): void {
  f.loadBudget();
  resetWindows(f);
}

function emitHelper(f: FunctionContext, helper: number, pc: number): void {
  const { code } = f;
  storeArguments(f, f.safe ? ARGUMENTS.length : f.module.helperArgs(helper));
  f.saveBudget();
  code.i32(helper);
  code.i32(pc);
  code.get(f.frame);
  code.call(f.module.imports.helper);
  if (helper === TAIL_CALL) leaveAfterTailCall(f, pc);
  else code.u8(OP.drop);
  afterCall(f);
  takeResult(f);
  f.counting?.checkAfterCall();
}

function storeArguments(f: FunctionContext, count: number = ARGUMENTS.length): void {
  for (const reg of ARGUMENTS.slice(0, count)) {
    f.code.i32(CELLS.args);
    f.push(reg);
    f.code.memory(OP.i64Store, 8 * (reg - 1));
  }
}

function pushResult(f: FunctionContext): void {
  f.code.i32(CELLS.result);
  f.code.memory(OP.i64Load, 0);
}

function takeResult(f: FunctionContext): void {
  pushResult(f);
  f.pop(0);
}

/** The status is on the stack; unless it is 0, another program takes over this frame and its r0 is ours. */
function leaveAfterTailCall(f: FunctionContext, pc: number): void {
  const { code } = f;
  code.if();
  f.counting?.leave(true);
  code.get(f.frame);
  code.i32(pc);
  code.call(f.module.imports.tailCall);
  pushResult(f);
  code.u8(OP.return);
  code.end();
}

/** The engine says what the address means: a subprogram's code, or whatever else the machine can call. */
export function emitCallx(f: FunctionContext, insn: CallxInsn, pc: number): void {
  const { code } = f;
  checkDepth(f, pc);
  storeArguments(f);
  f.saveBudget();
  passInitialized(f);
  f.push32(insn.reg);
  f.push(insn.reg);
  code.i64(32);
  code.u8(OP.i64ShrU);
  code.u8(OP.i32WrapI64);
  code.i32(pc);
  code.get(f.frame);
  code.call(f.module.imports.callx);
  code.tee(f.address);
  code.i32(0);
  code.u8(OP.i32GeS);
  code.if();
  pushArguments(f);
  code.get(f.address);
  code.u8(OP.callIndirect);
  code.unsigned(f.module.subprogType);
  code.unsigned(0);
  f.pop(0);
  code.else();
  takeResult(f);
  code.end();
  afterCall(f);
  f.counting?.checkAfterCall();
}

/** LD_ABS and LD_IND: r0 = the packet's bytes in host order, or the function ends with 0 where the packet does. */
export function emitPacket(f: FunctionContext, insn: PacketInsn, pc: number): void {
  const { code } = f;
  code.i32(insn.imm);
  if (insn.mode === 'ind') {
    f.push32(insn.src);
    code.u8(OP.i32Add);
  }
  code.i32(insn.size);
  code.i32(pc);
  code.call(f.module.imports.packet);
  code.u8(OP.i32Eqz);
  code.if();
  code.i64(0);
  f.leave(true);
  code.end();
  takeResult(f);
}
