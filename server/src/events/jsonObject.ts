import { fromHex } from '../base/bytes.ts';

const U64_END = 1n << 64n;

/** A JSON object whose members are read by kind. The first one that is wrong is remembered, the others read as absent. */
export class JsonObject {
  /** What is wrong, in plain words. */
  problem: string | null = null;
  readonly #members: Readonly<Record<string, unknown>>;
  readonly #read = new Set<string>();
  readonly #path: string;

  constructor(members: Readonly<Record<string, unknown>>, path = '') {
    this.#members = members;
    this.#path = path;
  }

  has(name: string): boolean {
    return this.#members[name] !== undefined && this.#members[name] !== null;
  }

  isList(name: string): boolean {
    return Array.isArray(this.#members[name]);
  }

  /** The value as it is, unjudged. */
  raw(name: string): unknown {
    return this.#take(name);
  }

  /** Any integer of 64 bits: a number, or a text such as "0xffff8880", "12" or "-1". */
  integer(name: string): bigint | null {
    const value = this.#take(name);
    if (value === null) return null;
    return integerOf(value) ?? this.#wrong(name, 'expected an integer or a text such as "0xffff8880"');
  }

  /** An integer from 0 to `most`. */
  number(name: string, most: number): number | null {
    const value = this.integer(name);
    if (value === null) return null;
    return value >= 0n && value <= BigInt(most)
      ? Number(value)
      : this.#wrong(name, `expected a number from 0 to ${most}`);
  }

  text(name: string): string | null {
    const value = this.#take(name);
    return value === null || typeof value === 'string' ? value : this.#wrong(name, 'expected a text');
  }

  bytes(name: string, most: number): Uint8Array | null {
    const text = this.text(name);
    if (text === null) return null;
    if (text.length > 4 * most) return this.#wrong(name, `more than ${most} bytes`);
    const bytes = fromHex(text);
    if (bytes === null) return this.#wrong(name, 'expected bytes in hex, two digits each');
    return bytes.length > most ? this.#wrong(name, `more than ${most} bytes`) : bytes;
  }

  list(name: string, most: number): readonly unknown[] {
    const value = this.#take(name);
    if (value === null) return [];
    if (!Array.isArray(value)) return this.#wrong(name, 'expected a list') ?? [];
    return value.length > most ? (this.#wrong(name, `more than ${most} entries`) ?? []) : value;
  }

  /** The object behind a name; its problems must be taken over with `adopt`. */
  object(name: string): JsonObject | null {
    const value = this.#take(name);
    if (value === null) return null;
    return isRecord(value)
      ? new JsonObject(value, `${this.#path}${name}.`)
      : this.#wrong(name, 'expected an object in braces');
  }

  /** A list of objects. */
  objects(name: string, most: number): JsonObject[] {
    return this.list(name, most).flatMap((value, index) => {
      if (isRecord(value)) return [new JsonObject(value, `${this.#path}${name}[${index}].`)];
      this.#wrong(`${name}[${index}]`, 'expected an object in braces');
      return [];
    });
  }

  adopt(inner: JsonObject): void {
    this.problem ??= inner.problem;
  }

  names(): string[] {
    return Object.keys(this.#members);
  }

  /** Members that nobody has asked for. */
  unread(): string[] {
    return this.names().filter((name) => !this.#read.has(name));
  }

  complain(name: string, why: string): void {
    this.#wrong(name, why);
  }

  #take(name: string): unknown {
    this.#read.add(name);
    return this.#members[name] ?? null;
  }

  #wrong(name: string, why: string): null {
    this.problem ??= `"${this.#path}${name}": ${why}`;
    return null;
  }
}

export function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** The integer that a JSON value is, as 64 bits without sign; null when it is none. */
export function integerOf(value: unknown): bigint | null {
  if (typeof value === 'number') return Number.isSafeInteger(value) ? BigInt.asUintN(64, BigInt(value)) : null;
  if (typeof value !== 'string' || !/^-?(0[xX][0-9a-fA-F]{1,16}|\d{1,20})$/.test(value)) return null;
  const negative = value.startsWith('-');
  const magnitude = BigInt(negative ? value.slice(1) : value);
  if (magnitude >= U64_END || (negative && magnitude > U64_END / 2n)) return null;
  return BigInt.asUintN(64, negative ? -magnitude : magnitude);
}

/**
 * Parses JSON without rounding integers: those too large for a number come as texts. Throws what `JSON.parse` throws.
 */
export function parseJson(text: string): unknown {
  if (!/\d{16}/.test(text)) return JSON.parse(text);
  const exact = (_: string, value: unknown, context?: { readonly source?: string }): unknown =>
    typeof value === 'number' && !Number.isSafeInteger(value) && /^-?\d+$/.test(context?.source ?? '')
      ? context?.source
      : value;
  return JSON.parse(text, exact);
}
