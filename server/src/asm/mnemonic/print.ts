/** One instruction as a mnemonic with its operands. */
import { unreachable } from '../../base/assert.ts';
import type { AluInsn, AtomicInsn, BswapInsn, CallInsn, Insn, Operand, Reg, Size } from '../../isa/insn.ts';
import { signed } from '../../isa/print.ts';
import { ALU_OPS, ATOMIC_OPS, JUMP_OPS } from '../../isa/opcodes.ts';
import { helperById } from '../../kernel/helpers.ts';
import { labelOf, printAddress, type PrintContext } from '../assembler/printContext.ts';
import { suffixed } from './table.ts';

/** `suite` is what bpf_conformance and uBPF read and write, `gnu` what GNU as does. */
export type MnemonicStyle = 'suite' | 'gnu';

/** Empty for the second half of a two-slot instruction. Both styles are understood by this assembler. */
export function printMnemonic(insn: Insn, context: PrintContext = {}, style: MnemonicStyle = 'suite'): string {
  switch (insn.kind) {
    case 'alu':
      return printAlu(insn, style);
    case 'bswap':
      return printSwap(insn, style);
    case 'addrSpaceCast':
      return `addr_space_cast ${reg(insn.dst)}, ${reg(insn.src)}, ${insn.dstSpace}, ${insn.srcSpace}`;
    case 'load':
      return `ldx${insn.signed ? 's' : ''}${LETTERS[insn.size]} ${reg(insn.dst)}, ${place(insn.src, insn.off, style)}`;
    case 'store':
      return `st${insn.source === 'reg' ? 'x' : ''}${LETTERS[insn.size]} ${place(insn.dst, insn.off, style)}, ${operand(insn)}`;
    case 'atomic':
      return printAtomic(insn, style);
    case 'packet':
      return `ld${insn.mode}${LETTERS[insn.size]} ${insn.mode === 'ind' ? `${reg(insn.src)}, ` : ''}${insn.imm}`;
    case 'loadImm64':
      return `lddw ${reg(insn.dst)}, 0x${wide(insn.lo, insn.hi).toString(16)}`;
    case 'loadMap':
    case 'loadBtfId':
    case 'loadFunc':
      return `lddw ${reg(insn.dst)}, ${printAddress(insn, context).replace(/ ll$/, '')}`;
    case 'wideSlot':
      return '';
    case 'invalid':
      return `invalid: ${insn.reason}`;
    default:
      return printControl(insn, context, style);
  }
}

const LETTERS: Readonly<Record<Size, string>> = { 1: 'b', 2: 'h', 4: 'w', 8: 'dw' };

function reg(number: Reg): string {
  return `%r${number}`;
}

/** GNU as wants a plus before every offset. */
function place(base: Reg, off: number, style: MnemonicStyle): string {
  return `[${reg(base)}${style === 'gnu' ? `+${off}` : signed(off)}]`;
}

function operand({ source, src, imm }: Operand): string {
  return source === 'reg' ? reg(src) : String(imm);
}

function wide(lo: number, hi: number): bigint {
  return BigInt.asUintN(64, (BigInt(hi) << 32n) | BigInt(lo >>> 0));
}

function printAlu(insn: AluInsn, style: MnemonicStyle): string {
  const { op, dst, signExtendBits: bits } = insn;
  if (op === 'neg') return `${suffixed('neg', insn.wide)} ${reg(dst)}`;
  const operands = `${reg(dst)}, ${operand(insn)}`;
  if (bits === 0) return `${suffixed(ALU_OPS[op].mnemonic, insn.wide)} ${operands}`;
  return style === 'gnu'
    ? `${suffixed('movs', insn.wide)} ${operands}, ${bits}`
    : `movsx${bits}${insn.wide ? 64 : 32} ${operands}`;
}

const GNU_SWAPS: Readonly<Record<BswapInsn['mode'], string>> = { le: 'endle', be: 'endbe', swap: 'bswap' };

function printSwap({ mode, bits, dst }: BswapInsn, style: MnemonicStyle): string {
  return style === 'gnu' ? `${GNU_SWAPS[mode]} ${reg(dst)}, ${bits}` : `${mode}${bits} ${reg(dst)}`;
}

function printAtomic({ op, fetch, size, dst, src, off }: AtomicInsn, style: MnemonicStyle): string {
  if (op === 'loadAcquire') return `load_acquire${8 * size} ${reg(dst)}, ${place(src, off, style)}`;
  const operands = `${place(dst, off, style)}, ${reg(src)}`;
  if (op === 'storeRelease') return `store_release${8 * size} ${operands}`;
  const always = ATOMIC_OPS[op].fetch === 'always';
  if (style === 'suite')
    return `lock ${fetch && !always ? 'fetch ' : ''}${suffixed(ATOMIC_OPS[op].mnemonic, size === 8)} ${operands}`;
  const name = op === 'cmpxchg' ? 'acmp' : `a${fetch && !always ? 'f' : ''}${op}`;
  return `${suffixed(name, size === 8)} ${operands}`;
}

type Control = Extract<Insn, { kind: 'jump' | 'goto' | 'mayGoto' | 'call' | 'callx' | 'exit' }>;

function printControl(insn: Control, context: PrintContext, style: MnemonicStyle): string {
  switch (insn.kind) {
    case 'jump': {
      const name = suffixed(JUMP_OPS[insn.op].mnemonic, insn.wide);
      return `${name} ${reg(insn.dst)}, ${operand(insn)}, ${target(insn.off, context, style)}`;
    }
    case 'goto':
      return `${insn.long ? (style === 'gnu' ? 'jal' : 'ja32') : 'ja'} ${target(insn.off, context, style)}`;
    case 'mayGoto':
      return `may_goto ${target(insn.off, context, style)}`;
    case 'call':
      return `call ${printCallee(insn, context, style)}`;
    case 'callx':
      return `call ${reg(insn.reg)}`;
    case 'exit':
      return 'exit';
    default:
      return unreachable(insn);
  }
}

function target(off: number, context: PrintContext, style: MnemonicStyle): string {
  return labelOf(off, context) ?? (style === 'gnu' ? String(off) : signed(off));
}

/** Other assemblers know helpers and kernel functions by number only: the name is a comment. */
function printCallee({ target: kind, imm }: CallInsn, context: PrintContext, style: MnemonicStyle): string {
  if (kind === 'subprog') return `local ${target(imm, context, style)}`;
  const name = kind === 'kfunc' ? context.kfuncs?.get(imm) : helperById(imm)?.name;
  return `${kind === 'kfunc' ? 'runtime ' : ''}${imm}${name === undefined ? '' : ` # ${name}`}`;
}
