/**
 * Puts accesses to single bytes together: loads that build up a number, or feed stores, become one load; stores that
 * take a number apart become one store. Plans a block; emitFused.ts writes what was planned. For programs that need no
 * checks only, because the accesses move: loads forward to the first of them, stores back to the last.
 */
import type { Insn, LoadInsn, Reg, Size, StoreInsn } from '../isa/insn.ts';
import { slots } from '../isa/insn.ts';
import type { Block } from './controlFlow.ts';
import { type Byte, ByteValues, FRAME_VALUE, type Place } from './byteValues.ts';

/** `count` bytes from byte `shift` of something held in a local, perhaps in reverse; or zeros. */
export interface Piece {
  readonly of: WideLoad | SavedValue | 'zero';
  readonly shift: number;
  readonly count: Size;
  readonly reversed: boolean;
}

/** Bytes that several loads read, read at once. */
export interface WideLoad {
  readonly kind: 'wideLoad';
  readonly size: Size;
}

/** What a register holds after the instruction at `pc`; -1 is the beginning of the block. */
export interface SavedValue {
  readonly kind: 'saved';
  readonly pc: number;
  readonly reg: Reg;
}

export type FusedAction =
  /** The first of several loads: reads for all of them, `before` bytes in front of its own place. */
  | { readonly kind: 'load'; readonly insn: LoadInsn; readonly wide: WideLoad; readonly before: number }
  /** Takes the instruction's result from elsewhere. */
  | { readonly kind: 'result'; readonly reg: Reg; readonly piece: Piece }
  /** A store that a later one does. */
  | { readonly kind: 'skip' }
  | { readonly kind: 'store'; readonly insn: StoreInsn; readonly piece: Piece; readonly before: number };

export interface FusePlan {
  readonly actions: ReadonlyMap<number, FusedAction>;
  /** By slot: what must be kept after its instruction. */
  readonly saves: ReadonlyMap<number, readonly SavedValue[]>;
}

interface Access extends Place {
  readonly pc: number;
  readonly insn: LoadInsn | StoreInsn | null;
  readonly size: number;
  /** What a store stores. */
  readonly bytes: readonly Byte[];
}

/** A register that was put together from loaded bytes. */
interface Built {
  readonly pc: number;
  readonly reg: Reg;
  readonly bytes: readonly Byte[];
}

interface Group extends Place {
  readonly wide: WideLoad;
}

/** Accesses that lie farther apart are left alone, so that planning stays linear. */
const MAX_DISTANCE = 60;
const SIZES = [8, 4, 2] as const;

/** Null when there is nothing to put together. `frameIsOurs`: no pointer but r10 and its copies leads to the frame. */
export function planFusion(insns: readonly Insn[], block: Block, frameIsOurs: () => boolean): FusePlan | null {
  const planner = new Planner(frameIsOurs);
  planner.read(insns, block);
  planner.fuseBuilt();
  planner.fuseStores();
  return planner.actions.size === 0 ? null : planner;
}

class Planner implements FusePlan {
  readonly actions = new Map<number, FusedAction>();
  readonly saves = new Map<number, SavedValue[]>();
  private readonly frameIsOurs: () => boolean;
  private readonly state = new ByteValues();
  private readonly accesses: Access[] = [];
  /** By access: the number of the one at whose place it is done. */
  private readonly doneAt: number[] = [];
  private readonly built: Built[] = [];
  /** By number of a loaded value: its place in `accesses`. */
  private readonly loads = new Map<number, number>();
  private readonly groups = new Map<number, Group>();
  private readonly saved = new Map<number, SavedValue>();

  constructor(frameIsOurs: () => boolean) {
    this.frameIsOurs = frameIsOurs;
  }

  read(insns: readonly Insn[], block: Block): void {
    for (let pc = block.start; pc < block.end;) {
      const insn = insns[pc];
      if (insn === undefined) break;
      this.readAccess(insn, pc);
      if (insn.kind === 'load') this.loads.set(this.state.values.length, this.accesses.length - 1);
      this.state.after(insn, pc);
      if (insn.kind === 'alu' && insn.source === 'reg' && (insn.op === 'or' || insn.op === 'add' || insn.op === 'xor'))
        this.readBuilt(insn.dst, pc);
      pc += slots(insn);
    }
  }

  private readAccess(insn: Insn, pc: number): void {
    const { state } = this;
    if (insn.kind === 'load')
      this.accesses.push({ pc, insn, size: insn.size, bytes: [], ...state.place(insn.src, insn.off) });
    else if (insn.kind === 'store') {
      const bytes = storedBytes(insn, state);
      this.accesses.push({ pc, insn, size: insn.size, bytes, ...state.place(insn.dst, insn.off) });
    } else if (insn.kind === 'call' || insn.kind === 'callx' || insn.kind === 'atomic' || insn.kind === 'packet')
      this.accesses.push({ pc, insn: null, size: 0, bytes: [], base: -1, off: 0 });
  }

