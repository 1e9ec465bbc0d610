/**
 * Parts of a function's stack frame whose contents compiled code keeps in locals beside memory: spilled registers, keys
 * of maps. Stores go to both, so memory is always as the program wants it, and loads need not wait for it. Processors do
 * not forward several small stores to one larger load, which is just what building a key and looking it up does.
 */
import type { Insn } from '../isa/insn.ts';
import { slots } from '../isa/insn.ts';
import type { Program } from '../program/program.ts';
import { LAYOUT } from '../vm/machine.ts';
import { type FlowGraph, successors } from './controlFlow.ts';
import { FRAME_USE, type FunctionEffects } from './functionEffects.ts';
import { KnownRegisters } from './known.ts';
import { MAP_DELETE, MAP_LOOKUP, MAP_UPDATE } from './mapFunctions.ts';

/** Bytes of the frame that every access takes whole. */
export interface FrameUnit {
  /** From the frame's first byte. */
  readonly start: number;
  readonly size: number;
}

export interface FrameSlots {
  /** By byte of the frame: the kept unit it belongs to, or undefined. */
  readonly unitAt: readonly (FrameUnit | undefined)[];
}

interface Access {
  readonly start: number;
  readonly size: number;
  readonly write: boolean;
}

const WORD = 8;
const MAX_UNITS = 62;
/** Helpers that only read what they are given the address of. */
export const READERS: ReadonlySet<number> = new Set([MAP_LOOKUP, MAP_UPDATE, MAP_DELETE]);

/** For a function whose frame is private (see frameUse.ts) and whose graph is reducible; null when nothing is worth keeping. */
export function findFrameSlots(
  program: Program,
  flow: FlowGraph,
  effects: FunctionEffects,
  starts: readonly KnownRegisters[],
): FrameSlots | null {
  const finder = new Finder(program);
  flow.blocks.forEach(({ start, end }, index) => {
    const known = starts[index] ?? new KnownRegisters();
    const isUsed = effects.frameUse[index] !== FRAME_USE.none || known.frames() !== 0;
    finder.read(start, isUsed ? end : start, known);
  });
  const units = finder.units();
  if (units.length === 0 || units.length > MAX_UNITS) return null;
  const useful = finder.alwaysWritten(flow, units);
  if (!useful.some(Boolean)) return null;
  const unitAt: (FrameUnit | undefined)[] = Array.from({ length: LAYOUT.frameBytes }, () => undefined);
  units.forEach((unit, i) => {
    if (useful[i] === true) unitAt.fill(unit, unit.start, unit.start + unit.size);
  });
  return { unitAt };
}

/** Whether nothing that a function calls could write its frame, whatever it is given. */
export function callsOnlyReaders(insns: readonly Insn[], flow: FlowGraph): boolean {
  return flow.blocks.every(({ start, end }) => {
    for (let pc = start; pc < end; pc++) {
      const insn = insns[pc];
      if (insn?.kind === 'callx') return false;
      if (insn?.kind === 'call' && (insn.target !== 'helper' || !READERS.has(insn.imm))) return false;
    }
    return true;
  });
}

class Finder {
  private readonly program: Program;
  private readonly known = new KnownRegisters();
  private readonly blocks: Access[][] = [];
  /** By byte: 1 where an access begins or ends. */
  private readonly borders = new Uint8Array(LAYOUT.frameBytes + 1);
  /** By byte: 1 when it is accessed, 2 when others may write it, too. */
  private readonly use = new Uint8Array(LAYOUT.frameBytes);

  constructor(program: Program) {
    this.program = program;
  }

  read(start: number, end: number, known: KnownRegisters): void {
    const { insns } = this.program;
    const accesses: Access[] = [];
    this.blocks.push(accesses);
    this.known.copy(known);
    for (let pc = start; pc < end;) {
      const insn = insns[pc];
      if (insn === undefined) return;
      this.readInsn(insn, accesses);
      this.known.after(insn);
      pc += slots(insn);
    }
  }

