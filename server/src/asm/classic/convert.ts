import type { AluOp, Insn, JumpOp, Reg } from '../../isa/insn.ts';
import {
  CLASSIC_CLASS,
  CLASSIC_CODE,
  CLASSIC_SOURCE_X,
  classicLoadSize,
  classicOp,
  type ClassicInsn,
  type ClassicOp,
} from '../../isa/classic.ts';
import { classicExtension, type ExtensionSource } from '../../kernel/classicExtensions.ts';
import { contextOf } from '../../kernel/contextAccess.ts';
import type { Need } from '../../program/program.ts';
import { reachable, type MaybeInsn } from './check.ts';

export interface Conversion {
  readonly insns: readonly Insn[];
  /** By classic instruction: the slot where its eBPF begins; -1 for one that is never reached, which has none. */
  readonly starts: readonly number[];
  readonly needs: readonly Need[];
}

/** Where the two registers and what is needed besides them live. Mirrors BPF_REG_* of include/linux/filter.h, v6.18. */
export const A: Reg = 0;
export const X: Reg = 7;
export const CTX: Reg = 6;
export const TMP: Reg = 2;
export const FRAME: Reg = 10;

/**
 * A filter as a socket filter in eBPF. Mirrors `bpf_convert_filter` and `convert_bpf_extensions` of net/core/filter.c,
 * v6.18, in the form that a loaded program may have: packet loads stay LD_ABS and LD_IND, metadata comes from fields of
 * struct __sk_buff and from helpers. Instructions that nothing reaches are left out, since the verifier refuses them.
 */
export function convertClassic(classic: readonly MaybeInsn[]): Conversion {
  const reached = reachable(classic);
  const widths = classic.map((insn, index) => (reached[index] ? expand(insn, () => 0).length : 0));
  const starts: number[] = [];
  let pc = PROLOGUE.length;
  for (const [index, width] of widths.entries()) {
    starts.push(reached[index] ? pc : -1);
    pc += width;
  }
  const insns = [...PROLOGUE];
  for (const [index, insn] of classic.entries()) {
    if (!reached[index]) continue;
    const from = starts[index] ?? 0;
    insns.push(...expand(insn, (distance, slot) => (starts[index + 1 + distance] ?? pc) - (from + slot) - 1));
  }
  return { insns, starts, needs: needsOf(classic, starts) };
}

const mov = (dst: Reg, src: Reg): Insn => ({
  kind: 'alu', op: 'mov', wide: true, dst, source: 'reg', src, imm: 0, signExtendBits: 0,
}); // prettier-ignore

const set = (dst: Reg, imm: number): Insn => ({
  kind: 'alu', op: 'mov', wide: false, dst, source: 'imm', src: 0, imm: imm | 0, signExtendBits: 0,
}); // prettier-ignore

/** A op= X where `register` says so, else A op= k. */
const alu = (op: AluOp, register: boolean, k: number): Insn => ({
  kind: 'alu', op, wide: false, dst: A, source: register ? 'reg' : 'imm', src: register ? X : 0,
  imm: register ? 0 : k | 0, signExtendBits: 0,
}); // prettier-ignore

const load = (dst: Reg, src: Reg, off: number): Insn => ({ kind: 'load', dst, src, off, size: 4, signed: false });

const EXIT: Insn = { kind: 'exit' };

/** A and X begin with 0; packet loads want the context in r6. */
export const PROLOGUE: readonly Insn[] = [set(A, 0), set(X, 0), mov(CTX, 1)];

/** The distance from slot `slot` of an expansion to the classic instruction `distance` behind the next one. */
type Aim = (distance: number, slot: number) => number;

function expand(insn: MaybeInsn, aim: Aim): Insn[] {
  const op = insn === null ? null : classicOp(insn.code);
  if (insn === null || op === null) return [invalid('the text of this instruction is wrong')];
  if (op.branches) return branch(insn, op, aim);
  const extension = classicExtension(insn);
  if (extension !== null) return expandExtension(extension.source, insn.k);
  return expandPlain(insn, op, aim);
}

/** `k` tells what could not be converted from one that could not be, either. */
function invalid(reason: string, k = 0): Insn {
  return { kind: 'invalid', opcode: 0xff, regs: 0, off: 0, imm: k | 0, reason, kernelMessage: 'unknown opcode ff' };
}

function expandPlain({ code, k }: ClassicInsn, { operand, mnemonic }: ClassicOp, aim: Aim): Insn[] {
  const dst = (code & 7) === CLASSIC_CLASS.ldx ? X : A;
  switch (operand) {
    case 'abs':
      return [{ kind: 'packet', mode: 'abs', size: classicLoadSize(code), src: 0, imm: k | 0 }];
    case 'ind':
      return [{ kind: 'packet', mode: 'ind', size: classicLoadSize(code), src: X, imm: k | 0 }];
    case 'msh':
      return headerLength(k);
    case 'len':
      return [load(dst, CTX, 0)];
    case 'mem':
      return [scratch(code, k)];
    case 'target':
      return [{ kind: 'goto', off: aim(k, 0), long: false }];
    case 'imm':
      if (code === CLASSIC_CODE.retK) return [set(A, k), EXIT];
      return mnemonic.startsWith('ld') ? [set(dst, k)] : arithmetic(code, mnemonic, k);
    case 'x':
      return arithmetic(code, mnemonic, k);
    case 'a':
      return [EXIT];
    case 'none':
      return [unary(code)];
  }
}

