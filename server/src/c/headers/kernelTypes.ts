import type { Btf, BtfType, LazyTypes } from '../../btf/btf.ts';
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
const BASE = ['#if __STDC_VERSION__ < 202311L', 'typedef _Bool bool;', 'enum { false = 0, true = 1 };', '#endif'];
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
  readonly #names: Names;

  constructor(btf: Btf, words: ReadonlySet<string>) {
    this.#names = namesOf(btf);
    this.#btf = this.#names.renamed;
    this.#words = words;
    for (const name of ALWAYS) this.name(name);
  }

  /** Asks for all types of a name, and for the enumeration that has an enumerator of it. */
  name(word: string): void {
    if (BASE_NAMES.has(word)) return;
    for (const id of this.#names.types(word)) this.#waiting.push(id);
    const holder = this.#names.enumerationOf(word);
    if (holder !== null) this.#waiting.push(holder);
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

type Lookup = Pick<LazyTypes, 'declared' | 'enumerationOf'>;

interface Names extends Pick<Lookup, 'enumerationOf'> {
  /** The types that a name stands for; where it has several in one name space, the first. */
  readonly types: (name: string) => readonly number[];
  /** The types, those with another name whose tag is taken: as bpftool does, `name___2`. */
  readonly renamed: Btf;
}

const known = new WeakMap<Btf, Names>();

/** Made once for a kernel. */
function namesOf(btf: Btf): Names {
  let names = known.get(btf);
  if (names === undefined) {
    const lookup = btf.lazy ?? lookupIn(btf);
    const types = (name: string): number[] => firsts(btf, lookup.declared(name));
    names = { types, enumerationOf: lookup.enumerationOf, renamed: renamedView(btf, types, lookup) };
    known.set(btf, names);
  }
  return names;
}

/** As the types of a whole kernel have it, for those that are all there. */
function lookupIn({ types }: Btf): Lookup {
  const named = new Map<string, number[]>();
  const holders = new Map<string, number>();
  for (const [id, type] of types.entries()) {
    if (!isNamed(type) || type.kind === 'fwd') continue;
    const ids = named.get(nameOf(type));
    if (ids === undefined) named.set(nameOf(type), [id]);
    else ids.push(id);
    if (type.kind === 'enum') for (const { name } of type.values) if (!holders.has(name)) holders.set(name, id);
  }
  named.delete('');
  return { declared: (name) => named.get(name) ?? [], enumerationOf: (name) => holders.get(name) ?? null };
}

/** The first in each name space. */
function firsts(btf: Btf, ids: readonly number[]): number[] {
  const found: number[] = [];
  for (const id of ids) if (!found.some((other) => sameNameSpace(typeAt(btf, other), typeAt(btf, id)))) found.push(id);
  return found;
}

/**
 * What shares its name with another type before it carries its number behind it; so do the enumerators of an
 * enumeration of which another one has some, as those can stand for one value only.
 */
function renamedView(btf: Btf, types: Names['types'], { enumerationOf }: Lookup): Btf {
  const seen = new Map<number, BtfType>();
  const renamed = (type: BtfType, id: number): BtfType => {
    if (!isNamed(type) || type.kind === 'fwd') return type;
    const name = nameOf(type);
    const isTaken = name !== '' && !types(name).includes(id);
    const clashes = type.kind === 'enum' && type.values.some((one) => (enumerationOf(one.name) ?? id) < id);
    if (!isTaken && !clashes) return type;
    return renamedType(type, isTaken ? `${name}___${id}` : name, clashes ? id : null);
  };
  if (btf.lazy === undefined) return { types: btf.types.map(renamed) };
  const { lazy } = btf;
  const at = (id: number): BtfType | undefined => {
    const type = seen.get(id) ?? lazy.at(id);
    if (type === undefined || seen.has(id)) return type;
    const made = renamed(type, id);
    seen.set(id, made);
    return made;
  };
  return { types: [], lazy: { ...lazy, count: lazy.count, at } };
}

function renamedType(type: BtfType, name: string, clash: number | null): BtfType {
  if (type.kind !== 'enum' || clash === null) return { ...type, name } as BtfType;
  return { ...type, name, values: type.values.map((one) => ({ ...one, name: `${one.name}___${clash}` })) };
}

function sameNameSpace(a: BtfType, b: BtfType): boolean {
  return (a.kind === 'typedef') === (b.kind === 'typedef');
}