  private readBuilt(reg: Reg, pc: number): void {
    const [first, second] = [this.state.byte(reg, 0), this.state.byte(reg, 1)];
    if (first === 0 || second === 0 || (valueOf(first) === valueOf(second) && this.state.byte(reg, 2) === 0)) return;
    const bytes = Array.from({ length: 8 }, (_, i) => this.state.byte(reg, i));
    const count = bytes.indexOf(0) < 0 ? 8 : bytes.indexOf(0);
    if ((count !== 2 && count !== 4 && count !== 8) || bytes.slice(count).some((byte) => byte !== 0)) return;
    if (new Set(bytes.slice(0, count).map(valueOf)).size > 1)
      this.built.push({ pc, reg, bytes: bytes.slice(0, count) });
  }

  fuseBuilt(): void {
    this.accesses.forEach((_, i) => this.doneAt.push(i));
    this.built.sort((a, b) => b.bytes.length - a.bytes.length);
    for (const { pc, reg, bytes } of this.built) {
      const piece = this.loaded(bytes);
      if (piece !== null) this.actions.set(pc, { kind: 'result', reg, piece });
    }
  }

  /** Runs of neighbouring stores, the longest that work first. */
  fuseStores(): void {
    const stores = this.accesses.map((_, i) => i).filter((i) => this.accesses[i]!.insn?.kind === 'store');
    stores.sort(
      (a, b) => this.accesses[a]!.base - this.accesses[b]!.base || this.accesses[a]!.off - this.accesses[b]!.off,
    );
    for (let first = 0; first < stores.length; first++) {
      const size = SIZES.find((count) => this.fuseRun(stores, first, count));
      if (size !== undefined) first = this.lastWithin(stores, first, size);
    }
  }

  /** The last of the stores, in order, to the `size` bytes from where the one at `first` stores. */
  private lastWithin(stores: readonly number[], first: number, size: Size): number {
    const { base, off } = this.accesses[stores[first]!]!;
    for (let last = first; ; last++) {
      const next = this.accesses[stores[last + 1] ?? -1];
      if (next?.base !== base || next.off >= off + size) return last;
    }
  }

  private fuseRun(stores: readonly number[], first: number, count: Size): boolean {
    const run: number[] = [];
    const bytes: Byte[] = [];
    const { base, off } = this.accesses[stores[first]!]!;
    for (let i = first; bytes.length < count; i++) {
      const access = this.accesses[stores[i] ?? -1];
      if (access?.base !== base || access.off !== off + bytes.length) return false;
      run.push(stores[i]!);
      bytes.push(...access.bytes);
    }
    if (run.length < 2 || bytes.length !== count) return false;
    run.sort((a, b) => a - b);
    const to = run.at(-1)!;
    const piece = run.every((store) => this.mayMove(store, to, run)) ? this.pieceOf(bytes) : null;
    // Loads may have moved to make the piece.
    if (piece === null || !run.every((store) => this.mayMove(store, to, run))) return false;
    for (const store of run) {
      this.doneAt[store] = to;
      this.actions.set(this.accesses[store]!.pc, { kind: 'skip' });
    }
    const last = this.accesses[to]!;
    if (last.insn?.kind === 'store')
      this.actions.set(last.pc, { kind: 'store', insn: last.insn, piece, before: last.off - off });
    return true;
  }

  /** Whether an access may be done at the place of another one: it passes none that touches its bytes. */
  private mayMove(from: number, to: number, together: readonly number[]): boolean {
    const low = Math.min(from, to);
    const high = Math.max(from, to);
    if (high - low > MAX_DISTANCE) return false;
    const last = Math.min(high + MAX_DISTANCE, this.accesses.length - 1);
    for (let i = Math.max(0, low - MAX_DISTANCE); i <= last; i++)
      // Others may have been moved already, so what counts is whether the two change sides.
      if (i < from !== this.doneAt[i]! < to && !together.includes(i) && this.conflict(from, i)) return false;
    return true;
  }

  private conflict(one: number, other: number): boolean {
    const a = this.accesses[one]!;
    const b = this.accesses[other]!;
    if (b.insn === null) return true;
    return !(a.insn?.kind === 'load' && b.insn.kind === 'load') && this.mayOverlap(a, b);
  }

