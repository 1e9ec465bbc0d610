/**
 * Follows single bytes through a block's registers. Compilers read and write the fields of packed structs byte by byte;
 * whoever wants to put the bytes together again must know where each byte of a register comes from.
 */
import type { AluInsn, BswapInsn, Insn, LoadInsn, Reg } from '../isa/insn.ts';
import { losesArguments } from './initialized.ts';

/** A byte: 0 is a zero byte, otherwise 8 * (value + 1) + its place in that value. */
export type Byte = number;

/** Place of a byte in memory: an offset from a value whose number is `base`. */
export interface Place {
  readonly base: number;
  readonly off: number;
}

/** A 64-bit value that some instruction made, or that a register held when the block began (`pc` -1). */
export interface Value {
  readonly pc: number;
  readonly reg: Reg;
  /** The value as a sum of another one and a number, so that addresses can be compared. */
  readonly base: number;
  readonly off: number;
  /** Where an unsigned load read its bytes. */
  readonly from: Place | null;
}

const BYTES = 8;
const REGISTERS = 11;
/** The frame pointer is the first value. */
export const FRAME_VALUE = 0;

export class ByteValues {
  readonly values: Value[] = [];
  /** By register: its eight bytes, and the number of its value. */
  private readonly bytes = new Int32Array(BYTES * REGISTERS);
  private readonly value = new Int32Array(REGISTERS);
  private readonly scratch = new Int32Array(BYTES);

  constructor() {
    this.define(10, -1, BYTES);
    for (let reg = 0; reg < 10; reg++) this.define(reg, -1, BYTES);
  }

  byte(reg: Reg, index: number): Byte {
    return this.bytes[BYTES * reg + index]!;
  }

  /** Where `reg` + `off` points. */
  place(reg: Reg, off: number): Place {
    const { base, off: more } = this.values[this.value[reg]!]!;
    return { base, off: more + off };
  }

  /** Takes an instruction into account. */
  after(insn: Insn, pc: number): void {
    if (insn.kind === 'alu') this.alu(insn, pc);
    else if (insn.kind === 'load') this.load(insn, pc);
    else if (insn.kind === 'bswap') this.bswap(insn, pc);
    else if (losesArguments(insn)) for (let reg = 0; reg <= 5; reg++) this.define(reg, pc, BYTES);
    else if (insn.kind === 'atomic') for (const reg of [0, insn.src, insn.dst]) this.define(reg, pc, BYTES);
    else if ('dst' in insn && insn.kind !== 'store' && insn.kind !== 'jump') this.define(insn.dst, pc, BYTES);
  }

  /** A new value of which the low `count` bytes may be other than zero. */
  private define(reg: Reg, pc: number, count: number, from: Place | null = null): void {
    const number = this.values.length;
    this.values.push({ pc, reg, base: number, off: 0, from });
    this.value[reg] = number;
    for (let i = 0; i < BYTES; i++) this.bytes[BYTES * reg + i] = i < count ? BYTES * (number + 1) + i : 0;
  }

  private load(insn: LoadInsn, pc: number): void {
    if (insn.signed) this.define(insn.dst, pc, BYTES);
    else this.define(insn.dst, pc, insn.size, this.place(insn.src, insn.off));
  }

  private alu(insn: AluInsn, pc: number): void {
    const { dst, wide } = insn;
    const known = this.known(insn);
    const before = this.value[dst]!;
    if (insn.op === 'mov' && insn.source === 'reg' && wide && known) {
      this.bytes.copyWithin(BYTES * dst, BYTES * insn.src, BYTES * insn.src + BYTES);
      this.value[dst] = this.value[insn.src]!;
      return;
    }
    this.define(dst, pc, wide ? BYTES : 4);
    if (known) this.bytes.set(wide ? this.scratch : this.scratch.fill(0, 4), BYTES * dst);
    else if (wide && insn.source === 'imm' && (insn.op === 'add' || insn.op === 'sub'))
      this.shiftBase(dst, before, insn);
  }

  private shiftBase(dst: Reg, before: number, { op, imm }: AluInsn): void {
    const { base, off } = this.values[before]!;
    const number = this.value[dst]!;
    this.values[number] = { ...this.values[number]!, base, off: off + (op === 'add' ? imm : -imm) };
  }

  /** Puts the result's bytes into `scratch` when each of them is a byte that is known already. */
  private known(insn: AluInsn): boolean {
    const { op, source, imm, dst, wide } = insn;
    const { scratch } = this;
    const width = wide ? BYTES : 4;
    for (let i = 0; i < BYTES; i++) scratch[i] = i < width ? this.byte(dst, i) : 0;
    if (op === 'mov') return this.knownMove(insn);
    if (source === 'reg') return (op === 'or' || op === 'xor' || op === 'add') && this.merge(insn.src, width);
    if (op === 'and') return this.mask(imm, width);
    if ((op !== 'lsh' && op !== 'rsh') || imm < 0 || imm % 8 !== 0 || imm >= 8 * width) return false;
    const by = imm / 8;
    for (let n = 0; n < width; n++) {
      const i = op === 'lsh' ? width - 1 - n : n;
      const from = op === 'lsh' ? i - by : i + by;
      scratch[i] = from >= 0 && from < width ? scratch[from]! : 0;
    }
    return true;
  }

  private knownMove({ source, src, imm, signExtendBits }: AluInsn): boolean {
    if (signExtendBits !== 0 || (source === 'imm' && imm !== 0)) return false;
    for (let i = 0; i < BYTES; i++) this.scratch[i] = source === 'imm' ? 0 : this.byte(src, i);
    return true;
  }

  /** Each byte comes from one side while the other side's is zero, so nothing is carried. */
  private merge(src: Reg, width: number): boolean {
    for (let i = 0; i < width; i++) {
      const other = this.byte(src, i);
      if (other !== 0 && this.scratch[i] !== 0) return false;
      this.scratch[i]! |= other;
    }
    return true;
  }

  private mask(imm: number, width: number): boolean {
    for (let i = 0; i < width; i++) {
      const mask = i < 4 ? (imm >>> (8 * i)) & 0xff : imm < 0 ? 0xff : 0;
      if (mask === 0) this.scratch[i] = 0;
      else if (mask !== 0xff && this.scratch[i] !== 0) return false;
    }
    return true;
  }

  private bswap({ bits, mode, dst }: BswapInsn, pc: number): void {
    const count = bits / 8;
    const { scratch } = this;
    for (let i = 0; i < BYTES; i++) scratch[i] = i < count ? this.byte(dst, mode === 'le' ? i : count - 1 - i) : 0;
    this.define(dst, pc, count);
    this.bytes.set(scratch, BYTES * dst);
  }
}
