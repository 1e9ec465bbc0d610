/** What is known of memory's contents at a point of the program: values that were loaded or stored. */
import { constant, newInstr } from '../ir/edit.ts';
import type { Alias, Block, Constant, Instr, IrFunction, Value } from '../ir/ir.ts';
import { mayAlias } from './aliases.ts';
import { baseOf } from './escape.ts';
import { emit, type Emitter } from './words.ts';

interface Entry extends Span {
  /** A load that had this value; for stores null: what is read back depends on the load. */
  readonly load: Load | null;
  /** Null where paths meet that know different values. */
  readonly value: Value | null;
  /** Then by predecessor of the block where they meet. */
  readonly merged: Merged | null;
}

interface Merged {
  readonly block: Block;
  readonly entries: readonly Entry[];
  /** By what a load makes of it; null when it cannot be made. */
  readonly phis: Map<string, Value | null>;
}

type Load = Instr & { op: 'load' };

/** Which bytes: the address as an access has it, and the object it is in. */
interface Span {
  readonly pointer: Value;
  readonly base: Value;
  readonly off: number;
  readonly size: number;
  readonly alias: Alias | undefined;
}

/** Memory that only this function reaches, and the program's context, which others reach in calls. */
export interface OwnMemory {
  readonly secret: ReadonlySet<Value>;
  readonly context: Value | null;
}

/** Where conversions and phis go that a value needs to become what a load gives. */
export interface ReadBack {
  readonly fn: IrFunction;
  /** Before the load. */
  readonly out: Instr[];
  readonly addPhi: (block: Block, phi: Instr) => void;
}

const MOST_ENTRIES = 64;

export class KnownMemory {
  private readonly own: OwnMemory;
  private readonly entries: Map<string, Entry>;

  constructor(own: OwnMemory, entries = new Map<string, Entry>()) {
    this.own = own;
    this.entries = entries;
  }

  /** What all predecessors of a block know; where they know different values a phi is made when somebody asks. */
  static where(own: OwnMemory, block: Block, ends: readonly KnownMemory[]): KnownMemory {
    const [first, ...others] = ends;
    if (!first) return new KnownMemory(own);
    if (others.length === 0) return new KnownMemory(own, new Map(first.entries));
    const known = new Map<string, Entry>();
    for (const [key, entry] of first.entries) {
      const entries = ends.map((end) => end.entries.get(key));
      if (entries.some((one) => !one)) continue;
      const isSame = entries.every((one) => one === entry || (entry.value !== null && one?.value === entry.value));
      const merged = { block, entries: entries as Entry[], phis: new Map<string, Value | null>() };
      known.set(key, isSame ? entry : { ...entry, load: null, value: null, merged });
    }
    return new KnownMemory(own, known);
  }

  /** The value that the load will give, when it is known; otherwise it is known from now on. */
  load(load: Load, back: ReadBack): Value | null {
    if (load.volatile) {
      this.forgetShared();
      return null;
    }
    const key = keyOf(load.args[0] as Value, load.off, load.size);
    const entry = this.entries.get(key);
    const value = entry ? readBack(entry, load, back) : null;
    if (value && entry?.merged) this.entries.set(key, { ...spanOf(load), load, value, merged: null });
    if (!value) this.note(key, { ...spanOf(load), load, value: load, merged: null });
    return value;
  }

  /** What an instruction that is no load does to memory. */
  after(instr: Instr): void {
    switch (instr.op) {
      case 'store':
        this.forget(spanOf(instr));
        if (instr.volatile) this.forgetShared();
        else this.note(keyOf(instr.args[0] as Value, instr.off, instr.size), storeEntry(instr));
        break;
      case 'memcpy':
      case 'memmove':
      case 'memset': {
        const pointer = instr.args[0] as Value;
        this.forget({ pointer, base: baseOf(pointer), off: 0, size: instr.sizeBytes, alias: undefined });
        break;
      }
      case 'call':
        if (!instr.pure) this.forgetShared(instr.args);
        break;
      case 'atomic':
      case 'late':
      case 'asmGoto':
        this.forgetShared(instr.args);
        break;
      case 'asm':
        if (instr.asm.memory || instr.asm.volatile) this.forgetShared(instr.args);
        break;
      default:
        break;
    }
  }

  private note(key: string, entry: Entry): void {
    if (this.entries.size >= MOST_ENTRIES) {
      const [oldest] = this.entries.keys();
      if (oldest !== undefined) this.entries.delete(oldest);
    }
    this.entries.set(key, entry);
  }

  /** A write: forgets everything that may be there. */
  private forget(written: Span): void {
    for (const [key, entry] of this.entries) if (this.mayMeet(written, entry)) this.entries.delete(key);
  }