  private mayOverlap(a: Access, b: Access): boolean {
    if (a.base === b.base) return a.off < b.off + b.size && b.off < a.off + a.size;
    return (a.base === FRAME_VALUE) === (b.base === FRAME_VALUE) || !this.frameIsOurs();
  }

  private pieceOf(bytes: readonly Byte[]): Piece | null {
    const count = bytes.length as Size;
    if (bytes.every((byte) => byte === 0)) return { of: 'zero', shift: 0, count, reversed: false };
    const step = stepOf(bytes, (byte) => byte);
    if (bytes.includes(0)) return null;
    if (step === 0 || bytes.some((byte) => valueOf(byte) !== valueOf(bytes[0]!))) return this.loaded(bytes);
    const low = Math.min(...bytes);
    const number = valueOf(low);
    const group = this.groups.get(number);
    const shift = low & 7;
    if (group === undefined) return { of: this.save(number), shift, count, reversed: step < 0 };
    const { from } = this.state.values[number]!;
    return { of: group.wide, shift: shift + from!.off - group.off, count, reversed: step < 0 };
  }

  private save(number: number): SavedValue {
    const known = this.saved.get(number);
    if (known !== undefined) return known;
    const { pc, reg } = this.state.values[number]!;
    const value = { kind: 'saved', pc, reg } as const;
    this.saved.set(number, value);
    const others = this.saves.get(pc);
    if (others === undefined) this.saves.set(pc, [value]);
    else others.push(value);
    return value;
  }

  /** Bytes that lie side by side in memory, from one wide load. */
  private loaded(bytes: readonly Byte[]): Piece | null {
    const places = bytes.map((byte) => this.placeOf(byte));
    const first = places[0];
    if (first === null || first === undefined) return null;
    if (places.some((place) => place?.base !== first.base)) return null;
    const step = stepOf(places, (place) => place!.off);
    if (step === 0) return null;
    const off = Math.min(...places.map((place) => place!.off));
    const group = this.groupFor([...new Set(bytes.map(valueOf))], { base: first.base, off }, bytes.length as Size);
    if (group === null) return null;
    return { of: group.wide, shift: off - group.off, count: bytes.length as Size, reversed: step < 0 };
  }

  private placeOf(byte: Byte): Place | null {
    if (byte === 0) return null;
    const from = this.state.values[valueOf(byte)]?.from ?? null;
    return from === null ? null : { base: from.base, off: from.off + (byte & 7) };
  }

  /** The group that holds all of these loads, made now if they may be done at the first one's place. */
  private groupFor(numbers: readonly number[], place: Place, size: Size): Group | null {
    const [known] = numbers.map((number) => this.groups.get(number));
    if (numbers.some((number) => this.groups.get(number) !== known)) return null;
    if (known !== undefined) return known;
    const loads = numbers.map((number) => this.loads.get(number)!).sort((a, b) => a - b);
    const accesses = loads.map((load) => this.accesses[load]!);
    // A wide load must read no byte that the program does not read, nor change what a load of more bytes yields.
    if (accesses.some(({ off, size: own }) => off < place.off || off + own > place.off + size)) return null;
    if (!loads.every((load) => this.mayMove(load, loads[0]!, loads))) return null;
    for (const load of loads) this.doneAt[load] = loads[0]!;
    const group: Group = { ...place, wide: { kind: 'wideLoad', size } };
    for (const number of numbers) this.groups.set(number, group);
    for (const access of accesses) this.replaceLoad(access, group, access === accesses[0]);
    return group;
  }

  private replaceLoad({ insn, pc, off }: Access, group: Group, first: boolean): void {
    if (insn?.kind !== 'load') return;
    const shift = off - group.off;
    const piece: Piece = { of: group.wide, shift, count: insn.size, reversed: false };
    if (first) this.actions.set(pc, { kind: 'load', insn, wide: group.wide, before: shift });
    else this.actions.set(pc, { kind: 'result', reg: insn.dst, piece });
  }
}

function storedBytes(insn: StoreInsn, state: ByteValues): Byte[] {
  return Array.from({ length: insn.size }, (_, i) => {
    if (insn.source === 'reg') return state.byte(insn.src, i);
    return insn.imm === 0 ? 0 : UNKNOWN;
  });
}

/** A byte that belongs to no value. */
const UNKNOWN = -8;

function valueOf(byte: Byte): number {
  return (byte >> 3) - 1;
}

/** 1 or -1 when the items go up or down one by one, otherwise 0. */
function stepOf<T>(items: readonly T[], number: (item: T) => number): number {
  const step = number(items[1]!) - number(items[0]!);
  if (step !== 1 && step !== -1) return 0;
  return items.every((item, i) => number(item) === number(items[0]!) + i * step) ? step : 0;
}
