/** One instruction of the program to WebAssembly. Jumps are emitted by the block structure, their conditions here. */
import { unreachable } from '../base/assert.ts';
import type { Insn, LoadFuncInsn, LoadMapInsn } from '../isa/insn.ts';
import { LAYOUT } from '../vm/machine.ts';
import type { FunctionContext } from './context.ts';
import { emitAlu, emitBswap, pushCondition } from './emitAlu.ts';
import { emitCall, emitCallx, emitPacket } from './emitCall.ts';
import { emitAtomic, emitLoad, emitStore } from './emitMemory.ts';
import { OP } from './opcodes.ts';

export function emitInsn(f: FunctionContext, insn: Insn, pc: number): void {
  switch (insn.kind) {
    case 'alu':
      return emitAlu(f, insn);
    case 'bswap':
      return emitBswap(f, insn);
    case 'load':
      return emitLoad(f, insn, pc);
    case 'store':
      return emitStore(f, insn, pc);
    case 'atomic':
      return emitAtomic(f, insn, pc);
    case 'loadImm64':
      f.code.i64Halves(insn.lo, insn.hi);
      return f.pop(insn.dst);
    case 'loadMap':
      return emitLoadMap(f, insn, pc);
    case 'loadFunc':
      return emitLoadFunc(f, insn, pc);
    case 'jump':
      return pushCondition(f, insn);
    case 'mayGoto':
      return pushRoundsOver(f, pc);
    case 'goto':
      return;
    case 'call':
      return emitCall(f, insn, pc);
    case 'callx':
      return emitCallx(f, insn, pc);
    case 'exit':
      f.push(0);
      return f.leave(false);
    case 'packet':
      return emitPacket(f, insn, pc);
    case 'invalid':
      return f.fault('invalidInsn', pc);
    case 'addrSpaceCast':
    case 'loadBtfId':
      return f.fault('unsupported', pc);
    case 'wideSlot':
      return f.fault('badPc', pc);
    default:
      return unreachable(insn);
  }
}

function emitLoadMap(f: FunctionContext, insn: LoadMapInsn, pc: number): void {
  const direct = insn.by === 'value' || insn.by === 'idxValue';
  const address = direct ? f.module.maps.value(insn.map) : f.module.maps.handle(insn.map);
  if (address === null) {
    f.fault('unsupported', pc);
    return;
  }
  // Handles have offset 0; a sum is below 2^33, so the halves are exact.
  const sum = address + (direct ? insn.off : 0);
  f.code.i64Halves(sum | 0, Math.floor(sum / 0x1_0000_0000));
  f.pop(insn.dst);
}

/** The address of the function at `target`; out of the program, the address behind its end, which nothing can call. */
function emitLoadFunc(f: FunctionContext, insn: LoadFuncInsn, pc: number): void {
  const count = f.module.program.insns.length;
  const target = pc + 1 + insn.off;
  const inside = target >= 0 && target < count;
  f.code.i64(LAYOUT.code + 8 * (inside ? target : count));
  f.pop(insn.dst);
}

/**
 * Pushes 1 once the function has used up its rounds, else counts one. At zero it stays zero. Accepted programs, which no
 * budget ends, may go round for hours: now and then they ask whether to go on.
 */
function pushRoundsOver(f: FunctionContext, pc: number): void {
  const { code, mayGoto } = f;
  if (mayGoto === null) return;
  code.get(mayGoto);
  code.i32(ASK_EVERY_ROUNDS);
  code.u8(OP.i32And);
  code.i32(1);
  code.u8(OP.i32Eq);
  code.unlikelyIf();
  code.i32(pc);
  code.call(f.module.imports.ask);
  code.end();
  code.get(mayGoto);
  code.u8(OP.i32Eqz);
  code.get(mayGoto);
  code.get(mayGoto);
  code.i32(0);
  code.u8(OP.i32Ne);
  code.u8(OP.i32Sub);
  code.set(mayGoto);
}

/** Rounds between two questions, less one; a power of two. */
const ASK_EVERY_ROUNDS = 0x3ff;
