/** A function or data of the intermediate language as a text, to be compared with that of another compilation. */
import type { DebugVariable, IrData, IrFunction, IrModule } from '../ir/ir.ts';
import type { Place } from '../places.ts';
import type { CType } from '../types.ts';

/** What differs between compilations of the same code. In the text stands only which of them are the same. */
export interface References {
  readonly places: readonly Place[];
  readonly variables: readonly DebugVariable[];
  readonly types: readonly CType[];
}

export interface Description {
  readonly name: string;
  readonly text: string;
  readonly bytes: Uint8Array;
  readonly references: References;
  /** Names of the functions and data that it refers to, and all words of inline assembly, which may name some. */
  readonly uses: ReadonlySet<string>;
  /** Inline assembly names some. */
  readonly opaque: boolean;
}

/** Everything in it counts, but for what fields here are said to leave out. */
export function describe(what: IrFunction | IrData, module: IrModule): Description {
  const writer = new Writer();
  const isFunction = 'blocks' in what;
  if (isFunction) writer.fields(what);
  else writer.fields({ ...what, bytes: null, type: null, place: null });
  const opaque = [...writer.words].some((word) => module.functions.has(word) || module.data.has(word));
  for (const word of writer.words) writer.uses.add(word);
  for (const name of writer.uses) writer.text += `\n${kindOf(module, name)}`;
  const { text, uses } = writer;
  const references = {
    places: [...writer.places.keys()],
    variables: [...writer.variables.keys()],
    types: [...writer.types.keys()],
  };
  const bytes = isFunction ? NO_BYTES : what.bytes;
  return { name: what.symbol.name, text, bytes, references, uses, opaque };
}

const NO_BYTES = new Uint8Array();

/** What others are asked about one that has no code. */
function kindOf(module: IrModule, name: string): string {
  const fn = module.functions.get(name);
  return fn === undefined
    ? ''
    : `${fn.section} ${fn.blocks.length > 0} ${fn.attributes.error} ${fn.attributes.warning}`;
}

/** Blocks and values hang together: inside of each other they are written as their numbers. */
class Writer {
  text = '';
  readonly places = new Map<Place, number>();
  readonly variables = new Map<DebugVariable, number>();
  readonly types = new Map<CType, number>();
  readonly uses = new Set<string>();
  /** Of inline assembly. */
  readonly words = new Set<string>();

  fields(object: object): void {
    for (const key in object) {
      const value = (object as Record<string, unknown>)[key];
      if (key === 'block') continue;
      this.text += `${key}:`;
      this.#field(key, value);
      this.text += ';';
    }
  }

  #field(key: string, value: unknown): void {
    if (typeof value !== 'object' || value === null) this.#plain(key, value);
    else if (key === 'args' || key === 'preds' || key === 'labels') this.#numbers(value as readonly Numbered[]);
    else if (TARGETS.has(key)) this.text += (value as Numbered).id;
    else if (key === 'variable') this.#variable(value as DebugVariable);
    else if (key === 'type') this.text += numberOf(this.types, value as CType);
    else this.#list(key, value);
  }

  #plain(key: string, value: unknown): void {
    if (typeof value === 'number' && PLACES.has(key) && value >= 0) this.text += `@${numberOf(this.places, value)}`;
    else if (typeof value === 'string') this.text += JSON.stringify(value);
    else this.text += `${typeof value === 'bigint' ? 'n' : ''}${String(value)}`;
    if (key === 'template') for (const word of String(value).match(/[A-Za-z_.$][\w.$]*/g) ?? []) this.words.add(word);
  }

  #numbers(values: readonly (Numbered | string)[]): void {
    for (const value of values) {
      // Constants are known by what they are, since their numbers are those of their first use.
      if (typeof value === 'string') this.text += JSON.stringify(value);
      else this.text += value.op === 'const' ? `${value.id}=${value.type}${value.value}${value.undefined}` : value.id;
      this.text += ',';
    }
  }

  #variable(variable: DebugVariable): void {
    const { name, parameter, place, type, block } = variable;
    this.text += `${numberOf(this.variables, variable)} ${JSON.stringify(name)} ${parameter}`;
    this.text += `@${this.#place(place)} ${numberOf(this.types, type)}`;
    if (block !== null) this.text += ` ${block.depth}@${this.#place(block.start)}-${this.#place(block.end)}`;
  }

  #place(place: Place): number {
    return place < 0 ? place : numberOf(this.places, place);
  }

  #list(key: string, value: object): void {
    if (key === 'symbol') this.uses.add((value as { name: string }).name);
    const items = value instanceof Map ? value.values() : Array.isArray(value) ? value : null;
    this.text += items === null ? '{' : '[';
    if (items === null) this.fields(value);
    else for (const item of items) this.#item(item);
    this.text += items === null ? '}' : ']';
  }

  #item(item: unknown): void {
    if (typeof item === 'object' && item !== null) this.fields(item);
    else this.#plain('', item);
    this.text += ',';
  }
}

interface Numbered {
  readonly id: number;
  readonly op?: string;
  readonly type?: string;
  readonly value?: bigint;
  readonly undefined?: boolean;
}

const TARGETS: ReadonlySet<string> = new Set(['to', 'then', 'otherwise', 'next']);
const PLACES: ReadonlySet<string> = new Set(['place', 'templateAt']);

function numberOf<T>(numbers: Map<T, number>, one: T): number {
  const known = numbers.get(one);
  if (known !== undefined) return known;
  numbers.set(one, numbers.size);
  return numbers.size - 1;
}
