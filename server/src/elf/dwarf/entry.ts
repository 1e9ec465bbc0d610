import type { Abbreviation, AttributeShape } from './abbreviations.ts';
import { AT, FORM } from './constants.ts';
import { Cursor } from './cursor.ts';
import type { Address } from './sections.ts';
import { addressOf, readForm, skipForm, textOf, type FormValue } from './form.ts';
import type { Unit } from './unit.ts';

/** A debugging information entry: a function, variable, type, …. Attributes are read when they are asked for. */
export class Entry {
  readonly unit: Unit;
  /** In `.debug_info`. */
  readonly start: number;
  readonly #abbreviation: Abbreviation;
  /** Where its attributes begin. */
  readonly #values: number;
  #end: number | null = null;

  /** Null where no entry begins, where a list of entries ends, and once too much was read. */
  static at(unit: Unit, start: number): Entry | null {
    if (isEnd(unit, start)) return null;
    if (!unit.work.spend(1)) return null;
    const cursor = cursorAt(unit, start);
    const code = cursor.uleb();
    const abbreviation = unit.abbreviations.get(code);
    if (cursor.failed || abbreviation === undefined) {
      unit.work.complain(start);
      return null;
    }
    return new Entry(unit, start, abbreviation, cursor.at);
  }

  private constructor(unit: Unit, start: number, abbreviation: Abbreviation, values: number) {
    this.unit = unit;
    this.start = start;
    this.#abbreviation = abbreviation;
    this.#values = values;
  }

  get tag(): number {
    return this.#abbreviation.tag;
  }

  get hasChildren(): boolean {
    return this.#abbreviation.hasChildren;
  }

  /** One past its attributes: where its first child begins. */
  get end(): number {
    if (this.#end === null) {
      const cursor = cursorAt(this.unit, this.#values);
      for (const { form } of this.#abbreviation.attributes) skipForm(cursor, form, this.unit);
      if (cursor.failed) this.unit.work.complain(this.start);
      this.#end = cursor.at;
    }
    return this.#end;
  }

  has(name: number): boolean {
    return this.#abbreviation.attributes.some((one) => one.name === name);
  }

  value(name: number): FormValue | null {
    const cursor = cursorAt(this.unit, this.#values);
    for (const shape of this.#abbreviation.attributes) {
      if (shape.name === name) return valueOf(cursor, shape, this.unit);
      skipForm(cursor, shape.form, this.unit);
    }
    return null;
  }

  text(name: number): string {
    const value = this.value(name);
    return value === null ? '' : textOf(value, this.unit);
  }

  /** A number that is a count, size or place; null where there is none, or none that can be one. */
  number(name: number): number | null {
    const value = this.constant(name);
    return value === null || value < 0n || value > BigInt(Number.MAX_SAFE_INTEGER) ? null : Number(value);
  }

  constant(name: number): bigint | null {
    const value = this.value(name);
    return value?.kind === 'constant' ? value.value : null;
  }

  flag(name: number): boolean {
    return this.constant(name) === 1n;
  }

  /** An offset into another section. */
  offset(name: number): number | null {
    const value = this.value(name);
    if (value?.kind === 'offset') return value.offset;
    // DWARF 3 and before have no form of their own for it.
    return value?.kind === 'constant' && this.unit.version < 4 ? Number(value.value) : null;
  }

  address(name: number): Address | null {
    const value = this.value(name);
    return value === null ? null : addressOf(value, this.unit);
  }

  block(name: number): Uint8Array | null {
    const value = this.value(name);
    return value?.kind === 'block' ? value.bytes : null;
  }

  /** Place of the entry that an attribute refers to. */
  reference(name: number): number | null {
    const value = this.value(name);
    return value?.kind === 'entry' ? value.start : null;
  }

  /** The entries right below it. */
  *children(): Generator<Entry> {
    if (!this.hasChildren) return;
    for (let child = Entry.at(this.unit, this.end); child !== null; child = Entry.at(this.unit, child.behind()))
      yield child;
  }

  /** Where the entry behind this one and all below it begins. */
  behind(): number {
    if (!this.hasChildren) return this.end;
    const sibling = this.reference(AT.sibling);
    if (sibling !== null && sibling > this.end && sibling < this.unit.end) return sibling;
    let at = this.end;
    for (let depth = 1; depth > 0;) {
      if (at >= this.unit.end) return this.unit.end;
      if (isEnd(this.unit, at)) {
        depth--;
        at++;
        continue;
      }
      const next = Entry.at(this.unit, at);
      if (next === null) return this.unit.end;
      if (next.hasChildren) depth++;
      at = next.end;
    }
    return at;
  }
}

/** A list of entries ends with a zero byte, at the latest with the unit. */
export function isEnd({ info, end }: Unit, at: number): boolean {
  return at >= end || info.bytes[at] === 0;
}

function cursorAt({ info, end }: Unit, at: number): Cursor {
  return new Cursor(info, at, end);
}

function valueOf(cursor: Cursor, { form, constant }: AttributeShape, unit: Unit): FormValue | null {
  if (form === FORM.implicitConst) return { kind: 'constant', value: constant, signed: true };
  const value = readForm(cursor, form, unit);
  return cursor.failed ? null : value;
}
