/** What is known of memory's contents at a point of the program: values that were loaded or stored. */
import { constant } from '../ir/edit.ts';
import type { Constant, Instr, IrFunction, Value } from '../ir/ir.ts';
import { baseOf } from './escape.ts';

interface Entry {
  /** The address as the access has it, and the object it is in. */
  readonly pointer: Value;
  readonly base: Value;
  readonly off: number;
  readonly size: number;
  /** A load that had this value; for stores null: what is read back depends on the load. */
  readonly load: (Instr & { op: 'load' }) | null;
  readonly value: Value;
}

const MOST_ENTRIES = 64;

export class KnownMemory {
  private readonly secret: ReadonlySet<Value>;
  private entries: Map<string, Entry>;

  constructor(secret: ReadonlySet<Value>, entries = new Map<string, Entry>()) {
    this.secret = secret;
    this.entries = entries;
  }

  /** What this and the others know alike. */
  agreement(others: readonly KnownMemory[]): KnownMemory {
    const same = new Map<string, Entry>();
    for (const [key, entry] of this.entries) {
      if (others.every((other) => other.entries.get(key)?.value === entry.value)) same.set(key, entry);
    }
    return new KnownMemory(this.secret, same);
  }

  /** The value that the load will give, when it is known; otherwise it is known from now on. */
  load(fn: IrFunction, load: Instr & { op: 'load' }): Value | null {
    if (load.volatile) {
      this.forgetShared();
      return null;
    }
    const pointer = load.args[0] as Value;
    const key = keyOf(pointer, load.off, load.size);
    const entry = this.entries.get(key);
    if (entry) {
      const value = readBack(fn, entry, load);
      if (value) return value;
    }
    this.note(key, { ...this.spanOf(load), load, value: load });
    return null;
  }

  /** What an instruction that is no load does to memory. */
  after(instr: Instr): void {
    switch (instr.op) {
      case 'store':
        this.forget(this.spanOf(instr));
        if (instr.volatile) this.forgetShared();
        else this.note(keyOf(instr.args[0] as Value, instr.off, instr.size), this.storeEntry(instr));
        break;
      case 'memcpy':
      case 'memmove':
      case 'memset': {
        const pointer = instr.args[0] as Value;
        this.forget({ pointer, base: baseOf(pointer), off: 0, size: instr.sizeBytes });
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

  private storeEntry(store: Instr & { op: 'store' }): Entry {
    return { ...this.spanOf(store), load: null, value: store.args[1] as Value };
  }

  private spanOf(access: Instr & { op: 'load' | 'store' }): Pick<Entry, 'pointer' | 'base' | 'off' | 'size'> {
    const pointer = access.args[0] as Value;
    return { pointer, base: baseOf(pointer), off: access.off, size: access.size };
  }

  private note(key: string, entry: Entry): void {
    if (this.entries.size >= MOST_ENTRIES) {
      const [oldest] = this.entries.keys();
      if (oldest !== undefined) this.entries.delete(oldest);
    }
    this.entries.set(key, entry);
  }

  /** A write: forgets everything that may be there. */
  private forget(written: Pick<Entry, 'pointer' | 'base' | 'off' | 'size'>): void {
    for (const [key, entry] of this.entries) if (this.mayMeet(written, entry)) this.entries.delete(key);
  }

  private mayMeet(written: Pick<Entry, 'pointer' | 'base' | 'off' | 'size'>, entry: Entry): boolean {
    if (isSamePlace(written.pointer, entry.pointer)) {
      return written.off < entry.off + entry.size && entry.off < written.off + written.size;
    }
    if (written.base === entry.base) return true;
    if (this.secret.has(written.base) || this.secret.has(entry.base)) return false;
    return !(isObject(written.base) && isObject(entry.base) && !isSameObject(written.base, entry.base));
  }

  /** Anything but private memory may have changed, and that, too, where its address is given. */
  private forgetShared(given: readonly Value[] = []): void {
    const bases = new Set(given.filter(({ type }) => type === 'ptr').map(baseOf));
    for (const [key, { base }] of this.entries) {
      if (!this.secret.has(base) || bases.has(base)) this.entries.delete(key);
    }
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

/** What a load gives of a value that is there; null where it would have to be converted. */
function readBack(fn: IrFunction, { value, load: before }: Entry, load: Instr & { op: 'load' }): Value | null {
  const { size, type, signed } = load;
  if (before) return before.type === type && before.signed === signed ? before : null;
  if (value.op === 'const') {
    const bits = 8 * size;
    const number = signed ? BigInt.asIntN(bits, value.value) : BigInt.asUintN(bits, value.value);
    return constant(fn, type as Constant['type'], number);
  }
  const isWhole = size === 8 || (size === 4 && type === 'i32');
  return isWhole && value.type === type ? value : null;
}