  private readInsn(insn: Insn, accesses: Access[]): void {
    if (insn.kind === 'load') this.add(insn.src, insn.off, insn.size, false, accesses);
    else if (insn.kind === 'store') this.add(insn.dst, insn.off, insn.size, true, accesses);
    else if (insn.kind === 'atomic') {
      this.giveAway(insn.dst, insn.off, insn.size);
      this.giveAway(insn.src, insn.off, insn.size);
    } else if (insn.kind === 'call' && insn.target === 'helper') this.readCall(insn.imm, accesses);
  }

  private readCall(helper: number, accesses: Access[]): void {
    if (!READERS.has(helper)) {
      for (let reg = 1; reg <= 5; reg++) this.giveAway(reg, 0, LAYOUT.frameBytes);
      return;
    }
    const map = this.known.map(1);
    const keySize = map === undefined ? 0 : (this.program.maps[map]?.keySize ?? 0);
    for (let word = 0; word < keySize; word += WORD) this.add(2, word, Math.min(WORD, keySize - word), false, accesses);
  }

  private add(reg: number, off: number, size: number, write: boolean, accesses: Access[]): void {
    const start = this.known.inFrame(reg, off, size);
    if (start === null) return;
    accesses.push({ start, size, write });
    this.borders[start] = 1;
    this.borders[start + size] = 1;
    for (let byte = start; byte < start + size; byte++) this.use[byte]! |= 1;
  }

  /** From where the register points on, somebody else may write. */
  private giveAway(reg: number, off: number, size: number): void {
    const known = this.known.of(reg);
    if (known?.kind !== 'frame') return;
    const start = LAYOUT.frameBytes + known.offset + off;
    for (let byte = Math.max(0, start); byte < Math.min(LAYOUT.frameBytes, start + size); byte++) this.use[byte]! |= 2;
  }

  units(): FrameUnit[] {
    const units: FrameUnit[] = [];
    for (let start = 0; start < LAYOUT.frameBytes;) {
      let end = start + 1;
      while (end < LAYOUT.frameBytes && this.borders[end] === 0) end++;
      const ours = this.use.subarray(start, end).every((use) => use === 1);
      if (ours && end - start <= WORD) units.push({ start, size: end - start });
      start = end;
    }
    return units;
  }

  /** By unit: whether it is read, and on every way to a read written before. Exact for reducible graphs. */
  alwaysWritten(flow: FlowGraph, units: readonly FrameUnit[]): boolean[] {
    const written = new WrittenUnits(units, flow.blocks.length);
    this.blocks.forEach((accesses, index) => {
      for (const access of accesses) written.access(index, access);
      for (const to of successors(flow.blocks[index]!.exit)) if (to > index) written.flow(index, to);
    });
    return written.read.map((read, i) => read && written.safe[i] === true);
  }
}

/** Two words of bits per block: the units that were written on all ways to where the walk stands. */
class WrittenUnits {
  readonly read: boolean[];
  readonly safe: boolean[];
  /** By byte where a unit begins: its number; elsewhere -1. */
  private readonly unitAt = new Int8Array(LAYOUT.frameBytes).fill(-1);
  private readonly low: Int32Array;
  private readonly high: Int32Array;

  constructor(units: readonly FrameUnit[], blocks: number) {
    units.forEach((unit, i) => (this.unitAt[unit.start] = i));
    this.read = units.map(() => false);
    this.safe = units.map(() => true);
    this.low = new Int32Array(blocks).fill(-1);
    this.high = new Int32Array(blocks).fill(-1);
    this.low[0] = this.high[0] = 0;
  }

  access(block: number, { start, size, write }: Access): void {
    for (let at = start; at < start + size; at++) {
      const i = this.unitAt[at]!;
      if (i < 0) continue;
      const words = i < 31 ? this.low : this.high;
      const bit = 1 << (i < 31 ? i : i - 31);
      if (write) words[block]! |= bit;
      else {
        this.read[i] = true;
        if ((words[block]! & bit) === 0) this.safe[i] = false;
      }
    }
  }

  flow(from: number, to: number): void {
    this.low[to]! &= this.low[from]!;
    this.high[to]! &= this.high[from]!;
  }
}
