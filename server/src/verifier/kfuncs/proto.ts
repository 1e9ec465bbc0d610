/** What a kernel function takes and returns: by the kernel's BTF where it is known, else by the table's C prototype. */
import type { Btf, BtfType } from '../../btf/btf.ts';
import { findByName, nameOf, resolve, resolveId, sizeOf, typeAt } from '../../btf/query.ts';
import type { Kfunc } from '../../kernel/kfuncs.ts';

/** A C type as far as calls look at it. `id` is that of the kernel's BTF behind qualifiers; 0 where it is not known. */
export type KfuncType =
  | { readonly kind: 'void'; readonly id: 0 }
  | { readonly kind: 'scalar'; readonly id: number; readonly name: string; readonly size: number }
  | { readonly kind: 'struct'; readonly id: number; readonly name: string; readonly union: boolean }
  | { readonly kind: 'ptr'; readonly id: number; readonly to: KfuncType; readonly typedef: string }
  | { readonly kind: 'func'; readonly id: number }
  /** Arrays, floats, declarations without a body: the kernel's word for the kind, and the name. */
  | { readonly kind: 'other'; readonly id: number; readonly word: string; readonly name: string };

export interface KfuncParameter {
  readonly name: string;
  readonly type: KfuncType;
}

export interface KfuncProto {
  /** The kernel's BTF; null where the table's text is all there is. */
  readonly btf: Btf | null;
  readonly params: readonly KfuncParameter[];
  readonly returns: KfuncType;
}

export const VOID: KfuncType = { kind: 'void', id: 0 };

/** Null where the BTF has no such function. */
export function protoFromBtf(btf: Btf, name: string): KfuncProto | null {
  const id = findByName(btf, 'func', name);
  const func = id === null ? null : typeAt(btf, id);
  const proto = func?.kind === 'func' ? typeAt(btf, func.type) : null;
  if (proto?.kind !== 'funcProto') return null;
  const params = proto.params.map((param) => ({ name: param.name, type: typeFromBtf(btf, param.type) }));
  return { btf, params, returns: typeFromBtf(btf, proto.returns) };
}

export function typeFromBtf(btf: Btf, typeId: number): KfuncType {
  const id = resolveId(btf, typeId);
  const type = typeAt(btf, id);
  switch (type.kind) {
    case 'void':
      return VOID;
    case 'int':
    case 'enum':
      return { kind: 'scalar', id, name: type.name, size: type.size };
    case 'struct':
    case 'union':
      return { kind: 'struct', id, name: type.name, union: type.kind === 'union' };
    case 'ptr':
      return { kind: 'ptr', id, to: typeFromBtf(btf, type.type), typedef: typedefName(btf, type.type) };
    case 'funcProto':
      return { kind: 'func', id };
    default:
      return { kind: 'other', id, word: type.kind.toUpperCase(), name: nameOf(type) };
  }
}

/** The first typedef behind qualifiers; "" for none. */
function typedefName(btf: Btf, typeId: number): string {
  let type: BtfType = typeAt(btf, typeId);
  while (type.kind === 'const' || type.kind === 'volatile' || type.kind === 'restrict' || type.kind === 'typeTag')
    type = typeAt(btf, type.type);
  return type.kind === 'typedef' ? type.name : '';
}

/** Read once: loops call their functions many times. */
export function protoFromTable(kfunc: Kfunc): KfuncProto {
  const known = TABLE_PROTOS.get(kfunc);
  if (known !== undefined) return known;
  const returns = typeFromText(kfunc.signature.slice(0, kfunc.signature.indexOf(`${kfunc.name}(`)));
  const proto: KfuncProto = { btf: null, params: kfunc.parameters.map(parameterFromText), returns };
  TABLE_PROTOS.set(kfunc, proto);
  return proto;
}

const TABLE_PROTOS = new WeakMap<Kfunc, KfuncProto>();

function parameterFromText(text: string): KfuncParameter {
  const callback = /\(\*(\w+)\)/.exec(text);
  if (callback !== null) return { name: callback[1] ?? '', type: pointerTo({ kind: 'func', id: 0 }) };
  const [, type = '', name = ''] = /^(.*?)(\w+)$/.exec(text) ?? [];
  return { name, type: typeFromText(type) };
}

/** Sizes of the number types that kernel functions take, on x86-64. */
const SCALARS: Readonly<Record<string, number>> = {
  bool: 1, char: 1, u8: 1, __u8: 1, u16: 2, __be16: 2, u32: 4, s32: 4, __u32: 4, int: 4, 'unsigned int': 4,
  u64: 8, s64: 8, __u64: 8, long: 8, size_t: 8,
}; // prettier-ignore

function typeFromText(text: string): KfuncType {
  const words = text
    .replaceAll(/\bconst\b/g, '')
    .replaceAll(/\s+/g, ' ')
    .trim();
  if (words.endsWith('*')) return pointerTo(typeFromText(words.slice(0, -1)));
  if (words === 'void') return VOID;
  if (words.endsWith('_callback_t')) return pointerTo({ kind: 'func', id: 0 });
  const [sort = '', name = ''] = words.split(' ');
  if (sort === 'struct' || sort === 'union') return { kind: 'struct', id: 0, name, union: sort === 'union' };
  if (sort === 'enum') return { kind: 'scalar', id: 0, name, size: 4 };
  const size = SCALARS[words];
  return size === undefined
    ? { kind: 'other', id: 0, word: 'UNKN', name: words }
    : { kind: 'scalar', id: 0, name: words, size };
}

function pointerTo(to: KfuncType): KfuncType {
  return { kind: 'ptr', id: 0, to, typedef: '' };
}

/** `STRUCT`, as messages name the kind. Mirrors `btf_type_str`. */
export function kindWord(type: KfuncType): string {
  switch (type.kind) {
    case 'void':
      return 'UNKNOWN';
    case 'scalar':
      return 'INT';
    case 'struct':
      return type.union ? 'UNION' : 'STRUCT';
    case 'ptr':
      return 'PTR';
    case 'func':
      return 'FUNC_PROTO';
    default:
      return type.word;
  }
}

export function nameOfType(type: KfuncType): string {
  return 'name' in type ? type.name : '';
}

/** Size in bytes; null where there is none, or where only the kernel's BTF tells. */
export function sizeOfType(btf: Btf | null, type: KfuncType): number | null {
  if (type.kind === 'scalar') return type.size;
  if (type.kind === 'ptr') return 8;
  return btf === null || type.id === 0 ? null : sizeOf(btf, type.id);
}

const MAX_NESTING = 4;

/**
 * Whether the structure holds nothing but numbers, nested at most four deep. `tooDeep` is told where that is why not.
 * Mirrors `__btf_type_is_scalar_struct`, v6.18.
 */
export function isScalarStruct(btf: Btf, id: number, tooDeep: () => void, depth = 1): boolean {
  const type = resolve(btf, id);
  if (type.kind !== 'struct' && type.kind !== 'union') return false;
  return type.members.every((member) => {
    const inner = resolve(btf, member.type);
    if (inner.kind === 'struct' || inner.kind === 'union') {
      if (depth < MAX_NESTING) return isScalarStruct(btf, member.type, tooDeep, depth + 1);
      tooDeep();
      return false;
    }
    if (inner.kind === 'array') return inner.length > 0 && isScalar(resolve(btf, inner.type));
    return isScalar(inner);
  });
}

function isScalar(type: BtfType): boolean {
  return type.kind === 'int' || type.kind === 'enum';
}
