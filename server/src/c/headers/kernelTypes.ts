import type { Btf, BtfType } from '../../btf/btf.ts';
import { nameOf, typeAt } from '../../btf/query.ts';
import { printExactly } from './printRecord.ts';

/**
 * "vmlinux.h" out of a kernel's BTF, for one program: only the types that its words can reach, so that it is read in no
 * time. `words` are all identifiers of the program and of its headers. A structure behind a pointer is defined when a
 * word names it, or names the member that leads to it; the others stay declared. Everything can be relocated (CO-RE).
 */
export function kernelTypesHeader(btf: Btf, words: ReadonlySet<string>): string {
  const reach = new Reach(btf, words);
  for (const word of words) reach.name(word);
  reach.finish();
  return ['#ifndef __VMLINUX_H__', '#define __VMLINUX_H__', PUSH, ...BASE, ...reach.lines, POP, '#endif', ''].join(
    '\n',
  );
}

const PUSH = '#pragma clang attribute push (__attribute__((preserve_access_index)), apply_to = record)';
const POP = '#pragma clang attribute pop';
/** Names without which few programs do, whether or not they spell them. */
const BASE = ['typedef _Bool bool;', 'enum { false = 0, true = 1 };'];
const BASE_NAMES = new Set(['bool', 'true', 'false', '__builtin_va_list']);
const ALWAYS = ['__u8', '__u16', '__u32', '__u64', '__s8', '__s16', '__s32', '__s64', '__be16', '__be32', '__be64',
  '__sum16', '__wsum', 'u8', 'u16', 'u32', 'u64', 's8', 's16', 's32', 's64', 'size_t', 'pid_t', 'bpf_map_type',
  'bpf_func_id'] as const; // prettier-ignore
/** So many types at the most, for words that reach everything. */
const MAX_TYPES = 60_000;

type Kind = 'struct' | 'union' | 'enum' | 'typedef' | 'fwd';

class Reach {
  readonly lines: string[] = [];
  readonly #btf: Btf;
  readonly #words: ReadonlySet<string>;
  /** Ids that are written out, or are being so. */
  readonly #defined = new Set<number>();
  readonly #declared = new Set<string>();
  readonly #waiting: number[] = [];
  readonly #index: NameTable;

  constructor(btf: Btf, words: ReadonlySet<string>) {
    this.#index = nameTable(btf);
    this.#btf = this.#index.renamed;
    this.#words = words;
    for (const name of ALWAYS) this.name(name);
  }

