import { fromHex } from '../base/bytes.ts';
import type { JsonNode, JsonValue } from '../base/json.ts';
import type { Btf, BtfMember, BtfType } from './btf.ts';
import { resolve, sizeOf } from './query.ts';
import { isCharacter } from './typedJson.ts';

export interface TypedProblem {
  /** Offset in the JSON text. */
  readonly at: number;
  readonly message: string;
}

const MAX_DEPTH = 24;
/** Bytes of one value that a text may ask for. */
const MAX_BYTES = 1 << 26;

/**
 * The bytes of a value written as `typedJson` writes it; null when it does not fit, with the reasons in `problems`.
 * `where` names the value: "counts.entries[3].value". Members and items that are left out are zero; variables of a
 * section that are left out are as in `start`.
 */
export function readTyped(
  btf: Btf,
  id: number,
  node: JsonNode,
  where: string,
  problems: TypedProblem[],
  start: Uint8Array | null = null,
): Uint8Array | null {
  const type = resolve(btf, id);
  const size = type.kind === 'datasec' ? type.size : sizeOf(btf, id);
  if (size === null || size > MAX_BYTES) {
    problems.push({ at: node.at, message: `${where}: its type has no size` });
    return null;
  }
  const bytes = new Uint8Array(size);
  if (start !== null && type.kind === 'datasec') bytes.set(start.subarray(0, size));
  const before = problems.length;
  new Filler(btf, problems).fill(id, node, where, bytes, 0);
  return problems.length > before ? null : bytes;
}

class Filler {
  readonly #btf: Btf;
  readonly #problems: TypedProblem[];

  constructor(btf: Btf, problems: TypedProblem[]) {
    this.#btf = btf;
    this.#problems = problems;
  }

  fill(id: number, node: JsonNode, where: string, bytes: Uint8Array, depth: number): void {
    const type = resolve(this.#btf, id);
    const hex = hexOf(node.value);
    if (depth > MAX_DEPTH) return this.#expected(node, where, 'less nesting');
    if (hex !== null && !isNamedHex(type)) return this.#put(node, where, hex, bytes);
    switch (type.kind) {
      case 'struct':
      case 'union':
        return this.#members(type, node, where, bytes, depth);
      case 'array':
        return this.#array(type, node, where, bytes, depth);
      case 'var':
        return this.fill(type.type, node, where, bytes, depth + 1);
      case 'datasec':
        return this.#section(type, node, where, bytes, depth);
      case 'int':
      case 'enum':
        return this.#whole(type, node, where, bytes, 0, bytes.length * 8);
      case 'ptr':
        return this.#whole(ADDRESS, node, where, bytes, 0, 64);
      case 'float':
        return this.#float(node, where, bytes);
      default:
        return this.#expected(node, where, '{"hex": "…"}, because its type says nothing');
    }
  }

  #expected(node: JsonNode, where: string, what: string): void {
    this.#problems.push({ at: node.at, message: `${where}: expected ${what}` });
  }

