/** Which registers an instruction reads, writes and destroys, and how to put others in their places. */
import type { Insn } from '../../isa/insn.ts';
import { FRAME, type AsmInsn, type AsmOperand, type CodeInsn, type Op } from './code.ts';

type Visit = (reg: number) => void;

/** Registers read, r10 excepted; one may come twice. */
export function forEachRead({ insn, args }: Op, visit: Visit): void {
  switch (insn.kind) {
    case 'alu':
      if (insn.op !== 'mov') visit(insn.dst);
      if (insn.source === 'reg' && insn.src !== FRAME) visit(insn.src);
      return;
    case 'bswap':
      return visit(insn.dst);
    case 'addrSpaceCast':
      return visit(insn.src);
    case 'load':
      if (insn.src !== FRAME) visit(insn.src);
      return;
    case 'store':
      if (insn.dst !== FRAME) visit(insn.dst);
      if (insn.source === 'reg' && insn.src !== FRAME) visit(insn.src);
      return;
    case 'atomic':
      if (insn.op === 'cmpxchg') visit(0);
      if (insn.op !== 'loadAcquire' && insn.dst !== FRAME) visit(insn.dst);
      if (insn.src !== FRAME) visit(insn.src);
      return;
    case 'jump':
      visit(insn.dst);
      if (insn.source === 'reg' && insn.src !== FRAME) visit(insn.src);
      return;
    case 'call':
      for (let reg = 1; reg <= args; reg++) visit(reg);
      return;
    case 'exit':
      if (args > 0) visit(0);
      return;
    case 'packet':
      visit(6);
      if (insn.mode === 'ind') visit(insn.src);
      return;
    case 'callx':
      return visit(insn.reg);
    case 'asm':
      return insn.reads.forEach(visit);
    default:
      return;
  }
}

/** Registers that hold a new value afterwards. */
export function forEachWrite({ insn }: Op, visit: Visit): void {
  switch (insn.kind) {
    case 'alu':
    case 'bswap':
    case 'addrSpaceCast':
    case 'load':
    case 'loadImm64':
    case 'loadMap':
    case 'loadBtfId':
    case 'loadFunc':
      return visit(insn.dst);
    case 'atomic':
      if (insn.op === 'cmpxchg') visit(0);
      else if (insn.op === 'loadAcquire') visit(insn.dst);
      else if (insn.fetch) visit(insn.src);
      return;
    case 'call':
    case 'callx':
    case 'packet':
      return visit(0);
    case 'asm':
      for (const { reg } of insn.writes) visit(reg);
      return;
    default:
      return;
  }
}

const NONE: readonly number[] = [];
const ARGUMENTS: readonly number[] = [1, 2, 3, 4, 5];

/** Machine registers whose contents are lost. */
export function clobbersOf(insn: CodeInsn): readonly number[] {
  if (insn.kind === 'call' || insn.kind === 'callx' || insn.kind === 'packet') return ARGUMENTS;
  return insn.kind === 'asm' ? insn.clobbers : NONE;
}

type Rename = (reg: number) => number;

/** The instruction with other registers. What is read and written in one place is renamed by `written`. */
export function renamed(insn: CodeInsn, read: Rename, written: Rename): CodeInsn {
  switch (insn.kind) {
    case 'alu':
      return { ...insn, dst: written(insn.dst), src: insn.source === 'reg' ? read(insn.src) : 0 };
    case 'bswap':
    case 'loadImm64':
    case 'loadMap':
    case 'loadBtfId':
    case 'loadFunc':
      return { ...insn, dst: written(insn.dst) };
    case 'addrSpaceCast':
    case 'load':
      return { ...insn, dst: written(insn.dst), src: read(insn.src) };
    case 'store':
    case 'jump':
      return { ...insn, dst: read(insn.dst), src: insn.source === 'reg' ? read(insn.src) : 0 };
    case 'atomic':
      return renamedAtomic(insn, read, written);
    case 'packet':
      return insn.mode === 'ind' ? { ...insn, src: read(insn.src) } : insn;
    case 'callx':
      return { ...insn, reg: read(insn.reg) };
    case 'asm':
      return renamedAsm(insn, read, written);
    default:
      return insn;
  }
}

function renamedAtomic(insn: Insn & { kind: 'atomic' }, read: Rename, written: Rename): Insn {
  if (insn.op === 'loadAcquire') return { ...insn, dst: written(insn.dst), src: read(insn.src) };
  const fetched = insn.fetch && insn.op !== 'cmpxchg';
  return { ...insn, dst: read(insn.dst), src: fetched ? written(insn.src) : read(insn.src) };
}

function renamedAsm(insn: AsmInsn, read: Rename, written: Rename): AsmInsn {
  const outputs = new Set(insn.writes.map(({ reg }) => reg));
  const rename = (operand: AsmOperand): AsmOperand => {
    if (operand.kind === 'register')
      return { ...operand, reg: outputs.has(operand.reg) ? written(operand.reg) : read(operand.reg) };
    return operand.kind === 'memory' ? { ...operand, base: read(operand.base) } : operand;
  };
  return {
    ...insn,
    operands: insn.operands.map(rename),
    reads: insn.reads.map(read),
    writes: insn.writes.map(({ reg, early }) => ({ reg: written(reg), early })),
  };
}
