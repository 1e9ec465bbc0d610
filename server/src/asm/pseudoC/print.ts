import { unreachable } from '../../base/assert.ts';
import type { AluInsn, AtomicInsn, CallInsn, Insn, JumpInsn, LoadMapInsn, Operand, Size } from '../../isa/insn.ts';
import { opcodeOf } from '../../isa/encode.ts';
import { ALU_OPS, JUMP_OPS } from '../../isa/opcodes.ts';
import { helperById } from '../../kernel/helpers.ts';
import type { MapSpec } from '../../program/program.ts';

/** What is known around an instruction; without it the text is what the verifier's log prints. */
export interface PrintContext {
  /** The slot it stands in: then targets can be named. */
  readonly pc?: number;
  /** Names of targets by slot, as a `Program` has them. */
  readonly labels?: ReadonlyMap<number, string>;
  /** The program's maps: then `loadMap` shows a name. */
  readonly maps?: readonly MapSpec[];
  /** Puts the opcode before the text as the log does: `(b7) r0 = 0`. */
  readonly opcode?: boolean;
  /** Name of a kernel function by BTF id. */
  readonly kfunc?: (btfId: number) => string | null;
  /** Writes constants of comparisons with their sign, not as the log's hexadecimal. */
  readonly decimal?: boolean;
}

/** One instruction as the verifier's log prints it. Mirrors `print_bpf_insn` of kernel/bpf/disasm.c, v6.12. */
export function printInsn(insn: Insn, context: PrintContext = {}): string {
  const text = body(insn, context);
  return context.opcode === true ? `(${opcodeOf(insn).toString(16).padStart(2, '0')}) ${text}` : text;
}

function body(insn: Insn, context: PrintContext): string {
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
      return `r0 = *(u${insn.size * 8} *)skb[${insn.mode === 'ind' ? `r${insn.src} + ` : ''}${insn.imm}]`;
    case 'wideSlot':
      return '';
    case 'invalid':
      return `invalid: ${insn.reason}`;
    case 'loadImm64':
    case 'loadMap':
    case 'loadBtfId':
    case 'loadFunc':
      return printWide(insn, context);
    case 'jump':
    case 'goto':
    case 'mayGoto':
    case 'call':
    case 'callx':
    case 'exit':
      return printControl(insn, context);
    default:
      return unreachable(insn);
  }
}

type Wide = Extract<Insn, { kind: 'loadImm64' | 'loadMap' | 'loadBtfId' | 'loadFunc' }>;
type Control = Extract<Insn, { kind: 'jump' | 'goto' | 'mayGoto' | 'call' | 'callx' | 'exit' }>;

function printControl(insn: Control, context: PrintContext): string {
  switch (insn.kind) {
    case 'jump':
      return `if ${printCondition(insn, context)} goto ${target(insn.off, context)}`;
    case 'goto':
      return `${insn.long ? 'gotol' : 'goto'} ${target(insn.off, context)}`;
    case 'mayGoto':
      return `may_goto ${target(insn.off, context)}`;
    case 'call':
      return `call ${printCallee(insn, context)}`;
    case 'callx':
      return `callx r${insn.reg}`;
    case 'exit':
      return 'exit';
    default:
      return unreachable(insn);
  }
}

function target(off: number, { pc, labels }: PrintContext): string {
  const label = pc === undefined ? undefined : labels?.get(pc + 1 + off);
  return label ?? `pc${signed(off)}`;
}

function printCallee(insn: CallInsn, context: PrintContext): string {
  if (insn.target === 'subprog') return target(insn.imm, context);
  if (insn.target === 'helper') return `${helperById(insn.imm)?.name ?? 'unknown'}#${insn.imm}`;
  return `${context.kfunc?.(insn.imm) ?? 'kernel_function'}#${insn.imm}`;
}

function printAlu(insn: AluInsn): string {
  const letter = insn.wide ? 'r' : 'w';
  const dst = `${letter}${insn.dst}`;
  if (insn.op === 'neg') return `${dst} = -${dst}`;
  const cast = insn.signExtendBits === 0 ? '' : `(s${insn.signExtendBits})`;
  return `${dst} ${ALU_OPS[insn.op].operator} ${cast}${operand(insn, letter, true)}`;
}

function printCondition(insn: JumpInsn, context: PrintContext): string {
  const letter = insn.wide ? 'r' : 'w';
  return `${letter}${insn.dst} ${JUMP_OPS[insn.op].operator} ${operand(insn, letter, context.decimal === true)}`;
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

function signed(value: number): string {
  return value < 0 ? `${value}` : `+${value}`;
}

function printWide(insn: Wide, context: PrintContext): string {
  switch (insn.kind) {
    case 'loadImm64':
      return `r${insn.dst} = 0x${BigInt.asUintN(64, (BigInt(insn.hi) << 32n) | BigInt(insn.lo >>> 0)).toString(16)}`;
    case 'loadMap':
      return `r${insn.dst} = ${printMap(insn, context)}`;
    case 'loadBtfId':
      return `r${insn.dst} = btf[${insn.btfId}]${insn.module === 0 ? '' : `[${insn.module}]`}`;
    case 'loadFunc': {
      const name = context.pc === undefined ? undefined : context.labels?.get(context.pc + 1 + insn.off);
      return `r${insn.dst} = ${name === undefined ? `subprog[${signed(insn.off)}]` : `${name} ll`}`;
    }
    default:
      return unreachable(insn);
  }
}

/** The log shows addresses here, which mean nothing to a reader; bpftool's form is the base. */
function printMap(insn: LoadMapInsn, { maps }: PrintContext): string {
  const name = maps?.[insn.map]?.name;
  if (insn.by === 'fd' || insn.by === 'idx') return name === undefined ? `map[id:${insn.map}]` : `map[${name}]`;
  return `${name === undefined ? `map[id:${insn.map}]` : `map[${name}]`}[0]+${insn.off}`;
}
