/** What is certain about registers: which hold a map, and which a fixed place of the stack frame. */
import type { AluInsn, Insn, Reg } from '../isa/insn.ts';
import { LAYOUT } from '../vm/machine.ts';
import { losesArguments } from './initialized.ts';

export type Known =
  | { readonly kind: 'map'; readonly map: number }
  | { readonly kind: 'number'; readonly number: number }
  /** r10 + offset. */
  | { readonly kind: 'frame'; readonly offset: number }
  /** What a local holds, plus an offset: an address of the frame that an index was added to. */
  | { readonly kind: 'indexed'; readonly local: number; readonly offset: number };

const FRAME_END: Known = { kind: 'frame', offset: 0 };
/** Sums are followed this far, so that they stay exact. */
const MAX_OFFSET = 0x1_0000;

function isSame(a: Known, b: Known | undefined): boolean {
  if (a.kind === 'map') return b?.kind === 'map' && a.map === b.map;
  if (a.kind === 'number') return b?.kind === 'number' && a.number === b.number;
  return a.kind === 'frame' && b?.kind === 'frame' && a.offset === b.offset;
}

export class KnownRegisters {
  private readonly known: (Known | undefined)[] = Array.from({ length: 10 }, () => undefined);

  copy(from: KnownRegisters): void {
    for (let reg = 0; reg < 10; reg++) this.known[reg] = from.known[reg];
  }

  /** Forgets what the other one does not know; true when there was something. */
  keepCommon(other: KnownRegisters): boolean {
    let forgot = false;
    for (let reg = 0; reg < 10; reg++) {
      const own = this.known[reg];
      if (own === undefined || isSame(own, other.known[reg])) continue;
      this.known[reg] = undefined;
      forgot = true;
    }
    return forgot;
  }

  /** A bit for each register that surely holds an address of the frame. */
  frames(): number {
    return this.known.reduce((bits, one, reg) => (one?.kind === 'frame' ? bits | (1 << reg) : bits), 0);
  }

  /** Adds what only the emission of an instruction knows about its result. */
  note(reg: Reg, known: Known): void {
    this.set(reg, known);
  }

  of(reg: Reg): Known | undefined {
    return reg === 10 ? FRAME_END : this.known[reg];
  }

  map(reg: Reg): number | undefined {
    const known = this.of(reg);
    return known?.kind === 'map' ? known.map : undefined;
  }

  /** A 64-bit number that was given as a signed immediate. */
  number(reg: Reg): number | undefined {
    const known = this.of(reg);
    return known?.kind === 'number' ? known.number : undefined;
  }

  /** Where an access of `size` bytes lies, from the frame's first byte, when all of it is certainly inside. */
  inFrame(reg: Reg, off: number, size: number): number | null {
    const known = this.of(reg);
    if (known?.kind !== 'frame') return null;
    const start = LAYOUT.frameBytes + known.offset + off;
    return start >= 0 && start + size <= LAYOUT.frameBytes ? start : null;
  }

  /** Takes an instruction into account. */
  after(insn: Insn): void {
    if (insn.kind === 'alu') this.set(insn.dst, this.afterAlu(insn));
    else if (insn.kind === 'loadMap' && (insn.by === 'fd' || insn.by === 'idx'))
      this.set(insn.dst, { kind: 'map', map: insn.map });
    else if (losesArguments(insn)) this.known.fill(undefined, 0, 6);
    else if (insn.kind === 'atomic') for (const reg of [0, insn.dst, insn.src]) this.set(reg, undefined);
    else if ('dst' in insn && insn.kind !== 'store' && insn.kind !== 'jump') this.set(insn.dst, undefined);
  }

  private afterAlu(insn: AluInsn): Known | undefined {
    if (insn.op === 'mov' && insn.source === 'imm')
      return insn.wide || insn.imm >= 0 ? { kind: 'number', number: insn.imm } : undefined;
    if (!insn.wide) return undefined;
    if (insn.op === 'mov') return insn.signExtendBits === 0 ? this.of(insn.src) : undefined;
    const own = this.of(insn.dst);
    if (
      (own?.kind !== 'frame' && own?.kind !== 'indexed') ||
      insn.source !== 'imm' ||
      (insn.op !== 'add' && insn.op !== 'sub')
    )
      return undefined;
    const offset = own.offset + (insn.op === 'add' ? insn.imm : -insn.imm);
    return Math.abs(offset) <= MAX_OFFSET ? { ...own, offset } : undefined;
  }

  private set(reg: Reg, known: Known | undefined): void {
    if (reg < 10) this.known[reg] = known;
  }
}