  private mayMeet(written: Span, entry: Entry): boolean {
    if (isSamePlace(written.pointer, entry.pointer)) {
      return written.off < entry.off + entry.size && entry.off < written.off + written.size;
    }
    if (written.base === entry.base) return true;
    if (this.isOwn(written.base) || this.isOwn(entry.base)) return false;
    if (isObject(written.base) && isObject(entry.base) && !isSameObject(written.base, entry.base)) return false;
    return mayAlias(written.alias, entry.alias);
  }

  /** Anything but private memory may have changed, and that, too, where its address is given. */
  private forgetShared(given: readonly Value[] = []): void {
    const bases = new Set(given.filter(({ type }) => type === 'ptr').map(baseOf));
    for (const [key, { base }] of this.entries) {
      if (!this.own.secret.has(base) || bases.has(base)) this.entries.delete(key);
    }
  }

  private isOwn(base: Value): boolean {
    return base === this.own.context || this.own.secret.has(base);
  }
}

function keyOf(pointer: Value, off: number, size: number): string {
  const where = pointer.op === 'address' ? `@${pointer.symbol.name} ${pointer.addend}` : pointer.id;
  return `${where} ${off} ${size}`;
}

function isSamePlace(a: Value, b: Value): boolean {
  return a === b || (isSameObject(a, b) && a.op === 'address' && b.op === 'address' && a.addend === b.addend);
}

function isObject(value: Value): boolean {
  return value.op === 'alloca' || value.op === 'address';
}

function isSameObject(a: Value, b: Value): boolean {
  return a.op === 'address' && b.op === 'address' && a.symbol.name === b.symbol.name;
}

function spanOf(access: Instr & { op: 'load' | 'store' }): Span {
  const pointer = access.args[0] as Value;
  const alias = access.volatile ? undefined : access.alias;
  return { pointer, base: baseOf(pointer), off: access.off, size: access.size, alias };
}

function storeEntry(store: Instr & { op: 'store' }): Entry {
  return { ...spanOf(store), load: null, value: store.args[1] as Value, merged: null };
}

/** What a load gives of a value that is there; null where that takes too much. */
function readBack({ value, load: before, merged }: Entry, load: Load, back: ReadBack): Value | null {
  if (merged) return knownPhi(merged, load, back);
  if (value === null) return null;
  if (before?.type === load.type && before.signed === load.signed) return value;
  if (value.op === 'const') {
    const bits = 8 * load.size;
    const number = load.signed ? BigInt.asIntN(bits, value.value) : BigInt.asUintN(bits, value.value);
    return constant(back.fn, load.type as Constant['type'], number);
  }
  if (load.size === 8 && load.type === value.type) return value;
  return converted(value, before !== null && !before.signed && !load.signed, load, back);
}

/** The low bytes of a value, extended as the load does; what another load extended alike only changes its type. */
function converted(value: Value, isExtended: boolean, load: Load, { fn, out }: ReadBack): Value {
  const emitter = { fn, from: load, out };
  const { size, signed } = load;
  const type = load.type === 'i32' ? 'i32' : 'i64';
  const number = value.type === 'ptr' ? emit(emitter, { op: 'convert', kind: 'ptrToInt', type: 'i64' }, value) : value;
  const whole = isExtended || size === 8 ? number : lowBytes(emitter, number, size, signed);
  const fitting =
    whole.type === type
      ? whole
      : type === 'i32'
        ? emit(emitter, { op: 'convert', kind: 'trunc', type }, whole)
        : emit(emitter, { op: 'convert', kind: signed ? 'sext' : 'zext', type }, whole);
  return load.type === 'ptr' ? emit(emitter, { op: 'convert', kind: 'intToPtr', type: 'ptr' }, fitting) : fitting;
}

/** An i32 of the low bytes. */
function lowBytes(emitter: Emitter, value: Value, size: 1 | 2 | 4, signed: boolean): Value {
  const narrow = value.type === 'i64' ? emit(emitter, { op: 'convert', kind: 'trunc', type: 'i32' }, value) : value;
  const bits = size === 1 ? '8' : '16';
  const kind = signed ? (`sext${bits}` as const) : (`zext${bits}` as const);
  return size === 4 ? narrow : emit(emitter, { op: 'convert', kind, type: 'i32' }, narrow);
}

function knownPhi(merged: Merged, load: Load, back: ReadBack): Value | null {
  const key = `${load.type} ${load.signed}`;
  const known = merged.phis.get(key);
  if (known !== undefined) return known;
  const phi = phiOf(merged, load, back);
  merged.phis.set(key, phi);
  return phi;
}

/** One of constants and of values that are of the load's type already. */
function phiOf({ block, entries }: Merged, load: Load, back: ReadBack): Value | null {
  const { fn } = back;
  const args: Value[] = [];
  for (const entry of entries) {
    const nothing: Instr[] = [];
    const value = readBack(entry, load, { ...back, out: nothing });
    if (value === null || nothing.length > 0) return null;
    args.push(value);
  }
  const { place, inlinedAt, type } = load;
  const phi = newInstr(fn, { op: 'phi', type, args, place, inlinedAt });
  back.addPhi(block, phi);
  return phi;
}
