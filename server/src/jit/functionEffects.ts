/** The effects of a function's instructions in the order of its blocks, and which registers are live where. */
import type { Insn } from '../isa/insn.ts';
import { slots } from '../isa/insn.ts';
import { type FlowGraph, successors } from './controlFlow.ts';
import { describeEffects, type EffectOptions, type Effects, newEffects } from './effects.ts';

export const REGISTERS = 10;
const ALL = 0x3ff;

/** Whether the upper half of a result is zero: always, unknown, when it is in all of its sources, or in one of them. */
export const UPPER = { zero: 0, unknown: 1, all: 2, any: 3 } as const;

/** Nothing, accesses through r10 only, or r10 goes to another register or elsewhere. */
export const FRAME_USE = { none: 0, accessed: 1, copied: 3 } as const;

/** Numbers in arrays instead of objects: several passes go over them, and a program has many thousands. */
export class FunctionEffects {
  /** Stands for no register. */
  readonly none = 15;
  /** Instructions. */
  readonly count: number;
  /** By block, and one past the last block: the number of its first instruction. */
  readonly first: Int32Array;
  readonly pcs: Int32Array;
  readonly full: Uint16Array;
  readonly low: Uint16Array;
  readonly same: Uint16Array;
  readonly from: Uint16Array;
  readonly result: Uint8Array;
  readonly upper: Uint8Array;
  /** 1 for comparisons and divisions: of narrow values they are done in 32 bits whatever the instruction says. */
  readonly neutral: Uint8Array;
  /** By block: registers that are read before they are written, here or later. */
  readonly liveIn: Uint16Array;
  /** By block: 1 when single bytes are likely to be put together or taken apart there. */
  readonly handlesBytes: Uint8Array;
  /** Whether some instruction reverses eight bytes, and whether some is a may_goto. */
  reverses = false;
  mayGoto = false;
  /** Whether the frame is read through r10, or a helper is called. */
  readsFrame = false;
  /** By block: what happens to the frame's address, see FRAME_USE. */
  readonly frameUse: Uint8Array;
  private knowsLive = false;
  private smallLoads = 0;
  private smallStores = 0;
  private byteShifts = 0;
  private readonly flow: FlowGraph;
  private readonly kills: Uint16Array;

  constructor(insns: readonly Insn[], flow: FlowGraph, options: EffectOptions) {
    const { blocks } = flow;
    let slotCount = 0;
    for (const block of blocks) slotCount += block.end - block.start;
    this.flow = flow;
    this.first = new Int32Array(blocks.length + 1);
    this.pcs = new Int32Array(slotCount);
    this.full = new Uint16Array(slotCount);
    this.low = new Uint16Array(slotCount);
    this.same = new Uint16Array(slotCount);
    this.from = new Uint16Array(slotCount);
    this.result = new Uint8Array(slotCount);
    this.upper = new Uint8Array(slotCount);
    this.neutral = new Uint8Array(slotCount);
    this.liveIn = new Uint16Array(blocks.length);
    this.kills = new Uint16Array(blocks.length);
    this.handlesBytes = new Uint8Array(blocks.length);
    this.frameUse = new Uint8Array(blocks.length);
    this.count = this.read(insns, options);
  }

  private read(insns: readonly Insn[], options: EffectOptions): number {
    const { blocks } = this.flow;
    const effects = newEffects();
    let count = 0;
    for (let index = 0; index < blocks.length; index++) {
      const { start, end } = blocks[index]!;
      this.first[index] = count;
      let read = 0;
      let written = 0;
      this.smallLoads = this.smallStores = this.byteShifts = 0;
      for (let pc = start; pc < end;) {
        const insn = insns[pc];
        if (insn === undefined) break;
        describeEffects(insn, options, effects);
        read |= (effects.full | effects.low | effects.same) & ~written;
        written |= effects.lost | (effects.result < 0 ? 0 : 1 << effects.result);
        this.put(count, pc, effects);
        this.notice(insn, count++, index);
        pc += slots(insn);
      }
      if (this.smallStores > 1 || (this.smallLoads > 1 && this.byteShifts > 0)) this.handlesBytes[index] = 1;
      this.liveIn[index] = read;
      this.kills[index] = written;
    }
    this.first[blocks.length] = count;
    return count;
  }

  private notice(insn: Insn, at: number, block: number): void {
    const { kind } = insn;
    if (kind === 'alu') {
      const { op } = insn;
      if (op === 'rsh' || op === 'div' || op === 'mod') this.neutral[at] = 1;
      else if (op === 'lsh' && insn.imm % 8 === 0) this.byteShifts++;
      if (insn.src === 10) this.frameUse[block] = FRAME_USE.copied;
    } else if (kind === 'load') {
      this.smallLoads += insn.size < 4 ? 1 : 0;
      if (insn.src === 10) {
        this.readsFrame = true;
        this.frameUse[block]! |= FRAME_USE.accessed;
      }
    } else if (kind === 'call') this.readsFrame = true;
    else if (kind === 'store') {
      this.smallStores += insn.size < 4 ? 1 : 0;
      if (insn.src === 10) this.frameUse[block] = FRAME_USE.copied;
      else if (insn.dst === 10) this.frameUse[block]! |= FRAME_USE.accessed;
    } else if (kind === 'atomic') this.frameUse[block] = FRAME_USE.copied;
    else if (kind === 'jump') this.neutral[at] = 1;
    else if (kind === 'bswap') this.reverses ||= insn.bits === 64 && insn.mode !== 'le';
    else if (kind === 'mayGoto') this.mayGoto = true;
  }

  private put(at: number, pc: number, effects: Effects): void {
    this.pcs[at] = pc;
    this.full[at] = effects.full;
    this.low[at] = effects.low;
    this.same[at] = effects.same;
    this.from[at] = effects.from;
    this.result[at] = effects.result < 0 ? this.none : effects.result;
    this.upper[at] = UPPER[effects.upper];
  }

  /** Registers that may be read before they are written from a block on: all as long as that is not found out. */
  liveAt(block: number): number {
    return this.knowsLive ? this.liveIn[block]! : ALL;
  }

  /** Backwards over the blocks until nothing changes; false when that takes more than so many passes. */
  findLive(maxPasses: number): boolean {
    const { liveIn, kills } = this;
    const { blocks } = this.flow;
    for (let pass = 0; pass < maxPasses; pass++) {
      let changed = false;
      for (let index = blocks.length - 1; index >= 0; index--) {
        let out = 0;
        for (const to of successors(blocks[index]!.exit)) out |= liveIn[to]!;
        const live = liveIn[index]! | (out & ~kills[index]!);
        if (live === liveIn[index]) continue;
        liveIn[index] = live;
        changed = true;
      }
      if (!changed) return (this.knowsLive = true);
    }
    return false;
  }
}