  /** Asks for all types of a name, and for the enumeration that has an enumerator of it. */
  name(word: string): void {
    if (BASE_NAMES.has(word)) return;
    for (const id of this.#index.types.get(word) ?? []) this.#waiting.push(id);
    const holder = this.#index.enumerators.get(word);
    if (holder !== undefined) this.#waiting.push(holder);
  }

  finish(): void {
    for (let next = this.#waiting.pop(); next !== undefined; next = this.#waiting.pop()) {
      if (this.#defined.size > MAX_TYPES) return;
      this.#define(next, 0);
    }
  }

  /** Writes a named type, after all that it holds by value. */
  #define(id: number, depth: number): void {
    if (this.#defined.has(id) || depth > 200) return;
    const type = typeAt(this.#btf, id);
    if (!isNamed(type) || BASE_NAMES.has(nameOf(type))) return;
    this.#defined.add(id);
    if (type.kind === 'fwd') {
      this.#declare(type.union ? 'union' : 'struct', type.name);
      return;
    }
    this.#needs(type, depth);
    this.lines.push(printExactly(this.#btf, id));
  }

  #needs(type: BtfType, depth: number): void {
    if (type.kind === 'typedef')
      this.#use(type.type, mustBeComplete(this.#btf, type.type), this.#words.has(type.name), depth + 1);
    else if (type.kind === 'struct' || type.kind === 'union')
      for (const member of type.members)
        this.#use(member.type, true, this.#words.has(member.name) || member.name === '', depth + 1);
  }

  /** What a member, parameter or typedef of this type needs before it. `follow`: a word leads through here. */
  #use(id: number, byValue: boolean, follow: boolean, depth: number): void {
    if (depth > 200) return;
    const type = typeAt(this.#btf, id);
    if (type.kind === 'ptr') this.#use(type.type, false, follow, depth + 1);
    else if (
      type.kind === 'array' ||
      type.kind === 'const' ||
      type.kind === 'volatile' ||
      type.kind === 'restrict' ||
      type.kind === 'typeTag'
    )
      this.#use(type.type, byValue, follow, depth + 1);
    else if (type.kind === 'funcProto') {
      this.#use(type.returns, false, follow, depth + 1);
      for (const param of type.params) this.#use(param.type, false, follow, depth + 1);
    } else if (type.kind === 'typedef') {
      this.#define(id, depth + 1);
      this.#use(type.type, byValue, follow, depth + 1);
    } else if (type.kind === 'struct' || type.kind === 'union') this.#useRecord(id, type, byValue, follow, depth);
    else if (type.kind === 'enum' && type.name !== '') this.#define(id, depth + 1);
    else if (type.kind === 'fwd') this.#declare(type.union ? 'union' : 'struct', type.name);
  }

  #useRecord(
    id: number,
    type: BtfType & { kind: 'struct' | 'union' },
    byValue: boolean,
    follow: boolean,
    depth: number,
  ): void {
    if (type.name === '') {
      for (const member of type.members)
        this.#use(member.type, true, this.#words.has(member.name) || member.name === '', depth + 1);
    } else if (byValue) this.#define(id, depth + 1);
    else {
      this.#declare(type.kind, type.name);
      if (follow) this.#waiting.push(id);
    }
  }

  #declare(kind: 'struct' | 'union', name: string): void {
    const text = `${kind} ${name};`;
    if (this.#declared.has(text)) return;
    this.#declared.add(text);
    this.lines.push(text);
  }
}

/** What a typedef cannot only announce. */
function mustBeComplete(btf: Btf, id: number): boolean {
  const type = typeAt(btf, id);
  return type.kind === 'array' || ((type.kind === 'struct' || type.kind === 'union') && type.name === '');
}

function isNamed(type: BtfType): type is BtfType & { kind: Kind } {
  const { kind } = type;
  return (
    kind === 'typedef' ||
    ((kind === 'struct' || kind === 'union' || kind === 'enum') && type.name !== '') ||
    kind === 'enum' ||
    kind === 'fwd'
  );
}

interface NameTable {
  readonly types: ReadonlyMap<string, readonly number[]>;
  /** The types, those with another name whose tag is taken: as bpftool does, `name___2`. */
  readonly renamed: Btf;
  /** By enumerator: the id of its enumeration. */
  readonly enumerators: ReadonlyMap<string, number>;
}

const tables = new WeakMap<Btf, NameTable>();

/** Made once for a kernel. Where a name has several types in one name space, the first is taken. */
function nameTable(btf: Btf): NameTable {
  const known = tables.get(btf);
  if (known !== undefined) return known;
  const types = new Map<string, number[]>();
  const enumerators = new Map<string, number>();
  const duplicates = new Map<number, string>();
  const clashing = new Set<number>();
  for (const { id, name, enum: isEnum } of nameable(btf)) {
    if (name !== '' && !enter(btf, id, name, types)) duplicates.set(id, `${name}___${id}`);
    if (isEnum) enterEnumerators(btf, id, enumerators, clashing);
  }
  const table = { types, enumerators, renamed: renamedView(btf, duplicates, clashing) };
  tables.set(btf, table);
  return table;
}

function nameable(btf: Btf): readonly { readonly id: number; readonly name: string; readonly enum: boolean }[] {
  if (btf.lazy !== undefined) return btf.lazy.nameable();
  return btf.types.flatMap((type, id) =>
    isNamed(type) ? [{ id, name: nameOf(type), enum: type.kind === 'enum' }] : [],
  );
}

/** An enumeration whose enumerators another one has already is left out, as those names can stand for one value only. */
function enterEnumerators(btf: Btf, id: number, enumerators: Map<string, number>, taken: Set<number>): void {
  const type = typeAt(btf, id);
  if (type.kind !== 'enum') return;
  if (type.values.some(({ name }) => enumerators.has(name))) taken.add(id);
  for (const { name } of type.values) if (!enumerators.has(name)) enumerators.set(name, id);
}

/** False where the name already stands for another type. */
function enter(btf: Btf, id: number, name: string, types: Map<string, number[]>): boolean {
  const ids = types.get(name);
  if (ids === undefined) {
    types.set(name, [id]);
    return true;
  }
  if (ids.some((other) => sameNameSpace(typeAt(btf, other), typeAt(btf, id)))) return false;
  ids.push(id);
  return true;
}

/** Enumerators of clashing enumerations carry the number of their type behind them. */
function renamedView(btf: Btf, names: ReadonlyMap<number, string>, clashing: ReadonlySet<number>): Btf {
  const renamed = new Map<number, BtfType>();
  const at = (id: number): BtfType | undefined => {
    const type = btf.lazy === undefined ? btf.types[id] : btf.lazy.at(id);
    const name = names.get(id);
    if ((name === undefined && !clashing.has(id)) || type === undefined) return type;
    const made = renamed.get(id) ?? renamedType(type, name ?? nameOf(type), clashing.has(id) ? id : null);
    renamed.set(id, made);
    return made;
  };
  if (btf.lazy === undefined) return { types: btf.types.map((type, id) => at(id) ?? type) };
  return { types: [], lazy: { ...btf.lazy, count: btf.lazy.count, at } };
}

function renamedType(type: BtfType, name: string, clash: number | null): BtfType {
  if (type.kind !== 'enum' || clash === null) return { ...type, name } as BtfType;
  return { ...type, name, values: type.values.map((one) => ({ ...one, name: `${one.name}___${clash}` })) };
}

function sameNameSpace(a: BtfType, b: BtfType): boolean {
  return (a.kind === 'typedef') === (b.kind === 'typedef');
}
