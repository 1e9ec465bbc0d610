/** Where subprograms begin and end. Mirrors `add_subprog_and_kfunc` and `check_subprogs`, v6.18. */
import { opcodeOf } from '../isa/encode.ts';
import type { Insn, InvalidInsn } from '../isa/insn.ts';
import type { Btf } from '../btf/btf.ts';
import { resolve, typeAt } from '../btf/query.ts';
import type { Program } from '../program/program.ts';
import type { Env, SubprogInfo } from './env.ts';
import { exceptionCallbackOf, markExceptionCallback } from './exceptionCallback.ts';
import { rejectAt, rejectProgram } from './rejection.ts';
import { flow } from './successors.ts';

const MAX_SUBPROGS = 256;
const TAIL_CALL = 12;

export function findSubprograms(program: Program, checkKfunc: (insn: Insn) => void): SubprogInfo[] {
  const starts = new Set([0]);
  program.insns.forEach((insn, pc) => {
    if (callsKernel(insn)) checkKfunc(insn);
    const target = callee(insn, pc);
    if (target === null) return;
    if (target < 0 || target >= program.insns.length) rejectProgram('call to invalid destination');
    starts.add(target);
    if (starts.size > MAX_SUBPROGS) rejectProgram('too many subprograms');
  });
  const exceptionCallback = exceptionCallbackOf(program);
  if (exceptionCallback > 0) starts.add(exceptionCallback);
  const sorted = [...starts].sort((a, b) => a - b);
  const subprogs = sorted.map((start, i) => subprogInfo(program, start, sorted[i + 1] ?? program.insns.length));
  markExceptionCallback(subprogs, exceptionCallback);
  return subprogs;
}

/** First pc of the subprogram an instruction calls or takes the address of. */
export function callee(insn: Insn, pc: number): number | null {
  if (insn.kind === 'loadFunc') return pc + 1 + insn.off;
  // Where a call leads is read before its unused fields are looked at.
  if (insn.kind === 'invalid') return isCallOf(insn, 1) || isLoadFunc(insn) ? pc + 1 + insn.imm : null;
  return insn.kind === 'call' && insn.target === 'subprog' ? pc + 1 + insn.imm : null;
}

/** A call with this src: 1 is a subprogram, 2 a kernel function. */
function isCallOf(insn: InvalidInsn, src: number): boolean {
  return insn.opcode === 0x85 && insn.regs >> 4 === src;
}

function isLoadFunc(insn: InvalidInsn): boolean {
  return insn.opcode === 0x18 && insn.regs >> 4 === 4;
}

/** Kernel functions are looked up before anything else is checked. */
export function callsKernel(insn: Insn): boolean {
  return insn.kind === 'invalid' ? isCallOf(insn, 2) : insn.kind === 'call' && insn.target === 'kfunc';
}

function subprogInfo(program: Program, start: number, end: number): SubprogInfo {
  const declared = program.subprogs.find((subprog) => subprog.start === start);
  return {
    start,
    end,
    name: declared?.name ?? '',
    // Without type information of its functions the kernel knows no global ones.
    global: start !== 0 && declared !== undefined && declared.global && declared.typeId !== 0 && program.btf !== null,
    typeId: program.btf === null ? 0 : (declared?.typeId ?? 0),
    changesPacket: false,
    maySleep: false,
    called: false,
    verified: false,
    args: null,
    hasTailCall: false,
    isCallback: false,
    isAsyncCallback: false,
    isExceptionCallback: false,
    hasPacketInsn: false,
    stackDepth: 0,
    postorderStart: 0,
    postorderEnd: 0,
  };
}