function unary(code: number): Insn {
  if (code === CLASSIC_CODE.tax) return mov(X, A);
  return code === CLASSIC_CODE.txa ? mov(A, X) : alu('neg', false, 0);
}

/** The words lie below the frame pointer, M[0] topmost. */
function scratch(code: number, k: number): Insn {
  const off = -4 * (k + 1);
  if (code === CLASSIC_CODE.ldMem || code === CLASSIC_CODE.ldxMem)
    return load(code === CLASSIC_CODE.ldMem ? A : X, FRAME, off);
  return { kind: 'store', dst: FRAME, off, size: 4, source: 'reg', src: code === CLASSIC_CODE.st ? A : X, imm: 0 };
}

/** ALU operations of eBPF by the mnemonics of classic BPF, which are the same. */
const ALU_OPS: Readonly<Record<string, AluOp>> = {
  add: 'add', sub: 'sub', mul: 'mul', div: 'div', mod: 'mod', or: 'or', and: 'and', xor: 'xor', lsh: 'lsh', rsh: 'rsh',
}; // prettier-ignore

function arithmetic(code: number, mnemonic: string, k: number): Insn[] {
  const register = (code & CLASSIC_SOURCE_X) !== 0;
  const insn = alu(ALU_OPS[mnemonic] ?? 'add', register, k);
  return code === CLASSIC_CODE.divX || code === CLASSIC_CODE.modX ? [...DIVISOR_CHECK, insn] : [insn];
}

/** Division by 0 ends a filter with 0; eBPF would go on. */
export const DIVISOR_CHECK: readonly Insn[] = [
  { kind: 'alu', op: 'mov', wide: false, dst: X, source: 'reg', src: X, imm: 0, signExtendBits: 0 },
  { kind: 'jump', op: 'ne', wide: true, dst: X, source: 'imm', src: 0, imm: 0, off: 2 },
  { kind: 'alu', op: 'xor', wide: false, dst: A, source: 'reg', src: A, imm: 0, signExtendBits: 0 },
  EXIT,
];

/** `ldxb 4*([k]&0xf)`: packet loads write A, so A waits in X meanwhile. */
function headerLength(k: number): Insn[] {
  return [
    mov(X, A),
    { kind: 'packet', mode: 'abs', size: 1, src: 0, imm: k | 0 },
    alu('and', false, 0xf),
    alu('lsh', false, 2),
    mov(TMP, X),
    mov(X, A),
    mov(A, TMP),
  ];
}

const JUMP_OPS: Readonly<Record<string, JumpOp>> = { jeq: 'eq', jgt: 'gt', jge: 'ge', jset: 'set' };

/** Comparisons with an opposite. */
const NEGATED: Partial<Record<JumpOp, JumpOp>> = { eq: 'ne', gt: 'le', ge: 'lt' };

/** eBPF falls through where the comparison does not hold; where neither place is the next one it takes two jumps. */
function branch({ code, jt, jf, k }: ClassicInsn, { mnemonic }: ClassicOp, aim: Aim): Insn[] {
  const op = JUMP_OPS[mnemonic] ?? 'eq';
  const register = (code & CLASSIC_SOURCE_X) !== 0;
  // Constants of eBPF are signed and compared as 64 bits: large ones come out of a register.
  const large = !register && k > 0x7fff_ffff;
  const before = large ? [set(TMP, k)] : [];
  const slot = before.length;
  const operand = register || large ? { source: 'reg' as const, src: register ? X : TMP, imm: 0 } : IMM(k);
  const jump = (how: JumpOp, distance: number): Insn => ({
    kind: 'jump', op: how, wide: true, dst: A, ...operand, off: aim(distance, slot),
  }); // prettier-ignore
  const negated = NEGATED[op];
  if (jf === 0) return [...before, jump(op, jt)];
  if (jt === 0 && negated !== undefined) return [...before, jump(negated, jf)];
  return [...before, jump(op, jt), { kind: 'goto', off: aim(jf, slot + 1), long: false }];
}

const IMM = (k: number): { source: 'imm'; src: Reg; imm: number } => ({ source: 'imm', src: 0, imm: k });

function expandExtension(source: ExtensionSource, k: number): Insn[] {
  switch (source.kind) {
    case 'field': {
      const swap: Insn[] = source.swapped ? [{ kind: 'bswap', mode: 'be', bits: 16, dst: A }] : [];
      return [load(A, CTX, fieldOffset(source.field)), ...swap];
    }
    case 'helper':
      return [{ kind: 'call', target: 'helper', imm: source.id, off: 0 }];
    case 'xor':
      return [alu('xor', true, 0)];
    case 'unsupported':
      return [invalid(`eBPF cannot read ${source.what}`, k)];
  }
}

/** Offset of a field of struct __sk_buff. */
export function fieldOffset(name: string): number {
  return contextOf('socket_filter')?.fields.find((field) => field.name === name)?.off ?? 0;
}

/** Values that only the kernel's own conversion can read. */
function needsOf(classic: readonly MaybeInsn[], starts: readonly number[]): Need[] {
  return classic.flatMap((insn, index) => {
    const pc = starts[index] ?? -1;
    const source = insn === null || pc < 0 ? undefined : classicExtension(insn)?.source;
    return source?.kind === 'unsupported' ? [{ pc, code: 'packet-metadata', what: source.what }] : [];
  });
}