  #put(node: JsonNode, where: string, hex: string, bytes: Uint8Array): void {
    const read = fromHex(hex);
    if (read === null || read.length > bytes.length)
      this.#expected(node, where, `hex of at most ${bytes.length} bytes`);
    else bytes.set(read);
  }

  #members(
    type: Extract<BtfType, { kind: 'struct' | 'union' }>,
    node: JsonNode,
    where: string,
    bytes: Uint8Array,
    depth: number,
  ): void {
    if (node.value.kind !== 'object') return this.#expected(node, where, `an object in braces with ${namesOf(this.#btf, type).join(', ')}`); // prettier-ignore
    const places = placesOf(this.#btf, type);
    const taken = new Map<string, { readonly index: number; readonly name: string }>();
    for (const [name, { keyAt, node: inner }] of node.value.members) {
      const place = places.get(name);
      if (place === undefined) {
        const names = [...places.keys()].join(', ');
        this.#problems.push({ at: keyAt, message: `${where}.${name}: there is no such member; there are ${names}` });
        continue;
      }
      for (const [union, index] of place.branches) {
        const other = taken.get(union);
        if (other === undefined) taken.set(union, { index, name });
        else if (other.index !== index)
          this.#problems.push({
            at: keyAt,
            message: `${where}.${name}: shares its place with ${other.name}; give one`,
          });
      }
      this.#member(place, inner, `${where}.${name}`, bytes, depth);
    }
  }

  #member({ member, offset }: Place, node: JsonNode, where: string, bytes: Uint8Array, depth: number): void {
    const start = offset + (member.offsetBits >>> 3);
    if (member.bitSize > 0) {
      const type = resolve(this.#btf, member.type);
      return this.#whole(type, node, where, bytes.subarray(start), member.offsetBits & 7, member.bitSize);
    }
    const size = sizeOf(this.#btf, member.type) ?? 0;
    if (start + size > bytes.length) return this.#expected(node, where, 'nothing: the member lies behind its struct');
    this.fill(member.type, node, where, bytes.subarray(start, start + size), depth + 1);
  }

  #array(
    type: Extract<BtfType, { kind: 'array' }>,
    node: JsonNode,
    where: string,
    bytes: Uint8Array,
    depth: number,
  ): void {
    const { value } = node;
    const text = isCharacter(resolve(this.#btf, type.type));
    if (text && value.kind === 'string') return this.#text(value.text, node, where, bytes);
    const wanted = `a list in brackets of at most ${type.length} items`;
    if (value.kind !== 'array' || value.items.length > type.length)
      return this.#expected(node, where, text ? `text, or ${wanted}` : wanted);
    const size = sizeOf(this.#btf, type.type) ?? 0;
    for (const [i, item] of value.items.entries())
      this.fill(type.type, item, `${where}[${i}]`, bytes.subarray(i * size, (i + 1) * size), depth + 1);
  }

  #text(text: string, node: JsonNode, where: string, bytes: Uint8Array): void {
    const written = new TextEncoder().encode(text);
    if (written.length > bytes.length) return this.#expected(node, where, `text of at most ${bytes.length} bytes`);
    bytes.set(written);
  }

  #section(
    section: Extract<BtfType, { kind: 'datasec' }>,
    node: JsonNode,
    where: string,
    bytes: Uint8Array,
    depth: number,
  ): void {
    if (node.value.kind !== 'object') return this.#expected(node, where, 'an object with variables by their names');
    for (const [name, { keyAt, node: inner }] of node.value.members) {
      const found = section.vars.find(({ type }) => {
        const variable = this.#btf.types[type];
        return variable?.kind === 'var' && variable.name === name;
      });
      if (found === undefined)
        this.#problems.push({ at: keyAt, message: `${where}.${name}: there is no such variable` });
      else this.#variable(found, inner, `${where}.${name}`, bytes, depth);
    }
  }

  #variable(
    { type, offset, size }: { readonly type: number; readonly offset: number; readonly size: number },
    node: JsonNode,
    where: string,
    bytes: Uint8Array,
    depth: number,
  ): void {
    const own = bytes.subarray(offset, offset + size);
    own.fill(0);
    if (own.length === size) this.fill(type, node, where, own, depth + 1);
  }

  #whole(type: BtfType, node: JsonNode, where: string, bytes: Uint8Array, shift: number, bits: number): void {
    const signed = (type.kind === 'int' || type.kind === 'enum') && type.signed;
    const least = signed ? -(1n << BigInt(bits - 1)) : 0n;
    const most = (1n << BigInt(signed ? bits - 1 : bits)) - 1n;
    const value = numberOf(type, node.value);
    if (value === null || value < least || value > most)
      return this.#expected(node, where, `${named(type)}a whole number from ${least} to ${most}`);
    putBits(bytes, shift, bits, BigInt.asUintN(bits, value));
  }

  #float(node: JsonNode, where: string, bytes: Uint8Array): void {
    const { value } = node;
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    const number = value.kind === 'number' ? Number(value.text) : Number.NaN;
    if (!Number.isFinite(number)) this.#expected(node, where, 'a number');
    else if (bytes.length === 4) view.setFloat32(0, number, true);
    else if (bytes.length === 8) view.setFloat64(0, number, true);
    else this.#expected(node, where, '{"hex": "…"}');
  }
}