/** Control must not leave a subprogram except by exit and calls. */
export function checkSubprograms(program: Program, subprogs: readonly SubprogInfo[]): void {
  for (const subprog of subprogs)
    for (let pc = subprog.start; pc < subprog.end; pc++) {
      const insn = program.insns[pc];
      if (insn === undefined) continue;
      noteFeatures(subprog, insn);
      const { target } = flow(insn, pc);
      if (jumps(insn) && (target < subprog.start || target >= subprog.end))
        rejectAt(pc, `jump out of range from insn ${pc} to ${target}`);
      if (pc === subprog.end - 1 && !endsSubprogram(insn)) rejectProgram('last insn is not an exit or jmp');
    }
}

function noteFeatures(subprog: SubprogInfo, insn: Insn): void {
  // By opcode alone, so that ill-formed instructions count too.
  const loadsPacket = insn.kind === 'invalid' && [0x20, 0x40].includes(insn.opcode & 0xe7);
  if (insn.kind === 'packet' || loadsPacket) subprog.hasPacketInsn = true;
  if (insn.kind !== 'invalid' && insn.kind !== 'call') return;
  const callsHelper = insn.kind === 'invalid' ? isCallOf(insn, 0) : insn.target === 'helper';
  if (callsHelper && insn.imm === TAIL_CALL) subprog.hasTailCall = true;
}

function jumps(insn: Insn): boolean {
  if (insn.kind === 'jump' || insn.kind === 'goto' || insn.kind === 'mayGoto') return true;
  if (insn.kind !== 'invalid' || ((insn.opcode & 7) !== 5 && (insn.opcode & 7) !== 6)) return false;
  const operation = insn.opcode & 0xf0;
  return operation !== 0x80 && operation !== 0x90;
}

/** Judged by the opcode alone, as the kernel does. */
function endsSubprogram(insn: Insn): boolean {
  if (insn.kind === 'wideSlot') return false;
  const opcode = insn.kind === 'invalid' ? insn.opcode : opcodeOf(insn);
  return opcode === 0x95 || opcode === 0x05 || opcode === 0x06;
}

/** Mirrors `check_abnormal_return`, v6.18: what subprograms may do only when their types are known. */
export function checkUntypedReturns(program: Program, subprogs: readonly SubprogInfo[]): void {
  if (hasFunctionTypes(program)) return checkTypedReturns(program, subprogs);
  for (const subprog of subprogs.slice(1)) {
    if (subprog.hasPacketInsn) rejectProgram('LD_ABS is not allowed in subprogs without BTF');
    if (subprog.hasTailCall) rejectProgram('tail_call is not allowed in subprogs without BTF');
  }
}

/** Mirrors the end of `check_btf_func`, v6.18: both may end a function early, with a number. */
function checkTypedReturns({ btf }: Program, subprogs: readonly SubprogInfo[]): void {
  for (const subprog of subprogs.slice(1)) {
    if (btf === null || subprog.typeId === 0 || returnsNumber(btf, subprog.typeId)) continue;
    if (subprog.hasPacketInsn) rejectProgram("LD_ABS is only allowed in functions that return 'int'.");
    if (subprog.hasTailCall) rejectProgram("tail_call is only allowed in functions that return 'int'.");
  }
}

function returnsNumber(btf: Btf, functionId: number): boolean {
  const func = typeAt(btf, functionId);
  const proto = func.kind === 'func' ? typeAt(btf, func.type) : null;
  if (proto?.kind !== 'funcProto') return true;
  const returned = resolve(btf, proto.returns);
  return returned.kind === 'int' || returned.kind === 'enum';
}

export function hasFunctionTypes(program: Program): boolean {
  return program.btf !== null && program.subprogs.some((subprog) => subprog.typeId !== 0);
}

/** Only static functions may be callbacks. Mirrors `func_info_aux`'s linkage. */
export function isStaticFunction({ program, subprogs }: Env, index: number): boolean {
  const typeId = program.subprogs.find(({ start }) => start === subprogs[index]?.start)?.typeId ?? 0;
  const type = program.btf === null || typeId === 0 ? null : typeAt(program.btf, typeId);
  return type?.kind === 'func' && type.linkage === 'static';
}
