/** An instruction as the verifier's log prints it. Mirrors `print_bpf_insn` of kernel/bpf/disasm.c, v6.18. */
import { unreachable } from '../base/assert.ts';
import type { AluInsn, AtomicInsn, Insn, JumpInsn, JumpOp, Operand, Size } from '../isa/insn.ts';
import { opcodeOf } from '../isa/encode.ts';
import { helperName } from './helperNames.ts';

/** `(b7) r0 = 0`, without the leading pc. */
export function insnText(insns: readonly Insn[], pc: number): string {
  const insn = insns[pc];
  if (insn === undefined) return '';
  const opcode = opcodeOf(insn);
  return `(${opcode.toString(16).padStart(2, '0')}) ${body(insn)}`;
}

function body(insn: Insn): string {
  switch (insn.kind) {
    case 'alu':
      return aluText(insn);
    case 'bswap':
      return `r${insn.dst} = ${insn.mode === 'swap' ? 'bswap' : insn.mode}${insn.bits} r${insn.dst}`;
    case 'addrSpaceCast':
      return `r${insn.dst} = addr_space_cast(r${insn.src}, ${insn.dstSpace}, ${insn.srcSpace})`;
    case 'load':
      return `r${insn.dst} = *(${insn.signed ? 's' : 'u'}${insn.size * 8} *)(${place(insn.src, insn.off)})`;
    case 'store':
      return `*(${type(insn.size)} *)(${place(insn.dst, insn.off)}) = ${insn.source === 'reg' ? `r${insn.src}` : insn.imm}`;
    case 'atomic':
      return atomicText(insn);
    case 'loadImm64':
      return `r${insn.dst} = 0x${((BigInt.asUintN(32, BigInt(insn.hi)) << 32n) | BigInt.asUintN(32, BigInt(insn.lo))).toString(16)}`;
    case 'loadMap':
    case 'loadBtfId':
    case 'loadFunc':
      return `r${insn.dst} = 0x0`;
    case 'jump':
      return jumpText(insn);
    case 'goto':
      return `${insn.long ? 'gotol' : 'goto'} pc${signed(insn.off)}`;
    case 'mayGoto':
      return `may_goto pc${signed(insn.off)}`;
    case 'call':
      if (insn.target === 'subprog') return `call pc${signed(insn.imm)}`;
      return `call ${insn.target === 'helper' ? helperName(insn.imm) : 'kernel-function'}#${insn.imm}`;
    case 'callx':
      return `callx r${insn.reg}`;
    case 'exit':
      return 'exit';
    case 'packet':
      return `r0 = *(${type(insn.size)} *)skb[${insn.mode === 'ind' ? `r${insn.src} + ` : ''}${insn.imm}]`;
    case 'wideSlot':
      return '';
    case 'invalid':
      return `BUG_${insn.opcode.toString(16).padStart(2, '0')}`;
    default:
      return unreachable(insn);
  }
}

const ALU_SYMBOLS: Record<AluInsn['op'], string> = {
  add: '+=', sub: '-=', mul: '*=', div: '/=', sdiv: 's/=', mod: '%=', smod: 's%=', or: '|=', and: '&=', xor: '^=',
  lsh: '<<=', rsh: '>>=', arsh: 's>>=', mov: '=', neg: 'neg',
}; // prettier-ignore

/** The log's name of an ALU operator, as its messages quote it. */
export function aluSymbol(op: AluInsn['op']): string {
  // The messages' table knows no signed division.
  return op === 'sdiv' ? '/=' : op === 'smod' ? '%=' : ALU_SYMBOLS[op];
}

function aluText(insn: AluInsn): string {
  const letter = insn.wide ? 'r' : 'w';
  if (insn.op === 'neg') return `${letter}${insn.dst} = -${letter}${insn.dst}`;
  const cast = insn.signExtendBits === 0 ? '' : `(s${insn.signExtendBits})`;
  const operand = insn.source === 'reg' ? `${cast}${letter}${insn.src}` : `${insn.imm}`;
  return `${letter}${insn.dst} ${ALU_SYMBOLS[insn.op]} ${operand}`;
}

const JUMP_SYMBOLS: Record<JumpOp, string> = {
  eq: '==', ne: '!=', set: '&', gt: '>', ge: '>=', lt: '<', le: '<=', sgt: 's>', sge: 's>=', slt: 's<', sle: 's<=',
}; // prettier-ignore

/** `r1 > 14`: a comparison as the log writes it. */
export function conditionText(insn: JumpInsn): string {
  const letter = insn.wide ? 'r' : 'w';
  return `${letter}${insn.dst} ${JUMP_SYMBOLS[insn.op]} ${operandText(insn, letter)}`;
}

function operandText(insn: Operand, letter: string): string {
  return insn.source === 'reg' ? `${letter}${insn.src}` : `0x${(insn.imm >>> 0).toString(16)}`;
}

function jumpText(insn: JumpInsn): string {
  return `if ${conditionText(insn)} goto pc${signed(insn.off)}`;
}

function atomicText(insn: AtomicInsn): string {
  const where = `(${type(insn.size)} *)(${place(insn.dst, insn.off)})`;
  const width = insn.size === 8 ? '64' : '';
  switch (insn.op) {
    case 'xchg':
      return `r${insn.src} = atomic${width}_xchg(${where}, r${insn.src})`;
    case 'cmpxchg':
      return `r0 = atomic${width}_cmpxchg(${where}, r0, r${insn.src})`;
    case 'loadAcquire':
      return `r${insn.dst} = load_acquire((${type(insn.size)} *)(${place(insn.src, insn.off)}))`;
    case 'storeRelease':
      return `store_release(${where}, r${insn.src})`;
    default:
      if (insn.fetch) return `r${insn.src} = atomic${width}_fetch_${insn.op}(${where}, r${insn.src})`;
      return `lock *${where} ${ALU_SYMBOLS[insn.op]} r${insn.src}`;
  }
}

function type(size: Size): string {
  return `u${size * 8}`;
}

function place(reg: number, off: number): string {
  return `r${reg} ${signed(off)}`;
}

function signed(value: number): string {
  return value < 0 ? `${value}` : `+${value}`;
}
