/** Types as clang's messages have them: `const char[4]`, `int (*)(struct foo *)`. Source: clang's TypePrinter (v19). */
import type { CType, EnumType, FunctionType, QualifiedType, RecordType } from '../types.ts';
import { stripTypedefs } from './typeQueries.ts';

export function printType(type: CType): string {
  return declare(type, '', 0);
}

/** In quotes, and what stands behind a typedef: `'__u32' (aka 'unsigned int')`. */
export function quoteType(type: CType): string {
  const written = printType(type);
  const meant = printType(withoutTypedefs(type, 0));
  return written === meant ? `'${written}'` : `'${written}' (aka '${meant}')`;
}

/** The declaration of a name with this type: `int (*f)(void)`. */
export function printDeclaration(type: CType, name: string): string {
  return declare(type, name, 0);
}

/** No message needs more; a type that deep is cut. */
const DEEPEST = 40;

/** From the outside of the type inwards, `inner` is what has been said about the name so far. */
function declare(type: CType, inner: string, depth: number): string {
  if (depth > DEEPEST) return joined('…', inner);
  switch (type.kind) {
    case 'pointer':
      return declare(type.to, `*${inner}`, depth + 1);
    case 'array':
      return declare(type.of, `${bracketed(inner)}[${type.length ?? ''}]`, depth + 1);
    case 'function':
      return declare(type.returns, `${bracketed(inner)}(${printParams(type, depth)})`, depth + 1);
    case 'qualified':
      return declareQualified(type, inner, depth);
    default:
      return joined(wordFor(type), inner);
  }
}

function declareQualified(type: QualifiedType, inner: string, depth: number): string {
  const words = qualifierWords(type);
  if (type.type.kind === 'pointer') return declare(type.type.to, `*${joined(words, inner)}`, depth + 1);
  return words === '' ? declare(type.type, inner, depth) : `${words} ${declare(type.type, inner, depth + 1)}`;
}

function qualifierWords(type: QualifiedType): string {
  const words: string[] = [];
  if (type.const) words.push('const');
  if (type.volatile) words.push('volatile');
  if (type.restrict) words.push('restrict');
  if (type.addressSpace !== 0) words.push(`__attribute__((address_space(${type.addressSpace})))`);
  for (const tag of type.typeTags) words.push(`__attribute__((btf_type_tag("${tag}")))`);
  return words.join(' ');
}

function printParams(type: FunctionType, depth: number): string {
  if (!type.prototype) return '';
  const params = type.params.map((param) => declare(param.type, '', depth + 1));
  if (type.variadic) params.push('...');
  return params.length === 0 ? 'void' : params.join(', ');
}

/** Only pointers bind looser than what follows them. */
function bracketed(inner: string): string {
  return inner.startsWith('*') ? `(${inner})` : inner;
}

function joined(word: string, inner: string): string {
  if (word === '' || inner === '') return word + inner;
  return inner.startsWith('[') ? word + inner : `${word} ${inner}`;
}

function wordFor(type: Exclude<CType, { kind: 'pointer' | 'array' | 'function' | 'qualified' }>): string {
  switch (type.kind) {
    case 'void':
      return 'void';
    case 'bool':
      return '_Bool';
    case 'int':
    case 'float':
    case 'typedef':
      return type.name;
    case 'record':
    case 'enum':
      return printTagged(type);
  }
}

export function tagWord(type: RecordType | EnumType): 'struct' | 'union' | 'enum' {
  if (type.kind === 'enum') return 'enum';
  return type.union ? 'union' : 'struct';
}

function printTagged(type: RecordType | EnumType): string {
  if (type.tag !== '') return `${tagWord(type)} ${type.tag}`;
  return type.alias ?? `${tagWord(type)} (unnamed)`;
}

/** The same type in basic words all through. */
function withoutTypedefs(type: CType, depth: number): CType {
  const plain = stripTypedefs(type);
  if (depth > DEEPEST) return plain;
  const inner = (one: CType): CType => withoutTypedefs(one, depth + 1);
  switch (plain.kind) {
    case 'pointer':
      return { ...plain, to: inner(plain.to) };
    case 'array':
      return { ...plain, of: inner(plain.of) };
    case 'qualified':
      return mergedQualifiers(plain, inner(plain.type));
    case 'function':
      return {
        ...plain,
        returns: inner(plain.returns),
        params: plain.params.map((param) => ({ ...param, type: inner(param.type) })),
      };
    default:
      return plain;
  }
}

function mergedQualifiers(outer: QualifiedType, type: CType): CType {
  if (type.kind !== 'qualified') return { ...outer, type };
  return {
    ...type,
    const: outer.const || type.const,
    volatile: outer.volatile || type.volatile,
    restrict: outer.restrict || type.restrict,
    typeTags: [...type.typeTags, ...outer.typeTags],
    addressSpace: outer.addressSpace || type.addressSpace,
  };
}
