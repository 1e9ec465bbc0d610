/** A function of a made-up program while it is written: what its registers hold, and jumps that wait for their targets. */
import type { Insn, JumpOp, Operand, Reg } from '../../server/src/isa/insn.ts';
import type { ProgramType } from '../../server/src/kernel/programTypes.ts';
import { exit, imm, jump, move } from './insns.ts';

export type Next = (below: number) => number;

/** What a register holds as far as straight reading tells. */
export type Held = 'number' | 'ctx' | 'packet' | 'end' | 'meta' | 'value' | 'stack' | 'record';

/** Where a jump goes: to the end of the function, or so many instructions on. */
type Target = 'end' | number;

export class Draft {
  readonly next: Next;
  readonly type: ProgramType;
  readonly insns: Insn[] = [];
  readonly held = new Map<Reg, Held>();
  /** Values of maps: how many bytes the register's map has. */
  readonly room = new Map<Reg, number>();
  /** Bytes below r10 that were written, by offset of their 8-byte slot. */
  readonly slots = new Set<number>();
  /** Calls of other functions, by place. */
  readonly calls: { readonly at: number; readonly callee: number }[] = [];
  depth = 0;
  readonly functions: number;
  private readonly jumps: { readonly at: number; readonly target: Target }[] = [];

  constructor(next: Next, type: ProgramType, functions: number) {
    this.next = next;
    this.type = type;
    this.functions = functions;
  }

  chance(oneIn: number): boolean {
    return this.next(oneIn) === 0;
  }

  pick<T>(from: readonly T[]): T {
    return from[this.next(from.length)] as T;
  }

  add(...insns: readonly Insn[]): void {
    this.insns.push(...insns);
  }

  /** The register holds this from now on. */
  hold(dst: Reg, held: Held, room = 0): void {
    this.held.set(dst, held);
    this.room.set(dst, room);
  }

  registersOf(held: Held): Reg[] {
    return [...this.held].filter(([, what]) => what === held).map(([number]) => number);
  }

  /** A register that holds a number; one is made where there is none. */
  number(): Reg {
    const numbers = this.registersOf('number');
    if (numbers.length > 0 && !this.chance(40)) return this.pick(numbers);
    const dst = this.free();
    this.add(move(dst, imm(this.next(64))));
    this.hold(dst, 'number');
    return dst;
  }

  /** Pointers of a kind, or null where there is none. */
  pointer(...kinds: readonly Held[]): Reg | null {
    const found = kinds.flatMap((kind) => this.registersOf(kind));
    return found.length === 0 ? null : this.pick(found);
  }

  /** A register to write to: rarely one that holds a pointer. */
  free(): Reg {
    const without = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9].filter((number) => {
      const held = this.held.get(number);
      return held === undefined || held === 'number';
    });
    return without.length === 0 || this.chance(100) ? this.next(10) : this.pick(without);
  }

  /** What helpers leave of the registers. */
  clobber(): void {
    for (let number = 1; number <= 5; number++) this.held.delete(number);
    this.hold(0, 'number');
  }

  jumpTo(target: Target, op: JumpOp, dst: Reg, operand: Operand, wide = true): void {
    this.jumps.push({ at: this.insns.length, target });
    this.add(jump(op, dst, operand, 0, wide));
  }

  /** The function's instructions, with an end that sets r0 unless it holds a number already. */
  finished(): Insn[] {
    if (this.held.get(0) !== 'number' || !this.chance(6)) this.add(move(0, imm(this.next(2))));
    this.add(exit());
    const end = this.insns.length;
    this.add(move(0, imm(0)), exit());
    for (const { at, target } of this.jumps) {
      const insn = this.insns[at];
      if (insn?.kind !== 'jump') continue;
      let to = target === 'end' ? end : Math.min(end, at + 1 + target);
      while (this.insns[to]?.kind === 'wideSlot') to++;
      this.insns[at] = { ...insn, off: to - at - 1 };
    }
    return this.insns;
  }
}
