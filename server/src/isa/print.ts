/**
 * One instruction as text. Mirrors `print_bpf_insn` of kernel/bpf/disasm.c, v6.18; whatever has a name outside the
 * instruction set (helpers, maps, labels, kernel functions) is asked of the caller.
 */
import { unreachable } from '../base/assert.ts';
import type { AluInsn, AtomicInsn, CallInsn, Insn, InvalidInsn, JumpInsn, Operand, Size } from './insn.ts';
import { ALU_OPS, JUMP_OPS } from './opcodes.ts';

/** Loads of an address that the kernel fills in. */
export type AddressInsn = Extract<Insn, { kind: 'loadMap' | 'loadBtfId' | 'loadFunc' }>;

/** How the printed text names what stands outside of an instruction. */
export interface Naming {
  readonly helper: (id: number) => string;
  readonly kfunc: (btfId: number) => string;
  /** Where a jump or call goes that is `off` slots away: `printDistance`, or a label. */
  readonly target: (off: number) => string;
  readonly address: (insn: AddressInsn) => string;
  readonly invalid: (insn: InvalidInsn) => string;
  /** Writes constants of comparisons with their sign, not as the log's hexadecimal. */
  readonly decimal: boolean;
}

/** `r0 = 0`; empty for the second half of a two-slot instruction. */
export function printInsnWith(insn: Insn, naming: Naming): string {
  switch (insn.kind) {
    case 'alu':
      return printAlu(insn);
    case 'bswap':
      return `r${insn.dst} = ${insn.mode === 'swap' ? 'bswap' : insn.mode}${insn.bits} r${insn.dst}`;
    case 'addrSpaceCast':
      return `r${insn.dst} = addr_space_cast(r${insn.src}, ${insn.dstSpace}, ${insn.srcSpace})`;
    case 'load':
      return `r${insn.dst} = *(${insn.signed ? 's' : 'u'}${insn.size * 8} *)${place(insn.src, insn.off)}`;
    case 'store':
      return `*${pointer(insn.size)}${place(insn.dst, insn.off)} = ${operand(insn, 'r', true)}`;
    case 'atomic':
      return printAtomic(insn);
    case 'packet':
      return `r0 = *${pointer(insn.size)}skb[${insn.mode === 'ind' ? `r${insn.src} + ` : ''}${insn.imm}]`;
    case 'wideSlot':
      return '';
    case 'invalid':
      return naming.invalid(insn);
    case 'loadImm64':
      return `r${insn.dst} = 0x${BigInt.asUintN(64, (BigInt(insn.hi) << 32n) | BigInt(insn.lo >>> 0)).toString(16)}`;
    case 'loadMap':
    case 'loadBtfId':
    case 'loadFunc':
      return `r${insn.dst} = ${naming.address(insn)}`;
    case 'jump':
    case 'goto':
    case 'mayGoto':
    case 'call':
    case 'callx':
    case 'exit':
      return printControl(insn, naming);
    default:
      return unreachable(insn);
  }
}

/** `r1 > 0xe`: a comparison without its jump. */
export function printCondition(insn: JumpInsn, decimal: boolean): string {
  const letter = insn.wide ? 'r' : 'w';
  return `${letter}${insn.dst} ${JUMP_OPS[insn.op].operator} ${operand(insn, letter, decimal)}`;
}

/** `pc+3`: a target by its distance. */
export function printDistance(off: number): string {
  return `pc${signed(off)}`;
}

/** A number that always shows its sign. */
export function signed(value: number): string {
  return value < 0 ? `${value}` : `+${value}`;
}

type Control = Extract<Insn, { kind: 'jump' | 'goto' | 'mayGoto' | 'call' | 'callx' | 'exit' }>;

function printControl(insn: Control, naming: Naming): string {
  switch (insn.kind) {
    case 'jump':
      return `if ${printCondition(insn, naming.decimal)} goto ${naming.target(insn.off)}`;
    case 'goto':
      return `${insn.long ? 'gotol' : 'goto'} ${naming.target(insn.off)}`;
    case 'mayGoto':
      return `may_goto ${naming.target(insn.off)}`;
    case 'call':
      return `call ${printCallee(insn, naming)}`;
    case 'callx':
      return `callx r${insn.reg}`;
    case 'exit':
      return 'exit';
    default:
      return unreachable(insn);
  }
}

function printCallee({ target, imm }: CallInsn, naming: Naming): string {
  if (target === 'subprog') return naming.target(imm);
  return `${target === 'helper' ? naming.helper(imm) : naming.kfunc(imm)}#${imm}`;
}

function printAlu(insn: AluInsn): string {
  const letter = insn.wide ? 'r' : 'w';
  const dst = `${letter}${insn.dst}`;
  if (insn.op === 'neg') return `${dst} = -${dst}`;
  const cast = insn.signExtendBits === 0 ? '' : `(s${insn.signExtendBits})`;
  return `${dst} ${ALU_OPS[insn.op].operator} ${cast}${operand(insn, letter, true)}`;
}

function operand(insn: Operand, letter: string, decimal: boolean): string {
  if (insn.source === 'reg') return `${letter}${insn.src}`;
  return decimal ? `${insn.imm}` : `0x${(insn.imm >>> 0).toString(16)}`;
}

function printAtomic(insn: AtomicInsn): string {
  const memory = `${pointer(insn.size)}${place(insn.dst, insn.off)}`;
  const prefix = `atomic${insn.size === 8 ? '64' : ''}`;
  switch (insn.op) {
    case 'xchg':
      return `r${insn.src} = ${prefix}_xchg(${memory}, r${insn.src})`;
    case 'cmpxchg':
      return `r0 = ${prefix}_cmpxchg(${memory}, r0, r${insn.src})`;
    case 'loadAcquire':
      return `r${insn.dst} = load_acquire(${pointer(insn.size)}${place(insn.src, insn.off)})`;
    case 'storeRelease':
      return `store_release(${memory}, r${insn.src})`;
    case 'add':
    case 'or':
    case 'and':
    case 'xor':
      if (insn.fetch) return `r${insn.src} = ${prefix}_fetch_${insn.op}(${memory}, r${insn.src})`;
      return `lock *${memory} ${ALU_OPS[insn.op].operator} r${insn.src}`;
    default:
      return unreachable(insn.op);
  }
}

function pointer(size: Size): string {
  return `(u${size * 8} *)`;
}

function place(register: number, off: number): string {
  return `(r${register} ${signed(off)})`;
}