const ADDRESS: BtfType = { kind: 'void' };

interface Place {
  readonly member: BtfMember;
  /** Bytes from the outer value to the struct that the member is one of. */
  readonly offset: number;
  /** Which member of which union it lies in, from the outside in. */
  readonly branches: ReadonlyMap<string, number>;
}

type Compound = Extract<BtfType, { kind: 'struct' | 'union' }>;

/** Members by name, those of unnamed structs and unions included. */
function placesOf(btf: Btf, type: Compound): Map<string, Place> {
  const places = new Map<string, Place>();
  collect(btf, type, { offset: 0, path: '', branches: new Map() }, 0, places);
  return places;
}

function collect(
  btf: Btf,
  type: Compound,
  at: { readonly offset: number; readonly path: string; readonly branches: ReadonlyMap<string, number> },
  depth: number,
  places: Map<string, Place>,
): void {
  for (const [i, member] of type.members.entries()) {
    const branches = type.kind === 'union' ? new Map([...at.branches, [at.path, i]]) : at.branches;
    const inner = member.name === '' && member.bitSize === 0 ? resolve(btf, member.type) : null;
    if (member.name !== '') places.set(member.name, { member, offset: at.offset, branches });
    else if ((inner?.kind === 'struct' || inner?.kind === 'union') && depth < MAX_DEPTH)
      collect(btf, inner, { offset: at.offset + (member.offsetBits >>> 3), path: `${at.path}.${i}`, branches }, depth + 1, places); // prettier-ignore
  }
}

function namesOf(btf: Btf, type: Compound): string[] {
  return [...placesOf(btf, type).keys()];
}

/** `{"hex": "…"}` stands for any value; null for everything else. */
function hexOf(value: JsonValue): string | null {
  if (value.kind !== 'object' || value.members.size !== 1) return null;
  const hex = value.members.get('hex')?.node.value;
  return hex?.kind === 'string' ? hex.text : null;
}

/** A struct of the user's own that has a member called hex means that one. */
function isNamedHex(type: BtfType): boolean {
  return (type.kind === 'struct' || type.kind === 'union') && type.members.some(({ name }) => name === 'hex');
}

function named(type: BtfType): string {
  if (type.kind === 'int' && type.bool) return 'true, false or ';
  return type.kind === 'enum' && type.values.length > 0 ? `a name of enum ${type.name} or ` : '';
}

function numberOf(type: BtfType, value: JsonValue): bigint | null {
  if (value.kind === 'boolean') return type.kind === 'int' && type.bool ? BigInt(value.value) : null;
  if (value.kind !== 'number' && value.kind !== 'string') return null;
  const { text } = value;
  const name = type.kind === 'enum' ? type.values.find((one) => one.name === text)?.value : undefined;
  if (name !== undefined) return name;
  const found = /^(?<sign>-?)(?<digits>0x[0-9a-fA-F]{1,32}|\d{1,39})$/.exec(text)?.groups;
  if (found === undefined) return null;
  const size = BigInt(found['digits'] ?? '0');
  return found['sign'] === '-' ? -size : size;
}

function putBits(bytes: Uint8Array, shift: number, bits: number, value: bigint): void {
  let left = value << BigInt(shift);
  const mask = ((1n << BigInt(bits)) - 1n) << BigInt(shift);
  for (let i = 0; i * 8 < shift + bits && i < bytes.length; i++) {
    const keep = bytes[i]! & ~Number((mask >> BigInt(8 * i)) & 0xffn);
    bytes[i] = keep | Number(left & 0xffn);
    left >>= 8n;
  }
}
